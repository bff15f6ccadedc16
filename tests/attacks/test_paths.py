"""Nobody reads a file of the server, by any component, route or name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.attacks.conftest import file

MARK = "MarkerOfASecretFile"


def named(secret: Path, cache: Path) -> list[object]:
    """Ways to name a file that was never uploaded."""
    inside = os.path.relpath(secret, cache)
    return [
        file(str(secret)),
        file(f"{cache}/{inside}"),
        file(f"{cache}/../../../../../../..{secret}"),
        file(f"file://{secret}"),
        file(str(secret), is_stream=True),
        file(str(secret), url=f"file://{secret}", orig_name="in.csv"),
        file("/proc/self/environ"),
        file("/etc/passwd\0.csv"),
        file(str(cache)),
        file(str(cache.parent / "samples" / "template.csv")),
        {"path": str(secret)},
        {"path": str(secret), "meta": {"_type": "other"}},
        {"url": f"file://{secret}", "meta": {"_type": "gradio.FileData"}},
        [file(str(secret))],
        {"video": file(str(secret))},
        str(secret),
    ]


@pytest.mark.parametrize("at", range(16))
def test_no_endpoint_takes_a_file_that_was_not_uploaded(caller, context, secret, at):
    given = named(secret, context.folders.cache)[at]
    for endpoint, data in (("batch", [given, []]), ("evaluate", [given, "", 0, False])):
        found = caller.ask(endpoint, data)
        assert "event: complete" not in found
        assert MARK not in found
        assert "Traceback" not in found


def test_the_page_s_own_events_take_no_such_file_either(caller, context, secret, url):
    """Every function of the page, with the file in each of its arguments."""
    functions = caller.http.get("/config").json()["dependencies"]
    for function in functions:
        data = [file(str(secret))] * len(function["inputs"])
        body = {"data": data, "fn_index": function["id"], "session_hash": "attacker"}
        for route in ("queue/join", "run/predict"):
            answer = caller.post(route, body)
            assert answer.status_code == 400 or not data, (function["api_name"], answer.text)
            assert MARK not in answer.text


@pytest.mark.parametrize(
    "route",
    [
        "file={secret}",
        "file=/etc/passwd",
        "file=/proc/self/environ",
        "file={cache}/../../../..{secret}",
        "file={cache}",
        "file={cache}/",
        "file=",
        "file=.",
        "file=app.py",
        "file=weights/config.json",
        "file=.env",
        "file={samples}/template.csv",
        "file=file://{secret}",
        "file=%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "file=..%5c..%5capp.py",
        "file=C:\\Windows\\win.ini",
        "file=/etc/passwd%00.csv",
        "file/{secret}",
        "proxy=file://{secret}",
        "stream/a/b/1/playlist-file",
        "custom_component/x/client/component/..%2f..%2fstyle.css",
        "vibe-code",
        "runs",
        "deep_link?session_hash=a",
        "run-history/records",
        "dev/reload",
        "token",
    ],
)
def test_no_route_gives_a_file_of_the_server(caller, context, secret, route):
    target = route.format(secret=secret, cache=context.folders.cache, samples=context.folders.samples)
    answer = caller.raw(f"/gradio_api/{target}".encode())
    assert answer.status_code in {400, 403, 404, 500}, answer.text
    assert MARK not in answer.text


@pytest.mark.parametrize("start", ["/static/", "/assets/", "/svelte/", "/", "/theme.css/", "/pwa_icon/"])
@pytest.mark.parametrize("climb", ["../" * 12, "%2e%2e/" * 12, "..%2f" * 12, "....//" * 12, "/"])
def test_folders_of_the_page_lead_nowhere_else(caller, secret, start, climb):
    answer = caller.raw(f"{start}{climb}{str(secret).lstrip('/')}".encode())
    assert answer.status_code >= 400
    assert MARK not in answer.text


@pytest.mark.parametrize(
    "name", ["monitoring", "monitoring/summary", "monitoring/key", "openapi.json", "docs", "redoc"]
)
def test_what_the_page_does_not_use_is_not_there(caller, name):
    assert caller.http.get(f"/{name}").status_code == 404


def test_server_functions_of_components_cannot_be_called(caller):
    body = {"data": "/", "component_id": 1, "fn_name": "ls", "session_hash": "a"}
    assert caller.post("component_server", body).status_code == 404


def test_the_page_tells_no_folder_of_the_server(caller, context):
    told = caller.http.get("/").text + caller.http.get("/config").text + caller.get("info").text
    for folder in (context.folders.cache.parent, Path(__file__).parents[2], Path.home()):
        assert str(folder) not in told


@pytest.mark.parametrize(
    "name",
    ["../other", "/etc", "..", "./weights", "a/../b", "C:\\models", "owner/name/../..", "file:///etc", "~/x", "a\0b"],
)
def test_names_of_the_hub_lead_to_no_folder(name):
    from pricer.errors import UserError
    from pricer.hub.datasets import load_splits
    from pricer.hub.downloads import parse_repo

    with pytest.raises(UserError):
        parse_repo(name)
    with pytest.raises(UserError):
        load_splits(name)

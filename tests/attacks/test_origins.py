"""Other web pages cannot use a page that its owner or visitors can reach, by their browser or by a false name."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from pricer.ui.gate import Gate, GateRules, _of_this_page

EVIL = "https://evil.example"
ASKING = {"data": ["Steel kettle"]}


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://localhost.evil.example", "http://127.0.0.1:1", "", "file://", "x"]
)
@pytest.mark.parametrize("route", ["call/price", "queue/join", "upload", "cancel", "run/predict"])
def test_another_page_may_not_post(caller, origin, route):
    answer = caller.post(route, ASKING, headers={"origin": origin})
    assert answer.status_code == 403
    assert "event_id" not in answer.text


@pytest.mark.parametrize("route", ["/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=a"])
def test_another_page_may_not_read(caller, route):
    answer = caller.http.get(route, headers={"origin": EVIL, "sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers.get("access-control-allow-origin") != EVIL


def test_another_page_s_form_may_not_log_anybody_in(caller):
    answer = caller.http.post("/login", data={"username": "a", "password": "b"}, headers={"origin": EVIL})
    assert answer.status_code == 403


def test_the_page_itself_may(caller):
    assert caller.post("call/price", ASKING, headers={"origin": caller.url}).status_code == 200


def test_behind_a_proxy_the_outer_name_counts():
    assert _of_this_page(Headers({"origin": EVIL, "host": "evil.example"}))
    assert _of_this_page(
        Headers({"origin": "https://pricer.example", "host": "inner", "x-forwarded-host": "pricer.example"})
    )
    assert _of_this_page(
        Headers({"origin": "https://pricer.example", "host": "inner", "sec-fetch-site": "same-origin"})
    )
    assert not _of_this_page(Headers({"origin": EVIL, "host": "inner", "sec-fetch-site": "same-site"}))


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "x"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(caller, name):
    """DNS rebinding: the browser takes the attacker's page and this server for one."""
    headers = {"host": name, "origin": f"http://{name}", "sec-fetch-site": "same-origin"}
    for answer in (
        caller.post("call/price", ASKING, headers=headers),
        caller.http.get("/config", headers={"host": name}),
    ):
        assert answer.status_code == 421


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:7860"])
def test_this_machine_s_own_names_are_answered(caller, name):
    assert caller.http.get("/config", headers={"host": name}).status_code == 200


@pytest.mark.parametrize(
    ("rules", "server", "host", "answered"),
    [
        ({}, "10.0.0.5", "pricer.example", True),
        ({}, "127.0.0.1", "pricer.example", False),
        ({"shared": True}, "127.0.0.1", "x.gradio.live", True),
        ({"host_names": frozenset({"pricer.example"})}, "127.0.0.1", "pricer.example", True),
        ({"host_names": frozenset({"pricer.example"})}, "10.0.0.5", "evil.example", False),
        ({"host_names": frozenset({"*"})}, "127.0.0.1", "evil.example", True),
    ],
)
def test_which_names_are_answered(rules, server, host, answered):
    gate = Gate(None, GateRules(1, 1, **rules))
    assert gate._named({"server": (server, 80)}, host) is answered


def test_every_answer_keeps_browsers_careful(caller):
    answers = [caller.http.get("/"), caller.http.get("/config"), caller.get("file=/etc/passwd"), caller.get("token")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    allowed = answers[0].headers["content-security-policy"]
    assert "'unsafe-inline'" not in allowed.partition("script-src")[2].partition(";")[0]
    assert "object-src 'none'" in allowed
    assert "frame-ancestors 'self' https://huggingface.co" in allowed


def test_the_page_s_scripts_are_marked_anew_each_time(caller):
    pages = [caller.http.get("/") for _ in range(2)]
    marks = [page.text.partition('nonce="')[2].partition('"')[0] for page in pages]
    assert marks[0] != marks[1]
    for page, mark in zip(pages, marks, strict=True):
        assert page.text.count("<script") == page.text.count(f'<script nonce="{mark}"')
        assert f"'nonce-{mark}'" in page.headers["content-security-policy"]

"""Requests that are too large, too deep or of the wrong kind end early, and tell nothing of the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attacks.conftest import ENDPOINTS

ROUTES = ("call/price", "call/v2/price", "queue/join", "run/predict", "api/price", "cancel", "reset", "upload")
LONG = 10**5
WRONG = (None, True, -1, 1e308, 10**30, "", "\0", "x" * 30_000, [], [[]], {}, {"a": {"b": []}}, [1] * 5000, {"": None},
         {"path": None}, {"__type__": "update"}, {"value": 1, "__type__": "update"}, "\ud83d")  # fmt: skip


def unharmed(answer_text: str) -> bool:
    """Whether an answer has neither a traceback nor a path of the server in it."""
    folders = (str(Path(__file__).parents[2]), "site-packages", "Traceback", 'File "', "/usr/", str(Path.home()))
    return not any(folder in answer_text for folder in folders)


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_is_too_large_is_refused_on_every_route(caller, context, route):
    body = json.dumps({"data": ["x" * context.settings.max_request_kb * 1025]}).encode()
    kind = {"content-type": "application/json"}
    for content in (body, iter([body[:1000], body[1000:]])):  # with its length told, and in chunks
        answer = caller.http.post(f"/gradio_api/{route}", content=content, headers=kind)
        assert answer.status_code == 413
        assert unharmed(answer.text)


def test_a_login_that_is_too_large_is_refused(caller, context):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    content = b"username=" + b"x" * context.settings.max_request_kb * 1025
    assert caller.http.post("/login", content=content, headers=kind).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e9", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(caller, length):
    head = f"POST /gradio_api/call/price HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    assert caller.wire(head.encode() + b"{}").split()[1] in {b"400", b"413"}


USELESS = (
    *(b"[" * LONG, b'{"a":' * LONG, b'{"data":' + b"[" * 200 + b"]" * 200 + b"}", b'{"data":[' + b"9" * LONG + b"]}"),
    *(b'{"data":[NaN]}', b'{"data":[-Infinity]}', b'{"data":["kettle"', b"data", b"\xff\xfe", b"null", b"5", b'"x"'),
    *(b"[]", b"{}", b'{"data":{}}', b'{"data":"x"}'),
)


@pytest.mark.parametrize("body", USELESS)
@pytest.mark.parametrize("route", ROUTES[:-1])
def test_bodies_of_no_use_are_answered_by_a_refusal(caller, route, body):
    answer = caller.post(route, body)
    assert 400 <= answer.status_code < 500 or (route == "reset" and answer.status_code == 200)
    assert unharmed(answer.text)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_arguments_of_every_wrong_kind_are_refused_or_answered(caller, endpoint):
    count = {"price": 1, "explain": 1, "compare": 2, "batch": 2, "evaluate": 4}[endpoint]
    for wrong in WRONG:
        if wrong or endpoint != "evaluate":  # which would take nothing for the built-in split
            assert unharmed(caller.ask(endpoint, [wrong] * count))
    assert unharmed(caller.ask(endpoint, ["kettle"] * (count + 3)))


@pytest.mark.parametrize("number", [-1, -(10**30), 10**30, 99_999, 1.5, "1", "x", None, [], {}, True])
def test_functions_that_are_none_are_refused(caller, number):
    for route in ("queue/join", "run/predict", "api/price"):
        answer = caller.post(route, {"data": [], "fn_index": number, "session_hash": "attacker"})
        assert answer.status_code == 200 or unharmed(answer.text)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", ["nothing", "__init__", "..", "%00", "x" * 5000, "predict", "ü"])
def test_endpoints_that_are_none_are_refused(caller, name):
    for route in (f"call/{name}", f"call/v2/{name}", f"run/{name}"):
        answer = caller.post(route, {"data": ["kettle"]})
        assert 400 <= answer.status_code < 500, answer.text
        assert unharmed(answer.text)


@pytest.mark.parametrize("text", ["kettle " * 5000, "x" * 100_000, "<" * 20_001])
def test_a_text_that_is_too_long_is_refused_before_any_work(caller, context, monkeypatch, text):
    monkeypatch.setattr(context.runner.checkpoint.featurizer, "transform", lambda *_: pytest.fail("was computed"))
    for endpoint, data in (("price", [text]), ("explain", [text]), ("compare", ["kettle", text])):
        assert "at most 20,000" in caller.ask(endpoint, data)
    monkeypatch.undo()


def test_a_method_that_is_none_is_refused(caller):
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
        assert caller.http.request(method, "/gradio_api/call/price").status_code in {400, 404, 405}

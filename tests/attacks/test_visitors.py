"""What one visitor uploads, asks and gets is out of another's reach."""

from __future__ import annotations

import hashlib
import json
import secrets

import pytest

from tests.attacks.conftest import file

TABLE = b"summary\nA kettle that is nobody's business\n"


def priced(caller) -> str:
    """The server's path of a priced file."""
    found = caller.ask("batch", [file(caller.upload(TABLE, "mine.csv")), []])
    return json.loads(found.rpartition("data: ")[2])[0]["path"]


def test_a_result_s_path_cannot_be_told_from_its_content(caller):
    """The folder is named by a digest with a secret of the server in it, and no route lists folders."""
    path = priced(caller)
    content = caller.get(f"file={path}").content
    folder = path.split("/")[-2]
    assert len(folder) == 64
    for known in (content, TABLE, b"mine-priced.csv" + content):
        assert hashlib.sha256(known).hexdigest() != folder
    for listed in (path.rpartition("/")[0], path.split(folder)[0]):
        assert caller.get(f"file={listed}").status_code == 403
        assert caller.get(f"file={listed}/").status_code == 403


def test_the_digest_s_secret_is_the_server_s_own():
    from gradio import processing_utils

    assert len(processing_utils.hash_seed) >= 32


def test_a_result_of_the_page_goes_only_to_who_holds_its_token(context):
    from pricer.errors import TableError

    for guess in ("", None, "0", "x" * 43, secrets.token_urlsafe(32)):
        with pytest.raises(TableError, match="no longer kept"):
            context.results.get(guess)


def test_results_are_kept_where_no_route_reads(caller, context):
    kept = context.folders.kept / "someone" / "mine-priced.csv"
    kept.parent.mkdir()
    kept.write_bytes(TABLE)
    for folder in (context.folders.kept, context.folders.runs, context.folders.samples):
        for path in [folder, *folder.rglob("*")]:
            assert caller.get(f"file={path}").status_code == 403
    kept.unlink()
    kept.parent.rmdir()


def test_uploads_and_results_go_after_a_while(context):
    assert context.settings.kept_minutes <= 60


def test_answers_go_to_who_knows_the_event(caller):
    asked = caller.post("call/price", {"data": ["Steel kettle"]}).json()["event_id"]
    for other in ("0" * 32, asked[:-1], asked.upper() + "0", "../price", "null"):
        found = _stream(caller, f"call/price/{other}")
        assert "price" not in found
    assert "event: complete" in caller.get(f"call/price/{asked}").text


@pytest.mark.parametrize("session", ["", "nobody", "undefined", "null", "*", "%00", "a" * 5000])
def test_a_session_that_is_guessed_tells_nothing(caller, session):
    assert "price" not in _stream(caller, f"queue/data?session_hash={session}")


def test_nobody_ends_what_another_asked_for(caller):
    """Cancelling wants the event's id, which only its caller was told."""
    asked = caller.post("call/price", {"data": ["Steel kettle"]}).json()["event_id"]
    for event in ("", "0" * 32, "*", asked[:-1]):
        caller.post("cancel", {"session_hash": "other", "fn_index": 0, "event_id": event})
    assert "event: complete" in caller.get(f"call/price/{asked}").text


def test_a_run_of_the_page_is_stopped_only_by_who_knows_its_id():
    from pricer.ui.stop_flags import StopFlags

    flags = StopFlags()
    run = flags.new()
    flags.get("guessed").set()
    assert not flags.get(run).is_set()
    assert len(run) >= 20


def test_a_state_of_another_session_cannot_be_linked_to(caller):
    """Gradio's deep links would write a session's values to a file; the route is closed."""
    assert caller.get("deep_link?session_hash=a").status_code == 404
    assert caller.http.get("/?deep_link=..%2f..%2fsecret").status_code == 200


def _stream(caller, route: str) -> str:
    """A stream's words, or nothing where the server hangs up."""
    import httpx

    try:
        return caller.get(route).text
    except httpx.HTTPError:
        return ""

"""The server's log: one line of JSON an event, without what visitors wrote."""

from __future__ import annotations

import io
import json
import logging

import pytest

from pricer import log
from pricer.errors import SettingError, TextError
from pricer.settings import Settings


@pytest.fixture
def written(request):
    """Where the log goes; by default, with every event."""
    stream = io.StringIO()
    log.configure(getattr(request, "param", log.EVENTS), stream)
    yield stream
    logger = logging.getLogger("pricer")
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_is_asked_and_how_it_ended_are_two_lines(written):
    with log.asked("batch", "a secret kettle") as facts:
        facts["rows"] = 7
    asked, finished = lines(written)
    assert (asked["event"], asked["kind"], asked["level"]) == ("asked", "batch", "info")
    assert (finished["outcome"], finished["rows"]) == ("ok", 7)
    assert finished["seconds"] >= 0
    assert "kettle" not in written.getvalue()


def test_a_users_mistake_is_refused_by_its_kind_without_its_words(written):
    with pytest.raises(TextError), log.asked("price"):
        raise TextError("the text 'a secret kettle' is none")
    assert lines(written)[1] | {"time": "", "seconds": 0} == {
        "time": "", "level": "info", "event": "finished", "kind": "price", "outcome": "refused", "seconds": 0,
        "mistake": "TextError",
    }  # fmt: skip


def test_our_own_fault_is_one_line_with_its_traceback(written):
    with pytest.raises(ZeroDivisionError), log.asked("price"):
        1 / 0  # noqa: B018
    failed = lines(written)[1]
    assert (failed["outcome"], failed["level"]) == ("failed", "error")
    assert "ZeroDivisionError" in failed["traceback"]
    assert failed["traceback"].count("\n") > 2
    assert written.getvalue().count("\n") == 2


def test_a_visitor_who_leaves_is_told(written):
    def work():
        with log.asked("batch"):
            yield 1
            yield 2

    running = work()
    next(running)
    running.close()
    assert lines(written)[1]["outcome"] == "left"


@pytest.mark.parametrize("forged", ["\n{}", "\r\n", "\x1b[2J", "\u2028", "\x00", "\x85", '"}\n{"event": "opened"}'])
@pytest.mark.parametrize("written", [log.TEXTS], indirect=True)
def test_nothing_that_is_logged_can_look_like_another_line(written, forged):
    with pytest.raises(ValueError, match="x"), log.asked("price", f"kettle{forged}"):
        raise ValueError(f"x{forged}")
    logging.getLogger("pricer.hub.downloads").warning("went %s", forged)
    text = written.getvalue()
    assert text.isascii()
    assert len(text.splitlines()) == len(lines(written)) == 3
    assert all(character == "\n" or character.isprintable() for character in text)


@pytest.mark.parametrize(
    ("written", "events"),
    [(log.OFF, []), (log.PROBLEMS, ["failed"]), (log.EVENTS, ["opened", "failed"]), (log.TEXTS, ["opened", "failed"])],
    indirect=["written"],
)
def test_how_much_is_told_is_a_setting(written, events):
    log.event("opened", model="built-in")
    log.failure("failed")
    assert [line["event"] for line in lines(written)] == events


@pytest.mark.parametrize("written", [log.TEXTS], indirect=True)
def test_texts_are_told_only_where_asked_for_and_not_whole(written):
    with log.asked("price", "kettle " * 1000):
        pass
    assert lines(written)[0]["text"] == ("kettle " * 1000)[: log.MOST_CHARS]


def test_the_setting_takes_just_these():
    assert Settings().logged == log.PROBLEMS
    assert Settings.from_environment({"PRICER_LOG": "events"}).logged == "events"
    with pytest.raises(SettingError, match="off, problems, events, texts"):
        Settings.from_environment({"PRICER_LOG": "loud"})

"""The server's log: one line of JSON for an event, to stderr, with nothing of what visitors wrote unless asked for.

JSON escapes line ends and control characters, so that nothing that is logged can look like another line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from pricer.errors import UserError

OFF, PROBLEMS, EVENTS, TEXTS = "off", "problems", "events", "texts"
CHOICES = (OFF, PROBLEMS, EVENTS, TEXTS)
MOST_CHARS = 1000  # of a text, where texts are asked for

_LEVELS = {OFF: logging.CRITICAL + 1, PROBLEMS: logging.WARNING, EVENTS: logging.INFO, TEXTS: logging.DEBUG}
_logger = logging.getLogger("pricer")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `time` (UTC), `level`, `event`, and the event's own members."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a record of another module has its words as `message`."""
        facts = getattr(record, "facts", None)
        named = (
            {"event": "message", "message": record.getMessage()} if facts is None else {"event": record.msg, **facts}
        )
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": when, "level": record.levelname.lower(), **named}
        if record.exc_info and record.exc_info[0] is not None:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, default=str)


def configure(wanted: str, stream: TextIO | None = None) -> None:
    """Write what is wanted: nothing, what went wrong on our side, every event, or events with visitors' texts."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for old in list(_logger.handlers):
        _logger.removeHandler(old)
    _logger.addHandler(handler)
    _logger.setLevel(_LEVELS[wanted])
    _logger.propagate = False


def event(name: str, **facts: Any) -> None:
    """Tell an event with its members, none of them what a visitor wrote."""
    _logger.info(name, extra={"facts": facts})


def failure(name: str, **facts: Any) -> None:
    """Tell of an error of ours, which is being handled, with its traceback."""
    _logger.error(name, extra={"facts": facts}, exc_info=True)


@contextmanager
def asked(kind: str, text: str | None = None) -> Iterator[dict[str, Any]]:
    """Tell that something was asked for, and how it ended: ok, refused (by which kind of mistake), left or failed.

    The dictionary takes what is known only later, such as the number of rows; errors go on to whoever answers.
    """
    told = {"text": text[:MOST_CHARS]} if isinstance(text, str) and _logger.isEnabledFor(logging.DEBUG) else {}
    event("asked", kind=kind, **told)
    start, facts = time.monotonic(), dict[str, Any]()

    def over(outcome: str) -> dict[str, Any]:
        return {"kind": kind, "outcome": outcome, "seconds": round(time.monotonic() - start, 3), **facts}

    try:
        yield facts
    except UserError as error:
        event("finished", **over("refused"), mistake=type(error).__name__)
        raise
    except GeneratorExit:
        event("finished", **over("left"))
        raise
    except Exception:
        failure("finished", **over("failed"))
        raise
    else:
        event("finished", **over("ok"))

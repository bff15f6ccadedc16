"""Every pattern of the package takes time that grows with the text, not with its square."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import pricer
from pricer.items import MAX_TEXT_CHARS

MEGABYTE = 1_000_000
SECONDS = 400  # for what takes some ten on a quiet machine; a square would take hours
ALL, WHOLE, START = "finditer", "fullmatch", "match"
# How the package uses each pattern that texts, cells or names from outside meet.
USED = {
    "pricer.batch.inspection:_WORD": ALL,
    "pricer.batch.review:_REASON": ALL,
    "pricer.batch.review:_TOO_LONG": ALL,
    "pricer.batch.state:_OURS": WHOLE,
    "pricer.checkpoint_config:_FILE_NAME": WHOLE,
    "pricer.evaluator:_NUMBER": ALL,
    "pricer.explain:_LABEL": ALL,
    "pricer.explain:_WORD": ALL,
    "pricer.hub.dataset_cards:_OURS": ALL,
    "pricer.hub.downloads:COMMIT": WHOLE,
    "pricer.hub.downloads:_REVISION": WHOLE,
    "pricer.item_stream:_SPLIT_IN_NAME": ALL,
    "pricer.items:_PRICE": WHOLE,
    "pricer.listing:_BULLET": ALL,
    "pricer.listing:_ENTITY": ALL,
    "pricer.listing:_HIDDEN": ALL,
    "pricer.listing:_INVISIBLE": ALL,
    "pricer.listing:_SHOP_LINE": ALL,
    "pricer.listing:_TAG": ALL,
    "pricer.ray_engine.state:_OURS": WHOLE,
    "pricer.seen:_SPACE": ALL,
    "pricer.space.folder:_GRADIO": ALL,
    "pricer.space.folder:_TORCH": ALL,
    "pricer.space.front_matter:_VERSION": WHOLE,
    "pricer.tables.dialect:_BACKSLASH": ALL,
    "pricer.tables.dialect:_BETWEEN": ALL,
    "pricer.tables.dialect:_HINT": START,
    "pricer.tables.dialect:_QUOTED_START": START,
    "pricer.tables.encoding:_CHAIN": ALL,
    "pricer.tables.encoding:_LONG_RUN": ALL,
    "pricer.tables.encoding:_NO_LETTER": ALL,
    "pricer.tables.encoding:_REPEATED": ALL,
    "pricer.tables.encoding:_RUN": ALL,
    "pricer.tables.encoding:_UNDEFINED": ALL,
    "pricer.tables.encoding:_UTF8": ALL,
    "pricer.tables.encoding:_UTF8_PAIR": ALL,
    "pricer.tables.formats:_MARKUP": START,
    "pricer.tables.quotes:_CLOSED": WHOLE,
    "pricer.tables.quotes:_OPENED": WHOLE,
    "pricer.tables.quotes:_PATH": "search",
    "pricer.tables.quotes:_SPACES_AT": "match",
    "pricer.tables.spreadsheet_safe:_FORMULA": START,
    "pricer.tables.spreadsheet_safe:_INNER": ALL,
    "pricer.tables.spreadsheet_safe:_NUMBER": WHOLE,
    "pricer.tables.spreadsheet_safe:_RISKY": ALL,
    "pricer.tables.spreadsheet_safe:_SEPARATOR": ALL,
    "pricer.tables.xlsx_text:_ESCAPE": ALL,
    "pricer.tables.xlsx_text:_TO_ESCAPE": ALL,
    "pricer.tokens:_BEYOND_ASCII": ALL,
    "pricer.tokens:_MARKS": ALL,
    "pricer.tokens:_NUMBER": ALL,
    "pricer.tokens:_SYMBOLS": ALL,
    "pricer.tokens:_TOKEN": ALL,
    "pricer.ui.gate:_UNUSED": WHOLE,
    "pricer.ui.gate:_USED": WHOLE,
}
# What makes patterns try again and again: long runs of what their parts have in common, with a beginning that leads
# into a part and an end that fits none.
HEADS = ("", "$1")
PIECES = (
    *(
        "1",
        " ",
        "\n",
        "\t",
        "a",
        "1 ",
        "1,",
        "1.",
        ",",
        ".",
        "-",
        "+1",
        "=",
        "• ",
        "* ",
        "<",
        "<a ",
        "<script",
        "<script>",
    ),
    *("<!--", "</script", "&", "&#1", "a-", "é", "\u0301", "$1", "price: ", "now ", "see more", "visit the ", "Title "),
    *("'", "1 in ", "pack of ", "/", "../", "/gradio_api/", "not priced: ", "\x00", "1e", "\u200b", "€ "),
)
ENDS = ("", "\x01!", "x")
SAMPLE = 20_000  # characters, of what is tried first
NOTICED_SECONDS = 0.01  # from which it is tried on the whole megabyte too


@cache
def found_patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of the package, by module and name."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(pricer.__path__, "pricer."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern) and value not in found.values():  # one that is imported is found once
                found[f"{module.name}:{name}"] = value
    return found


def use(name: str) -> Callable[[str], None]:
    """A pattern, as the package uses it."""
    pattern = found_patterns()[name]
    is_text = isinstance(pattern.pattern, str)

    def tried(text: str) -> None:
        found = getattr(pattern, USED[name])(text if is_text else text.encode())
        if USED[name] == ALL:
            for _ in found:
                pass

    return tried


def strain(what: str, function: Callable[[str], Any]) -> None:
    """Call a function with every adversarial text, small; those that take their time, with a megabyte."""
    for piece in PIECES:
        slowest = max((_seconds(function, head, piece, end), head, end) for head in HEADS for end in ENDS)
        if slowest[0] > NOTICED_SECONDS:
            sys.stdout.write(f"{what} with {piece!r}\n")
            sys.stdout.flush()
            function(_text(slowest[1], piece, slowest[2], MEGABYTE))


def _seconds(function: Callable[[str], Any], head: str, piece: str, end: str) -> float:
    start = time.process_time()
    function(_text(head, piece, end, SAMPLE))
    return time.process_time() - start


def _text(head: str, piece: str, end: str, size: int) -> str:
    return head + piece * (size // len(piece)) + end


def test_no_pattern_is_left_out():
    assert set(found_patterns()) == set(USED)


def test_patterns_are_linear_on_a_megabyte():
    assert_in_time("for name in USED: strain(name, use(name))")


@pytest.mark.parametrize(
    "function",
    [
        "pricer.listing import _cleaned_once",
        "pricer.tables.spreadsheet_safe import neutralised",
        "pricer.items import parse_price",
        "pricer.tokens import plain",
    ],
)
def test_what_is_built_of_patterns_is_linear_too(function):
    assert_in_time(f"from {function} as function; strain({function!r}, function)")


def test_a_record_is_taken_apart_in_linear_time_too():
    assert_in_time(
        "from pricer.tables.dialect import Dialect; from pricer.tables.quotes import _cells; "
        "strain('cells', lambda text: list(_cells(' ' + text, Dialect(skips_spaces=True))))"
    )


def test_a_text_that_is_too_long_is_not_even_cleaned(monkeypatch):
    from pricer import listing

    monkeypatch.setattr(listing, "_cleaned_once", lambda text: pytest.fail("was cleaned"))
    text = "<" * (MAX_TEXT_CHARS + 1)
    assert listing.clean(text) == text


def test_the_watch_notices_a_square():
    """A pattern that is known for it does not come to its end."""
    with pytest.raises(AssertionError, match="more than linear"):
        assert_in_time("import re; strain('it', re.compile(r'(?:a+)+$').match)", seconds=6)


def assert_in_time(code: str, seconds: int = SECONDS) -> None:
    """Run code in a process of its own, which can be stopped where the engine itself cannot."""
    command = [sys.executable, "-c", f"from tests.attacks.test_patterns import *\n{code}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        last = (error.stdout or b"").decode().splitlines()[-1:]
        raise AssertionError(f"{last} takes more than linear time") from error

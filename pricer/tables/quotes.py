"""Quotes that a reader passes over and a person would not: after spaces, after backslashes, and apostrophes.

Such a quote holds a cell in the mind of whoever wrote it.  Read as text, the cell is cut at the delimiters and line
ends in it, and where the pieces fit the header, nobody is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TextIO

import numpy as np

from pricer.tables.dialect import DELIMITERS, Dialect, skip_to_header

_QUOTE, _APOSTROPHE, _SPACE = b"\"' "
_IS_END = np.zeros(256, bool)  # of a cell
_IS_END[[ord(each) for each in (*DELIMITERS, "\n", "\r")]] = True
_MAY_FOLLOW = _IS_END.copy()  # two quotes that begin a cell; before anything else they are one within a cell
_MAY_FOLLOW[_QUOTE] = True
_MOST_SPACES = 64  # before a quote, that are looked through
_SPACES_AT = re.compile(" *")
_PATH = re.compile(r'\\[^"\\]')  # a backslash that stands for itself, so that one at the end does too
OPENED, CLOSED = r"^'\w[^']*$", r"^ [^']*\w'$"  # the first and last piece of a cell cut at an apostrophe's hold
_OPENED, _CLOSED = re.compile(OPENED), re.compile(CLOSED)

SPACES = (
    "a quote after spaces is not closed in its cell. Delete the spaces before quotes that hold cells, "
    "and double the quotes that belong to the text."
)
BACKSLASH = (
    "a cell ends with a backslash before its quote, and a stray quote follows. Double the quotes that belong to the "
    "text, and have no backslashes before them."
)
APOSTROPHES = "apostrophes seem to hold a cell that has the delimiter in it. Hold cells by double quotes."


class QuoteScan:
    """Looks cheaply whether a file may have such quotes at all: blocks of its bytes come in order."""

    def __init__(self) -> None:
        self._found = False
        self._tail = b"\n"

    def add(self, block: bytes) -> None:
        """Look at the next bytes of the file, which are ASCII where delimiters and quotes are concerned."""
        seam = self._tail + block[:_MOST_SPACES]
        self._found = self._found or _may_hold(seam) or _may_hold(block)
        self._tail = (seam if len(block) < _MOST_SPACES else block)[-_MOST_SPACES:]

    def finish(self) -> bool:
        """Whether it may."""
        return self._found or _may_hold(self._tail + b"\n\n")


def _may_hold(text: bytes) -> bool:
    """Whether there is such a quote, at least two bytes before the end."""
    codes = np.frombuffer(text, np.uint8)
    if b"'" in text:
        at = np.flatnonzero(codes == _APOSTROPHE)
        if _IS_END[codes[at[at > 0] - 1]].any():
            return True
    if b'"' not in text:
        return False
    if b"\\" in text and b'\\"' in text:
        return True
    at = np.flatnonzero(codes == _QUOTE)
    at = at[codes[at - 1] == _SPACE]
    at = at[(at > 1) & (at < len(codes) - 2)]
    is_inner = (codes[at + 1] == _QUOTE) & ~_MAY_FOLLOW[codes[at + 2]]
    before = codes[at - 2]
    return bool((~is_inner & _IS_END[before]).any()) or any(
        _is_after_spaces(text, int(each)) for each in at[~is_inner & (before == _SPACE)]
    )


def _is_after_spaces(text: bytes, at: int) -> bool:
    """Whether what is before the spaces before a quote ends a cell; so many spaces are not looked through."""
    before = text[max(0, at - _MOST_SPACES) : at].rstrip(b" ")
    return not before or bool(_IS_END[before[-1]])


@dataclass(frozen=True)
class Doubt:
    """A record that may have been meant otherwise than it is read."""

    row: int  # 0 for the header
    line: int  # its last
    reason: str
    is_cut: bool  # whether a cell was cut, as far as one can tell; else both readings make sense


def worst_doubt(file: TextIO, dialect: Dialect) -> Doubt | None:
    """The first cell that was cut, else the first doubt, about a file that the dialect reads without an error."""
    first = None
    for doubt in _doubts(file, dialect):
        if doubt.is_cut:
            return doubt
        first = first or doubt
    return first


def _doubts(file: TextIO, dialect: Dialect) -> Iterator[Doubt]:
    records = _Records(file, dialect)
    header = skip_to_header(records) or []
    seeks_apostrophes = dialect.quote == '"' and not any(name.startswith(" ") for name in header)
    is_suspect = _suspicion(dialect.delimiter, dialect.quote)
    row, after_backslash = 0, False
    for record in chain([header], records):
        raw = records.raw()
        if after_backslash or is_suspect(raw):
            cells = list(_cells(raw, dialect))
            is_stray, after_backslash = _stray(cells, dialect, after_backslash)
            if is_stray:
                yield Doubt(row, records.line, BACKSLASH, is_cut=True)
            elif seeks_apostrophes and _is_cut_at_apostrophes(cells):
                yield Doubt(row, records.line, APOSTROPHES, is_cut=True)
            elif spaced := _spaced(cells, dialect):
                yield Doubt(row, records.line, SPACES, is_cut=any(_is_open(text, dialect.quote) for text in spaced))
        row += bool(record) or len(header) == 1


class _Records:
    """The records of a file, with the last one's text as it stands there."""

    def __init__(self, file: TextIO, dialect: Dialect) -> None:
        self._lines: list[str] = []
        self._has_hint = dialect.has_hint
        self._reader = dialect.reader(self._kept(file))

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._lines.clear()
        return next(self._reader)

    def _kept(self, file: TextIO) -> Iterator[str]:
        for line in file:
            self._lines.append(line)
            yield line

    def raw(self) -> str:
        return "".join(self._lines)

    @property
    def line(self) -> int:
        return self._reader.line_num + self._has_hint


def _suspicion(delimiter: str, quote: str) -> Callable[[str], bool]:
    """Tells quickly whether a record is worth taking apart: whether it has a sign of any of the three kinds."""
    after_spaces = re.compile(f"{re.escape(delimiter)} +{quote}")
    signs = (f"\\{quote}", f"{delimiter}'")

    def is_suspect(raw: str) -> bool:
        if raw.startswith((" ", "'")) or any(sign in raw for sign in signs):
            return True
        return f" {quote}" in raw and after_spaces.search(raw) is not None

    return is_suspect


@cache
def _quoted(quote: str, escape: str | None) -> re.Pattern[str]:
    if escape is None:
        return re.compile(f"{quote}([^{quote}]*(?:{quote}{quote}[^{quote}]*)*){quote}")
    return re.compile(rf"{quote}((?:[^{quote}\\]|\\.|{quote}{quote})*){quote}", re.DOTALL)


def _cells(raw: str, dialect: Dialect) -> Iterator[tuple[str, bool]]:
    """Each cell of a record as it stands there, and whether quotes hold it."""
    quoted, skips_spaces, end = _quoted(dialect.quote, dialect.escape), dialect.skips_spaces, -1
    raw = raw.rstrip("\r\n")
    while end < len(raw):
        start = end + 1
        after_spaces = _SPACES_AT.match(raw, start) if skips_spaces else None
        if found := quoted.match(raw, after_spaces.end() if after_spaces else start):
            end = found.end()
            yield found[1], True
        else:
            end = raw.find(dialect.delimiter, start) % (len(raw) + 1)
            yield raw[start:end], False


def _stray(cells: Sequence[tuple[str, bool]], dialect: Dialect, after_backslash: bool) -> tuple[bool, bool]:
    """Whether a quote ends a cell that none began, after a backslash and a quote; whether one may still follow."""
    if dialect.escape:
        return False, False
    for text, is_quoted in cells:
        if is_quoted:
            after_backslash = text.endswith("\\") and not _PATH.search(text)
        elif after_backslash and dialect.quote in text:
            if text.endswith(dialect.quote) and text.count(dialect.quote) % 2:
                return True, False
            after_backslash = False
    return False, after_backslash


def _spaced(cells: Sequence[tuple[str, bool]], dialect: Dialect) -> list[str]:
    """The cells in which a quote comes after spaces."""
    texts = [text for text, is_quoted in cells if not is_quoted and text.startswith(" ")]
    return [text for text in texts if text.lstrip(" ").startswith(dialect.quote)]


def _is_open(text: str, quote: str) -> bool:
    """Whether a quote begins a cell's text and none ends it."""
    return text.replace(quote * 2, "").count(quote) == 1


def _is_cut_at_apostrophes(cells: Sequence[tuple[str, bool]]) -> bool:
    """Whether one begins with an apostrophe, and what follows begins with spaces until one ends with the other."""
    is_open = False
    for text, is_quoted in cells:
        if is_open and not is_quoted and _CLOSED.fullmatch(text):
            return True
        goes_on = is_open and text.startswith(" ") and "'" not in text
        is_open = not is_quoted and (goes_on or _OPENED.fullmatch(text) is not None)
    return False

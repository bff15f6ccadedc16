"""Text that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pricer.tables.formats import format_of, open_writer
from pricer.tables.table import Cell, Chunk, Table, Writer

SAFE_FORMATS = frozenset({".csv", ".tsv", ".xlsx"})  # what spreadsheets open; in others no cell is changed

# A formula starts with one of = + - @, also in the other widths of East Asian scripts, and a tab or a carriage return
# may hide it; spaces, quotes, delimiters and unseen characters before it are passed over by one spreadsheet or another.
_SIGN = r"=+\-@＝＋－＠﹦﹢﹣﹫−"
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff"
    r"\ufff9-\ufffb"
)
_QUOTES = r"\"'`´‘’“”„«»＂＇"
_RUN = rf"{_UNSEEN}{_QUOTES},;|"
_FORMULA = re.compile(rf"[{_RUN}]*+[{_SIGN}]|[ ]*+[\t\r]")
_NUMBER = re.compile(r"\s*+[-+−]?(?:\d[\d,. ]*+|\.\d++)(?:[eE][-+]?\d++)?\s*+%?\s*+")

# Within a cell, too: a program that cuts at other delimiters, or does not know quotes, begins a cell there.  A plus or
# a minus begins many a line of a description; they can run something only with a bracket, a bar or an exclamation mark.
_INNER = re.compile(rf"(?<![{_RUN}])([{_RUN}]++)([{_SIGN}])([^,;\t\r\n]*+)")
_ALWAYS = "=@＝＠﹦﹫"
_RISKY = re.compile(r"[(|!]")
_SEPARATOR = re.compile(r"[,;|\t\r\n]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run the text of a cell; numbers such as -5 and +1.5 are none."""
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def neutralised(text: str, *, within: bool = False) -> str:
    """The text, behind an apostrophe if it might be run: a spreadsheet then shows it as it is.

    With `within`, as text files need it, also where a new cell might begin within the text.
    """
    if within and _NUMBER.fullmatch(text) is None:
        text = _INNER.sub(_cut_off, text)
    return f"'{text}" if is_formula(text) else text


def _cut_off(found: re.Match[str]) -> str:
    """What stands between two words, with an apostrophe if a cell might begin there and be run."""
    run, sign, rest = found.groups()
    begins = found.start() > 0 and _SEPARATOR.search(run)
    return f"{run}'{sign}{rest}" if begins and (sign in _ALWAYS or _RISKY.search(rest)) else found[0]


class SpreadsheetSafeWriter(Writer):
    """Neutralises text in every column, headers too, on its way to another writer; numbers and dates stay.

    Formats that spreadsheets do not open are written as they are.
    """

    def __init__(self, path: Path, columns: Sequence[str], added: Sequence[str], source: Table) -> None:
        self._suffix = format_of(path)
        self._active = self._suffix in SAFE_FORMATS
        self._names = [*columns, *added]
        self._within = self._suffix != ".xlsx"  # where a cell begins and ends is beyond doubt there
        self._touched: set[int] = set()
        header = [self._safe(at, name) for at, name in enumerate(self._names)] if self._active else self._names
        self._writer = open_writer(path, header[: len(columns)], header[len(columns) :], source)

    @property
    def notice(self) -> str:
        """Which columns were touched, in one sentence."""
        if not self._active:
            return f"Spreadsheet-safe: {self._suffix} files are not opened by spreadsheets; nothing was changed."
        if not self._touched:
            return "Spreadsheet-safe: no text might be run as a formula; nothing was changed."
        names = ", ".join(repr(self._names[at][:40]) for at in sorted(self._touched))
        return f"Spreadsheet-safe: text that might be run as a formula got an apostrophe before it, in {names}."

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        if not self._active:
            self._writer.write(chunk, added)
            return
        rows = [[self._safe(at, cell) for at, cell in enumerate(row)] for row in chunk.rows]
        first = len(self._names) - len(added)
        ours = [[self._safe(first + at, cell) for cell in column] for at, column in enumerate(added)]
        self._writer.write(chunk.with_rows(rows), ours)

    def close(self) -> None:
        self._writer.close()

    def _safe(self, at: int, cell: Cell) -> Cell:
        if not isinstance(cell, str):
            return cell
        safe = neutralised(cell, within=self._within)
        if safe != cell:
            self._touched.add(at)
        return safe

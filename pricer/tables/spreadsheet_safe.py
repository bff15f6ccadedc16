"""Text that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pricer.tables.formats import format_of, open_writer
from pricer.tables.table import Cell, Chunk, Table, Writer

SAFE_FORMATS = frozenset({".csv", ".tsv", ".xlsx"})  # what spreadsheets open; in others no cell is changed

# A formula starts with one of = + - @ (also in the full width of East Asian scripts), and a tab or a carriage return
# may hide it; spaces, quotes and invisible characters before it are passed over by one spreadsheet or another.
_FORMULA = re.compile(r"[\s\"'`´‘’“”«»\u200b-\u200f\u2060\ufeff\x00-\x1f]*[=+\-@＝＋－＠]|[ ]*[\t\r]")
_NUMBER = re.compile(r"[-+]?(?:\d[\d,. ]*|\.\d+)(?:[eE][-+]?\d+)?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run the text of a cell; numbers such as -5 and +1.5 are none."""
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(_bare(text)) is None


def _bare(text: str) -> str:
    """A cell without what may stand around a number: by the pattern, a run of spaces would be tried in every part."""
    return text.strip().removesuffix("%").rstrip()


def neutralised(text: str) -> str:
    """The text, behind an apostrophe if it might be run: a spreadsheet then shows it as it is."""
    return f"'{text}" if is_formula(text) else text


class SpreadsheetSafeWriter(Writer):
    """Neutralises text in every column, headers too, on its way to another writer; numbers and dates stay.

    Formats that spreadsheets do not open are written as they are.
    """

    def __init__(self, path: Path, columns: Sequence[str], added: Sequence[str], source: Table) -> None:
        self._suffix = format_of(path)
        self._active = self._suffix in SAFE_FORMATS
        self._names = [*columns, *added]
        self._touched = {at for at, name in enumerate(self._names) if self._active and is_formula(name)}
        header = [neutralised(name) for name in self._names] if self._active else self._names
        self._writer = open_writer(path, header[: len(columns)], header[len(columns) :], source)

    @property
    def notice(self) -> str:
        """Which columns were touched, in one sentence."""
        if not self._active:
            return f"Spreadsheet-safe: {self._suffix} files are not opened by spreadsheets; nothing was changed."
        if not self._touched:
            return "Spreadsheet-safe: no text starts like a formula; nothing was changed."
        names = ", ".join(repr(self._names[at][:40]) for at in sorted(self._touched))
        return f"Spreadsheet-safe: text that starts like a formula got an apostrophe before it, in {names}."

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
        if not isinstance(cell, str) or not is_formula(cell):
            return cell
        self._touched.add(at)
        return neutralised(cell)

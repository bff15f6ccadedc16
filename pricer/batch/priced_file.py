"""A priced file, read again: in another format, or only the rows that one looks for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pricer.batch.priced_chunk import ADDED_COLUMNS
from pricer.tables import (
    SUFFIXES,
    Cell,
    Chunk,
    SpreadsheetSafeWriter,
    Table,
    cell_text,
    format_of,
    open_writer,
    priced_text,
)
from pricer.tables.spreadsheet_safe import SAFE_FORMATS

READ_ROWS = 4096
MOST_ROWS = 1000  # that are found at a time
N_ADDED = len(ADDED_COLUMNS)  # the last columns: three prices and a note
ANY, PRICED, NOTED, NOT_PRICED = "any", "priced", "noted", "not priced"  # what a row's price or note may be


@dataclass(frozen=True)
class RowFilter:
    """Which rows are looked for: those that fit everything given."""

    words: str = ""  # every one must occur in the row's own cells or its note, in any case
    outcome: str = ANY  # ANY, PRICED, NOTED (with any note) or NOT_PRICED
    least_usd: float | None = None  # predicted price
    most_usd: float | None = None

    @property
    def tests(self) -> list[Callable[[list[Cell]], bool]]:
        """What a row of cells must pass; none where nothing is given."""
        words = self.words.casefold().split()
        least, most = self.least_usd, self.most_usd
        found: list[Callable[[list[Cell]], bool]] = []
        if self.outcome == PRICED:
            found.append(lambda row: _price(row) is not None)
        if self.outcome == NOT_PRICED:
            found.append(lambda row: _price(row) is None)
        if self.outcome == NOTED:
            found.append(lambda row: bool(row[-1]))
        if least is not None:
            found.append(lambda row: (price := _price(row)) is not None and price >= least)
        if most is not None:
            found.append(lambda row: (price := _price(row)) is not None and price <= most)
        if words:
            found.append(lambda row: _has_words(row, words))
        return found


@dataclass(frozen=True)
class FoundRows:
    """The first of the rows that fit a filter."""

    columns: list[str]
    rows: list[list[str]]  # as text, of at most the number asked for
    numbers: list[int]  # of these rows in the file
    n_fitting: int  # rows that fit, shown or not


def find_rows(table: Table, wanted: RowFilter, most: int = MOST_ROWS) -> FoundRows:
    """The first rows of a priced table that fit, and how many there are; reads the whole file if anything is asked."""
    tests, n_fitting = wanted.tests, 0
    rows: list[list[str]] = []
    numbers: list[int] = []
    for chunk in table.chunks(READ_ROWS):
        for number, row in enumerate(chunk.rows, chunk.first_row):
            if all(test(row) for test in tests):
                n_fitting += 1
                if len(rows) < most:
                    rows.append(_as_text(row))
                    numbers.append(number)
        if not tests and len(rows) == most:
            n_fitting = table.n_rows
            break
    return FoundRows(list(table.columns), rows, numbers, n_fitting)


def convert(
    table: Table, target: Path, *, spreadsheet_safe: bool = False, each_step: Callable[[], None] = lambda: None
) -> str:
    """Write a priced table, every row in order, in the format of the target's suffix; gives a notice or "".

    Prices are numbers where the format has numbers, and have two decimals in text.  `each_step` is called between
    blocks of rows; what it raises ends the work.

    Raises
    ------
    TableError
        The format cannot hold the table, such as a workbook of more rows than Excel takes.
    """
    if ending(target) == ending(table.path) and not (spreadsheet_safe and format_of(target) in SAFE_FORMATS):
        shutil.copyfile(table.path, target)
        return ""
    columns, added = table.columns[:-N_ADDED], table.columns[-N_ADDED:]
    open_one = SpreadsheetSafeWriter if spreadsheet_safe else open_writer
    with open_one(target, columns, added, table) as writer:
        for chunk in table.chunks(READ_ROWS):
            writer.write(*_split(chunk))
            each_step()
    return writer.notice if isinstance(writer, SpreadsheetSafeWriter) else ""


def _split(chunk: Chunk) -> tuple[Chunk, list[list[Cell]]]:
    """The rows without our columns, and our columns."""
    added: list[list[Cell]] = [[_number(row[at]) for row in chunk.rows] for at in range(-N_ADDED, -1)]
    notes: list[Cell] = [cell_text(row[-1]) for row in chunk.rows]
    return chunk.with_rows([row[:-N_ADDED] for row in chunk.rows]), [*added, notes]


def _as_text(row: Sequence[Cell]) -> list[str]:
    prices = [priced_text(_number(cell)) for cell in row[-N_ADDED:-1]]
    return [*map(cell_text, row[:-N_ADDED]), *prices, cell_text(row[-1])]


def _price(row: Sequence[Cell]) -> float | None:
    return _number(row[-N_ADDED])


def _number(cell: Cell) -> float | None:
    """A price, which text formats have as text."""
    return None if cell is None or cell == "" else float(cell)


def _has_words(row: Sequence[Cell], words: Sequence[str]) -> bool:
    text = "\n".join(map(cell_text, [*row[:-N_ADDED], row[-1]])).casefold()
    return all(word in text for word in words)


def ending(path: Path) -> str:
    """The ending of a table's name, in lower case: ".csv", ".csv.gz"."""
    return next((each for each in sorted(SUFFIXES, key=len, reverse=True) if path.name.lower().endswith(each)), "")


def endings_offered(path: Path) -> list[str]:
    """Endings that a priced file can be had in, its own first."""
    return list(dict.fromkeys([ending(path), ".csv", ".xlsx", ".parquet"]))

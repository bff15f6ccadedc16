"""What a file holds before it is priced: which columns have the text, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pricer.errors import UserError
from pricer.items import MAX_TEXT_CHARS, find_price_column, find_text_columns, parse_price, price_problem
from pricer.tables import Chunk, Table, cell_text, format_of

CHECKED_ROWS = 8192  # at a time
FIRST_ROWS = 5  # whose numbers are told of each problem
GUESSED_WORDS = 2.0  # mean words of a cell, from which a column may be guessed to hold the text
GARBLED = ("\ufffd", "Ã©", "Ã¨", "Ã¼", "Ã¶", "Ã¤", "Ã±", "â€")  # lost characters; UTF-8 that was read as Windows-1252

_WORD = re.compile(r"[^\W\d_]{2,}")
_FORMATS = {".csv": "CSV", ".tsv": "TSV", ".jsonl": "JSON lines", ".parquet": "Parquet", ".xlsx": "Excel workbook"}
_ENCODINGS = {
    "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
}  # fmt: skip
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class TextGuess:
    """Which columns hold the text."""

    columns: tuple[int, ...]  # indices; empty if nothing looks like one
    by_name: bool  # whether its name told, not what is in it

    def names(self, table: Table) -> list[str]:
        """The columns' names."""
        return [table.columns[at] for at in self.columns]


@dataclass
class Problem:
    """Rows that share something a user may want to mend."""

    words: str  # what is wrong with these rows and what becomes of them
    n_rows: int = 0
    first_rows: list[int] = field(default_factory=list)  # numbers of the first of them, at most FIRST_ROWS

    def add(self, numbers: Sequence[int]) -> None:
        """Count rows by their numbers, in order."""
        self.n_rows += len(numbers)
        self.first_rows += list(numbers[: FIRST_ROWS - len(self.first_rows)])


@dataclass
class Inspection:
    """What was found so far; the same object grows with every block of rows."""

    n_rows: int  # of the table
    rows_checked: int = 0
    labelled: int | None = None  # rows with a text and a usable price of their own; None without a column `price`
    empty: Problem = field(default_factory=lambda: Problem("without a text: kept without a price"))
    too_long: Problem = field(
        default_factory=lambda: Problem(f"with a text of more than {MAX_TEXT_CHARS:,} characters: kept without a price")
    )
    short: Problem = field(
        default_factory=lambda: Problem("with fewer cells than the header, or formulas never computed: left empty")
    )
    garbled: Problem = field(
        default_factory=lambda: Problem("with garbled characters: the file was once saved in another encoding")
    )
    repeated: Problem = field(
        default_factory=lambda: Problem("whose text occurred before: each gets the same price again")
    )

    unreadable: Problem = field(
        default_factory=lambda: Problem("whose own price is no number of dollars: left out when prices are compared")
    )

    @property
    def finished(self) -> bool:
        """Whether every row was looked at."""
        return self.rows_checked == self.n_rows

    @property
    def problems(self) -> list[Problem]:
        """Those that there are, the gravest first."""
        found = (self.empty, self.too_long, self.short, self.garbled, self.unreadable, self.repeated)
        return [each for each in found if each.n_rows]


def inspect_rows(table: Table, text_columns: Sequence[int]) -> Iterator[Inspection]:
    """Look at every row of a table before it is priced.

    Takes a few seconds for 200,000 rows, and 16 bytes of memory a row, by which repeated texts are found.

    Parameters
    ----------
    table
        What is going to be priced.
    text_columns
        Indices of the columns that hold the text.

    Yields
    ------
    Inspection
        After each block of rows; repeated texts are known with the last one.

    Raises
    ------
    TableError
        A row cannot be read.
    """
    price_column = find_price_column(table, text_columns)
    inspection = Inspection(table.n_rows, labelled=None if price_column is None else 0)
    hashes, numbers = [], []
    for chunk in table.chunks(CHECKED_ROWS):
        texts = chunk.texts(text_columns)
        _check_texts(inspection, chunk, texts)
        if price_column is not None:
            _check_prices(inspection, chunk, texts, price_column)
        kept = [at for at, text in enumerate(texts) if text.strip()]
        hashes.append(np.fromiter((hash(texts[at].strip()) for at in kept), dtype=np.int64, count=len(kept)))
        numbers.append(np.array(kept, dtype=np.int64) + chunk.first_row)
        inspection.rows_checked += len(chunk)
        if inspection.finished:
            inspection.repeated.add(_repeats(np.concatenate(hashes), np.concatenate(numbers)))
        yield inspection


def _check_texts(inspection: Inspection, chunk: Chunk, texts: Sequence[str]) -> None:
    def numbers(is_so: Callable[[str], bool]) -> list[int]:
        return [number for number, text in enumerate(texts, chunk.first_row) if is_so(text)]

    inspection.empty.add(numbers(lambda text: not text.strip()))
    inspection.too_long.add(numbers(lambda text: len(text) > MAX_TEXT_CHARS and bool(text.strip())))
    inspection.garbled.add(numbers(lambda text: not text.isascii() and any(sign in text for sign in GARBLED)))
    inspection.short.add([chunk.first_row + at for at in sorted(chunk.notes)])


def _check_prices(inspection: Inspection, chunk: Chunk, texts: Sequence[str], price_column: int) -> None:
    """Count rows that will be priced and have a usable price to compare with, and those whose price is none."""
    prices = [parse_price(row[price_column]) for row in chunk.rows]
    problems = [price_problem(price) for price in prices]
    usable = (
        bool(text.strip()) and len(text) <= MAX_TEXT_CHARS and not problem
        for text, problem in zip(texts, problems, strict=True)
    )
    inspection.labelled = (inspection.labelled or 0) + sum(usable)
    inspection.unreadable.add(
        [
            chunk.first_row + at
            for at, (price, problem) in enumerate(zip(prices, problems, strict=True))
            if problem and price is not None
        ]
    )


def _repeats(hashes: np.ndarray, numbers: np.ndarray) -> list[int]:
    """Numbers of the rows, in order, whose hash an earlier row has."""
    order = np.argsort(hashes, kind="stable")
    again = hashes[order][1:] == hashes[order][:-1]
    return np.sort(numbers[order[1:][again]]).tolist()


def guess_text_columns(table: Table, first: Chunk | None) -> TextGuess:
    """Which columns hold the text, by a usual name, else by what is in the first rows: the one with the most words."""
    try:
        return TextGuess(tuple(find_text_columns(table)), by_name=True)
    except UserError:
        pass
    rows = first.rows if first else []
    words = [sum(len(_WORD.findall(cell_text(row[at]))) for row in rows) for at in range(len(table.columns))]
    best = int(np.argmax(words)) if words else 0
    likely = rows and words[best] >= GUESSED_WORDS * len(rows) and table.columns.count(table.columns[best]) == 1
    return TextGuess((best,) if likely else (), by_name=False)


def format_words(table: Table) -> str:
    """How a file was read: "CSV, UTF-8, commas"."""
    known = [
        _FORMATS[format_of(table.path)] + (", gzipped" if table.path.name.lower().endswith(".gz") else ""),
        _ENCODINGS.get(getattr(table, "encoding", ""), ""),
        _DELIMITERS.get(getattr(table, "delimiter", ""), ""),
    ]
    return ", ".join(filter(None, known))

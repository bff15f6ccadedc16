"""What is worth knowing about a batch once it is priced, gathered while it runs in little memory."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pricer.batch.extremes import Extremes
from pricer.batch.labelled_rows import LabelledRows, ReviewedRow
from pricer.items import find_price_column, parse_price, price_problem
from pricer.tables import Cell, Chunk, Table

if TYPE_CHECKING:
    from pricer.batch.priced_chunk import PricedChunk
    from pricer.seen import SeenTexts

SHOWN_ROWS = 10  # of the most and the least certain
SHOWN_CHARS = 300  # of a text
UNFAMILIAR = "familiar"  # what the runner's warning of a text unlike those of training says, and no other note

_REASON = re.compile(r"not priced: ([^;]*)")
_TOO_LONG = re.compile(r"text has [\d,]+ characters, at most ([\d,]+) are priced")


class BatchReview:
    """Figures of a batch: why rows were skipped, how many are unlike training, which prices are the most certain.

    Given to `price_file`, which begins it with the table and hands it every chunk.  Where the file has a column
    `price`, predictions are measured against it.
    """

    def __init__(self, seen: SeenTexts | None = None) -> None:
        self._seen = seen
        self._text_columns: Sequence[int] = ()
        self._price_column: int | None = None
        self._forget()

    def _forget(self) -> None:
        self.skipped: Counter[str] = Counter()  # rows without a price, by the reason
        self.n_unfamiliar = 0  # priced rows whose text is unlike those of training
        self.most_certain: Extremes[ReviewedRow] = Extremes(SHOWN_ROWS)  # narrow ranges, relative to their prices
        self.least_certain: Extremes[ReviewedRow] = Extremes(SHOWN_ROWS)
        self.labelled: LabelledRows | None = None  # None where the file has no column `price`

    def begin(self, table: Table, text_columns: Sequence[int]) -> None:
        """Learn which columns hold the text (indices) and whether one holds a price; a run before is forgotten."""
        self._forget()
        self._text_columns = text_columns
        self._price_column = find_price_column(table, text_columns)
        self.labelled = None if self._price_column is None else LabelledRows()

    def add(self, chunk: Chunk, priced: PricedChunk) -> None:
        """Take the next rows with their prices."""
        prices = priced.prices.T  # (n_rows, 3): price, low, high; NaN where there is none
        self._count(priced.notes)
        price, low, high = prices.T
        width = np.divide(high - low, price, out=np.full(len(price), np.nan), where=price > 0)
        shown = partial(self._shown, chunk, prices)
        self.most_certain.add(-width, shown)
        self.least_certain.add(width, shown)
        if self.labelled is not None and self._price_column is not None:
            actual = np.array([_usable(row[self._price_column]) for row in chunk.rows], dtype=np.float64)
            self._measure(self.labelled, chunk, prices, actual)

    def _count(self, notes: Sequence[str]) -> None:
        for note in filter(None, notes):
            reason = reason_of(note)
            if reason:
                self.skipped[reason] += 1
            else:
                self.n_unfamiliar += UNFAMILIAR in note

    def _measure(self, labelled: LabelledRows, chunk: Chunk, prices: np.ndarray, actual: np.ndarray) -> None:
        """Compare the rows that have both prices: the predicted ones (n_rows, 3) and the file's own (n_rows,)."""
        usable = np.flatnonzero(np.isfinite(actual) & np.isfinite(prices[:, 0]))
        if not len(usable):
            return

        def seen_at(chosen: np.ndarray) -> np.ndarray:
            rows = [chunk.rows[at] for at in usable[chosen]]
            texts = chunk.with_rows(rows).texts(self._text_columns)
            return np.zeros(len(texts)) if self._seen is None else self._seen.contains(texts)

        labelled.add(
            np.column_stack([actual[usable], prices[usable]]),
            lambda at: self._shown(chunk, prices, int(usable[at]), float(actual[usable[at]])),
            seen_at,
        )

    def _shown(self, chunk: Chunk, prices: np.ndarray, at: int, actual: float | None = None) -> ReviewedRow:
        number = chunk.first_row + at
        text = chunk.with_rows([chunk.rows[at]]).texts(self._text_columns)[0]
        price, low, high = prices[at].tolist()
        return ReviewedRow(number, text[:SHOWN_CHARS], price, low, high, actual)


def _usable(cell: Cell) -> float:
    """A cell's price in dollars; NaN if it has none."""
    price = parse_price(cell)
    return math.nan if price_problem(price) else price


def reason_of(note: str) -> str:
    """Why a row has no price, by its note, in words that like rows share; empty if it has one."""
    found = _REASON.search(note)
    return _TOO_LONG.sub(r"text of more than \1 characters", found[1]) if found else ""

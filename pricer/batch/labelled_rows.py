"""The rows of a batch that have a price of their own: how far off predictions are, and which prices stand out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pricer.batch.extremes import Extremes
from pricer.evaluator import Evaluation

MOST_MEASURED = 50_000  # rows that are kept for the figures; beyond, a fixed random sample of all
SHOWN_ROWS = 10  # of the most under- and overpriced
LEAST_USD = 0.01  # what a price of nothing counts as in a ratio
_COLUMNS = 5  # actual, predicted, low, high in dollars; whether the text was trained on


@dataclass(frozen=True)
class ReviewedRow:
    """A priced row as a person reads it."""

    number: int  # of the row in its file, the first after the header is 1
    text: str  # its beginning
    price: float  # predicted, dollars
    low: float  # dollars
    high: float  # dollars
    actual: float | None = None  # the file's own price, dollars; None where there is none


class LabelledRows:
    """Measures predictions against the prices that a file has; memory is bounded, whatever the number of rows."""

    def __init__(self, most: int = MOST_MEASURED, seed: int = 42) -> None:
        self.n_rows = 0  # rows with a usable price of their own that were priced
        self.underpriced: Extremes[ReviewedRow] = Extremes(SHOWN_ROWS)  # the file's price is far below the predicted
        self.overpriced: Extremes[ReviewedRow] = Extremes(SHOWN_ROWS)  # and far above
        self._most, self._generator = most, np.random.default_rng(seed)
        self._kept = np.empty((0, _COLUMNS))

    def add(
        self,
        prices: np.ndarray,
        row_at: Callable[[int], ReviewedRow],
        seen_at: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Take priced rows.

        Parameters
        ----------
        prices : array of shape (n_rows, 4)
            Actual, predicted, low, high, in dollars.
        row_at
            From an index in these rows to the row as it is shown.
        seen_at
            From indices to whether these rows' texts were trained on; asked for the rows that are kept.
        """
        ratio = np.log(np.maximum(prices[:, 1], LEAST_USD) / np.maximum(prices[:, 0], LEAST_USD))
        self.underpriced.add(np.where(ratio > 0, ratio, np.nan), row_at)
        self.overpriced.add(np.where(ratio < 0, -ratio, np.nan), row_at)
        chosen, places = self._drawn(len(prices))
        kept = np.empty((max(len(self._kept), places.max(initial=-1) + 1), _COLUMNS))
        kept[: len(self._kept)] = self._kept
        kept[places] = np.column_stack([prices[chosen], seen_at(chosen)])
        self._kept = kept
        self.n_rows += len(prices)

    def _drawn(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Which of the next n rows to keep, and in which places: a fair sample of all rows (Vitter 1985, R).

        Every row is kept while there is room; then each replaces another as often as chance asks.
        """
        room = min(n, self._most - len(self._kept))
        late = np.arange(room, n)
        places = np.concatenate(
            [len(self._kept) + np.arange(room), self._generator.integers(0, self.n_rows + late + 1)]
        )
        chosen = np.flatnonzero(places < self._most)
        _, last = np.unique(places[chosen][::-1], return_index=True)  # of several in one place the last stays
        chosen = np.sort(chosen[len(chosen) - 1 - last])
        return chosen, places[chosen]

    def evaluation(self) -> Evaluation | None:
        """The figures of these rows, or of the sample of them that is kept; None without any."""
        if not self.n_rows:
            return None
        actual, predicted, low, high, seen = self._kept.T
        n = len(actual)
        return Evaluation([""] * n, [None] * n, actual, predicted, low, high, seen > 0, 0, 0.0)

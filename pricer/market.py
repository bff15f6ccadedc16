"""The market around a price: how the prices that a model learned from are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

N_BINS = 48
LEAST_USD = 0.01  # prices below count as a cent: a logarithm needs one


@dataclass(frozen=True)
class Market:
    """Training prices, counted in bins of equal width in log dollars."""

    lowest: float  # lower end of the first bin, dollars
    highest: float  # upper end of the last bin, dollars
    counts: tuple[int, ...]  # training items in each bin

    def __post_init__(self) -> None:
        if not 0 < self.lowest < self.highest < np.inf:
            raise ValueError(f"a market runs from ${self.lowest} to ${self.highest}; expected a span of prices")
        if any(isinstance(each, bool) or not isinstance(each, int) or each < 0 for each in self.counts):
            raise ValueError("a market's counts are no whole numbers from 0 up")
        if not sum(self.counts):
            raise ValueError("a market without any price; expected at least one")

    @classmethod
    def of(cls, prices: np.ndarray, lowest: float, highest: float) -> Market | None:
        """The market of prices (n_items,) in dollars, in bins between two prices; None where all are one price."""
        lowest, highest = max(lowest, LEAST_USD), max(highest, LEAST_USD)
        if not len(prices) or lowest >= highest:
            return None
        logs = np.log(np.clip(prices, lowest, highest))
        counts, _ = np.histogram(logs, bins=N_BINS, range=(np.log(lowest), np.log(highest)))
        return cls(lowest, highest, tuple(counts.tolist()))

    @property
    def edges(self) -> np.ndarray:
        """Ends of the bins in dollars, ascending, shape (n_bins + 1,)."""
        return np.geomspace(self.lowest, self.highest, len(self.counts) + 1)

    @property
    def n_items(self) -> int:
        """Items that were counted."""
        return sum(self.counts)

    def share_below(self, usd: float) -> float:
        """Share of the items that cost less than this many dollars, 0-1; evenly spread within a bin, in log dollars."""
        reached = np.concatenate([[0], np.cumsum(self.counts)]) / self.n_items
        return float(np.interp(np.log(max(usd, LEAST_USD)), np.log(self.edges), reached))


def price_counts(prices: Sequence[float] | np.ndarray, lowest: float, highest: float) -> list[int]:
    """The counts of `Market.of` as a checkpoint's config keeps them; empty where there is no market."""
    market = Market.of(np.asarray(prices, dtype=np.float64), lowest, highest)
    return list(market.counts) if market else []

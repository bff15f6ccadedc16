"""What every peer of the comparison can do."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

SEED = 42


class Peer(Protocol):
    """A model of prices from texts; heavy packages are imported by `fit`, which raises ImportError without them."""

    @property
    def name(self) -> str:
        """What it is called in the table."""

    @property
    def source(self) -> str:
        """Where it comes from, and its settings."""

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        """Fit to texts with prices (n_texts,) in dollars; weights (n_texts,) say how much each counts."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Prices in dollars, shape (n_texts,), none below 0."""

    def size_mb(self) -> float:
        """Size of what was fitted, in megabytes (10^6 bytes)."""


def pickled_mb(*parts: Any) -> float:
    """Megabytes of these objects as a user would keep them: pickled."""
    return sum(len(pickle.dumps(part)) for part in parts) / 1e6


def dollars(log_prices: ArrayLike) -> np.ndarray:
    """Dollars of log1p prices, same shape, never below 0."""
    return np.maximum(np.expm1(np.asarray(log_prices, dtype=np.float64)), 0.0)

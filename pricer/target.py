"""The target: dollars to standardised log1p and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pricer.errors import TrainingError


@dataclass(frozen=True)
class Target:
    """Standardisation of log1p prices by the training split.

    z = (log(1 + price) - mean) / std, and back: price = exp(z * std + mean) - 1, never below 0.
    """

    mean: float  # mean of log1p(price) over the training items, log dollars
    std: float  # standard deviation of the same, log dollars

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.std) and self.std > 0):
            raise ValueError(f"a target's mean is {self.mean} and its deviation {self.std}; expected finite ones")

    @classmethod
    def fit(cls, prices: np.ndarray) -> Target:
        """Mean and (unbiased, as torch computes it) standard deviation of log1p prices, shape (n_items,), dollars.

        Raises
        ------
        TrainingError
            Fewer than two items, or all prices equal: there is nothing to standardise by.
        """
        logs = np.log1p(np.asarray(prices, dtype=np.float64))
        if len(logs) < 2 or float(logs.std()) == 0.0:
            raise TrainingError(
                f"Found {len(logs)} training items with {len(np.unique(logs))} different prices: "
                "expected at least two items with different prices."
            )
        return cls(float(logs.mean()), float(logs.std(ddof=1)))

    def to_standardised(self, prices: np.ndarray) -> np.ndarray:
        """Standardised log1p of prices in dollars, same shape."""
        return (np.log1p(prices) - self.mean) / self.std

    def to_log(self, standardised: np.ndarray) -> np.ndarray:
        """Log1p price (log dollars) of standardised values, same shape."""
        return standardised * self.std + self.mean

    @staticmethod
    def to_dollars(log_price: np.ndarray) -> np.ndarray:
        """Dollars of log1p prices, same shape, never below 0."""
        with np.errstate(over="ignore"):  # of damaged weights; whoever prices refuses what is no number
            return np.maximum(np.expm1(log_price), 0.0)

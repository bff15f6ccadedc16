"""Calibrated price ranges: split-conformal quantiles of scaled log residuals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

# Coverages that quantiles are kept for; those in between are interpolated.
COVERAGES = (0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)


@dataclass(frozen=True)
class Calibration:
    """Quantiles of ``(log price - predicted log price) / scale`` on rows that the model had not seen.

    The ranges follow normalised conformal prediction (Papadopoulos et al., 2002) with a lower and an
    upper side of their own (Romano et al., 2019), so that an item's width follows its predicted scale.
    """

    coverages: tuple[float, ...]  # shares of rows to be covered, ascending
    lower: tuple[float, ...]  # scaled residual at the lower end of the range for each coverage
    upper: tuple[float, ...]  # scaled residual at the upper end of the range for each coverage
    n_rows: int  # rows that the quantiles were taken from

    def __post_init__(self) -> None:
        columns = np.array([self.coverages, self.lower, self.upper], dtype=np.float64)
        ascending = (np.diff(self.coverages) > 0).all() and (np.diff(self.upper) >= 0).all()
        if not (columns.size and np.isfinite(columns).all() and ascending and (np.diff(self.lower) <= 0).all()):
            raise ValueError("a calibration's quantiles are not finite or not in order")

    @classmethod
    def fit(cls, residuals: np.ndarray, scale: np.ndarray, coverages: tuple[float, ...] = COVERAGES) -> Calibration:
        """Quantiles from held-out rows.

        Parameters
        ----------
        residuals : array of shape (n_rows,)
            Log price minus predicted log price, of rows not used to train their prediction.
        scale : array of shape (n_rows,)
            Predicted scale of each residual, positive.
        """
        scores = np.asarray(residuals, dtype=np.float64) / np.asarray(scale, dtype=np.float64)
        if scores.size == 0:
            raise ValueError("found no held-out rows to calibrate ranges on; expected at least one")
        lower, upper = zip(*(_ends(scores, coverage) for coverage in coverages), strict=True)
        return cls(
            coverages=tuple(coverages),
            lower=tuple(np.minimum.accumulate(lower).tolist()),
            upper=tuple(np.maximum.accumulate(upper).tolist()),
            n_rows=int(scores.size),
        )

    def bounds(self, log_price: np.ndarray, scale: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper log price of the range that covers this share of rows.

        Parameters
        ----------
        log_price, scale : arrays of shape (n_items,)
            Predicted log price and scale of its residual.
        coverage : float
            Share of prices to lie inside, between the first and the last of ``coverages``.

        Returns
        -------
        low, high : arrays of shape (n_items,)
        """
        first, last = self.coverages[0], self.coverages[-1]
        if not first <= coverage <= last:
            raise ValueError(f"coverage is {coverage}; expected a share between {first} and {last}")
        low = np.interp(coverage, self.coverages, self.lower)
        high = np.interp(coverage, self.coverages, self.upper)
        return log_price + low * scale, log_price + high * scale

    def to_dict(self) -> dict[str, Any]:
        """The calibration as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Calibration:
        """The calibration that ``to_dict`` described; an unknown or missing key is an error."""
        tuples: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**tuples)


def _ends(scores: np.ndarray, coverage: float) -> tuple[float, float]:
    """The two scores that leave half of the rest on either side, conservative for few rows.

    The range always contains the prediction itself: its ends never cross zero.
    """
    n = scores.size
    tail = (1 - coverage) / 2
    low_rank = np.clip(np.floor((n + 1) * tail) / n, 0, 1)
    low = np.quantile(scores, low_rank, method="lower")
    high = -np.quantile(-scores, low_rank, method="lower")
    return min(float(low), 0.0), max(float(high), 0.0)

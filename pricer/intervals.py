"""Calibrated price ranges: split-conformal quantiles of scaled log residuals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

# Coverages that quantiles are kept for; those in between are interpolated.
COVERAGES = (0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
KNOWN_AT_MOST = 0.65  # a text of this familiarity counts as known, even where almost all held-out texts have more
UNFAMILIAR = 0.05  # share of held-out texts that may count as unfamiliar


@dataclass(frozen=True)
class Calibration:
    """Quantiles of ``(log price - predicted log price) / scale`` on rows that the model had not seen.

    The ranges follow normalised conformal prediction (Papadopoulos et al., 2002) with a lower and an
    upper side of their own (Romano et al., 2019), so that an item's width follows its predicted scale.
    A text that the model does not know is given the range of all held-out prices.
    """

    coverages: tuple[float, ...]  # shares of rows to be covered, ascending
    lower: tuple[float, ...]  # scaled residual at the lower end of the range for each coverage
    upper: tuple[float, ...]  # scaled residual at the upper end of the range for each coverage
    prior_lower: tuple[float, ...]  # log1p price at the lower end of the range of all held-out rows
    prior_upper: tuple[float, ...]  # log1p price at its upper end
    known_from: float  # familiarity from which a range is the model's own; from half of it down, that of all prices
    n_rows: int  # rows that the quantiles were taken from

    def __post_init__(self) -> None:
        columns = np.array(
            [self.coverages, self.lower, self.upper, self.prior_lower, self.prior_upper], dtype=np.float64
        )
        steps = np.diff(columns) * np.array([[1], [-1], [1], [-1], [1]])
        if not (columns.size and np.isfinite(columns).all() and (steps[0] > 0).all() and (steps >= 0).all()):
            raise ValueError("a calibration's quantiles are not finite or not in order")
        if not 0 <= self.known_from <= 1:
            raise ValueError(f"a calibration's familiarity is {self.known_from}; expected a share")

    @classmethod
    def fit(
        cls,
        log_actual: np.ndarray,
        log_price: np.ndarray,
        scale: np.ndarray,
        familiarity: np.ndarray,
        coverages: tuple[float, ...] = COVERAGES,
    ) -> Calibration:
        """Quantiles from held-out rows.

        Parameters
        ----------
        log_actual, log_price : arrays of shape (n_rows,)
            True and predicted log price of rows that were not used to train their prediction.
        scale : array of shape (n_rows,)
            Predicted scale of each residual, positive.
        familiarity : array of shape (n_rows,)
            How much of each text the model knows, 0-1.
        """
        if np.size(log_actual) == 0:
            raise ValueError("found no held-out rows to calibrate ranges on; expected at least one")
        scores = (np.asarray(log_actual, dtype=np.float64) - log_price) / scale
        lower, upper = _nested([_ends(scores, coverage) for coverage in coverages])
        # The range always contains the prediction itself: its ends never cross zero.
        lower, upper = np.minimum(lower, 0), np.maximum(upper, 0)
        prior_lower, prior_upper = _nested([_ends(log_actual, coverage) for coverage in coverages])
        return cls(
            coverages=tuple(coverages),
            lower=tuple(lower.tolist()),
            upper=tuple(upper.tolist()),
            prior_lower=tuple(prior_lower.tolist()),
            prior_upper=tuple(prior_upper.tolist()),
            known_from=min(KNOWN_AT_MOST, float(np.quantile(familiarity, UNFAMILIAR))),
            n_rows=int(scores.size),
        )

    @classmethod
    def of_spread(cls, mean: float, std: float, coverages: tuple[float, ...] = COVERAGES) -> Calibration:
        """Ranges of a model whose residuals nobody measured: as wide as those of all log prices, normally spread.

        A model that tells anything errs less than that, so such ranges hold more than they claim.

        Parameters
        ----------
        mean, std
            Of the training items' log prices.
        """
        ends = [NormalDist(0, std).inv_cdf((1 + coverage) / 2) for coverage in coverages]
        lower, upper = tuple(-end for end in ends), tuple(ends)
        prior_lower, prior_upper = (tuple(mean + end for end in side) for side in (lower, upper))
        return cls(tuple(coverages), lower, upper, prior_lower, prior_upper, KNOWN_AT_MOST, n_rows=0)

    def bounds(
        self, log_price: np.ndarray, scale: np.ndarray, familiarity: np.ndarray, coverage: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper log price of the range that covers this share of rows.

        Parameters
        ----------
        log_price, scale, familiarity : arrays of shape (n_items,)
            Predicted log price, scale of its residual, and how much of the text the model knows (0-1).
        coverage : float
            Share of prices to lie inside, between the first and the last of ``coverages``.

        Returns
        -------
        low, high : arrays of shape (n_items,)
        """
        first, last = self.coverages[0], self.coverages[-1]
        if not first <= coverage <= last:
            raise ValueError(f"coverage is {coverage}; expected a share between {first} and {last}")
        low, high, prior_low, prior_high = (
            np.interp(coverage, self.coverages, ends)
            for ends in (self.lower, self.upper, self.prior_lower, self.prior_upper)
        )
        half = max(self.known_from / 2, 1e-9)
        unknown = np.clip((self.known_from - familiarity) / half, 0, 1)
        own_low, own_high = log_price + low * scale, log_price + high * scale
        return (
            own_low - unknown * np.maximum(own_low - prior_low, 0),
            own_high + unknown * np.maximum(prior_high - own_high, 0),
        )

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


def _ends(values: np.ndarray, coverage: float) -> tuple[float, float]:
    """The two values that leave half of the rest on either side, conservative for few rows."""
    n = len(values)
    rank = np.clip(np.floor((n + 1) * (1 - coverage) / 2) / n, 0, 1)
    return float(np.quantile(values, rank, method="lower")), -float(np.quantile(-values, rank, method="lower"))


def _nested(ends: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends, each (n_coverages,), such that every range contains the one before."""
    lower, upper = np.array(ends).T
    return np.minimum.accumulate(lower), np.maximum.accumulate(upper)

"""An evaluation: predictions beside true prices, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pricer.evaluation.confidence import Z95, bootstrap_ci95, wilson_ci95

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pricer.deep_neural_network import DeepNeuralNetworkRunner

BANDS = ((0.0, 25.0), (25.0, 75.0), (75.0, 200.0), (200.0, math.inf))  # dollars, lower end included
FAMILIARITIES = ((0.0, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.0), (1.0, math.inf))  # shares, lower end included
SMALLEST_CATEGORY = 20  # items; smaller groups say nothing
COLOURS = ("green", "orange", "red")
COVERAGE = 0.8  # of the ranges, unless another is asked for

_GROUP_MEMBERS = ("n", "mae", "coverage")  # of a group in `evaluate --json`


class Held(NamedTuple):
    """How many true prices lie in ranges made to hold a share of them."""

    nominal: float  # the share that the ranges are made for
    observed: float  # the share that they hold
    ci95: tuple[float, float]  # Wilson's interval of the observed share


@dataclass(frozen=True)
class Evaluation:
    """Predictions for items with true prices; arrays of shape (n,), in the order of the items.

    `DeepNeuralNetworkRunner.evaluate` makes one.

    Examples
    --------
    >>> actual, predicted = np.array([35.0, 20.0]), np.array([30.0, 30.0])
    >>> evaluation = Evaluation(
    ...     ["Steel kettle", "Desk lamp"], [None, None], actual, predicted, low=predicted / 2, high=predicted * 2,
    ...     seen=np.zeros(2, bool), unpriced=0, seconds=0.1,
    ... )
    >>> evaluation
    <Evaluation: mean error $7.50 (95% interval $5.00 to $10.00), n = 2>
    >>> [(band["band"], band["n"], band["mae"]) for band in evaluation.by_price_band()]
    [('below $25', 1, 10.0), ('$25–75', 1, 5.0)]
    """

    texts: list[str]
    categories: list[str | None]
    actual: np.ndarray  # dollars
    predicted: np.ndarray  # dollars
    low: np.ndarray  # dollars
    high: np.ndarray  # dollars
    seen: np.ndarray  # whether an item's text was trained on, bool
    unpriced: int  # rows that were left out: no text, or no usable price
    seconds: float  # time spent pricing
    coverage: float = COVERAGE  # that the ranges are made for
    familiarity: np.ndarray | None = None  # how much of each text training has seen, 0-1; None: not known
    held: dict[float, int] | None = None  # coverage -> true prices in its ranges; None: not known

    @property
    def n(self) -> int:
        return len(self.actual)

    @cached_property
    def errors(self) -> np.ndarray:
        """Absolute errors in dollars."""
        return np.abs(self.predicted - self.actual)

    @property
    def mae(self) -> float:
        """Mean absolute error in dollars."""
        return float(self.errors.mean())

    @cached_property
    def mae_ci95(self) -> tuple[float, float]:
        """95% interval of the mean absolute error: see `bootstrap_ci95`."""
        return bootstrap_ci95(self.errors)

    @property
    def median_ae(self) -> float:
        """Median absolute error in dollars."""
        return float(np.median(self.errors))

    @property
    def rmsle(self) -> float:
        """Root mean squared difference of log1p prices."""
        return float(np.sqrt(np.mean((np.log1p(self.predicted) - np.log1p(self.actual)) ** 2)))

    @property
    def smape(self) -> float:
        """Symmetric mean absolute percentage error, 0-200: 100 · mean(2|p - a| / (|p| + |a|))."""
        total = self.predicted + self.actual
        return float(100 * np.mean(np.divide(2 * self.errors, total, out=np.zeros(self.n), where=total > 0)))

    @property
    def r2(self) -> float | None:
        """Share of the variance of dollars explained; None if all prices are equal."""
        variance = float(((self.actual - self.actual.mean()) ** 2).sum())
        return 1 - float((self.errors**2).sum()) / variance if variance else None

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether the true price lies in the range, bool."""
        return (self.low <= self.actual) & (self.actual <= self.high)

    @property
    def mean_interval_width(self) -> float:
        """Mean width of the ranges in dollars."""
        return float((self.high - self.low).mean())

    @property
    def within_20_percent(self) -> float:
        """Share of items whose error is below 20% of their price."""
        return float(np.mean(self.errors < 0.2 * self.actual))

    @cached_property
    def relative_errors(self) -> np.ndarray:
        """Absolute errors as shares of the true price; infinite where that is 0."""
        return np.divide(self.errors, self.actual, out=np.full(self.n, np.inf), where=self.actual > 0)

    @property
    def colours(self) -> list[str]:
        """The course's rule: green below $40 or 20% of error, orange below $80 or 40%, else red."""
        green = (self.errors < 40) | (self.relative_errors < 0.2)
        orange = (self.errors < 80) | (self.relative_errors < 0.4)
        return [COLOURS[each] for each in np.where(green, 0, np.where(orange, 1, 2))]

    def worst(self, most: int) -> np.ndarray:
        """Indices of the items whose prices are furthest off in dollars, the worst first."""
        return np.argsort(-self.errors, kind="stable")[:most]

    def best(self, most: int) -> np.ndarray:
        """Indices of the items whose prices are closest in proportion, the best first."""
        return np.argsort(self.relative_errors, kind="stable")[:most]

    def running_mean(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean absolute error after each item and the half-width of its 95% band (normal), each (n,), dollars."""
        counts = np.arange(1, self.n + 1)
        mean = np.cumsum(self.errors) / counts
        squares = np.cumsum(self.errors**2)
        variance = np.maximum(squares - counts * mean**2, 0) / np.maximum(counts - 1, 1)
        return mean, Z95 * np.sqrt(variance / counts)

    def held_shares(self) -> list[Held]:
        """The calibration of the ranges: made for, against held, by ascending coverage; empty where not known."""
        shares = [(coverage, count / self.n) for coverage, count in sorted((self.held or {}).items())]
        return [Held(coverage, share, wilson_ci95(share, self.n)) for coverage, share in shares]

    def by_price_band(self) -> list[dict[str, Any]]:
        """Error and coverage by true price, for bands that have items; errors with their bootstrap intervals."""
        return self._price_bands

    def by_familiarity(self) -> list[dict[str, Any]]:
        """Likewise by how much of the text training has seen, each group's mean share as "at"; empty if not known."""
        if self.familiarity is None:
            return []
        chosen = {_share_name(*ends): _between(self.familiarity, *ends) for ends in FAMILIARITIES}
        groups = self._groups("familiarity", chosen.items())
        return [{**group, "at": float(self.familiarity[chosen[group["familiarity"]]].mean())} for group in groups]

    def by_category(self) -> list[dict[str, Any]]:
        """Likewise by category, for categories with enough items, the largest first."""
        return self._large_categories

    @cached_property
    def _price_bands(self) -> list[dict[str, Any]]:
        groups = ((_band_name(*band), _between(self.actual, *band)) for band in BANDS)
        return self._groups("band", groups)

    @cached_property
    def _large_categories(self) -> list[dict[str, Any]]:
        names = np.array([category or "" for category in self.categories], dtype=object)
        known, sizes = np.unique(names, return_counts=True)
        large = [name for name, size in zip(known, sizes, strict=True) if name and size >= SMALLEST_CATEGORY]
        groups = self._groups("category", ((name, names == name) for name in large))
        return sorted(groups, key=lambda group: -group["n"])

    def _groups(self, key: str, groups: Iterable[tuple[str, np.ndarray]]) -> list[dict[str, Any]]:
        return [
            {
                key: name,
                "n": int(chosen.sum()),
                "mae": float(self.errors[chosen].mean()),
                "coverage": float(self.inside[chosen].mean()),
                "mae_ci95": bootstrap_ci95(self.errors[chosen]),
            }
            for name, chosen in groups
            if chosen.any()
        ]

    def figures(self) -> dict[str, go.Figure]:
        """Plotly figures by name: scatter, residuals, trend, bands, and others where there is something to draw."""
        from pricer.evaluation.figures import evaluation_figures

        return {name: figure for name, figure in evaluation_figures(self).items() if figure is not None}

    def save_report(self, path: str | Path, runner: DeepNeuralNetworkRunner, data: str = "items") -> None:
        """Write all of it as one HTML file, which opens offline.

        Parameters
        ----------
        path
            Where to; ends in .html.
        runner
            What priced.
        data
            What the items are, a phrase for the heading.

        Raises
        ------
        SettingError
            The file cannot be written there.
        """
        from pricer.evaluation.report import evaluation_report
        from pricer.report_page import check_path, write
        from pricer.reported_model import ReportedModel

        check_path(Path(path))
        write(Path(path), evaluation_report(self, ReportedModel.of(runner), data))

    def __repr__(self) -> str:
        from pricer.notebook import evaluation_line

        return evaluation_line(self)

    def _repr_html_(self) -> str:
        from pricer.notebook import evaluation_html

        return evaluation_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The members of `evaluate --json`."""
        return {
            "n": self.n,
            "unpriced": self.unpriced,
            "seen_in_training": int(self.seen.sum()),
            "mae": self.mae,
            "mae_ci95": list(self.mae_ci95),
            "median_ae": self.median_ae,
            "rmsle": self.rmsle,
            "smape": self.smape,
            "r2": self.r2,
            "coverage": float(self.inside.mean()),
            "mean_interval_width": self.mean_interval_width,
            "within_20_percent": self.within_20_percent,
            "by_price_band": _members("band", self.by_price_band()),
            "by_category": _members("category", self.by_category()),
            "seconds": self.seconds,
        }


def _members(key: str, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: group[name] for name in (key, *_GROUP_MEMBERS)} for group in groups]


def _between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (values >= low) & (values < high)


def _band_name(low: float, high: float) -> str:
    if low == 0:
        return f"below ${high:.0f}"
    return f"${low:.0f}–{high:.0f}" if math.isfinite(high) else f"${low:.0f} and above"


def _share_name(low: float, high: float) -> str:
    if low == 0:
        return f"less than {high:.0%}"
    return f"{low:.0%} to {high:.0%}" if math.isfinite(high) else "every word"

"""How wrong prices are: the course's `evaluate`, and the full evaluation behind the page and the command line."""

from __future__ import annotations

import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from pricer.errors import ItemError

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.items import Item

BANDS = ((0.0, 25.0), (25.0, 75.0), (75.0, 200.0), (200.0, math.inf))  # dollars, lower end included
SMALLEST_CATEGORY = 20  # items; smaller groups say nothing
BOOTSTRAP_DRAWS = 1000
CHUNK_ITEMS = 1024
COLOURS = ("green", "orange", "red")

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)")


def evaluate(
    predictor: Callable[[Item], Any], items: Sequence[Item], size: int | None = None, workers: int = 1
) -> float:
    """Price items one by one, with a progress bar, and print the mean absolute error.

    Parameters
    ----------
    predictor
        From an item to its price: a number, or text such as "$1,234.50".
    items
        Items with true prices.
    size
        How many of them, from the first; None takes all.
    workers
        Threads that call the predictor, for one that waits for a server.

    Returns
    -------
    float
        Mean absolute error in dollars.
    """
    chosen = list(items[:size])
    if not chosen:
        raise ItemError("There are no items to evaluate: expected at least one.")
    with ThreadPoolExecutor(max_workers=workers) as pool:
        answers = list(tqdm(pool.map(predictor, chosen), total=len(chosen), desc="Evaluating", unit="item"))
    errors = [abs(read_number(answer) - item.price) for answer, item in zip(answers, chosen, strict=True)]
    mean = float(np.mean(errors))
    sys.stdout.write(f"Mean Absolute Error: ${mean:,.2f}\n")
    return mean


def read_number(answer: Any) -> float:
    """The first number of an answer, as the course's evaluator reads it; 0 if there is none."""
    if not isinstance(answer, str):
        return float(answer or 0)
    found = _NUMBER.search(answer.replace("$", ""))
    return float(found[0].replace(",", "")) if found else 0.0


@dataclass(frozen=True)
class Evaluation:
    """Predictions for items with true prices; arrays of shape (n,), in the order of the items."""

    texts: list[str]
    categories: list[str | None]
    actual: np.ndarray  # dollars
    predicted: np.ndarray  # dollars
    low: np.ndarray  # dollars
    high: np.ndarray  # dollars
    seen: np.ndarray  # whether an item's text was trained on, bool
    unpriced: int  # rows that were left out: no text, or no usable price
    seconds: float  # time spent pricing

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
        """95% interval of the mean absolute error: percentile bootstrap over items (Efron 1979)."""
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

    @property
    def inside(self) -> np.ndarray:
        """Whether the true price lies in the range, bool."""
        return (self.low <= self.actual) & (self.actual <= self.high)

    @property
    def within_20_percent(self) -> float:
        """Share of items whose error is below 20% of their price."""
        return float(np.mean(self.errors < 0.2 * self.actual))

    @property
    def colours(self) -> list[str]:
        """The course's rule: green below $40 or 20% of error, orange below $80 or 40%, else red."""
        relative = np.divide(self.errors, self.actual, out=np.full(self.n, np.inf), where=self.actual > 0)
        green = (self.errors < 40) | (relative < 0.2)
        orange = (self.errors < 80) | (relative < 0.4)
        return [COLOURS[each] for each in np.where(green, 0, np.where(orange, 1, 2))]

    def running_mean(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean absolute error after each item and the half-width of its 95% band (normal), each (n,), dollars."""
        counts = np.arange(1, self.n + 1)
        mean = np.cumsum(self.errors) / counts
        squares = np.cumsum(self.errors**2)
        variance = np.maximum(squares - counts * mean**2, 0) / np.maximum(counts - 1, 1)
        return mean, 1.96 * np.sqrt(variance / counts)

    def by_price_band(self) -> list[dict[str, Any]]:
        """Error and coverage by true price, for bands that have items."""
        groups = [(_band_name(low, high), (self.actual >= low) & (self.actual < high)) for low, high in BANDS]
        return [{"band": name, **self._group(chosen)} for name, chosen in groups if chosen.any()]

    def by_category(self) -> list[dict[str, Any]]:
        """Error and coverage by category, for categories with enough items, the largest first."""
        names = np.array([category or "" for category in self.categories], dtype=object)
        groups = [{"category": name, **self._group(names == name)} for name in sorted(set(names) - {""})]
        return sorted((group for group in groups if group["n"] >= SMALLEST_CATEGORY), key=lambda group: -group["n"])

    def _group(self, chosen: np.ndarray) -> dict[str, Any]:
        return {
            "n": int(chosen.sum()),
            "mae": float(self.errors[chosen].mean()),
            "coverage": float(self.inside[chosen].mean()),
        }

    def lines(self) -> list[str]:
        """The evaluation in words, for a terminal."""
        low, high = self.mae_ci95
        figures = [
            f"Mean Absolute Error: ${self.mae:,.2f}  (95% interval ${low:,.2f} to ${high:,.2f}, n = {self.n:,})",
            f"Median error: ${self.median_ae:,.2f}. Within 20% of the price: {self.within_20_percent:.0%} of items.",
            f"RMSLE {self.rmsle:.3f}, SMAPE {self.smape:.1f}%, r² {'–' if self.r2 is None else f'{self.r2:.2f}'}.",
            f"The true price lies in the range for {self.inside.mean():.0%} of items.",
            f"Left out: {self.unpriced:,} rows without a text or a usable price.",
        ]
        bands = [
            f"  {band['band']}: MAE ${band['mae']:,.2f}, coverage {band['coverage']:.0%} (n = {band['n']:,})"
            for band in self.by_price_band()
        ]
        seen = int(self.seen.sum())
        caution = (
            [f"{seen:,} of these items were trained on: their errors are too low (--exclude-seen)."] if seen else []
        )
        return [*figures, "By true price:", *bands, *caution]

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
            "mean_interval_width": float((self.high - self.low).mean()),
            "within_20_percent": self.within_20_percent,
            "by_price_band": self.by_price_band(),
            "by_category": self.by_category(),
            "seconds": self.seconds,
        }


def evaluate_runner(
    runner: DeepNeuralNetworkRunner,
    items: Sequence[Item],
    *,
    unpriced: int = 0,
    exclude_seen: bool = False,
    coverage: float = 0.8,
) -> Iterator[tuple[int, Evaluation | None]]:
    """Price items in chunks; gives (items done, None) after each chunk and (all, the evaluation) at last.

    Parameters
    ----------
    runner
        What prices.
    items
        Items with true prices.
    unpriced
        Rows that were left out before, for the report.
    exclude_seen
        Leave out items whose text was trained on.
    coverage
        Share of true prices that the ranges should contain.

    Raises
    ------
    ItemError
        There is no item to evaluate.
    """
    texts = [item.summary for item in items]
    n_given = len(items)
    seen = runner.checkpoint.seen_texts.contains(texts)
    if exclude_seen:
        items = [item for item, known in zip(items, seen, strict=True) if not known]
        texts = [item.summary for item in items]
        seen = np.zeros(len(items), dtype=bool)
    if not items:
        reason = f"all {n_given:,} were trained on" if n_given else "none has a text and a price"
        raise ItemError(f"There are no items to evaluate: {reason}. Give other items.")
    parts = []
    started = time.perf_counter()
    for start in range(0, len(items), CHUNK_ITEMS):
        parts.append(runner.price(texts[start : start + CHUNK_ITEMS], coverage))
        yield min(start + CHUNK_ITEMS, len(items)), None
    seconds = time.perf_counter() - started
    price, low, high = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    actual = np.array([item.price for item in items])
    categories = [item.category for item in items]
    yield len(items), Evaluation(texts, categories, actual, price, low, high, seen, unpriced, seconds)


def bootstrap_ci95(errors: np.ndarray, draws: int = BOOTSTRAP_DRAWS, seed: int = 42) -> tuple[float, float]:
    """95% percentile-bootstrap interval of the mean of errors (n,)."""
    generator = np.random.default_rng(seed)
    means = [errors[generator.integers(0, len(errors), len(errors))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _band_name(low: float, high: float) -> str:
    if low == 0:
        return f"below ${high:.0f}"
    return f"${low:.0f}–{high:.0f}" if math.isfinite(high) else f"${low:.0f} and above"

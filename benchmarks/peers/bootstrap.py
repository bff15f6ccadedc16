"""95% intervals: percentile bootstrap over items (Efron, 1979), and Wilson's for shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import binomtest

from benchmarks.peers.peer import SEED

DRAWS = 2000


def ci95(n: int, statistic: Callable[[np.ndarray], float]) -> tuple[float, float]:
    """Interval of a statistic of n items; ``statistic`` takes the numbers of the items drawn, shape (n,)."""
    generator = np.random.default_rng(SEED)
    values = [statistic(generator.integers(0, n, n)) for _ in range(DRAWS)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_ci95(values: np.ndarray) -> tuple[float, float]:
    """Interval of the mean of values (n,): of a paired difference, if they are differences."""
    return ci95(len(values), lambda drawn: float(values[drawn].mean()))


def median_ci95(values: np.ndarray) -> tuple[float, float]:
    """Interval of the median of values (n,)."""
    return ci95(len(values), lambda drawn: float(np.median(values[drawn])))


def share_ci95(inside: np.ndarray) -> tuple[float, float]:
    """Wilson's interval of a share, from bools (n,)."""
    found = binomtest(int(inside.sum()), len(inside)).proportion_ci(method="wilson")
    return float(found.low), float(found.high)

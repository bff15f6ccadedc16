"""95% intervals of means and of shares."""

from __future__ import annotations

import numpy as np

BOOTSTRAP_DRAWS = 1000
MOST_DRAWN = 20_000  # values; beyond, the normal interval is the same to the cent and costs nothing
Z95 = 1.959964  # the standard normal's 97.5% quantile


def bootstrap_ci95(values: np.ndarray, draws: int = BOOTSTRAP_DRAWS, seed: int = 42) -> tuple[float, float]:
    """95% interval of the mean of values (n,): percentile bootstrap (Efron 1979), normal beyond `MOST_DRAWN` values."""
    if len(values) > MOST_DRAWN:
        half = Z95 * float(values.std(ddof=1)) / len(values) ** 0.5
        return float(values.mean()) - half, float(values.mean()) + half
    generator = np.random.default_rng(seed)
    means = [values[generator.integers(0, len(values), len(values))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def wilson_ci95(share: float, n: int) -> tuple[float, float]:
    """95% score interval of a share (0-1) of n items (Wilson 1927): right for few items and for shares near 0 and 1."""
    spread = Z95 * (share * (1 - share) / n + Z95**2 / (4 * n**2)) ** 0.5
    middle, scale = share + Z95**2 / (2 * n), 1 + Z95**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

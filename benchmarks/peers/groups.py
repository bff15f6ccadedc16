"""How the errors and the ranges spread over prices, forms of text and categories."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.peers.bootstrap import mean_ci95, median_ci95, share_ci95
from pricer.evaluation import BANDS, SMALLEST_CATEGORY, Evaluation

NO_CATEGORY = "none stated"


def band_name(low: float, high: float) -> str:
    """A band of prices in words."""
    if low == 0:
        return f"below ${high:.0f}"
    return f"${low:.0f}–{high:.0f}" if math.isfinite(high) else f"above ${low:.0f}"


def in_bands(values: np.ndarray) -> dict[str, np.ndarray]:
    """Which values (n,) lie in each band, by its name; bands without any left out."""
    masks = {band_name(*band): (values >= band[0]) & (values < band[1]) for band in BANDS}
    return {name: mask for name, mask in masks.items() if mask.any()}


def by_true_price(found: Evaluation) -> list[dict[str, Any]]:
    """Mean absolute error and share of all dollars of error, by band of true price."""
    return [
        {
            "group": name,
            "n": int(mask.sum()),
            "mae": float(found.errors[mask].mean()),
            "mae_ci95": mean_ci95(found.errors[mask]),
            "share_of_error": float(found.errors[mask].sum() / found.errors.sum()),
        }
        for name, mask in in_bands(found.actual).items()
    ]


def coverage_by_prediction(found: Evaluation) -> list[dict[str, Any]]:
    """Share of true prices inside the ranges, by band of predicted price, and over all."""
    masks = {**in_bands(found.predicted), "all": np.ones(found.n, dtype=bool)}
    return [{"group": name, **_coverage(found, mask)} for name, mask in masks.items()]


def by_label(found: Evaluation, labels: list[str | None]) -> list[dict[str, Any]]:
    """Error, ratio and coverage of each label with enough items, the largest first."""
    names = np.array([label or NO_CATEGORY for label in labels], dtype=object)
    masks = {name: names == name for name in sorted(set(names))}
    large = sorted(masks.items(), key=lambda pair: -pair[1].sum())
    return [_group(found, name, mask) for name, mask in large if mask.sum() >= SMALLEST_CATEGORY]


def _group(found: Evaluation, name: str, mask: np.ndarray) -> dict[str, Any]:
    ratio = found.predicted[mask] / found.actual[mask]
    return {
        "group": name,
        **_coverage(found, mask),
        "mae": float(found.errors[mask].mean()),
        "mae_ci95": mean_ci95(found.errors[mask]),
        "ratio": float(np.median(ratio)),
        "ratio_ci95": median_ci95(ratio),
    }


def _coverage(found: Evaluation, mask: np.ndarray) -> dict[str, Any]:
    inside = found.inside[mask]
    return {"n": int(mask.sum()), "coverage": float(inside.mean()), "coverage_ci95": share_ci95(inside)}

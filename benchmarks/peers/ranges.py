"""Width of the built-in model's ranges beside those that the same conformal method gives a ridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import KFold

from benchmarks.peers.bootstrap import ci95
from benchmarks.peers.peer import SEED
from benchmarks.peers.ridge import TfidfRidge
from benchmarks.peers.rows import Bench
from pricer.evaluation import Evaluation
from pricer.intervals import Calibration

COVERAGE = 0.8
FOLDS = 5
ALPHA = 0.5


@dataclass(frozen=True)
class LogRanges:
    """Ranges of log1p price; arrays of shape (n,)."""

    residual: np.ndarray  # log1p of the true price minus the predicted one
    predicted: np.ndarray  # log1p of the predicted price
    below: np.ndarray  # from the lower end to the prediction, not negative
    above: np.ndarray  # from the prediction to the upper end, not negative

    @property
    def inside(self) -> np.ndarray:
        """Whether each true price lies in its range, bool."""
        return self._stretch <= 1

    @property
    def _stretch(self) -> np.ndarray:
        """By how much each range must be stretched to reach its true price."""
        side = np.where(self.residual < 0, self.below, self.above)
        return np.abs(self.residual) / np.maximum(side, 1e-9)

    def widths(self, drawn: np.ndarray) -> dict[str, float]:
        """Widths over the drawn rows (n_drawn,), all ranges stretched alike to cover exactly 80% of them."""
        factor = np.quantile(self._stretch[drawn], COVERAGE, method="inverted_cdf")
        low = np.expm1(np.maximum(self.predicted - factor * self.below, 0))[drawn]
        high = np.expm1(self.predicted + factor * self.above)[drawn]
        log_width = factor * (self.below + self.above)[drawn]
        return {
            "mean_dollars": float(np.mean(high - low)),
            "median_dollars": float(np.median(high - low)),
            "mean_log": float(np.mean(log_width)),
        }


def compare_ranges(ours: Evaluation, bench: Bench) -> dict[str, Any]:
    """Coverage as found, and widths at equal coverage: ours, the ridge's, their ratio with a paired 95% interval."""
    own, peer = ranges_of(ours), ridge_ranges(bench)
    everything = np.arange(ours.n)
    widths = {"ours": own.widths(everything), "ridge": peer.widths(everything)}
    ratios = {key: _ratio(own, peer, key) for key in widths["ours"]}
    coverage = {"ours": float(own.inside.mean()), "ridge": float(peer.inside.mean())}
    return {"coverage_as_found": coverage, "widths": widths, "ratios": ratios}


def _ratio(own: LogRanges, peer: LogRanges, key: str) -> dict[str, Any]:
    """Ratio of one kind of width, with its paired 95% interval: both are stretched anew in each draw."""

    def ratio(drawn: np.ndarray) -> float:
        return own.widths(drawn)[key] / peer.widths(drawn)[key]

    n = len(own.residual)
    return {"ratio": ratio(np.arange(n)), "ci95": ci95(n, ratio)}


def ranges_of(found: Evaluation) -> LogRanges:
    """The ranges of an evaluation, on the log scale."""
    actual, predicted, low, high = (np.log1p(each) for each in (found.actual, found.predicted, found.low, found.high))
    return LogRanges(actual - predicted, predicted, predicted - low, high - predicted)


def ridge_ranges(bench: Bench) -> LogRanges:
    """Ranges of the ridge with the estimates: conformal on the residuals of real rows, each held out once."""
    held_out_logs = np.zeros(len(bench.real.texts))
    for kept, held_out in KFold(FOLDS, shuffle=True, random_state=SEED).split(held_out_logs):
        held_out_logs[held_out] = _ridge_logs(bench, kept, bench.real.take(held_out).texts)
    all_known = np.ones(len(held_out_logs))
    calibration = Calibration.fit(np.log1p(bench.real.prices), held_out_logs, np.ones(len(held_out_logs)), all_known)
    predicted = _ridge_logs(bench, np.arange(len(held_out_logs)), bench.test_texts)
    ones = np.ones(len(predicted))
    low, high = calibration.bounds(predicted, ones, ones, COVERAGE)
    return LogRanges(np.log1p(bench.test_prices) - predicted, predicted, predicted - low, high - predicted)


def _ridge_logs(bench: Bench, kept: np.ndarray, texts: list[str]) -> np.ndarray:
    """Log1p prices (n_texts,) by a ridge fitted to the kept real rows and all estimates."""
    rows = bench.real.take(kept) + bench.estimates
    peer = TfidfRidge(ALPHA)
    peer.fit(rows.texts, rows.prices, rows.weights)
    return np.log1p(peer.predict(texts))

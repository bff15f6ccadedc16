"""A model's figures on the test rows: its prices, and what they took."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.bootstrap import mean_ci95
from benchmarks.peers.registry import REAL, Entry
from benchmarks.peers.rows import Bench
from pricer.builtin import build
from pricer.checkpoint_config import WEIGHTS
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluation import Evaluation
from pricer.hub import locate

SPEED_TEXTS = 2000  # at least so many are priced to take the speed
SPEED_RUNS = 3
ENOUGH_SECONDS = 120  # no further run once one took longer


@dataclass(frozen=True)
class Measured:
    """A row of the table."""

    name: str
    rows: str  # what it was trained on
    found: Evaluation
    fit_seconds: float
    size_mb: float  # 10^6 bytes
    rows_per_second: float
    source: str

    def to_dict(self, ours: Evaluation) -> dict[str, Any]:
        """The row as JSON-able values."""
        difference = self.found.errors - ours.errors
        figures = self.found.to_dict()
        chosen = {key: figures[key] for key in ("n", "mae", "mae_ci95", "median_ae", "rmsle", "smape", "r2")}
        return {
            "name": self.name,
            "rows": self.rows,
            **chosen,
            "fit_seconds": self.fit_seconds,
            "size_mb": self.size_mb,
            "rows_per_second": self.rows_per_second,
            "mae_above_ours": float(difference.mean()),
            "mae_above_ours_ci95": list(mean_ci95(difference)),
            "source": self.source,
            "prices": self.found.predicted.tolist(),
        }

    @classmethod
    def again(cls, row: dict[str, Any], bench: Bench) -> Measured:
        """The row that `to_dict` described, beside the same test rows."""
        prices = np.array(row["prices"])
        names = ("name", "rows", "fit_seconds", "size_mb", "rows_per_second", "source")
        return cls(found=evaluation(bench, prices, prices, prices), **{name: row[name] for name in names})


def rebuild_seconds(folder: Path) -> float:
    """How long it takes to train the built-in model anew."""
    print("rebuilding the built-in model …", file=sys.stderr, flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        build(folder, Path(out) / "weights")
    return time.perf_counter() - started


def measure_ours(runner: DeepNeuralNetworkRunner, bench: Bench, fit_seconds: float) -> Measured:
    """The built-in model, priced through the runner."""
    texts = bench.test_texts
    folder, _ = locate(None, None)
    config = runner.checkpoint.config
    return Measured(
        name=f"built-in ({config.name})",
        rows=f"{config.training.items:,} items (model card)",
        found=evaluation(bench, *runner.price(texts)),
        fit_seconds=fit_seconds,
        size_mb=(folder / WEIGHTS).stat().st_size / 1e6,
        rows_per_second=speed(runner.price, texts),
        source="this project's checkpoint, see its model card",
    )


def measure_peer(entry: Entry, bench: Bench) -> Measured | None:
    """A peer fitted and scored; None, with a note on stderr, if its package is missing."""
    peer = entry.make()
    print(f"{peer.name}, {entry.rows} …", file=sys.stderr, flush=True)
    rows = bench.real if entry.rows == REAL else bench.real + bench.estimates
    started = time.perf_counter()
    try:
        peer.fit(rows.texts, rows.prices, rows.weights)
    except ImportError as error:
        print(f"  left out: {error}; install requirements-bench.txt", file=sys.stderr)
        return None
    seconds = time.perf_counter() - started
    price = peer.predict(bench.test_texts)
    found = evaluation(bench, price, price, price)
    print(f"  MAE {found.mae:.1f}, fitted in {seconds:.0f} s", file=sys.stderr)
    per_second = speed(peer.predict, bench.test_texts)
    return Measured(peer.name, entry.rows, found, seconds, peer.size_mb(), per_second, peer.source)


def evaluation(bench: Bench, price: np.ndarray, low: np.ndarray, high: np.ndarray) -> Evaluation:
    """Prices and ranges (n_test,) in dollars beside the true prices."""
    categories = [each if isinstance(each, str) else None for each in bench.test["category"]]
    unseen = np.zeros(len(price), dtype=bool)
    return Evaluation(bench.test_texts, categories, bench.test_prices, price, low, high, unseen, 0, 0)


def speed(price: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> float:
    """Texts priced per second: the median of some runs over the texts, repeated to be enough."""
    many = list(texts) * -(-SPEED_TEXTS // len(texts))
    seconds: list[float] = []
    while len(seconds) < SPEED_RUNS and max(seconds, default=0) < ENOUGH_SECONDS:
        started = time.perf_counter()
        price(many)
        seconds.append(time.perf_counter() - started)
    return len(many) / statistics.median(seconds)

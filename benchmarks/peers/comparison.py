"""The whole comparison: what is measured, in order, gathered into one report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.groups import by_label, by_true_price, coverage_by_prediction
from benchmarks.peers.measured import Measured, measure_ours, measure_peer, rebuild_seconds
from benchmarks.peers.near_duplicates import near_duplicates
from benchmarks.peers.ranges import compare_ranges
from benchmarks.peers.registry import ENTRIES, ESTIMATES, Entry
from benchmarks.peers.rows import Bench, effective_size, read_bench
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluation.published import PUBLISHED
from pricer.hub import BUILT_IN

FIXED_PEER = "ridge"  # with the estimates: the one whose errors and ranges stand beside ours


@dataclass(frozen=True)
class Report:
    """All that the comparison found; the dictionaries are JSON-able."""

    n_real: int  # training rows with real prices
    n_estimates: int  # training texts with estimated prices
    effective_estimates: float  # how many equally weighted texts those are worth
    n_test: int
    ours: Measured
    peers: list[Measured]
    bands: dict[str, list[dict[str, Any]]]  # of true price, by model
    coverage: list[dict[str, Any]]  # by band of predicted price
    forms: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    ranges: dict[str, Any]
    duplicates: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values."""
        return {
            "n_real": self.n_real,
            "n_estimates": self.n_estimates,
            "effective_estimates": self.effective_estimates,
            "n_test": self.n_test,
            "models": [each.to_dict(self.ours.found) for each in (self.ours, *self.peers)],
            "by_true_price": self.bands,
            "coverage_by_predicted_price": self.coverage,
            "by_text_form": self.forms,
            "by_category": self.categories,
            "ranges": self.ranges,
            "near_duplicates": self.duplicates,
            "published": [asdict(each) for each in PUBLISHED],
        }


def compare(folder: Path, keys: Collection[str], *, slow: bool, known: Sequence[dict[str, Any]] = ()) -> Report:
    """Measure the built-in model and the peers of these keys.

    Parameters
    ----------
    folder
        Holds items.parquet, estimates.parquet and, for the check for near-duplicates, catalogue.parquet.
    keys
        Keys of `ENTRIES`.
    slow
        Also those that take very long.
    known
        Rows of an earlier report: those peers are not fitted again.
    """
    bench = read_bench(folder)
    ours = measure_ours(DeepNeuralNetworkRunner.from_pretrained(BUILT_IN, device="cpu"), bench, rebuild_seconds(folder))
    rows = {(row["name"], row["rows"]): row for row in known}
    wanted = {entry: entry.key in keys and (slow or not entry.slow) for entry in ENTRIES}
    peers = {entry: _peer(entry, bench, rows, fit=fit) for entry, fit in wanted.items()}
    fixed = [each for entry, each in peers.items() if each and (entry.key, entry.rows) == (FIXED_PEER, ESTIMATES)]
    return _report(bench, ours, [each for each in peers.values() if each], fixed)


def _peer(entry: Entry, bench: Bench, known: dict[tuple[str, str], dict[str, Any]], *, fit: bool) -> Measured | None:
    """A peer from an earlier report, else fitted and scored if that is wanted."""
    row = known.get((entry.make().name, entry.rows))
    if row is not None:
        return Measured.again(row, bench)
    return measure_peer(entry, bench) if fit else None


def _report(bench: Bench, ours: Measured, peers: list[Measured], fixed: list[Measured]) -> Report:
    found = ours.found
    return Report(
        n_real=len(bench.real.texts),
        n_estimates=len(bench.estimates.texts),
        effective_estimates=effective_size(bench.estimates.weights),
        n_test=found.n,
        ours=ours,
        peers=peers,
        bands={each.name: by_true_price(each.found) for each in (ours, *fixed)},
        coverage=coverage_by_prediction(found),
        forms=by_label(found, list(bench.test["text_form"])),
        categories=by_label(found, found.categories),
        ranges=compare_ranges(found, bench),
        duplicates=near_duplicates(found, bench),
    )

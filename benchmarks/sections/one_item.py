"""One text in process, beside what its arithmetic and its bytes would take at this machine's rates."""

from __future__ import annotations

import numpy as np

from benchmarks import limits
from benchmarks.measure import seconds, table
from pricer.deep_neural_network import DeepNeuralNetworkRunner

CALLS = 500
SUMMARY = (
    "Title: Acoustic Guitar with Case\nCategory: Musical Instruments\nBrand: Northwind\nDescription: Full-size "
    "dreadnought with a solid spruce top, mahogany back and sides, and a slim neck for easy playing.\n"
    "Details: 41 inch, 20 frets, bone nut, chrome tuners, comes with a padded case, a strap and two picks."
)


def report() -> str:
    runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    calls = {"price": lambda: runner.price([SUMMARY]), "explain": lambda: runner.explain(SUMMARY)}
    taken = {name: [seconds(call) * 1e3 for _ in range(CALLS)] for name, call in calls.items()}
    rows = [
        (name, *(f"{np.percentile(each, share):.2f}" for share in (50, 99)), bar)
        for (name, each), bar in zip(taken.items(), ("≤ 2 and 5", "≤ 20"), strict=True)
    ]
    network = runner.checkpoint.network
    entries = network.prepare(runner.checkpoint.featurizer.transform([SUMMARY])).entries.nnz
    read = (
        entries * (network.config.members * network.config.width + 1)
        + sum(each.numel() for each in network.parameters())
    ) * 4
    least = read / limits.bytes_per_second() * 1e6
    return (
        table(["one text, in process", "p50, ms", "p99, ms", "bar, ms"], rows)
        + f"\nThe limit: a price reads {read / 1e3:,.0f} kB of weights, {least:.0f} µs at this machine's memory rate; "
        "the rest is words, their hashes and Python.\n"
    )

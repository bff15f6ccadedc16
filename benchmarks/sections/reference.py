"""The course's network of 289 million parameters on a CPU, beside the original way of asking it."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks.measure import Run, in_turn, ratio, run, table
from benchmarks.opponents.original import Runner
from benchmarks.texts import catalogue_items
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluator import evaluate_runner
from pricer.networks import weight_bytes

MANY, ASKED, EVALUATED = 1000, 100, 10_000
PROBE = (
    "import sys; from pricer.deep_neural_network import DeepNeuralNetworkRunner as R; "
    "R.from_pretrained(sys.argv[1], device='cpu', precision=sys.argv[2])"
)
IMPORTS = "import pricer.deep_neural_network, pricer.checkpoint, scipy.sparse, sklearn.feature_extraction.text"


@contextmanager
def checkpoint() -> Iterator[Path]:
    """A checkpoint of the network with generated weights, 1.16 GB."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "reference")
        items = list(catalogue_items(1200))
        runner = DeepNeuralNetworkRunner(items[:1000], items[1000:])
        runner.setup()
        runner._calibrate()
        runner.save_pretrained(found)
        yield found


def report() -> str:
    with checkpoint() as folder:
        return _pricing(folder) + "\n" + _loading(folder)


def _pricing(folder: Path) -> str:
    fp32 = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu", precision="fp32")
    auto = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu")
    original = Runner(fp32.checkpoint.network.state_dict(), fp32.checkpoint.target)
    items = list(catalogue_items(EVALUATED, seed=7))
    texts = [item.summary for item in items]
    one = in_turn(
        {
            "original": lambda: original.inference(items[0]),
            "fp32": lambda: fp32.price(texts[:1]),
            auto.precision: lambda: auto.price(texts[:1]),
        },
        15,
    )
    many = in_turn(
        {
            "original": lambda: _dense(original, texts[:MANY]),
            "fp32": lambda: fp32.price(texts[:MANY]),
            auto.precision: lambda: auto.price(texts[:MANY]),
        },
        5,
    )
    builtin = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    evaluated = in_turn(
        {
            "original": lambda: original.evaluate(items[:ASKED]),
            auto.precision: lambda: list(evaluate_runner(auto, items)),
            "built-in": lambda: list(evaluate_runner(builtin, items)),
        },
        5,
        warm_up=False,
    )
    rows = [
        (
            f"one item, {name}",
            f"{1e3 * statistics.median(each):.1f} ms",
            ratio(each, one["original"]),
            "≤ 0.25" if name == auto.precision else "",
        )
        for name, each in one.items()
    ]
    rows += [
        (
            f"{MANY:,} items, {name}",
            f"{statistics.median(each):.2f} s",
            ratio(each, many["original"]),
            "≤ 0.35" if name == auto.precision else "",
        )
        for name, each in many.items()
    ]
    bars = {auto.precision: "≥ 8", "built-in": "≥ 200"}
    base = [each / ASKED for each in evaluated.pop("original")]
    rows.append((f"evaluation, original ({ASKED} items)", f"{1 / statistics.median(base):,.0f} items/s", "1", ""))
    for name, each in evaluated.items():
        per_item = [taken / EVALUATED for taken in each]
        rows.append(
            (
                f"evaluation of {EVALUATED:,} items, {name}",
                f"{1 / statistics.median(per_item):,.0f} items/s",
                f"{ratio(base, per_item)} × as fast",
                bars[name],
            )
        )
    weights = weight_bytes(auto.checkpoint.network) / 1e9
    header = ["reference network, 289 M parameters", "median", "over the original way's time (min to max)", "bar"]
    return table(header, rows) + f"\nWeights in memory at {auto.precision}: {weights:.2f} GB (bar: ≤ 0.4 GB).\n"


def _dense(original: Runner, texts: list[str]) -> None:
    """The original network on many items at once, as its evaluation does not: dense rows, fp32."""
    with torch.no_grad():
        original.network(torch.FloatTensor(original.vectorizer.transform(texts).toarray()))


def _loading(folder: Path) -> str:
    file_mb = (folder / "model.safetensors").stat().st_size / 1e6
    rows = []
    imports = run(["-c", IMPORTS])
    for precision in ("fp32", "auto"):
        runs: list[Run] = [run(["-c", PROBE, str(folder), precision]) for _ in range(3)]
        peak = statistics.median(each.memory_mb for each in runs)
        rows.append(
            (
                f"{precision}, from the shell to the first price",
                f"{statistics.median(r.seconds for r in runs):.1f}",
                f"{peak:,.0f}",
                f"{peak / file_mb:.2f}",
                f"{(peak - imports.memory_mb) / file_mb:.2f}",
                "≤ 1.2",
            )
        )
    rows.append(("imports alone", f"{imports.seconds:.1f}", f"{imports.memory_mb:,.0f}", "", "", ""))
    header = [f"loading it ({file_mb:,.0f} MB)", "seconds", "peak MB", "over the file", "without the imports", "bar"]
    return table(header, rows)

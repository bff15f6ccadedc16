"""onnxruntime beside torch on the CPU: the built-in model and the course's network, in floats and in 8 bits."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import in_turn, ratio, table
from benchmarks.sections.reference import checkpoint
from benchmarks.texts import catalogue_items
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.hub import BUILT_IN

MANY = 1000
ENGINES = (("torch", "auto"), ("onnx", "fp32"), ("onnx", "int8"))


def report() -> str:
    built_in = _section("built-in", BUILT_IN)
    with checkpoint() as folder:
        return built_in + "\n" + _section("course's network", folder)


def _section(name: str, folder: Path) -> str:
    runners = {
        f"{runtime}, {runner.precision}": runner
        for runtime, precision in ENGINES
        for runner in [DeepNeuralNetworkRunner.from_pretrained(folder, None, "cpu", precision, runtime)]
    }
    texts = [item.summary for item in catalogue_items(MANY, seed=7)]
    rows = []
    for number, rounds in ((1, 15), (MANY, 3)):
        works: dict[str, Callable[[], object]] = {
            engine: lambda runner=runner, number=number: runner.price(texts[:number])
            for engine, runner in runners.items()
        }
        taken = in_turn(works, rounds)
        base = next(iter(taken.values()))
        rows += [
            (f"{number:,} item{'s' if number > 1 else ''}, {engine}", _time(each), ratio(each, base))
            for engine, each in taken.items()
        ]
    torch_prices, *others = (runner.price(texts).price for runner in runners.values())
    apart = [np.median(np.abs(each / torch_prices - 1)) for each in others]
    said = ", ".join(f"{engine} {each:.2g}" for engine, each in zip(list(runners)[1:], apart, strict=True))
    header = [name, "median", "over torch's time (min to max)"]
    return table(header, rows) + f"\nMedian relative difference of {MANY:,} prices to torch's: {said}.\n"


def _time(seconds: list[float]) -> str:
    median = statistics.median(seconds)
    return f"{median:.2f} s" if median >= 1 else f"{1e3 * median:.1f} ms"

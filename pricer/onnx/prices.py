"""From a standardised log price to dollars and a range, as a graph: what `Target` and `Calibration` compute."""

from __future__ import annotations

import numpy as np

from pricer.intervals import Calibration
from pricer.onnx.graph import Graph
from pricer.onnx.networks import Told
from pricer.target import Target


def add_prices(graph: Graph, told: Told, target: Target, calibration: Calibration) -> None:
    """Add the input `coverage` (1,) and the outputs: what the network told, and `price`, `low`, `high` in dollars."""
    log_price = graph.op("Add", graph.op("Mul", told.standardised, target.std), target.mean)
    low, high = _bounds(graph, told, log_price, calibration)
    outputs = {"standardised": told.standardised, "scale": told.scale, "familiarity": told.familiarity}
    for name, value in outputs.items():
        graph.output(name, value, ["n_texts"])
    for name, value in {"price": log_price, "low": low, "high": high}.items():
        dollars = graph.op("Max", graph.op("Sub", graph.op("Exp", value), 1.0), 0.0)
        graph.output(name, dollars, ["n_texts"])


def _bounds(graph: Graph, told: Told, log_price: str, calibration: Calibration) -> tuple[str, str]:
    """Lower and upper log price: as `Calibration.bounds`."""
    low, high, prior_low, prior_high = _ends(graph, calibration)
    half = max(calibration.known_from / 2, 1e-9)
    away = graph.op("Div", graph.op("Sub", calibration.known_from, told.familiarity), half)
    unknown = graph.op("Max", graph.op("Min", away, 1.0), 0.0)
    own_low, own_high = (graph.op("Add", log_price, graph.op("Mul", end, told.scale)) for end in (low, high))
    below = graph.op("Max", graph.op("Sub", own_low, prior_low), 0.0)
    above = graph.op("Max", graph.op("Sub", prior_high, own_high), 0.0)
    return (
        graph.op("Sub", own_low, graph.op("Mul", unknown, below)),
        graph.op("Add", own_high, graph.op("Mul", unknown, above)),
    )


def _ends(graph: Graph, calibration: Calibration) -> list[str]:
    """The calibration's four ends at the coverage asked for, interpolated, each (1,).

    A line through points is its first value plus, for each step between points, the step's slope times how far into
    the step the coverage lies.
    """
    coverage = graph.input("coverage", np.float32, [1])
    points = np.array(calibration.coverages)
    widths = np.append(np.diff(points), 0.0)  # a last one of no width, so that there is one
    into = graph.op("Sub", coverage, points.astype(np.float32))
    walked = graph.op("Min", graph.op("Max", into, 0.0), widths.astype(np.float32))
    found = []
    for ends in (calibration.lower, calibration.upper, calibration.prior_lower, calibration.prior_upper):
        slopes = np.append(np.diff(ends) / np.diff(points), 0.0)
        risen = graph.op("ReduceSum", graph.op("Mul", walked, slopes.astype(np.float32)), [0], keepdims=1)
        found.append(graph.op("Add", risen, ends[0]))
    return found

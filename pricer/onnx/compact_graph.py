"""The compact network and the ridge as graphs: what they share is the columns that they keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pricer.compact.columns import NEAR_ENOUGH, KeptColumns
from pricer.compact.network import LEAST_SPREAD, CompactNetwork
from pricer.compact.ridge import RidgeNetwork
from pricer.int8_network import LEVELS, TINY
from pricer.onnx.graph import FLOAT, Graph, numpy_of, ratio


@dataclass(frozen=True)
class KeptEntries:
    """A text's columns as the network keeps them; names of values of shape (n_texts, n_places)."""

    places: str  # int32, place of each column among the kept ones; then that of an unseen word, and a phrase
    filled: str  # 1 where there is a column, 0 where the text is filled up
    weights: str  # tf-idf weights, each text's of length 1

    @classmethod
    def of(cls, graph: Graph, kept: KeptColumns, columns: str, counts: str) -> KeptEntries:
        lookup = kept.lookup
        places = graph.op("Gather", graph.constant(lookup.place_of, "place_of_column"), columns)
        idf = graph.op("Gather", graph.constant(lookup.idf, "idf_of_place"), places)
        is_filled = graph.op("Greater", counts, 0.0)
        counted = graph.op("Add", graph.op("Log", graph.op("Where", is_filled, counts, 1.0)), 1.0)
        filled = graph.op("Cast", is_filled, to=FLOAT)
        raw = graph.op("Mul", graph.op("Mul", idf, counted), filled)
        length = graph.op("Max", graph.op("ReduceL2", raw, [1], keepdims=1), 1e-6)
        return cls(places, filled, graph.op("Div", raw, length))


def add_familiarity(graph: Graph, kept: KeptColumns, found: KeptEntries) -> str:
    """As `pricer.compact.columns` computes it."""
    parts = graph.constant(kept.lookup.parts.astype(np.float32), "familiarity_of_place")
    sums = _weighted_sum(graph, found.filled, graph.op("Gather", parts, found.places))
    known_words, all_words, near, length = (graph.op("Gather", sums, part, axis=1) for part in range(4))
    nearness = ratio(graph, near, length)
    near_enough = graph.op("Min", graph.op("Div", nearness, NEAR_ENOUGH), 1.0)
    return graph.op("Mul", ratio(graph, known_words, all_words), near_enough)


def add_ridge(graph: Graph, network: RidgeNetwork, found: KeptEntries, precision: str) -> str:
    """Standardised log price, shape (n_texts,)."""
    coefficients = network.coefficients.detach()
    step = (coefficients.abs().amax(1, keepdim=True) / LEVELS).clamp(min=TINY)
    table = (coefficients / step).round().to(torch.int8)  # exact to a rounding: there is one to a row
    expanded = coefficients if precision == "fp32" else None
    summed = _summed(graph, table, step, found, expanded)
    return graph.op("Squeeze", graph.op("Add", summed, numpy_of(network.intercept)), [1])


def add_compact(graph: Graph, network: CompactNetwork, found: KeptEntries, precision: str) -> tuple[str, str]:
    """Standardised log price and scale of its residual, each (n_texts,)."""
    step = network.table_step.float()
    expanded = network.table.float() * step if precision == "fp32" else None
    return _members(graph, network, _summed(graph, network.table, step, found, expanded), found)


def _summed(graph: Graph, table: Tensor, step: Tensor, found: KeptEntries, expanded: Tensor | None) -> str:
    """Sums (n_texts, width) of a table's rows in floats or, without those, in units of their step."""
    if expanded is not None:
        rows = graph.constant(_with_unseen(expanded), "table")
        return _weighted_sum(graph, found.weights, graph.op("Gather", rows, found.places))
    steps = graph.op("Gather", graph.constant(_with_unseen(step)[:, 0], "table_step"), found.places)
    rows = graph.op("Gather", graph.constant(_with_unseen(table), "table"), found.places)
    return _weighted_sum(graph, graph.op("Mul", found.weights, steps), graph.op("Cast", rows, to=FLOAT))


def _with_unseen(table: Tensor) -> np.ndarray:
    """The table with a row of zeros for an unseen word, and one for an unseen phrase."""
    return np.pad(numpy_of(table), ((0, 2), (0, 0)))


def _weighted_sum(graph: Graph, weights: str, rows: str) -> str:
    """Sums (n_texts, width) of rows (n_texts, n_places, width) by their weights (n_texts, n_places)."""
    return graph.op("Squeeze", graph.op("MatMul", graph.op("Unsqueeze", weights, [1]), rows), [1])


def _members(graph: Graph, network: CompactNetwork, summed: str, found: KeptEntries) -> tuple[str, str]:
    """What the members make of the sums: as `CompactNetwork.head`."""
    config = network.config
    shares = graph.op("Slice", summed, [0], [config.members * config.width], [1])
    linear = graph.op("Gather", summed, config.members * config.width, axis=1)
    by_member = graph.op("Transpose", graph.op("Reshape", shares, [-1, config.members, config.width]), perm=[1, 0, 2])
    x = graph.op("Relu", graph.op("Add", by_member, numpy_of(network.bias)))
    hidden = graph.op("Relu", _affine(graph, x, network.weight_hidden, network.bias_hidden))
    out = _affine(graph, hidden, network.weight_out, network.bias_out)
    numbers = graph.op("Add", graph.op("ReduceMean", graph.op("Gather", out, 0, axis=2), [0], keepdims=0), linear)
    logits = graph.op("Slice", out, [1], [1 + config.bins], [2])
    mixture = graph.op("ReduceMean", graph.op("Softmax", logits, axis=-1), [0], keepdims=0)
    centres = numpy_of(network.bin_centres)
    mean, square = (graph.op("MatMul", mixture, each) for each in (centres, centres**2))
    variance = graph.op("Sub", square, graph.op("Mul", mean, mean))
    spread = graph.op("Sqrt", graph.op("Max", variance, float(LEAST_SPREAD**2)))
    form = graph.op("Equal", found.places, np.array(network.columns.place(config.form_column), dtype=np.int32))
    labelled = graph.op("ReduceMax", graph.op("Mul", graph.op("Cast", form, to=FLOAT), found.filled), [1], keepdims=0)
    shift = graph.op("Mul", labelled, numpy_of(network.form_shift))
    price = graph.op("Add", graph.op("Mul", graph.op("Add", numbers, mean), 0.5), shift)
    return price, graph.op("Mul", spread, np.exp(numpy_of(network.log_unit)))


def _affine(graph: Graph, x: str, weight: Tensor, bias: Tensor) -> str:
    return graph.op("Add", graph.op("MatMul", x, numpy_of(weight)), numpy_of(bias))

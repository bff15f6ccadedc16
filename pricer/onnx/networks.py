"""The networks as graphs: from the featurizer's columns and counts to a standardised log price and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pricer.compact.network import CompactNetwork
from pricer.compact.ridge import RidgeNetwork
from pricer.onnx.compact_graph import KeptEntries, add_compact, add_familiarity, add_ridge
from pricer.onnx.deep_graph import add_deep, share_of_known
from pricer.onnx.graph import Graph
from pricer.residual_network import DeepNeuralNetwork
from pricer.seen import KnownWords


@dataclass(frozen=True)
class Told:
    """What a network's graph gives; names of values of shape (n_texts,)."""

    standardised: str  # log1p price
    scale: str  # of its residual, log dollars
    familiarity: str  # how much of the text training has seen, 0-1


def add_network(
    graph: Graph,
    network: DeepNeuralNetwork | CompactNetwork | RidgeNetwork,
    known_words: KnownWords | None,
    precision: str,
) -> Told:
    """Add a network, with its inputs `columns` and `counts` (n_texts, n_places): a text's columns and their counts.

    A shorter text is filled up with the column 0 and the count 0.  A network that does not know its own words has one
    input more, `words` (n_texts, n_words): see `share_of_known`.

    Parameters
    ----------
    network
        In floats, on the CPU.
    precision
        "fp32", or "int8" for weights in 8 bits.
    """
    columns = graph.input("columns", np.int64, ["n_texts", "n_places"])
    counts = graph.input("counts", np.float32, ["n_texts", "n_places"])
    ones = graph.op("Expand", 1.0, graph.op("Shape", columns, end=1))
    if isinstance(network, DeepNeuralNetwork):
        known = ones if known_words is None else share_of_known(graph, known_words)
        return Told(add_deep(graph, network, columns, counts, precision), ones, known)
    found = KeptEntries.of(graph, network.columns, columns, counts)
    familiarity = add_familiarity(graph, network.columns, found)
    if isinstance(network, RidgeNetwork):
        return Told(add_ridge(graph, network, found, precision), ones, familiarity)
    return Told(*add_compact(graph, network, found, precision), familiarity)

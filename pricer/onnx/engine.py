"""A network that onnxruntime computes on the CPU: what `--runtime onnx` prices with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from pricer.compact.network import CompactNetwork
from pricer.compact.ridge import RidgeNetwork
from pricer.inference import Prepared
from pricer.onnx import needed
from pricer.onnx.graph import Graph
from pricer.onnx.networks import add_network
from pricer.residual_network import DeepNeuralNetwork

PLACES = (
    16  # a row is filled up to a multiple of so many entries, so that its sums are taken in the same order anywhere
)
BLOCK_ROWS = 16  # of each pass of floats, always: a product of floats rounds differently for other shapes
WHOLE_BLOCK_ROWS = 64  # of each pass in whole numbers, at most: their sums are exact


class OnnxNetwork(nn.Module):
    """A network whose outputs onnxruntime computes: the first layer and all others in one pass, `embed`.

    It is a `pricer.inference.PricingNetwork`: rows, target and ranges are those of any other network.
    """

    block_rows = 4096
    is_exact = True  # a row has the same outputs in any batch, as `embed` keeps its passes' shape

    def __init__(self, network: DeepNeuralNetwork | CompactNetwork | RidgeNetwork, precision: str) -> None:
        """The network's weights are taken as they are, on the CPU, and are no longer needed afterwards."""
        super().__init__()
        self.is_small = network.is_small
        self.columns = None if isinstance(network, DeepNeuralNetwork) else network.columns
        self._in_whole_numbers = precision == "int8" and isinstance(network, DeepNeuralNetwork)
        graph = Graph()
        told = add_network(graph, network, None, precision)
        graph.output("standardised", told.standardised, ["n_texts"])
        if isinstance(network, CompactNetwork):
            graph.output("scale", told.scale, ["n_texts"])
        self._session = _session(graph, 1 if network.is_small else torch.get_num_threads())

    def prepare(self, rows: csr_matrix) -> Prepared:
        """The rows as they are, and how familiar each text is."""
        return Prepared(rows, None if self.columns is None else self.columns.familiarity(rows))

    def embed(self, entries: csr_matrix, device: torch.device) -> Tensor:
        """All of the network's outputs, shape (n_texts, n_outputs)."""
        return torch.cat([torch.from_numpy(outputs) for outputs in self._passes(entries)])

    def head(self, embedded: Tensor) -> Tensor:
        """What `embed` gave: there is nothing left to do."""
        return embedded

    def _passes(self, entries: csr_matrix) -> Iterator[np.ndarray]:
        size = WHOLE_BLOCK_ROWS if self._in_whole_numbers else BLOCK_ROWS
        for start in range(0, entries.shape[0], size):
            part = entries[start : start + size]
            columns, counts = filled_up(part, part.shape[0] if self._in_whole_numbers else size)
            standardised, *scale = self._session.run(None, {"columns": columns, "counts": counts})
            outputs = np.stack([standardised, *(np.log(each) for each in scale)], axis=1)
            yield outputs[: part.shape[0]]


def filled_up(rows: csr_matrix, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns (int64) and counts (float32) of sparse rows, (n_rows, n_places): each filled up by zeros, as are rows."""
    lengths = np.append(np.diff(rows.indptr), np.zeros(n_rows - rows.shape[0], dtype=np.int64))
    n_places = max(PLACES, -(-int(lengths.max(initial=0)) // PLACES) * PLACES)
    is_filled = np.arange(n_places) < lengths[:, None]
    columns, counts = (np.zeros((n_rows, n_places), dtype=dtype) for dtype in (np.int64, np.float32))
    columns[is_filled], counts[is_filled] = rows.indices, rows.data
    return columns, counts


def _session(graph: Graph, threads: int) -> Any:
    """A session for a graph, whose large constants are handed over in memory; the session has copies of its own."""
    runtime = needed("onnxruntime")
    large = graph.large()
    options = session_options(threads)
    values = [runtime.OrtValue.ortvalue_from_numpy(np.asarray(each, order="C")) for each in large.values()]
    options.add_external_initializers(list(large), values)
    model = graph.model(dict.fromkeys(large, ("memory", 0)))
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def session_options(threads: int) -> Any:
    """How sessions run: so many threads, which sleep while they wait, as others need the processor too."""
    options = needed("onnxruntime").SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options

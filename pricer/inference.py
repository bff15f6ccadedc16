"""Forward passes in blocks of one fixed shape, so that a text's price never depends on its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import torch
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from pricer.target import Target


class PricingNetwork(Protocol):
    """What all kinds of network have in common."""

    cpu_block_rows: int  # rows of each block on a CPU

    def prepare(self, rows: csr_matrix) -> csr_matrix: ...
    def inputs(self, prepared: csr_matrix, device: torch.device) -> tuple[torch.Tensor, ...]: ...
    def eval(self) -> Any: ...
    def __call__(self, *inputs: torch.Tensor) -> Any: ...


class Predictions(NamedTuple):
    """What a network makes of texts; arrays of shape (n_texts,)."""

    log_price: np.ndarray  # log1p dollars
    scale: np.ndarray  # of its residual, log dollars
    familiarity: np.ndarray  # how much of the text training has seen, 0-1


GPU_BLOCK_ROWS = 1024


def predict(
    network: PricingNetwork, target: Target, rows: csr_matrix, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Log1p price and scale of its residual (log dollars), each (n_items,), for sparse rows.

    A network with one output has the scale 1 for every item.
    """
    outputs = forward(network, rows, device)
    scale = np.exp(outputs[:, 1]) if outputs.shape[1] > 1 else np.ones(len(outputs))
    return target.to_log(outputs[:, 0]), scale


@torch.inference_mode()
def forward(network: PricingNetwork, rows: csr_matrix, device: torch.device) -> np.ndarray:
    """The network's outputs for sparse rows (n_items, n_features), as float64 of shape (n_items, n_outputs).

    A matrix product rounds differently for other shapes.  Every block therefore has the same number of rows, the last
    one filled up with empty rows: the box, a batch and a resumed batch agree to the last bit on one machine.
    """
    network.eval()
    size = network.cpu_block_rows if device.type == "cpu" else GPU_BLOCK_ROWS
    outputs = []
    prepared = network.prepare(rows)
    for start in range(0, rows.shape[0], size):
        block = prepared[start : start + size]
        found = network(*network.inputs(_filled(block, size), device))
        outputs.append(found[: block.shape[0]].cpu().double().numpy())  # MPS has no 64-bit floats
    return np.concatenate(outputs) if outputs else np.empty((0, 1))


def _filled(rows: csr_matrix, size: int) -> csr_matrix:
    """The rows followed by empty ones, `size` in all."""
    missing = size - rows.shape[0]
    if not missing:
        return rows
    indptr = np.concatenate([rows.indptr, np.full(missing, rows.indptr[-1], dtype=rows.indptr.dtype)])
    return csr_matrix((rows.data, rows.indices, indptr), shape=(size, rows.shape[1]))

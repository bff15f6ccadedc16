"""Forward passes over many rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch takes memory in huge pages: large weights are read faster

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

if TYPE_CHECKING:
    from pricer.target import Target


class Prepared(NamedTuple):
    """Rows as a network takes them."""

    entries: csr_matrix  # (n_texts, n_columns), the columns that the network has a table row for
    familiarity: np.ndarray | None  # how much of each text training has seen, 0-1; None where the network cannot tell


class PricingNetwork(Protocol):
    """What all kinds of network have in common: a sparse first layer, whose sums a dense head turns into outputs."""

    block_rows: int  # rows of each pass through the head
    is_small: bool  # whether its products are too small to be shared between threads
    is_exact: bool  # whether a row's outputs are the same in blocks of any size

    def eval(self) -> Any: ...
    def prepare(self, rows: csr_matrix) -> Prepared: ...
    def embed(self, entries: csr_matrix, device: torch.device) -> Tensor: ...  # each row from its own entries alone
    def head(self, embedded: Tensor) -> Tensor: ...


class Predictions(NamedTuple):
    """What a network makes of texts; arrays of shape (n_texts,)."""

    log_price: np.ndarray  # log1p dollars
    scale: np.ndarray  # of its residual, log dollars
    familiarity: np.ndarray  # how much of the text training has seen, 0-1; 1 where the network cannot tell


ROWS_AT_ONCE = 4096  # rows that the first layer is summed for, before the head goes through them block by block
GPU_BLOCK_ROWS = 1024  # rows of a block on a GPU


def predict(network: PricingNetwork, target: Target, rows: csr_matrix, device: torch.device) -> Predictions:
    """What the network makes of sparse rows (n_texts, n_features).

    A network with one output has the scale 1 for every item.
    """
    prepared = network.prepare(rows)
    outputs = _outputs(network, prepared.entries, device)
    n_texts = len(outputs)
    with np.errstate(over="ignore"):  # of damaged weights; whoever prices refuses what is no number
        scale = np.exp(outputs[:, 1]) if outputs.shape[1] > 1 else np.ones(n_texts)
    familiarity = np.ones(n_texts) if prepared.familiarity is None else prepared.familiarity
    return Predictions(target.to_log(outputs[:, 0]), scale, familiarity)


def forward(network: PricingNetwork, rows: csr_matrix, device: torch.device) -> np.ndarray:
    """The network's outputs for sparse rows (n_texts, n_features), as float64 of shape (n_texts, n_outputs).

    A product of floats rounds differently for other shapes.  Every block therefore has the same number of rows, the
    last one filled up with empty rows: the box, a batch and a resumed batch agree to the last bit on one machine.
    """
    return _outputs(network, network.prepare(rows).entries, device)


def fit_blocks(network: PricingNetwork, device: torch.device) -> None:
    """Let blocks be as large as pays on a GPU; where one has no room for them, `forward` halves them by itself."""
    if device.type != "cpu":
        network.block_rows = max(network.block_rows, GPU_BLOCK_ROWS)


def bags(entries: csr_matrix, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor, Tensor]:
    """Indices, offsets and weights of an embedding bag: (n_entries,), (n_texts,), (n_entries,), on the device."""
    indices, offsets, weights = map(torch.from_numpy, (entries.indices, entries.indptr[:-1], entries.data))
    return _moved(indices, device), _moved(offsets, device), _moved(weights, device)


def _moved(tensor: Tensor, device: torch.device | str) -> Tensor:
    """The tensor on a device; a GPU fetches it by itself, while this goes on."""
    if torch.device(device).type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


@torch.inference_mode()
def _outputs(network: PricingNetwork, entries: csr_matrix, device: torch.device) -> np.ndarray:
    network.eval()
    with _one_thread() if network.is_small else nullcontext():
        found = [
            torch.cat(list(_passes(network, embedded))).cpu()  # at once, as it waits for a GPU
            for embedded in _embedded(network, entries, device)
        ]
    return torch.cat(found).double().numpy() if found else np.empty((0, 1))  # here, as MPS has no 64-bit floats


def _embedded(network: PricingNetwork, entries: csr_matrix, device: torch.device) -> Iterator[Tensor]:
    """The first layer's sums, many rows at once; half as many from where a GPU has no room for them."""
    start, size = 0, ROWS_AT_ONCE
    while start < entries.shape[0]:
        try:
            yield network.embed(_part(entries, start, size), device)
        except torch.OutOfMemoryError:
            if size == 1:
                raise
            size //= 2
        else:
            start += size


def _passes(network: PricingNetwork, embedded: Tensor) -> Iterator[Tensor]:
    """The head's outputs, block by block; where a GPU has no room for a block, blocks are halved from there on."""
    start = 0
    while start < len(embedded):
        size = network.block_rows
        block = embedded[start : start + size]
        try:
            yield network.head(block if network.is_exact else _filled(block, size))[: len(block)]
        except torch.OutOfMemoryError:
            if size == 1:
                raise
            network.block_rows = size // 2
        else:
            start += size


@contextmanager
def _one_thread() -> Iterator[None]:
    """Within: torch computes in the calling thread alone, which waits for no other one on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _part(rows: csr_matrix, start: int, size: int) -> csr_matrix:
    """Some of the rows, without a copy if those are all."""
    return rows if start == 0 and rows.shape[0] <= size else rows[start : start + size]


def _filled(block: Tensor, size: int) -> Tensor:
    """The rows followed by zeros, `size` in all."""
    missing = size - len(block)
    return torch.cat([block, block.new_zeros(missing, block.shape[1])]) if missing else block

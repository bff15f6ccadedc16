"""Small networks on TF-IDF, as in the winning entry of Mercari's price challenge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import nn

from benchmarks.peers.peer import SEED, dollars, pickled_mb
from benchmarks.peers.words import tfidf

MEMBERS = 4
WIDTH = 128
MAX_COLUMNS = 200_000
EPOCHS = 5
FIRST_BATCH, LAST_BATCH = 64, 512  # rows per step; doubled after each epoch
LEARNING_RATE = 3e-3
READ_ROWS = 1024


class SparseMlp:
    """Four averaged networks of one hidden layer on TF-IDF, Huber loss on standardised log prices."""

    name = "sparse MLP, Mercari style"
    source = (
        "after Lopuhin & Jankiewicz, first place of Mercari's Price Suggestion Challenge (2018): TF-IDF of word "
        f"1–2-grams (up to {MAX_COLUMNS:,} columns), {MEMBERS} averaged networks of one layer {WIDTH} wide, Huber "
        f"loss, Adam, batches doubled after each of {EPOCHS} epochs"
    )

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        self._words = tfidf(max_features=MAX_COLUMNS, dtype=np.float32)
        rows = self._words.fit_transform(texts).tocsr()
        logs = np.log1p(prices)
        self._mean, self._std = float(np.average(logs, weights=weights)), float(logs.std())
        target = torch.from_numpy(((logs - self._mean) / self._std).astype(np.float32))
        counts = torch.from_numpy((weights / weights.mean()).astype(np.float32))
        self._networks = [_trained(rows, target, counts, SEED + member) for member in range(MEMBERS)]

    @torch.no_grad()
    def predict(self, texts: Sequence[str]) -> np.ndarray:
        rows = self._words.transform(texts).tocsr()
        blocks = [_inputs(rows[start : start + READ_ROWS]) for start in range(0, rows.shape[0], READ_ROWS)]
        outputs = [sum(network(*block) for network in self._networks) / MEMBERS for block in blocks]
        return dollars(torch.cat(outputs).numpy() * self._std + self._mean)

    def size_mb(self) -> float:
        numbers = sum(each.numel() for network in self._networks for each in network.parameters())
        return pickled_mb(self._words) + 4 * numbers / 1e6


class _Network(nn.Module):
    """A sparse row to a standardised log price, through one hidden layer."""

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(n_columns, WIDTH, mode="sum", sparse=True)
        nn.init.normal_(self.table.weight, std=0.1)
        self.bias = nn.Parameter(torch.zeros(WIDTH))
        self.output = nn.Linear(WIDTH, 1)

    def forward(self, columns: torch.Tensor, offsets: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Shape (n_rows,), from the rows' filled columns."""
        hidden = self.table(columns, offsets, per_sample_weights=values) + self.bias
        return self.output(torch.relu(hidden))[:, 0]


def _inputs(rows: csr_matrix) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Columns, offsets and values of sparse rows, as an embedding bag takes them."""
    columns, offsets = (torch.from_numpy(each.astype(np.int64)) for each in (rows.indices, rows.indptr[:-1]))
    return columns, offsets, torch.from_numpy(rows.data)


def _trained(rows: csr_matrix, target: torch.Tensor, weights: torch.Tensor, seed: int) -> _Network:
    torch.manual_seed(seed)
    shuffle = np.random.default_rng(seed)
    network = _Network(rows.shape[1])
    dense = [network.bias, *network.output.parameters()]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.SparseAdam([network.table.weight], lr=LEARNING_RATE),
        torch.optim.Adam(dense, lr=LEARNING_RATE),
    ]
    for epoch in range(EPOCHS):
        batch = min(FIRST_BATCH * 2**epoch, LAST_BATCH)
        order = shuffle.permutation(rows.shape[0])
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            losses = nn.functional.huber_loss(network(*_inputs(rows[chosen])), target[chosen], reduction="none")
            network.zero_grad(set_to_none=True)
            (losses * weights[chosen]).mean().backward()
            for optimizer in optimizers:
                optimizer.step()
    return network

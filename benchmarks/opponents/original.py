"""The original way: the course's network asked one item at a time, and its training loop; dense input, fp32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from torch import nn

from pricer.items import Item
from pricer.target import Target


class Block(nn.Module):
    """Linear, LayerNorm, ReLU, Dropout, Linear, LayerNorm, plus the input, then ReLU."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Linear(width, width),
            nn.LayerNorm(width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.LayerNorm(width),
        )
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.block(x) + x)


class Network(nn.Module):
    """The network, with the names of its tensors."""

    def __init__(self, words: int = 5000, layers: int = 10, width: int = 4096, dropout: float = 0.2) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(nn.Linear(words, width), nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout))
        self.residual_blocks = nn.ModuleList(Block(width, dropout) for _ in range(layers - 2))
        self.output_layer = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.input_layer(x)
        for block in self.residual_blocks:
            x = block(x)
        return self.output_layer(x)


class Runner:
    """Prices items one by one."""

    def __init__(self, state: dict[str, torch.Tensor], target: Target) -> None:
        with torch.device("meta"):
            self.network = Network()
        self.network.load_state_dict(state, assign=True)
        self.network.eval()
        self.target = target
        self.vectorizer = HashingVectorizer(n_features=5000, stop_words="english", binary=True)

    def inference(self, item: Item) -> float:
        """The price of an item in dollars."""
        with torch.no_grad():
            words = torch.FloatTensor(self.vectorizer.transform([item.summary]).toarray())
            standardised = self.network(words)[0].item()
        return max(0.0, float(np.exp(standardised * self.target.std + self.target.mean) - 1))

    def evaluate(self, items: Sequence[Item]) -> float:
        """Mean absolute error in dollars."""
        return float(np.mean([abs(self.inference(item) - item.price) for item in items]))


class Training:
    """The training loop: a dense matrix of all items, AdamW as torch makes it by default, the gradient clipped."""

    def __init__(
        self, rows: csr_matrix, wanted: np.ndarray, state: dict[str, torch.Tensor], dropout: float = 0.2
    ) -> None:
        self.network = Network(dropout=dropout)
        self.network.load_state_dict(state)
        self.network.train()
        self.rows = torch.FloatTensor(rows.toarray())
        self.wanted = torch.FloatTensor(wanted)[:, None]
        self.loss = nn.L1Loss()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0.001, weight_decay=0.01)

    def step(self, chosen: np.ndarray) -> float:
        """One step on some of the items; gives their loss."""
        self.optimizer.zero_grad()
        loss = self.loss(self.network(self.rows[chosen]), self.wanted[chosen])
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), max_norm=1.0)
        self.optimizer.step()
        return loss.item()

"""The course's deep residual network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class ResidualBlock(nn.Module):
    """Linear, LayerNorm, ReLU, Dropout, Linear, LayerNorm, plus the input, then ReLU (He et al. 2016, post-norm)."""

    def __init__(self, hidden_size: int, dropout_prob: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Linear(hidden_size, hidden_size),
            nn.LayerNorm(hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout_prob),
            nn.Linear(hidden_size, hidden_size),
            nn.LayerNorm(hidden_size),
        )
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (n_items, hidden_size) in and out."""
        return self.relu(self.block(x) + x)


@dataclass(frozen=True)
class DeepNetworkConfig:
    """Sizes of a `DeepNeuralNetwork`."""

    input_size: int  # hashed words per text
    num_layers: int = 10  # input layer, residual blocks and output layer together
    hidden_size: int = 4096  # width of every hidden layer
    dropout_prob: float = 0.2  # share of activations dropped in training


class DeepNeuralNetwork(nn.Module):
    """Input layer, `num_layers - 2` residual blocks, one output: the standardised log price.

    With 5,000 hashed words and the default sizes it has 289,128,449 parameters.
    """

    cpu_block_rows = 16  # rows per forward pass on a CPU: enough to be bound by arithmetic, few enough for one text

    def __init__(
        self, input_size: int, num_layers: int = 10, hidden_size: int = 4096, dropout_prob: float = 0.2
    ) -> None:
        super().__init__()
        self.config = DeepNetworkConfig(input_size, num_layers, hidden_size, dropout_prob)
        self.input_layer = nn.Sequential(
            nn.Linear(input_size, hidden_size),
            nn.LayerNorm(hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout_prob),
        )
        self.residual_blocks = nn.ModuleList(ResidualBlock(hidden_size, dropout_prob) for _ in range(num_layers - 2))
        self.output_layer = nn.Linear(hidden_size, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardised log prices (n_items, 1) of dense hashed words (n_items, input_size)."""
        x = self.input_layer(x)
        for block in self.residual_blocks:
            x = block(x)
        return self.output_layer(x)

    def prepare(self, rows: csr_matrix) -> csr_matrix:
        """The rows as `inputs` takes them: as they are."""
        return rows

    def inputs(self, rows: csr_matrix, device: torch.device) -> tuple[torch.Tensor, ...]:
        """What `forward` takes, for sparse rows (n_items, input_size): dense only here, a block at a time."""
        return (torch.from_numpy(rows.toarray()).to(device),)

"""The course's deep residual network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from pricer.inference import Prepared, bags

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


SMALL_WIDTH = 512  # up to which threads wait for each other longer than they compute


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


class SparseLinear(nn.Linear):
    """A linear layer that also takes sparse rows: its weights lie in memory input by input.

    Their shape, name and initial values are those of `nn.Linear`.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features)
        self.weight = nn.Parameter(_by_input(self.weight.detach()))
        self.register_load_state_dict_post_hook(SparseLinear._arrange)

    def sparse(self, indices: torch.Tensor, offsets: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """As the layer itself, shape (n_rows, out_features), for sparse rows as `pricer.inference.bags` gives them."""
        return F.embedding_bag(indices, self.weight.t(), offsets, mode="sum", per_sample_weights=values) + self.bias

    def _arrange(self, _: object = None) -> None:
        """Weights that were put in place of ours are laid out as ours were."""
        self.weight.data = _by_input(self.weight.detach())


def _by_input(weight: torch.Tensor) -> torch.Tensor:
    return weight.t().contiguous().t()


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

    is_exact = False
    block_rows = 32  # of each pass through the blocks: enough to be bound by arithmetic, few enough for one text

    def __init__(
        self, input_size: int, num_layers: int = 10, hidden_size: int = 4096, dropout_prob: float = 0.2
    ) -> None:
        super().__init__()
        self.config = DeepNetworkConfig(input_size, num_layers, hidden_size, dropout_prob)
        self.is_small = hidden_size <= SMALL_WIDTH
        self.compute_dtype: torch.dtype | None = None  # of the blocks' products; None for that of the weights
        self.input_layer = nn.Sequential(
            SparseLinear(input_size, hidden_size),
            nn.LayerNorm(hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout_prob),
        )
        self.residual_blocks = nn.ModuleList(ResidualBlock(hidden_size, dropout_prob) for _ in range(num_layers - 2))
        self.output_layer = nn.Linear(hidden_size, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardised log prices (n_items, 1) of dense hashed words (n_items, input_size)."""
        return self.head(self.input_layer[0](x))

    def prepare(self, rows: csr_matrix) -> Prepared:
        """The rows as `embed` takes them: as they are."""
        return Prepared(rows, None)

    def embed(self, entries: csr_matrix, device: torch.device) -> torch.Tensor:
        """The first linear layer of sparse hashed words (n_items, input_size), shape (n_items, hidden_size).

        A text has a few dozen of the words: summing their weights is a hundredth of the dense product's work.
        """
        first: SparseLinear = self.input_layer[0]  # type: ignore[assignment]
        return first.sparse(*bags(entries, device))

    def head(self, embedded: torch.Tensor) -> torch.Tensor:
        """Standardised log prices (n_items, 1) of what the first linear layer gave (n_items, hidden_size)."""
        lower = self.compute_dtype
        with torch.autocast(embedded.device.type, lower, enabled=lower is not None):
            x = self.input_layer[1:](embedded)
            for block in self.residual_blocks:
                x = block(x)
        return self.output_layer(x.float())

    def round_for_pricing(self, dtype: torch.dtype) -> None:
        """Keep the blocks' layers in this format, and compute their products in it."""
        self.compute_dtype = dtype
        for module in self.residual_blocks.modules():
            if isinstance(module, nn.Linear):
                module.to(dtype)

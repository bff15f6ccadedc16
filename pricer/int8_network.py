"""The course's network in 8 bits, for pricing on a CPU: a quarter of the memory, and of the time to read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pricer.inference import Prepared, bags
from pricer.residual_network import DeepNetworkConfig

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LEVELS = 127  # of a weight, to either side of zero
STEPS = 255  # of an activation, which is never negative: each comes from a ReLU
TINY = 1e-12  # least scale, so that nothing is divided by zero

Tensors = Callable[[str], Tensor]  # a `DeepNeuralNetwork`'s tensors by their names


class Int8Linear(nn.Module):
    """A linear layer with 8-bit weights, a scale for each output, and 8-bit activations, a scale for each row.

    Weights are rounded once.  A row is rounded by its own largest value, so that its output does not depend on its
    neighbours (dynamic quantisation by token: ZeroQuant, Yao et al., 2022).  Sums are whole numbers, hence exact.
    """

    packed: Tensor  # the rounded weights, (n_outputs, n_inputs)
    scale: Tensor  # (n_outputs,) of each output's weights, over the steps of an activation
    zeros: Tensor  # (n_outputs,) the weights' offsets: none
    bias: Tensor  # (n_outputs,)

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(1).clamp(min=TINY) / LEVELS
        rounded = torch.div(weight, scale[:, None]).round_().to(torch.int8)
        packed = torch.ops.onednn.qlinear_prepack(rounded, None)  # laid out as this processor wants it
        zeros = torch.zeros(len(scale), dtype=torch.int64)
        for name, tensor in {"packed": packed, "scale": scale / STEPS, "bias": bias.clone(), "zeros": zeros}.items():
            self.register_buffer(name, tensor, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n_items, n_outputs) of non-negative values of shape (n_items, n_inputs)."""
        largest = x.amax(1, keepdim=True).clamp_(min=TINY)
        rounded = torch.mul(x, STEPS / largest).add_(0.5).to(torch.uint8)  # which cuts off
        summed = torch.ops.onednn.qlinear_pointwise(
            *(rounded, 1.0, 0),  # its scale is multiplied in below, as it has one for each row
            *(self.packed, self.scale, self.zeros, None),  # no bias
            *(1.0, 0, torch.float32, "none", [], ""),  # in floats, with nothing done after it
        )
        return torch.addcmul(self.bias, summed, largest)


class Int8Block(nn.Module):
    """A `ResidualBlock` in 8 bits."""

    def __init__(self, tensors: Tensors, name: str) -> None:
        super().__init__()
        self.first = Int8Linear(tensors(f"{name}.block.0.weight"), tensors(f"{name}.block.0.bias"))
        self.first_norm = _layer_norm(tensors, f"{name}.block.1")
        self.second = Int8Linear(tensors(f"{name}.block.4.weight"), tensors(f"{name}.block.4.bias"))
        self.second_norm = _layer_norm(tensors, f"{name}.block.5")

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n_items, hidden_size) in and out."""
        inside = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(inside)) + x)


class Int8Network(nn.Module):
    """A `DeepNeuralNetwork` for pricing: the blocks' layers in 8 bits, the first and the last layer in floats."""

    block_rows = 256  # of each pass through the blocks
    is_small = False
    is_exact = True

    def __init__(self, config: DeepNetworkConfig, tensors: Tensors) -> None:
        """`tensors` is asked for one at a time, and each is let go before the next: memory stays small."""
        super().__init__()
        self.config = config
        self.table = nn.Parameter(tensors("input_layer.0.weight").t().contiguous(), requires_grad=False)
        self.bias = _kept(tensors("input_layer.0.bias"))
        self.norm = _layer_norm(tensors, "input_layer.1")
        names = (f"residual_blocks.{number}" for number in range(config.num_layers - 2))
        self.residual_blocks = nn.ModuleList(Int8Block(tensors, name) for name in names)
        self.weight_out, self.bias_out = (_kept(tensors(f"output_layer.{kind}")) for kind in ("weight", "bias"))

    def prepare(self, rows: csr_matrix) -> Prepared:
        """The rows as `embed` takes them: as they are."""
        return Prepared(rows, None)

    def embed(self, entries: csr_matrix, device: torch.device) -> Tensor:
        """The first linear layer of sparse hashed words (n_items, input_size), shape (n_items, hidden_size)."""
        indices, offsets, values = bags(entries, device)
        return F.embedding_bag(indices, self.table, offsets, mode="sum", per_sample_weights=values) + self.bias

    def head(self, embedded: Tensor) -> Tensor:
        """Standardised log prices (n_items, 1) of what the first linear layer gave (n_items, hidden_size)."""
        x = F.relu(self.norm(embedded))
        for block in self.residual_blocks:
            x = block(x)
        return (x * self.weight_out).sum(1, keepdim=True) + self.bias_out  # row by row, as a product's sums are not


def _layer_norm(tensors: Tensors, name: str) -> nn.LayerNorm:
    weight, bias = tensors(f"{name}.weight"), tensors(f"{name}.bias")
    norm = nn.LayerNorm(weight.shape, device="meta")
    norm.weight, norm.bias = _kept(weight), _kept(bias)
    return norm


def _kept(tensor: Tensor) -> nn.Parameter:
    """A copy of its own, as the tensor may lie in a file."""
    return nn.Parameter(tensor.clone(), requires_grad=False)


def runs_here() -> bool:
    """Whether this processor has whole-number products of its own (x86's VNNI or AMX), and this torch uses them."""
    try:
        return torch.backends.mkldnn.is_available() and bool(torch.cpu._is_vnni_supported())
    except AttributeError:  # a torch without that question
        return False

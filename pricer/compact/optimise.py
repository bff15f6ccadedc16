"""The training loop of the compact network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from pricer.compact.network import CompactNetwork
from pricer.inference import bags


@dataclass(frozen=True)
class OptimiseConfig:
    """How a compact network is trained."""

    seeds: tuple[int, ...] = (42, 43)  # of initial weights, the rows' order and columns left out; a training for each
    epochs: int | None = None  # passes over the rows; None: see `usual_epochs`
    batch_size: int = 512  # texts a step in the first pass, of an eighth of few rows; doubled with each further pass
    largest_batch: int = 4096  # texts a step at most, of an eighth of fewer rows
    rate: float = 12e-3  # highest learning rate of Adam, reached after a short warm-up, then falling linearly
    word_dropout: float = 0.05  # share of a text's columns left out at each step
    huber_delta: float = 0.5  # error from which the loss grows linearly, in standard deviations of log price
    bins_weight: float = 1.0  # weight of the cross entropy that trains the distributions
    blur: float = 0.25  # standard deviation of a target's own distribution, in those of log price
    table_spread: float = 0.15  # standard deviation of the table's initial weights
    members: int = 4  # of each training; see CompactConfig
    width: int = 20  # see CompactConfig
    hidden: int = 64  # see CompactConfig


def fit_network(
    network: CompactNetwork,
    rows: csr_matrix,
    target: np.ndarray,
    weight: np.ndarray,
    config: OptimiseConfig,
    seed: int,
    progress: Callable[[float], None],
) -> Tensor:
    """Train a network, whose columns are chosen, on the rows; the same rows, config and seed give the same weights.

    Gives its table in floats, shape (n_kept, members * width + 1).

    Parameters
    ----------
    rows : csr_matrix of shape (n_rows, n_features)
    target, weight : arrays of shape (n_rows,)
        Standardised log1p price, and how much each row counts.
    progress : callable
        Told the share that is done, from 0 to 1.
    """
    generator = torch.Generator().manual_seed(seed)
    table = _random_weights(network, config, generator)
    weighted = network.columns.weighted(rows)
    targets = torch.from_numpy(target.astype(np.float32))
    bins = _soft_bins(targets, network.bin_edges, config.blur)
    weights = torch.from_numpy((weight / weight.mean()).astype(np.float32))
    steps = list(_steps(len(target), config, seed))
    optimiser = torch.optim.Adam([table, *network.parameters()], lr=config.rate, fused=True)
    network.train()
    for step, chosen in enumerate(steps):
        optimiser.param_groups[0]["lr"] = config.rate * _pace(step, len(steps))
        indices, offsets, values = bags(weighted[chosen])
        values = _drop(values, config.word_dropout, generator)
        numbers, logits = network.member_outputs(table, indices, offsets, values)
        optimiser.zero_grad(set_to_none=True)
        _loss(numbers, logits, targets[chosen], bins[chosen], weights[chosen], config).backward()
        optimiser.step()
        progress((step + 1) / len(steps))
    return table.detach()


def usual_epochs(n_rows: int) -> int:
    """Passes that so many rows are given: 4, and up to 12 where they are few, as they make few steps."""
    return max(4, min(12, round(24_000 / max(1, n_rows))))


def _random_weights(network: CompactNetwork, config: OptimiseConfig, generator: torch.Generator) -> nn.Parameter:
    """Random weights for the network; gives its table in floats."""
    with torch.no_grad():
        table = torch.zeros(network.table.shape).normal_(0, config.table_spread, generator=generator)
        table[:, -1] = 0
        network.weight_hidden.normal_(0, (2 / network.config.width) ** 0.5, generator=generator)
        network.weight_out.normal_(0, 0.8 / network.config.hidden**0.5, generator=generator)
    return nn.Parameter(table)


def _steps(n_rows: int, config: OptimiseConfig, seed: int) -> Iterator[np.ndarray]:
    """Row numbers of each training step; few rows get smaller batches, so that there are enough steps."""
    generator = np.random.default_rng(seed)
    first, most = (max(8, min(size, n_rows // 8)) for size in (config.batch_size, config.largest_batch))
    for epoch in range(config.epochs or usual_epochs(n_rows)):
        size = min(first * 2**epoch, most)
        order = generator.permutation(n_rows)
        yield from (order[i : i + size] for i in range(0, n_rows, size))


def _pace(step: int, n_steps: int) -> float:
    """Share of the highest learning rate at a step: a warm-up of 5%, then a straight line down to 5%."""
    return min(1.0, (step + 1) / (0.05 * n_steps + 1)) * (1 - 0.95 * step / n_steps)


def _drop(values: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """The weights with this share of them set to zero and the rest raised to the same sum on average."""
    stays = torch.rand(values.shape, generator=generator) >= share
    return values * stays / (1 - share)


def _loss(
    numbers: Tensor, logits: Tensor, target: Tensor, bins: Tensor, weight: Tensor, config: OptimiseConfig
) -> Tensor:
    """Huber loss of the prices and cross entropy of the distributions, summed over members."""
    error = (numbers - target).abs()
    delta = config.huber_delta
    huber = torch.where(error < delta, error * error / (2 * delta), error - delta / 2)
    entropy = -(bins * logits.log_softmax(-1)).sum(-1)
    return ((huber + config.bins_weight * entropy) * weight).mean(1).sum()


def _soft_bins(target: Tensor, edges: Tensor, blur: float) -> Tensor:
    """Share of each bin in a normal distribution around each target, (n_rows, bins): HL-Gauss (Imani & White, 2018)."""
    within = target.clamp(float(edges[0]) + blur, float(edges[-1]) - blur)
    reached = torch.special.ndtr((edges - within[:, None]) / blur)
    shares = reached.diff(dim=1)
    return shares / shares.sum(1, keepdim=True)

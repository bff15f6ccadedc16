"""The training loop of the compact network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from pricer.compact.network import CompactConfig, CompactNetwork, bags
from pricer.featurizer import Featurizer


@dataclass(frozen=True)
class OptimiseConfig:
    """How a compact network is trained."""

    seed: int = 42  # seed of the initial weights, the order of the rows and the columns left out
    epochs: int = 4  # passes over the rows
    batch_size: int = 512  # texts a step in the first pass; doubled with each further pass
    largest_batch: int = 4096  # texts a step at most
    rate: float = 12e-3  # highest learning rate of Adam, reached after a short warm-up, then falling linearly
    word_dropout: float = 0.05  # share of a text's columns left out at each step
    huber_delta: float = 0.5  # error from which the loss grows linearly, in standard deviations of log price
    scale_weight: float = 0.1  # weight of the Laplace likelihood that trains the residual's scale
    table_spread: float = 0.15  # standard deviation of the table's initial weights
    min_word_count: int = 2  # texts that a single word must be in to get a table row
    min_phrase_count: int = 10  # texts that any other column must be in to get a table row
    max_kept: int = 138_000  # table rows at most, single words first, then by number of texts
    members: int = 8  # see CompactConfig
    width: int = 20  # see CompactConfig
    hidden: int = 64  # see CompactConfig


def fit_network(
    rows: csr_matrix,
    target: np.ndarray,
    weight: np.ndarray,
    featurizer: Featurizer,
    config: OptimiseConfig,
    progress: Callable[[float], None],
) -> CompactNetwork:
    """A compact network trained on the rows; the same rows and config give the same weights.

    Parameters
    ----------
    rows : csr_matrix of shape (n_rows, n_features)
        Of this featurizer.
    target, weight : arrays of shape (n_rows,)
        Standardised log1p price, and how much each row counts.
    progress : callable
        Told the share that is done, from 0 to 1.
    """
    generator = torch.Generator().manual_seed(config.seed)
    network, table = _network_for(rows, featurizer, config, generator)
    weighted = network.weighted(rows)
    targets = torch.from_numpy(target.astype(np.float32))
    weights = torch.from_numpy((weight / weight.mean()).astype(np.float32))
    steps = list(_steps(len(target), config))
    optimiser = torch.optim.Adam([table, *network.parameters()], lr=config.rate, fused=True)
    network.train()
    for step, chosen in enumerate(steps):
        optimiser.param_groups[0]["lr"] = config.rate * _pace(step, len(steps))
        indices, offsets, values = bags(weighted[chosen])
        outputs = network.member_outputs(table, indices, offsets, _drop(values, config.word_dropout, generator))
        optimiser.zero_grad(set_to_none=True)
        _loss(outputs, targets[chosen], weights[chosen], config).backward()
        optimiser.step()
        progress((step + 1) / len(steps))
    return network.pack(table.detach())


def predict(network: CompactNetwork, rows: csr_matrix, chunk: int = 4096) -> np.ndarray:
    """Standardised log price and log of its residual's scale (log dollars) of the rows, shape (n_rows, 2)."""
    with torch.inference_mode():
        parts = [network(*network.inputs(rows[i : i + chunk])) for i in range(0, rows.shape[0], chunk)]
    return torch.cat(parts).double().numpy() if parts else np.zeros((0, 2))


def _network_for(
    rows: csr_matrix, featurizer: Featurizer, config: OptimiseConfig, generator: torch.Generator
) -> tuple[CompactNetwork, nn.Parameter]:
    """A network with a table row for each column met often enough, random weights, and its table in floats."""
    n_rows, n_features = rows.shape
    counts = np.bincount(rows.indices, minlength=n_features)
    kept = _kept_columns(counts, featurizer.config.word_buckets, config)
    network = CompactNetwork(
        CompactConfig(
            n_features,
            featurizer.config.word_buckets,
            featurizer.form_column,
            len(kept),
            config.members,
            config.width,
            config.hidden,
        )
    )
    network.kept.copy_(torch.from_numpy(kept.astype(np.int32)))
    network.idf.copy_(torch.from_numpy(np.log((1 + n_rows) / (1 + counts[kept])) + 1))
    network.unseen_idf.fill_(np.log(1 + n_rows) + 1)
    with torch.no_grad():
        table = torch.zeros(network.table.shape).normal_(0, config.table_spread, generator=generator)
        table[:, -1] = 0
        network.weight_hidden.normal_(0, (2 / config.width) ** 0.5, generator=generator)
        network.weight_out.normal_(0, 0.5 / config.hidden**0.5, generator=generator)
    return network, nn.Parameter(table)


def _kept_columns(counts: np.ndarray, word_buckets: int, config: OptimiseConfig) -> np.ndarray:
    """Columns that get a table row, ascending; at least one, so that a network can be made."""
    is_word = np.arange(len(counts)) < word_buckets
    candidates = np.flatnonzero(counts >= np.where(is_word, config.min_word_count, config.min_phrase_count))
    if len(candidates) > config.max_kept:
        order = np.lexsort((-counts[candidates], ~is_word[candidates]))
        candidates = np.sort(candidates[order[: config.max_kept]])
    return candidates if len(candidates) else np.array([int(counts.argmax())])


def _steps(n_rows: int, config: OptimiseConfig) -> Iterator[np.ndarray]:
    """Row numbers of each training step; few rows get smaller batches, so that there are enough steps."""
    generator = np.random.default_rng(config.seed)
    first = max(8, min(config.batch_size, n_rows // 8))
    for epoch in range(config.epochs):
        size = min(first * 2**epoch, config.largest_batch)
        order = generator.permutation(n_rows)
        yield from (order[i : i + size] for i in range(0, n_rows, size))


def _pace(step: int, n_steps: int) -> float:
    """Share of the highest learning rate at a step: a warm-up of 5%, then a straight line down to 5%."""
    return min(1.0, (step + 1) / (0.05 * n_steps + 1)) * (1 - 0.95 * step / n_steps)


def _drop(values: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """The weights with this share of them set to zero and the rest raised to the same sum on average."""
    stays = torch.rand(values.shape, generator=generator) >= share
    return values * stays / (1 - share)


def _loss(outputs: Tensor, target: Tensor, weight: Tensor, config: OptimiseConfig) -> Tensor:
    """Huber loss of the price, and Laplace likelihood of the scale given the price; summed over members."""
    price, log_scale = outputs[..., 0], outputs[..., 1]
    error = (price - target).abs()
    delta = config.huber_delta
    huber = torch.where(error < delta, error * error / (2 * delta), error - delta / 2)
    likelihood = error.detach() / log_scale.exp() + log_scale
    return ((huber + config.scale_weight * likelihood) * weight).mean(1).sum()

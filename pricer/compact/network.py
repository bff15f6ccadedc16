"""The compact network: averaged wide-and-deep members over one pruned table of hashed words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn
from torch.nn import functional as F

from pricer.compact.columns import KeptColumns, sum_rows
from pricer.inference import Prepared, bags

# The distribution's bins lie within this many standard deviations of log price from its mean.
REACH = 4.0
# Least spread of a distribution, in the same unit: no range collapses.
LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class CompactConfig:
    """Shape of a compact network."""

    n_features: int  # columns of the featurizer's rows
    word_buckets: int  # the first columns, which hold single words
    form_column: int  # column that is filled for texts in labelled lines
    n_kept: int  # columns that the network keeps a table row for
    members: int = 8  # small networks whose outputs are averaged
    width: int = 20  # table columns of each member
    hidden: int = 64  # width of each member's hidden layer
    bins: int = 32  # bins of log price that each member spreads a distribution over


class CompactNetwork(nn.Module):
    """Sparse rows to a standardised log price and the log of its spread.

    A row is weighted by tf-idf and scaled to unit length; the table's rows of its columns are summed
    (an embedding bag); ``members`` two-layer networks, each on its own share of the table's columns,
    are averaged (Lakshminarayanan et al., 2017); one more column is a linear model that all share
    (Cheng et al., 2016).  Each member tells the price twice: as a number, and as a distribution over bins
    (HL-Gauss: Imani and White, 2018).  The price is halfway between the number and the distribution's
    mean; the spread is that of the members' mixture, so that their disagreement widens it.  A text's output
    depends on its own words alone, never on its batch.
    """

    block_rows = 64  # of each pass through the members; see `pricer.inference`
    is_small = True
    is_exact = False

    table: Tensor  # (n_kept, members * width + 1) 8-bit whole numbers: table rows in units of their step
    table_step: Tensor  # (n_kept, 1) step of each table row
    form_shift: Tensor  # (1,) added to the standardised log price of texts in labelled lines
    log_unit: Tensor  # (1,) log of the standard deviation of log price: makes scales log dollars

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        members, width, hidden = config.members, config.width, config.hidden
        self.columns = KeptColumns(config.n_features, config.word_buckets, config.n_kept)
        for name in ("form_shift", "log_unit"):
            self.register_buffer(name, torch.zeros(1))
        self.register_buffer("table", torch.zeros(config.n_kept, members * width + 1, dtype=torch.int8))
        self.register_buffer("table_step", torch.zeros(config.n_kept, 1, dtype=torch.float16))
        self.bias = nn.Parameter(torch.zeros(members, 1, width))
        self.weight_hidden = nn.Parameter(torch.zeros(members, width, hidden))
        self.bias_hidden = nn.Parameter(torch.zeros(members, 1, hidden))
        self.weight_out = nn.Parameter(torch.zeros(members, hidden, 1 + config.bins))
        self.bias_out = nn.Parameter(torch.zeros(members, 1, 1 + config.bins))
        self._expanded: Tensor | None = None
        self.register_load_state_dict_post_hook(_forget)

    def __getstate__(self) -> dict[str, Any]:
        """Without what was derived from the table: a copy derives it anew."""
        return {**super().__getstate__(), "_expanded": None}

    def pack(self, table: Tensor) -> CompactNetwork:
        """The network for use, with this table in 8 bits, by far the largest part. Changes it in place.

        Parameters
        ----------
        table : float Tensor of shape (n_kept, members * width + 1)
        """
        step = (table.abs().amax(1, keepdim=True) / 127).clamp(min=1e-7).half()
        self.table.copy_((table / step.float()).round().clamp(-127, 127))
        self.table_step.copy_(step)
        _forget(self)
        self.requires_grad_(False)
        return self.eval()

    def prepare(self, rows: csr_matrix) -> Prepared:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept), and how familiar each text is."""
        return self.columns.prepared(rows)

    def embed(self, entries: csr_matrix, device: torch.device) -> Tensor:
        """Sums of the table's rows, and 1 for texts in labelled lines, shape (n_texts, members * width + 2).

        `entries` are the kept columns in tf-idf weights, shape (n_texts, n_kept).
        """
        form = self.columns.place(self.config.form_column)
        labelled = torch.from_numpy(sum_rows((entries.indices == form).astype(np.float32), entries.indptr))
        summed = self._summed(self._floats(), *bags(entries, device))
        return torch.cat([summed, labelled.to(device)[:, None]], dim=1)

    def head(self, embedded: Tensor) -> Tensor:
        """Standardised log1p price, and log of its spread in log dollars, shape (n_texts, 2)."""
        numbers, logits = self._told(embedded[:, :-1])
        mixture = logits.softmax(-1).mean(0)
        centres = self.bin_centres.to(mixture)
        mean = mixture @ centres
        spread = (mixture @ centres.square() - mean.square()).clamp(min=LEAST_SPREAD**2).sqrt()
        price = (numbers.mean(0) + mean) / 2 + embedded[:, -1] * self.form_shift
        return torch.stack([price, spread.log() + self.log_unit], dim=1)

    @property
    def bin_edges(self) -> Tensor:
        """Standardised log prices between which the bins lie, shape (bins + 1,)."""
        return torch.linspace(-REACH, REACH, self.config.bins + 1)

    @property
    def bin_centres(self) -> Tensor:
        """Standardised log price in the middle of each bin, shape (bins,)."""
        return (self.bin_edges[1:] + self.bin_edges[:-1]) / 2

    def member_outputs(self, table: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """By a table of floats: standardised prices (members, n_texts), logits of bins (members, n_texts, bins)."""
        return self._told(self._summed(table, indices, offsets, weights))

    @staticmethod
    def _summed(table: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Sums of a table's rows, shape (n_texts, members * width + 1)."""
        return F.embedding_bag(indices, table, offsets, mode="sum", per_sample_weights=weights)

    def _told(self, summed: Tensor) -> tuple[Tensor, Tensor]:
        """What each member makes of the sums: as `member_outputs`."""
        shares = summed[:, :-1].unflatten(1, (self.config.members, self.config.width)).transpose(0, 1)
        hidden = F.relu(torch.baddbmm(self.bias_hidden, F.relu(shares + self.bias), self.weight_hidden))
        out = torch.baddbmm(self.bias_out, hidden, self.weight_out)
        return out[..., 0] + summed[:, -1], out[..., 1:]

    def _floats(self) -> Tensor:
        """The table in floats on its device; expanded when first needed."""
        if self._expanded is None or self._expanded.device != self.table.device:
            self._expanded = self.table.float() * self.table_step.float()
        return self._expanded


def joined(parts: Sequence[tuple[CompactNetwork, Tensor]]) -> CompactNetwork:
    """One network of the members of several, which have the same columns, with their tables of floats.

    Its price is the mean of theirs: the linear models become their mean.
    """
    first = parts[0][0]
    network = CompactNetwork(replace(first.config, members=sum(part.config.members for part, _ in parts)))
    network.columns = first.columns
    network.log_unit.copy_(first.log_unit)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(torch.cat([part.get_parameter(name) for part, _ in parts]))
    linear = torch.stack([table[:, -1:] for _, table in parts]).mean(0)
    return network.pack(torch.cat([*(table[:, :-1] for _, table in parts), linear], dim=1))


def _forget(network: CompactNetwork, _: object = None) -> None:
    """What was derived from the weights is derived anew when next needed."""
    network._expanded = None

"""The compact network: averaged wide-and-deep members over one pruned table of hashed words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn
from torch.nn import functional as F

# Bounds of a member's log scale, in standard deviations of log price: no range collapses or explodes.
_LOG_SCALE_BOUNDS = (-4.0, 3.0)


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


class CompactNetwork(nn.Module):
    """Sparse rows to a standardised log price and the log of its residual's scale.

    A row is weighted by tf-idf and scaled to unit length; the table's rows of its columns are summed
    (an embedding bag); ``members`` two-layer networks, each on its own share of the table's columns,
    are averaged (Lakshminarayanan et al., 2017); one more column is a linear model that all share
    (Cheng et al., 2016). A text's output depends on its own words alone, never on its batch.
    """

    cpu_block_rows = 256  # rows of each block computed on a CPU; see `pricer.inference`

    kept: Tensor  # (n_kept,) the featurizer's columns that have a table row, ascending
    idf: Tensor  # (n_kept,) inverse document frequency of each kept column
    unseen_idf: Tensor  # (1,) that of any other column
    table: Tensor  # (n_kept, members * width + 1) 8-bit whole numbers: table rows in units of their step
    table_step: Tensor  # (n_kept, 1) step of each table row
    form_shift: Tensor  # (1,) added to the standardised log price of texts in labelled lines
    log_unit: Tensor  # (1,) log of the standard deviation of log price: makes scales log dollars

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        members, width, hidden = config.members, config.width, config.hidden
        self.register_buffer("kept", torch.zeros(config.n_kept, dtype=torch.int32))
        self.register_buffer("idf", torch.ones(config.n_kept))
        for name in ("unseen_idf", "form_shift", "log_unit"):
            self.register_buffer(name, torch.zeros(1))
        self.register_buffer("table", torch.zeros(config.n_kept, members * width + 1, dtype=torch.int8))
        self.register_buffer("table_step", torch.zeros(config.n_kept, 1, dtype=torch.float16))
        self.bias = nn.Parameter(torch.zeros(members, 1, width))
        self.weight_hidden = nn.Parameter(torch.zeros(members, width, hidden))
        self.bias_hidden = nn.Parameter(torch.zeros(members, 1, hidden))
        self.weight_out = nn.Parameter(torch.zeros(members, hidden, 2))
        self.bias_out = nn.Parameter(torch.zeros(members, 1, 2))
        self._lookup: tuple[np.ndarray, np.ndarray] | None = None
        self._expanded: Tensor | None = None
        self.register_load_state_dict_post_hook(_forget)

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

    def inputs(self, rows: csr_matrix, device: torch.device | str = "cpu") -> tuple[Tensor, ...]:
        """What ``forward`` takes for these rows of the featurizer.

        Returns
        -------
        indices, offsets, weights, labelled : tensors of shape (n_entries,), (n_texts,), (n_entries,), (n_texts,)
            Table rows of all texts one after the other, each text's first entry, tf-idf weights, and 1 for
            texts in labelled lines.
        """
        labelled = _sum_rows((rows.indices == self.config.form_column).astype(np.float32), rows.indptr)
        tensors = (*bags(self.weighted(rows)), torch.from_numpy(labelled))
        return tuple(tensor.to(device) for tensor in tensors)

    def forward(self, indices: Tensor, offsets: Tensor, weights: Tensor, labelled: Tensor) -> Tensor:
        """Standardised log1p price, and log of its residual's scale in log dollars, shape (n_texts, 2)."""
        means = self.member_outputs(self._floats(), indices, offsets, weights).mean(0)
        price = means[:, 0] + labelled * self.form_shift
        return torch.stack([price, means[:, 1] + self.log_unit], dim=1)

    def member_outputs(self, table: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Each member's price and log scale by a table of floats, both standardised, shape (members, n_texts, 2)."""
        summed = F.embedding_bag(indices, table, offsets, mode="sum", per_sample_weights=weights)
        shares = summed[:, :-1].unflatten(1, (self.config.members, self.config.width)).transpose(0, 1)
        hidden = F.relu(torch.baddbmm(self.bias_hidden, F.relu(shares + self.bias), self.weight_hidden))
        out = torch.baddbmm(self.bias_out, hidden, self.weight_out)
        return torch.stack([out[..., 0] + summed[:, -1], out[..., 1].clamp(*_LOG_SCALE_BOUNDS)], dim=-1)

    def known_share(self, rows: csr_matrix) -> np.ndarray:
        """Share of each text's different single words that training had seen, 0-1, shape (n_texts,).

        A text without words has a share of 0.
        """
        row_of, _ = self._columns()
        words = rows.indices < self.config.word_buckets
        known = words & (row_of[rows.indices] >= 0)
        n_words, n_known = (_sum_rows(part.astype(np.float64), rows.indptr) for part in (words, known))
        return n_known / np.maximum(n_words, 1)

    def weighted(self, rows: csr_matrix) -> csr_matrix:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept).

        Columns without a table row count towards a text's length only, by the idf of an unseen column.
        """
        row_of, idf_of = self._columns()
        values = idf_of[rows.indices]
        repeated = rows.data != 1
        values[repeated] *= 1 + np.log(rows.data[repeated])
        lengths = np.sqrt(_sum_rows(values * values, rows.indptr))
        values /= np.repeat(np.maximum(lengths, 1e-6), np.diff(rows.indptr)).astype(np.float32)
        columns = row_of[rows.indices]
        kept = columns >= 0
        indptr = np.concatenate([[0], np.cumsum(kept)])[rows.indptr]
        return csr_matrix((values[kept], columns[kept], indptr), shape=(rows.shape[0], self.config.n_kept))

    def _floats(self) -> Tensor:
        """The table in floats on its device; expanded when first needed."""
        if self._expanded is None or self._expanded.device != self.table.device:
            self._expanded = self.table.float() * self.table_step.float()
        return self._expanded

    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Table row (-1 for none) and idf of every column of the featurizer; made when first needed."""
        if self._lookup is None:
            kept = self.kept.cpu().numpy()
            row_of = np.full(self.config.n_features, -1, dtype=np.int32)
            row_of[kept] = np.arange(len(kept), dtype=np.int32)
            idf_of = np.full(self.config.n_features, float(self.unseen_idf[0]), dtype=np.float32)
            idf_of[kept] = self.idf.cpu().numpy()
            self._lookup = row_of, idf_of
        return self._lookup


def bags(weighted: csr_matrix) -> tuple[Tensor, Tensor, Tensor]:
    """Indices, offsets and weights of an embedding bag: (n_entries,), (n_rows,), (n_entries,)."""
    indices, offsets = weighted.indices.astype(np.int64), weighted.indptr[:-1].astype(np.int64)
    return torch.from_numpy(indices), torch.from_numpy(offsets), torch.from_numpy(weighted.data)


def _forget(network: CompactNetwork, _: object = None) -> None:
    """What was derived from the weights is derived anew when next needed."""
    network._lookup = network._expanded = None


def _sum_rows(values: np.ndarray, indptr: np.ndarray) -> np.ndarray:
    """Sums of the entries of each sparse row, shape (n_rows,); each from its own entries alone."""
    padded = np.append(values, values.dtype.type(0))
    return np.add.reduceat(padded, indptr[:-1]) * (np.diff(indptr) > 0)

"""The columns that a network keeps of the featurizer's: their tf-idf weights, and how familiar a text is by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

FAMILIAR_COUNTS = (3, 20)  # training texts from which on a word counts as fully known, at least and at most
FAMILIAR_SHARE = 1 / 5000  # of the training texts: that number, between those two
# Share of a text's length in kept columns from which on it counts as near; one in twenty real texts has less.
NEAR_ENOUGH = 0.3


class KeptColumns(nn.Module):
    """Columns met in training, with their inverse document frequencies."""

    kept: Tensor  # (n_kept,) the featurizer's columns, ascending
    idf: Tensor  # (n_kept,) inverse document frequency of each
    unseen_idf: Tensor  # (1,) that of any other column

    def __init__(self, n_features: int, word_buckets: int, n_kept: int) -> None:
        super().__init__()
        self._n_features = n_features
        self._word_buckets = word_buckets
        self.register_buffer("kept", torch.zeros(n_kept, dtype=torch.int32))
        self.register_buffer("idf", torch.ones(n_kept))
        self.register_buffer("unseen_idf", torch.zeros(1))
        self._lookup: tuple[np.ndarray, np.ndarray] | None = None
        self.register_load_state_dict_post_hook(KeptColumns._forget)

    def choose(self, kept: np.ndarray, counts: np.ndarray, n_texts: int) -> None:
        """Keep these columns (n_kept,), each met in so many (n_kept,) of the training texts."""
        self.kept.copy_(torch.from_numpy(kept.astype(np.int32)))
        self.idf.copy_(torch.from_numpy(np.log((1 + n_texts) / (1 + counts)) + 1))
        self.unseen_idf.fill_(np.log(1 + n_texts) + 1)
        self._forget()

    def weighted(self, rows: csr_matrix) -> csr_matrix:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept).

        Columns that are not kept count towards a text's length only, by the idf of an unseen column.
        """
        row_of, idf_of = self._columns()
        values = idf_of[rows.indices]
        repeated = rows.data != 1
        values[repeated] *= 1 + np.log(rows.data[repeated])
        lengths = np.sqrt(sum_rows(values * values, rows.indptr))
        values /= np.repeat(np.maximum(lengths, 1e-6), np.diff(rows.indptr)).astype(np.float32)
        columns = row_of[rows.indices]
        kept = columns >= 0
        indptr = np.concatenate([[0], np.cumsum(kept)])[rows.indptr]
        return csr_matrix((values[kept], columns[kept], indptr), shape=(rows.shape[0], len(self.kept)))

    def place(self, column: int) -> int:
        """Place of one of the featurizer's columns among the kept ones, -1 for none."""
        return int(self._columns()[0][column])

    def familiarity(self, rows: csr_matrix) -> np.ndarray:
        """How much of each text training has seen, 0-1, shape (n_texts,); 0 for a text without words.

        The mean over its different words, weighted by idf as rare words tell most: a word counts by the logarithm of
        the number of training texts that had it, in full from a few on (FAMILIAR_SHARE).  A text that lies far from
        what the kept columns span (word pairs and sizes too) counts for less: see NEAR_ENOUGH.
        """
        row_of, idf_of = self._columns()
        idf = idf_of[rows.indices]
        seen = row_of[rows.indices] >= 0
        words = rows.indices < self._word_buckets
        unseen_idf = float(self.unseen_idf[0])
        enough = np.clip(np.expm1(unseen_idf - 1) * FAMILIAR_SHARE, *FAMILIAR_COUNTS)
        known = np.clip((unseen_idf - idf) / np.log1p(enough), 0, 1) * (seen & words)
        squares = idf * idf
        known_words, all_words, near, length = (
            sum_rows(each.astype(np.float64), rows.indptr)
            for each in (known * idf, words * idf, squares * seen, squares)
        )
        nearness = np.minimum(near / np.maximum(length, 1e-9) / NEAR_ENOUGH, 1)
        return known_words / np.maximum(all_words, 1e-9) * nearness

    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Place among the kept (-1 for none) and idf of every column of the featurizer; made when first needed."""
        if self._lookup is None:
            kept = self.kept.cpu().numpy()
            row_of = np.full(self._n_features, -1, dtype=np.int32)
            row_of[kept] = np.arange(len(kept), dtype=np.int32)
            idf_of = np.full(self._n_features, float(self.unseen_idf[0]), dtype=np.float32)
            idf_of[kept] = self.idf.cpu().numpy()
            self._lookup = row_of, idf_of
        return self._lookup

    def _forget(self, *_: object) -> None:
        """What was derived from the columns is derived anew when next needed."""
        self._lookup = None


def bags(weighted: csr_matrix) -> tuple[Tensor, Tensor, Tensor]:
    """Indices, offsets and weights of an embedding bag: (n_entries,), (n_rows,), (n_entries,)."""
    indices, offsets = weighted.indices.astype(np.int64), weighted.indptr[:-1].astype(np.int64)
    return torch.from_numpy(indices), torch.from_numpy(offsets), torch.from_numpy(weighted.data)


@dataclass(frozen=True)
class ColumnsConfig:
    """Which columns are kept."""

    least_words: int = 3  # texts that a single word must be in
    least_phrases: int = 8  # texts that any other column must be in
    most: int = 138_000  # columns at most, single words first, then by number of texts


def kept_columns(counts: np.ndarray, word_buckets: int, config: ColumnsConfig) -> np.ndarray:
    """Columns met in enough texts, ascending; at least one.

    Parameters
    ----------
    counts : array of shape (n_features,)
        Texts that each column is filled in.
    word_buckets
        The first columns, which hold single words.
    """
    is_word = np.arange(len(counts)) < word_buckets
    candidates = np.flatnonzero(counts >= np.where(is_word, config.least_words, config.least_phrases))
    if len(candidates) > config.most:
        order = np.lexsort((-counts[candidates], ~is_word[candidates]))
        candidates = np.sort(candidates[order[: config.most]])
    return candidates if len(candidates) else np.array([int(counts.argmax())])


def sum_rows(values: np.ndarray, indptr: np.ndarray) -> np.ndarray:
    """Sums of the entries of each sparse row, shape (n_rows,); each from its own entries alone."""
    padded = np.append(values, values.dtype.type(0))
    return np.add.reduceat(padded, indptr[:-1]) * (np.diff(indptr) > 0)

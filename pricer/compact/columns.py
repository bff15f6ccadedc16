"""The columns that a network keeps of the featurizer's: their tf-idf weights, and how familiar a text is by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from pricer.inference import Prepared

FAMILIAR_COUNTS = (3, 20)  # training texts from which on a word counts as fully known, at least and at most
FAMILIAR_SHARE = 1 / 5000  # of the training texts: that number, between those two
# Share of a text's length in kept columns from which on it counts as near; one in twenty real texts has less.
NEAR_ENOUGH = 0.3


@dataclass(frozen=True)
class Lookup:
    """What pricing looks up of the featurizer's columns, by place: the kept ones, an unseen word, an unseen phrase."""

    place_of: np.ndarray  # int32, shape (n_features,)
    idf: np.ndarray  # float32, shape (n_kept + 2,)
    parts: np.ndarray  # what each place adds to the four sums of a text's familiarity, float64, shape (n_kept + 2, 4)

    @classmethod
    def of(cls, kept: np.ndarray, idf: np.ndarray, unseen_idf: float, word_buckets: int, n_features: int) -> Lookup:
        """The lookup of kept columns (n_kept,) with their idf (n_kept,)."""
        n_kept = len(kept)
        place_of = np.full(n_features, n_kept + 1, dtype=np.int32)
        place_of[:word_buckets] = n_kept
        place_of[kept] = np.arange(n_kept, dtype=np.int32)
        is_word = np.append(kept < word_buckets, [True, False])
        seen = np.arange(n_kept + 2) < n_kept
        idf = np.append(idf, [unseen_idf, unseen_idf]).astype(np.float32)
        enough = np.clip(np.expm1(unseen_idf - 1) * FAMILIAR_SHARE, *FAMILIAR_COUNTS)
        known = np.clip((unseen_idf - idf) / np.log1p(enough), 0, 1) * (seen & is_word)
        squares = idf * idf
        return cls(place_of, idf, np.stack([known * idf, is_word * idf, squares * seen, squares], axis=1, dtype=float))


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
        self._lookup: Lookup | None = None
        self.register_load_state_dict_post_hook(KeptColumns._forget)

    def choose(self, kept: np.ndarray, counts: np.ndarray, n_texts: int) -> None:
        """Keep these columns (n_kept,), each met in so many (n_kept,) of the training texts."""
        self.kept.copy_(torch.from_numpy(kept.astype(np.int32)))
        self.idf.copy_(torch.from_numpy(np.log((1 + n_texts) / (1 + counts)) + 1))
        self.unseen_idf.fill_(np.log(1 + n_texts) + 1)
        self._forget()

    def prepared(self, rows: csr_matrix) -> Prepared:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept), and how familiar each text is."""
        lookup = self.lookup
        places = lookup.place_of[rows.indices]
        return Prepared(self._weighted(rows, places, lookup), _familiarity(rows, places, lookup))

    def familiarity(self, rows: csr_matrix) -> np.ndarray:
        """How familiar each text is, 0-1, shape (n_texts,)."""
        return _familiarity(rows, self.lookup.place_of[rows.indices], self.lookup)

    def weighted(self, rows: csr_matrix) -> csr_matrix:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept).

        Columns that are not kept count towards a text's length only, by the idf of an unseen column.
        """
        lookup = self.lookup
        return self._weighted(rows, lookup.place_of[rows.indices], lookup)

    def place(self, column: int) -> int:
        """Place of one of the featurizer's columns among the kept ones, -1 for none."""
        place = int(self.lookup.place_of[column])
        return place if place < len(self.kept) else -1

    def _weighted(self, rows: csr_matrix, places: np.ndarray, lookup: Lookup) -> csr_matrix:
        values = lookup.idf[places]
        repeated = np.flatnonzero(rows.data != 1)
        values[repeated] *= 1 + np.log(rows.data[repeated])
        lengths = np.sqrt(sum_rows(values * values, rows.indptr))
        values /= np.repeat(np.maximum(lengths, 1e-6), np.diff(rows.indptr)).astype(np.float32)
        kept = places < len(self.kept)
        indptr = np.concatenate([[0], np.cumsum(kept, dtype=np.int32)], dtype=np.int32)[rows.indptr]
        return csr_matrix((values[kept], places[kept], indptr), shape=(rows.shape[0], len(self.kept)))

    @property
    def lookup(self) -> Lookup:
        """What is looked up of each column; made when first needed."""
        if self._lookup is None:
            kept, idf = self.kept.cpu().numpy(), self.idf.cpu().numpy()
            self._lookup = Lookup.of(kept, idf, float(self.unseen_idf[0]), self._word_buckets, self._n_features)
        return self._lookup

    def __getstate__(self) -> dict[str, Any]:
        """Without what was derived from the columns, which is large: a copy derives it anew."""
        return {**super().__getstate__(), "_lookup": None}

    def _forget(self, *_: object) -> None:
        """What was derived from the columns is derived anew when next needed."""
        self._lookup = None


def _familiarity(rows: csr_matrix, places: np.ndarray, lookup: Lookup) -> np.ndarray:
    """How much of each text training has seen, 0-1, shape (n_texts,); 0 for a text without words.

    The mean over its different words, weighted by idf as rare words tell most: a word counts by the logarithm of
    the number of training texts that had it, in full from a few on (FAMILIAR_SHARE).  A text that lies far from
    what the kept columns span (word pairs and sizes too) counts for less: see NEAR_ENOUGH.
    """
    found = csr_matrix((np.ones(len(places)), places, rows.indptr), shape=(rows.shape[0], len(lookup.idf)))
    known_words, all_words, near, length = (found @ lookup.parts).T
    nearness = np.minimum(near / np.maximum(length, 1e-9) / NEAR_ENOUGH, 1)
    return known_words / np.maximum(all_words, 1e-9) * nearness


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
    found = np.flatnonzero(counts)  # few of all columns, where texts are few
    candidates = found[counts[found] >= np.where(found < word_buckets, config.least_words, config.least_phrases)]
    if len(candidates) > config.most:
        order = np.lexsort((-counts[candidates], candidates >= word_buckets))
        candidates = np.sort(candidates[order[: config.most]])
    return candidates if len(candidates) else np.array([int(counts.argmax())])


def sum_rows(values: np.ndarray, indptr: np.ndarray) -> np.ndarray:
    """Sums of the entries of each sparse row, shape (n_rows,); each from its own entries alone."""
    padded = np.append(values, values.dtype.type(0))
    return np.add.reduceat(padded, indptr[:-1]) * (np.diff(indptr) > 0)

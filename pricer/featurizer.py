"""Words to sparse rows: a stateless featurizer, described fully by its config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

from pricer.tokens import LEVEL_OF_ONE, Tokenizer, Tokens

# What sets the hashes of title words, sizes, title sizes and amounts apart from those of word pairs.
_TITLE, _SIZE, _TITLE_SIZE, _AMOUNT = (np.uint64(key << 61) for key in (1, 2, 3, 4))
_LEVEL_BITS = 8


@dataclass(frozen=True)
class FeaturizerConfig:
    """How a text becomes a sparse row."""

    kind: str = "compact"  # "compact", or "hashed_words": the reference preset of plain hashed words
    word_buckets: int = 2**20  # columns that single words are hashed into
    phrase_buckets: int = 2**21  # columns of everything else: word pairs, title words, sizes (compact only)
    max_words: int = 128  # words read of a text; later ones are ignored (compact only)
    title_words: int = 16  # words of the first line that are also tagged as title words (compact only)
    bins_per_doubling: int = 2  # fineness of the size tokens of numbers with a unit (compact only)

    @classmethod
    def reference(cls) -> FeaturizerConfig:
        """The original course's features: 5,000 binary hashed words, English stop words, unit length."""
        return cls(kind="hashed_words", word_buckets=5000, phrase_buckets=0)


class Featurizer:
    """Turns texts into rows of a sparse matrix; keeps no state beyond its config."""

    def __init__(self, config: FeaturizerConfig) -> None:
        if config.kind not in ("compact", "hashed_words"):
            raise ValueError(f"featurizer kind is {config.kind!r}; expected 'compact' or 'hashed_words'")
        self.config = config
        self._tokenizer = Tokenizer(config.max_words, config.title_words, config.bins_per_doubling)
        self._reference: HashingVectorizer | None = None
        if config.kind == "hashed_words":
            self._reference = HashingVectorizer(
                n_features=config.word_buckets, stop_words="english", binary=True, dtype=np.float32
            )

    @property
    def n_features(self) -> int:
        """Number of columns of a row."""
        return self.config.word_buckets + self.config.phrase_buckets

    @property
    def form_column(self) -> int:
        """Column that is filled for texts in labelled lines (compact only)."""
        return self._tokenizer.form_hash % self.config.word_buckets

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of the texts, counts for ``compact`` and unit-length rows for ``hashed_words``.

        Returns
        -------
        csr_matrix of float32, shape (n_texts, n_features)
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string; expected a sequence of strings, e.g. [text]")
        if not len(texts):
            return csr_matrix((0, self.n_features), dtype=np.float32)
        if self._reference is not None:
            return self._reference.transform(texts).tocsr()
        return self._rows(self._tokenizer(texts), len(texts))

    def _rows(self, tokens: Tokens, n_texts: int) -> csr_matrix:
        """Rows from the tokens of all texts."""
        words, rows = tokens.words, tokens.rows
        together = rows[1:] == rows[:-1]
        sized = np.flatnonzero(tokens.sizes)
        titled = sized[tokens.in_title[sized]]
        phrases = np.concatenate(
            [
                _mix(words[:-1] + (words[1:] << np.uint64(32)))[together],
                _mix(words[tokens.in_title] + _TITLE),
                _mix(tokens.sizes[sized] + _SIZE),
                _mix(tokens.sizes[titled] + _TITLE_SIZE),
                _mix(tokens.units[titled] + _AMOUNT),
            ]
        )
        phrase_rows = [rows[:-1][together], rows[tokens.in_title], rows[sized], rows[titled], rows[titled]]
        n_words, n_phrases = np.uint64(self.config.word_buckets), np.uint64(self.config.phrase_buckets)
        columns = np.concatenate([words % n_words, phrases % n_phrases + n_words]).astype(np.int64)
        keys = np.concatenate([rows, *phrase_rows]) * self.n_features + columns << _LEVEL_BITS
        keys[len(keys) - len(titled) :] += tokens.levels[titled]
        return self._merged(np.sort(keys), n_texts)

    def _merged(self, keys: np.ndarray, n_texts: int) -> csr_matrix:
        """A row's entries of one column as one: how many there are, or the amount of the highest level."""
        places, levels = keys >> _LEVEL_BITS, keys & ((1 << _LEVEL_BITS) - 1)
        ends = (
            np.flatnonzero(np.append(places[1:] != places[:-1], True)) if len(places) else np.zeros(0, dtype=np.int64)
        )
        counts = np.diff(ends, prepend=-1).astype(np.float32)
        levels, (rows, columns) = levels[ends], np.divmod(places[ends], self.n_features)
        counts[levels > 0] = self._amount(levels[levels > 0])
        indptr = np.append(0, np.cumsum(np.bincount(rows, minlength=n_texts)))
        return csr_matrix((counts, columns.astype(np.int32), indptr), shape=(n_texts, self.n_features))

    def _amount(self, levels: np.ndarray) -> np.ndarray:
        """Amounts as counts, such that their weight, 1 + log(count), grows by a quarter with each doubling.

        One column for each unit lets the model learn that more costs more.
        """
        return np.exp(np.log2(1 + 2 ** ((levels - LEVEL_OF_ONE) / self.config.bins_per_doubling)) / 4 - 1)


def _mix(keys: np.ndarray) -> np.ndarray:
    """Hashes of 64-bit keys: the finalizer of murmur3 (Appleby), the same on every machine."""
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return keys ^ (keys >> np.uint64(33))

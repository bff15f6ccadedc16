"""Words to sparse rows: a stateless featurizer, described fully by its config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from pricer.tokens import LEVEL_OF_ONE, Tokenizer, Tokens

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import HashingVectorizer

# What sets the hashes of title words, sizes, title sizes and amounts apart from those of word pairs.
KEY_OF = {"title": 1 << 61, "size": 2 << 61, "title_size": 3 << 61, "amount": 4 << 61}
_TITLE, _SIZE, _TITLE_SIZE, _AMOUNT = map(np.uint64, KEY_OF.values())
_LEVEL_BITS = 8
_MOST_COLUMNS = 2 ** (31 - _LEVEL_BITS)  # so that a column and a level fit 32 bits


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
        if config.word_buckets + config.phrase_buckets > _MOST_COLUMNS:
            raise ValueError(f"a featurizer of more than {_MOST_COLUMNS:,} columns; expected fewer buckets")
        self.config = config
        self._tokenizer = Tokenizer(config.max_words, config.title_words, config.bins_per_doubling)
        self._reference: HashingVectorizer | None = None
        if config.kind == "hashed_words":
            from sklearn.feature_extraction.text import HashingVectorizer  # here, as it takes a second to import

            self._reference = HashingVectorizer(
                n_features=config.word_buckets, stop_words="english", binary=True, dtype=np.float32
            )

    def __reduce__(self) -> tuple[type[Featurizer], tuple[FeaturizerConfig]]:
        """Copied and pickled by its config alone: there is nothing else to it."""
        return Featurizer, (self.config,)

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

    def tokens(self, text: str) -> list[str]:
        """The words that are read of a text, in their order."""
        if self._reference is not None:
            return list(self._reference.build_analyzer()(text))
        return self._tokenizer.cut(text)

    def _rows(self, tokens: Tokens, n_texts: int) -> csr_matrix:
        """Rows from the tokens of all texts.

        Every entry has a place of its own in a table (n_texts, n_places), which is sorted row by row: far faster than
        sorting the entries of all texts at once.
        """
        words, rows, places = tokens.words, tokens.rows, tokens.places
        n_places, n_titles = int(places.max(initial=0)) + 1, self.config.title_words
        table = np.full((n_texts, 3 * (n_places + n_titles)), -1, dtype=np.int32)
        table[rows, places] = (words % np.uint64(self.config.word_buckets)).astype(np.int32) << _LEVEL_BITS

        def fill(keys: np.ndarray, chosen: np.ndarray, first: int) -> None:
            """Put the hashes of these entries at their tokens' places from a first one on."""
            table[rows[chosen], places[chosen] + first] = self._phrase(keys)

        pairs = np.flatnonzero(rows[1:] == rows[:-1])
        sized, title = np.flatnonzero(tokens.sizes), np.flatnonzero(tokens.in_title)
        titled = sized[tokens.in_title[sized]]
        fill(words[pairs] + (words[pairs + 1] << np.uint64(32)), pairs, n_places)
        fill(tokens.sizes[sized] + _SIZE, sized, 2 * n_places)
        fill(words[title] + _TITLE, title, 3 * n_places)
        fill(tokens.sizes[titled] + _TITLE_SIZE, titled, 3 * n_places + n_titles)
        fill(tokens.units[titled] + _AMOUNT, titled, 3 * n_places + 2 * n_titles)
        table[rows[titled], places[titled] + 3 * n_places + 2 * n_titles] += tokens.levels[titled]
        table.sort(axis=1)
        filled = table >= 0
        return self._merged(table[filled], np.repeat(np.arange(n_texts), filled.sum(axis=1)), n_texts)

    def _phrase(self, keys: np.ndarray) -> np.ndarray:
        """Columns of everything but single words, with room for a level."""
        columns = _mix(keys) % np.uint64(self.config.phrase_buckets) + np.uint64(self.config.word_buckets)
        return columns.astype(np.int32) << _LEVEL_BITS

    def _merged(self, entries: np.ndarray, rows: np.ndarray, n_texts: int) -> csr_matrix:
        """A row's entries of one column as one: how many there are, or the amount of the highest level."""
        columns, levels = entries >> _LEVEL_BITS, entries & ((1 << _LEVEL_BITS) - 1)
        last = np.flatnonzero(np.append((columns[1:] != columns[:-1]) | (rows[1:] != rows[:-1]), len(rows) > 0))
        counts = np.diff(last, prepend=-1).astype(np.float32)
        levels = levels[last]
        counts[levels > 0] = self._amount(levels[levels > 0])
        indptr = np.append(0, np.cumsum(np.bincount(rows[last], minlength=n_texts)))
        return csr_matrix((counts, columns[last], indptr), shape=(n_texts, self.n_features))

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

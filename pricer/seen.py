"""What a model has seen: its training texts and their words, as hashes that cannot be read back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import HashingVectorizer

WORD_BUCKETS = 1 << 20
COUNTED_TEXTS = 20_000  # at a time, so that memory stays small
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class SeenTexts:
    """A set of training texts, equal up to case and white space."""

    hashes: np.ndarray  # sorted int64, shape (n_texts,)

    def __post_init__(self) -> None:
        _check_array(self.hashes, np.int64, "hashes of texts")

    @classmethod
    def of(cls, texts: Iterable[str]) -> SeenTexts:
        return cls(np.unique(text_hashes(texts)))

    def contains(self, texts: Sequence[str]) -> np.ndarray:
        """Which texts (n_texts,) were trained on, bool."""
        return np.isin(text_hashes(texts), self.hashes)


@dataclass(frozen=True)
class KnownWords:
    """A set of training words, a bit per hash bucket; an unknown word may share the bucket of a known one."""

    bits: np.ndarray  # uint8, shape (WORD_BUCKETS / 8,)

    def __post_init__(self) -> None:
        _check_array(self.bits, np.uint8, "bits of words", WORD_BUCKETS // 8)

    @classmethod
    def of(cls, texts: Sequence[str], least: int = 2) -> KnownWords:
        """Words that occur in at least `least` of the texts."""
        counter = SeenCounter()
        for start in range(0, len(texts), COUNTED_TEXTS):
            counter.count_words(texts[start : start + COUNTED_TEXTS])
        return counter.known_words(least)

    def share(self, texts: Sequence[str]) -> np.ndarray:
        """Share of each text's different words that are known, 0-1, shape (n_texts,); 0 for a text without words."""
        if not len(texts):
            return np.zeros(0)
        rows = word_rows(texts)
        reached = np.append(0, np.cumsum(self._is_known[rows.indices], dtype=np.int64))[rows.indptr]
        counts = np.diff(rows.indptr)
        return np.divide(np.diff(reached), counts, out=np.zeros(len(texts)), where=counts > 0)

    @cached_property
    def _is_known(self) -> np.ndarray:
        """Whether each bucket has a known word, 0 or 1, uint8, shape (WORD_BUCKETS,)."""
        return np.unpackbits(self.bits)


class SeenCounter:
    """Notes what is seen while texts go by, some at a time."""

    def __init__(self) -> None:
        self._counts = np.zeros(WORD_BUCKETS, dtype=np.int64)  # texts with a word in each bucket
        self._hashes: list[np.ndarray] = []

    def add(self, texts: Sequence[str]) -> None:
        self._hashes.append(text_hashes(texts))
        self.count_words(texts)

    def count_words(self, texts: Sequence[str]) -> None:
        self._counts += np.bincount(word_rows(texts).indices, minlength=WORD_BUCKETS)

    def seen_texts(self) -> SeenTexts:
        return SeenTexts(np.unique(np.concatenate([np.empty(0, dtype=np.int64), *self._hashes])))

    def known_words(self, least: int = 2) -> KnownWords:
        """As in `KnownWords.of`."""
        return KnownWords(np.packbits(self._counts >= least))


def text_hashes(texts: Iterable[str]) -> np.ndarray:
    """Hashes of texts, int64, shape (n_texts,); equal for texts that are equal up to case and white space."""
    return np.fromiter(map(_text_hash, texts), dtype=np.int64)


def word_rows(texts: Sequence[str]) -> csr_matrix:
    """The different words of texts by their buckets, (n_texts, WORD_BUCKETS), each 1."""
    return _words().transform(texts)


@cache
def _words() -> HashingVectorizer:
    from sklearn.feature_extraction.text import HashingVectorizer  # here, as it takes a second to import

    return HashingVectorizer(
        n_features=WORD_BUCKETS, stop_words="english", binary=True, norm=None, alternate_sign=False, dtype=np.float32
    )


def _check_array(array: np.ndarray, dtype: type, what: str, size: int | None = None) -> None:
    if array.dtype != dtype or array.ndim != 1 or (size is not None and len(array) != size):
        raise ValueError(f"{what} have the shape {array.shape} and the type {array.dtype}")


def _text_hash(text: str) -> int:
    plain = _SPACE.sub(" ", text).strip().casefold().encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "little", signed=True)

"""Training items as sparse rows: in memory, or in files that are mapped into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.sparse import csr_matrix
from tqdm import tqdm

from pricer.seen import KnownWords, SeenCounter, SeenTexts

if TYPE_CHECKING:
    from pricer.featurizer import Featurizer
    from pricer.item_stream import ItemStream
    from pricer.items import Item


class Rows(Protocol):
    """Sparse rows that can be taken out by their numbers, as of a `csr_matrix` (n_items, n_features)."""

    indptr: np.ndarray
    indices: np.ndarray

    @property
    def shape(self) -> tuple[int, int]: ...
    def __getitem__(self, chosen: np.ndarray) -> csr_matrix: ...


class MappedRows:
    """Sparse rows whose entries lie in files: memory holds those that were used last, as far as it has room.

    Any row is found at once, so that training shuffles all of them, as it does rows in memory.
    """

    def __init__(self, folder: Path, indptr: np.ndarray, n_features: int) -> None:
        self.indptr = indptr  # int64, shape (n_items + 1,)
        self.shape = (len(indptr) - 1, n_features)
        self.indices = _mapped(folder / "columns", np.int32, int(indptr[-1]))
        self._values = _mapped(folder / "values", np.float32, int(indptr[-1]))

    def __getitem__(self, chosen: np.ndarray) -> csr_matrix:
        """The rows of these numbers (n_chosen,), in this order."""
        counts = self.indptr[chosen + 1] - self.indptr[chosen]
        ends = np.cumsum(counts)
        entries = np.arange(ends[-1]) + np.repeat(self.indptr[chosen] - ends + counts, counts)
        indptr = np.append(0, ends).astype(np.int32)
        return csr_matrix((self._values[entries], self.indices[entries], indptr), (len(chosen), self.shape[1]))


@dataclass(frozen=True)
class Featurised:
    """Items as a network is trained on them."""

    rows: Rows
    prices: np.ndarray  # (n_items,), dollars
    seen_texts: SeenTexts
    known_words: KnownWords

    @classmethod
    def in_memory(cls, items: Sequence[Item], featurizer: Featurizer) -> Featurised:
        texts = [item.summary for item in items]
        prices = np.array([item.price for item in items])
        return cls(featurizer.transform(texts), prices, SeenTexts.of(texts), KnownWords.of(texts))

    @classmethod
    def in_files(cls, items: ItemStream, featurizer: Featurizer, folder: Path) -> Featurised:
        """Read a stream once and write its rows to a folder: some 8 bytes a word there, some 24 an item in memory."""
        folder.mkdir(parents=True, exist_ok=True)
        seen, prices, lengths = SeenCounter(), [np.empty(0)], [np.zeros(1, dtype=np.int64)]
        with (
            (folder / "columns").open("wb") as columns,
            (folder / "values").open("wb") as values,
            tqdm(desc="Reading", unit="item", leave=False) as bar,
        ):
            for chunk in items.chunks():
                texts = [item.summary for item in chunk]
                rows = featurizer.transform(texts)
                rows.indices.astype(np.int32, copy=False).tofile(columns)
                rows.data.tofile(values)
                lengths.append(np.diff(rows.indptr).astype(np.int64))
                prices.append(np.array([item.price for item in chunk]))
                seen.add(texts)
                bar.update(len(chunk))
        mapped = MappedRows(folder, np.cumsum(np.concatenate(lengths)), featurizer.n_features)
        return cls(mapped, np.concatenate(prices), seen.seen_texts(), seen.known_words())


def _mapped(path: Path, dtype: type, size: int) -> np.ndarray:
    return np.memmap(path, dtype, "r", shape=(size,)) if size else np.empty(0, dtype)

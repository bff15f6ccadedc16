"""The few most extreme rows of many, whatever their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import numpy as np


class _Row(Protocol):
    @property
    def text(self) -> str: ...


RowType = TypeVar("RowType", bound=_Row)


class Extremes(Generic[RowType]):
    """The rows with the largest keys, at most `size` of them and no text twice; the first of equal keys is kept."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._found: list[tuple[float, RowType]] = []  # the largest key first

    @property
    def rows(self) -> list[RowType]:
        """The rows, the one with the largest key first."""
        return [row for _, row in self._found]

    def add(self, keys: np.ndarray, row_at: Callable[[int], RowType]) -> None:
        """Consider rows by their keys (n_rows,), of which NaN is none; only those that may stay are asked for."""
        least = self._found[-1][0] if len(self._found) == self.size else -np.inf
        candidates = np.flatnonzero(keys > least)
        taken: list[tuple[float, RowType]] = []
        texts: set[str] = set()
        for at in candidates[np.argsort(-keys[candidates], kind="stable")]:
            row = row_at(int(at))
            if row.text not in texts:
                texts.add(row.text)
                taken.append((float(keys[at]), row))
            if len(taken) == self.size:
                break
        self._found = self._merged(taken)

    def _merged(self, taken: list[tuple[float, RowType]]) -> list[tuple[float, RowType]]:
        first: dict[str, tuple[float, RowType]] = {}
        for key, row in sorted([*self._found, *taken], key=lambda each: -each[0]):
            first.setdefault(row.text, (key, row))
        return list(first.values())[: self.size]

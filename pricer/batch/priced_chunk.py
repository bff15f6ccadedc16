"""A chunk of a batch with its prices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow

from pricer.drift.reference import DriftCounts, text_lengths
from pricer.items import all_fit, text_problem
from pricer.tables import Cell

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

ADDED_COLUMNS = ("predicted_price", "price_low", "price_high", "price_note")
_SCHEMA = pyarrow.schema(
    [*((name, pyarrow.float64()) for name in ADDED_COLUMNS[:3]), (ADDED_COLUMNS[3], pyarrow.string())]
)
_COUNTS = "drift_counts"  # member of the metadata


@dataclass(frozen=True)
class PricedChunk:
    """What is kept of a chunk."""

    prices: np.ndarray  # price, low and high in dollars and cents, NaN where not priced; float64, shape (3, n_rows)
    notes: list[str]  # of each row: empty, or why it is not priced, or a warning
    counts: DriftCounts | None  # of its priced rows; None where the checkpoint has no reference

    @classmethod
    def of(
        cls, runner: DeepNeuralNetworkRunner, texts: Sequence[str], notes: Mapping[int, str], coverage: float
    ) -> PricedChunk:
        """Price the texts of a chunk.

        Parameters
        ----------
        texts
            The text of each row, fit to be priced or not.
        notes
            Number of a row in the chunk -> what is known about it already.
        coverage
            Share of true prices that the ranges should contain.
        """
        found = [notes.get(row, "") for row in range(len(texts))] if notes else [""] * len(texts)
        fit = range(len(texts)) if all_fit(texts) else _fit_rows(texts, found)
        chosen = texts if len(fit) == len(texts) else [texts[row] for row in fit]
        prices = np.full((3, len(texts)), np.nan)
        counts = None if runner.checkpoint.reference is None else DriftCounts()
        if len(fit):
            quotes = runner.quote(chosen, coverage)
            prices[:, fit] = np.round([quotes.price, quotes.low, quotes.high], 2)
            for row, warnings in zip(fit, quotes.warnings, strict=True):
                for warning in warnings:
                    _note(found, row, warning)
            if counts is not None:
                counts = DriftCounts.of(text_lengths(chosen), quotes.familiarity, quotes.price)
        return cls(prices, found, counts)

    @property
    def added(self) -> list[Sequence[Cell]]:
        """The four columns as cells: prices (None where not priced) and notes."""
        prices = self.prices.astype(object)
        prices[~np.isfinite(self.prices)] = None
        return [*prices.tolist(), self.notes]

    def to_bytes(self) -> bytes:
        """The chunk as an Arrow file; its counts are in the metadata, so that neither is there alone."""
        counts = {} if self.counts is None else {_COUNTS: json.dumps(self.counts.to_dict())}
        arrays = [*map(pyarrow.array, self.prices), pyarrow.array(self.notes, type=pyarrow.string())]
        table = pyarrow.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata(counts))
        buffer = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_file(buffer, table.schema) as file:
            file.write_table(table)
        return buffer.getvalue().to_pybytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> PricedChunk:
        """The chunk that `to_bytes` wrote; without counts if they are those of another Pricer's marks.

        Raises
        ------
        ValueError
            The bytes are no such chunk, whole.
        """
        table = pyarrow.ipc.open_file(content).read_all()
        if table.schema != _SCHEMA:
            raise ValueError(f"found the columns {', '.join(table.schema.names)}")
        counts = (table.schema.metadata or {}).get(_COUNTS.encode())
        *prices, notes = table.columns
        return cls(np.array([each.to_numpy() for each in prices]), notes.to_pylist(), counts and _known_counts(counts))


def _fit_rows(texts: Sequence[str], notes: list[str]) -> list[int]:
    """Rows whose text can be priced; of the others it is noted why not."""
    fit = []
    for row, text in enumerate(texts):
        problem = text_problem(text)
        if problem:
            _note(notes, row, f"not priced: {problem}")
        else:
            fit.append(row)
    return fit


def _known_counts(counts: bytes) -> DriftCounts | None:
    try:
        return DriftCounts.from_dict(json.loads(counts))
    except ValueError:
        return None


def _note(notes: list[str], row: int, note: str) -> None:
    notes[row] = f"{notes[row]}; {note}" if notes[row] else note

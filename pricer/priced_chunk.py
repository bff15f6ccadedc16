"""A chunk of a batch with its prices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet

from pricer.drift_reference import DriftCounts, text_lengths
from pricer.items import text_problem
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

    added: list[list[Cell]]  # the four columns: prices in dollars and cents (None where not priced) and notes
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
        found = dict(notes)
        fit = []
        for row, text in enumerate(texts):
            problem = text_problem(text)
            if problem:
                _note(found, row, f"not priced: {problem}")
            else:
                fit.append(row)
        prices: list[list[Cell]] = [[None] * len(texts) for _ in range(3)]
        counts = None if runner.checkpoint.reference is None else DriftCounts()
        if fit:
            quotes = runner.quote([texts[row] for row in fit], coverage)
            for column, values in zip(prices, (quotes.price, quotes.low, quotes.high), strict=True):
                for row, value in zip(fit, values.tolist(), strict=True):
                    column[row] = round(value, 2)
            for row, warnings in zip(fit, quotes.warnings, strict=True):
                for warning in warnings:
                    _note(found, row, warning)
            if counts is not None:
                counts = DriftCounts.of(text_lengths(texts[row] for row in fit), quotes.familiarity, quotes.price)
        return cls([*prices, [found.get(row, "") for row in range(len(texts))]], counts)

    def to_bytes(self) -> bytes:
        """The chunk as a small Parquet file; its counts are in the metadata, so that neither is there alone."""
        counts = {} if self.counts is None else {_COUNTS: json.dumps(self.counts.to_dict())}
        arrays = [pyarrow.array(column, type=each.type) for column, each in zip(self.added, _SCHEMA, strict=True)]
        buffer = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata(counts)), buffer)
        return bytes(buffer.getvalue())

    @classmethod
    def from_bytes(cls, content: bytes) -> PricedChunk:
        """The chunk that `to_bytes` wrote; without counts if they are those of another Pricer's marks."""
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
        counts = (table.schema.metadata or {}).get(_COUNTS.encode())
        return cls([column.to_pylist() for column in table.columns], counts and _known_counts(counts))


def _known_counts(counts: bytes) -> DriftCounts | None:
    try:
        return DriftCounts.from_dict(json.loads(counts))
    except ValueError:
        return None


def _note(notes: dict[int, str], row: int, note: str) -> None:
    notes[row] = f"{notes[row]}; {note}" if row in notes else note

"""What is to be priced on many machines: parts, each cut into units of a fixed number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

UNIT_CHUNKS = 16  # chunks that are kept together, once priced: what a killed worker loses at most
CUTS = 2  # of the rule by which tables are cut into chunks: units that were cut by another one are of other rows
ITEMS_PER_WORKER = 3  # pieces of work for each, so that none waits long for the last


@dataclass(frozen=True)
class Part:
    """A file of the input, as it was when it was looked at."""

    name: str  # below the input's folder
    output: str  # name below the output's folder
    size_bytes: int
    modified_ns: int  # nanoseconds since 1970
    sha256: str = ""
    n_rows: int = 0
    chunk_rows: int = 1  # rows of a chunk of it; the last one may have fewer
    text_columns: tuple[int, ...] = ()  # indices
    columns: tuple[str, ...] = ()  # of the output
    notices: tuple[str, ...] = ()  # how it was read

    def looked_at(self, facts: dict[str, Any]) -> Part:
        """The part with facts from JSON."""
        return replace(self, **{name: _hashable(value) for name, value in facts.items()})


@dataclass(frozen=True)
class Item:
    """A piece of work for one worker: neighbouring units of a part."""

    part: int  # index in the job's parts
    first_unit: int
    end_unit: int  # the first that is not in it


@dataclass(frozen=True)
class Job:
    """Everything that a worker has to know; finished units and parts belong to exactly this."""

    source: str  # address of the input's folder
    output: str  # address of the output's folder
    state: str  # address of the folder of what is finished
    model_sha256: str
    device: str
    precision: str
    text_columns: tuple[str, ...]  # as they were named; empty: the usual ones
    coverage: float
    spreadsheet_safe: bool
    chunk_rows: int  # at most; a part of large rows has fewer
    unit_chunks: int
    is_single: bool  # whether the output is a file, not a folder
    parts: tuple[Part, ...] = field(default=())
    cuts: int = CUTS

    @property
    def n_rows(self) -> int:
        """Rows of all parts."""
        return sum(part.n_rows for part in self.parts)

    def n_units(self, part: int) -> int:
        """Units of a part."""
        n_chunks = -(-self.parts[part].n_rows // self.parts[part].chunk_rows)
        return -(-n_chunks // self.unit_chunks)

    def items(self, workers: int) -> Iterator[Item]:
        """All work, in pieces as long as may be: a worker reads a part from its start for each piece of it."""
        units = [self.n_units(part) for part in range(len(self.parts))]
        length = max(1, -(-sum(units) // (ITEMS_PER_WORKER * workers)))
        for part, n_units in enumerate(units):
            for first in range(0, n_units, length):
                yield Item(part, first, min(first + length, n_units))

    def to_json(self) -> str:
        """The job as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Job:
        """The job that `to_json` described; ValueError, TypeError or KeyError if it is none."""
        members: dict[str, Any] = json.loads(text)
        parts = tuple(Part("", "", 0, 0).looked_at(each) for each in members["parts"])
        members = {"cuts": 1, **members}  # the first rule was not noted
        return cls(**{name: _hashable(value) for name, value in members.items()} | {"parts": parts})


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

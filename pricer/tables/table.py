"""What every table format has in common."""

from __future__ import annotations

import datetime
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pricer.errors import TableError

if TYPE_CHECKING:
    import pyarrow

MAX_COLUMNS = 20_000
CHUNK_CELLS = 4_000_000  # held at a time at most, whatever the number of rows asked for
CHUNK_BYTES = 256 << 20  # likewise, unless a single row has more

_Row = TypeVar("_Row")
Cell = Any  # text in text formats; a number, a date, a list … in typed ones; None where there is nothing


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table, in order."""

    first_row: int  # number of the first of these rows; a table's first row after its header is row 1
    rows: list[list[Cell]]  # each as wide as the table's columns
    notes: dict[int, str] = field(default_factory=dict)  # index in rows -> how that row differed from what was expected
    lines: list[str] | None = None  # JSONL only: the line of each row, to be copied unchanged
    arrow: pyarrow.Table | None = None  # Parquet only: the same rows, to be copied unchanged
    is_typed: bool = False  # whether cells may be other things than text

    def __len__(self) -> int:
        return len(self.rows)

    def with_rows(self, rows: list[list[Cell]]) -> Chunk:
        """Other rows of the same table; no line of JSONL and no Arrow table stands for them any more."""
        return replace(self, rows=rows, lines=None, arrow=None)

    def texts(self, columns: Sequence[int]) -> list[str]:
        """The text of each row: its cells in these columns (indices), empty ones left out, joined by line breaks."""
        if len(columns) == 1:
            cells = map(itemgetter(columns[0]), self.rows)
            return [*map(cell_text, cells)] if self.is_typed else [cell or "" for cell in cells]
        return ["\n".join(filter(None, (cell_text(row[column]) for column in columns))) for row in self.rows]


@dataclass(frozen=True)
class Limits:
    """Beyond which a table is refused while it is read; None: no limit but those of its format."""

    rows: int | None = None
    unpacked_bytes: int | None = None  # of the content
    instead: str = "Split the file, or use the command line: python -m pricer batch."  # what to do

    def check_rows(self, name: str, n_rows: int) -> None:
        """Refuse a file of this name with so many rows, or with so many found so far.

        Raises
        ------
        TableError
            They are too many.
        """
        if self.rows is not None and n_rows > self.rows:
            raise TableError(f"{name} has more than {self.rows:,} rows, the most that are taken here. {self.instead}")

    def check_unpacked(self, name: str, n_bytes: int) -> None:
        """Refuse a file of this name that unpacks to so many bytes; as above."""
        if self.unpacked_bytes is not None and n_bytes > self.unpacked_bytes:
            most = f"{self.unpacked_bytes >> 20:,} MB"
            raise TableError(f"{name} unpacks to more than {most}, the most that is taken here. {self.instead}")


NO_LIMITS = Limits()


class Table(ABC):
    """A file opened as a table: its columns are known, its rows are read in chunks, as often as one likes."""

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        self.path = path
        self.limits = limits
        self.columns: list[str] = []
        self.n_rows = 0
        self.n_bytes = 0  # of the content, unpacked: no fewer than its characters, but for Parquet
        self.notices: list[str] = []  # what a reader should know about how the file was read

    def rows_at_once(self, wanted: int) -> int:
        """How many rows to read at a time: as many as wanted, fewer of a wide table or one with large cells.

        The same file always gives the same number: a resumed run cuts the table at the same rows.
        """
        by_cells = CHUNK_CELLS // max(1, len(self.columns))
        by_bytes = CHUNK_BYTES * self.n_rows // max(1, self.n_bytes) if self.n_rows else wanted
        return max(1, min(wanted, by_cells, by_bytes))

    def blocks(self, rows: Iterator[_Row], size: int, n_chars: Callable[[_Row], int]) -> Iterator[list[_Row]]:
        """All rows, as many at a time as `rows_at_once` says, or fewer: together they have `CHUNK_BYTES` characters.

        That depends on the rows alone, too.  In a small table no row is looked at: that would take time.
        """
        size = self.rows_at_once(size)
        if self.n_bytes <= CHUNK_BYTES:
            while block := list(islice(rows, size)):
                yield block
            return
        block, held = [], 0
        for row in rows:
            found = n_chars(row)
            if block and (len(block) == size or held + found > CHUNK_BYTES):
                yield block
                block, held = [], 0
            block.append(row)
            held += found
        if block:
            yield block

    @abstractmethod
    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows in order, `size` at a time, or fewer where rows are large; see `blocks`.

        Raises
        ------
        TableError
            A row cannot be read; the message has its number.
        """


class Writer(ABC):
    """A file that is being written: first a header, then chunks with added columns."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        """Write these rows, each followed by its added cells (one sequence per added column)."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""


def check_width(name: str, n_columns: int) -> None:
    """Refuse a table with more columns than any is read with.

    Raises
    ------
    TableError
        With how many it has.
    """
    if n_columns > MAX_COLUMNS:
        raise TableError(f"{name} has {n_columns:,} columns: expected at most {MAX_COLUMNS:,}. Leave some out.")


def priced_text(cell: Cell) -> str:
    """A cell of an added column as text: prices with two decimals."""
    if cell is None:
        return ""
    return f"{cell:.2f}" if isinstance(cell, float) else cell_text(cell)


def cell_text(cell: Cell) -> str:
    """A cell as text: unchanged if it is text, empty if there is nothing, JSON for lists and objects."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return _bytes_text(cell)
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)


def _bytes_text(cell: bytes) -> str:
    """Text that was stored as bytes; other bytes in hexadecimal."""
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return f"0x{cell.hex()}"

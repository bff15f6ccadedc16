"""Parquet, by pyarrow: columns are copied as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pricer.errors import TableError
from pricer.tables.parquet_rows import leaves_of, size_of, stored_rows
from pricer.tables.table import CHUNK_BYTES, NO_LIMITS, Cell, Chunk, Limits, Table, Writer, cell_text, check_width

if TYPE_CHECKING:
    import pyarrow

MAX_RATIO = 1000  # of unpacked to packed bytes; a bomb of zeros has 20,000
RATIO_FROM_BYTES = 64 << 20  # below, any ratio will do


class ParquetTable(Table):
    """A Parquet file, read in record batches; its columns also as Arrow has them."""

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        super().__init__(path, limits)
        import pyarrow.parquet

        with self._explained(), pyarrow.parquet.ParquetFile(path) as file:
            self.schema = file.schema_arrow.remove_metadata()
            groups = range(file.metadata.num_row_groups)
            self.n_rows = sum(file.metadata.row_group(at).num_rows for at in groups)
            self.n_bytes = sum(leaf.least_bytes for at in groups for leaf in leaves_of(file, at))
            if self.n_rows != file.metadata.num_rows:
                raise TableError(f"{path.name} is damaged Parquet: its numbers of rows differ. Write it again.")
        self.columns = list(self.schema.names)
        check_width(path.name, len(self.columns))
        limits.check_rows(path.name, self.n_rows)
        self._check_unpacked(self.n_bytes)

    def chunks(self, size: int) -> Iterator[Chunk]:
        first, size = 1, self.rows_at_once(size)
        with self._explained():
            for table in _rebatched(stored_rows(self.path, CHUNK_BYTES, self._check_unpacked), size):
                columns = [_cells(column) for column in table.columns]
                rows = [list(row) for row in zip(*columns, strict=True)]
                yield Chunk(first, rows, is_typed=True, arrow=table)
                first += table.num_rows
        if first - 1 != self.n_rows:
            raise TableError(f"{self.path.name} is damaged Parquet after row {first - 1:,}: write it again.")

    def _check_unpacked(self, n_bytes: int) -> None:
        """Refuse what is more than the limits, or far more than any table of this size unpacks to."""
        self.limits.check_unpacked(self.path.name, n_bytes)
        if n_bytes > max(RATIO_FROM_BYTES, MAX_RATIO * self.path.stat().st_size):
            raise TableError(
                f"{self.path.name} unpacks to more than {MAX_RATIO:,} times its size, as no table does: write it again."
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Whatever damaged data make Arrow raise, as one error."""
        import pyarrow

        try:
            yield
        except TableError:
            raise
        except (pyarrow.ArrowException, OSError, ValueError, TypeError, OverflowError, KeyError) as error:
            raise TableError(f"{self.path.name} is damaged Parquet: write or download it again.") from error


def _cells(column: pyarrow.ChunkedArray) -> list[Cell]:
    """A column's values; as text where Python has no such values, as for years after 9999."""
    import pyarrow

    try:
        return column.to_pylist()
    except (ValueError, OverflowError, pyarrow.ArrowException):
        return column.cast(pyarrow.string()).to_pylist()


def _rebatched(batches: Iterator[tuple[pyarrow.RecordBatch, int]], size: int) -> Iterator[pyarrow.Table]:
    """The same rows in tables of exactly `size` rows: row groups cut batches short.

    The last may be smaller, and so are those of large cells: they are not held until there are as many.
    """
    import pyarrow

    pending: list[pyarrow.RecordBatch] = []
    held = held_bytes = 0
    for batch, size_bytes in batches:
        if held and held_bytes + size_bytes > CHUNK_BYTES:
            yield pyarrow.Table.from_batches(pending)
            pending, held, held_bytes = [], 0, 0
        pending.append(batch)
        held += batch.num_rows
        held_bytes += size_bytes
        while held >= size:
            table = pyarrow.Table.from_batches(pending)
            yield table.slice(0, size)
            rest = table.slice(size)
            pending, held, held_bytes = rest.to_batches(), rest.num_rows, sum(map(size_of, rest.columns))
    if held:
        yield pyarrow.Table.from_batches(pending)


class ParquetWriter(Writer):
    """Columns of a Parquet source keep their types, all others are text; prices are numbers with cents."""

    def __init__(self, path: Path, columns: Sequence[str], added: Sequence[str], source: Table) -> None:
        import pyarrow
        import pyarrow.parquet

        kept = (
            list(source.schema)
            if isinstance(source, ParquetTable)
            else [pyarrow.field(n, pyarrow.string()) for n in columns]
        )
        *prices, note = added
        ours = [*(pyarrow.field(n, pyarrow.float64()) for n in prices), pyarrow.field(note, pyarrow.string())]
        self._schema = pyarrow.schema([*kept, *ours])
        self._as_text = not isinstance(source, ParquetTable)
        self._writer = pyarrow.parquet.ParquetWriter(path, self._schema)

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        if chunk.arrow is not None and not self._as_text:
            self._write([*chunk.arrow.columns, *added])
            return
        width = len(self._schema) - len(added)
        columns: list[Sequence[Cell]] = [*zip(*chunk.rows, strict=True)] if chunk.rows else [()] * width
        if self._as_text:
            columns = [[None if cell is None else cell_text(cell) for cell in column] for column in columns]
        self._write([*columns, *added])

    def close(self) -> None:
        self._writer.close()

    def _write(self, columns: Sequence[pyarrow.ChunkedArray | Sequence[Cell]]) -> None:
        import pyarrow

        arrays = [
            column if isinstance(column, pyarrow.ChunkedArray) else pyarrow.array(column, type=field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=self._schema))

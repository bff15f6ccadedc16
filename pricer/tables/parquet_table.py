"""Parquet, by pyarrow: column types are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pricer.errors import TableError
from pricer.tables.table import Cell, Chunk, Table, Writer, cell_text

if TYPE_CHECKING:
    import pyarrow


class ParquetTable(Table):
    """A Parquet file, read in record batches."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import pyarrow
        import pyarrow.parquet

        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                self.schema = file.schema_arrow
                self.n_rows = file.metadata.num_rows
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise TableError(f"{path.name} is damaged Parquet: write or download it again.") from error
        self.columns = list(self.schema.names)

    def chunks(self, size: int) -> Iterator[Chunk]:
        import pyarrow
        import pyarrow.parquet

        first = 1
        try:
            with pyarrow.parquet.ParquetFile(self.path) as file:
                for batch in _rebatched(file.iter_batches(batch_size=size), size):
                    columns = [column.to_pylist() for column in batch.columns]
                    rows = [list(row) for row in zip(*columns, strict=True)]
                    yield Chunk(first, rows, is_typed=True)
                    first += len(rows)
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise TableError(f"{self.path.name} is damaged Parquet after row {first - 1}: write it again.") from error


def _rebatched(batches: Iterator[pyarrow.RecordBatch], size: int) -> Iterator[pyarrow.Table]:
    """The same rows in tables of exactly `size` rows (the last may be smaller): row groups cut batches short."""
    import pyarrow

    pending: list[pyarrow.RecordBatch] = []
    held = 0
    for batch in batches:
        pending.append(batch)
        held += batch.num_rows
        if held >= size:
            table = pyarrow.Table.from_batches(pending)
            yield table.slice(0, size)
            rest = table.slice(size)
            pending, held = rest.to_batches(), rest.num_rows
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
        import pyarrow

        width = len(self._schema) - len(added)
        columns: list[Sequence[Cell]] = [*zip(*chunk.rows, strict=True)] if chunk.rows else [()] * width
        if self._as_text:
            columns = [[None if cell is None else cell_text(cell) for cell in column] for column in columns]
        arrays = [
            pyarrow.array(column, type=field.type)
            for column, field in zip([*columns, *added], self._schema, strict=True)
        ]
        self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()

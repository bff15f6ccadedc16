"""The rows of a Parquet file, read so that no crafted one fills memory before it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from pricer.errors import TableError
from pricer.tables.parquet_pages import Pages, pages_of

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet

READ_ROWS = 256  # at a time: large cells do not add up before they are looked at
LEAST_CELL_BYTES = 8  # that a cell takes in Python, however small


@dataclass(frozen=True)
class Leaf:
    """A column of values as a row group has it; a column of lists or structs has several."""

    path: str
    is_text: bool
    is_nested: bool  # within lists: a row may have any number of them
    n_values: int
    stored_bytes: int  # once unpacked; a text that is stored once may stand in every row
    width: int  # bytes of each value where all have as many, beyond what a number takes
    by_difference: bool  # each text may repeat the one before it

    @property
    def least_bytes(self) -> int:
        """What it takes in memory at least."""
        return max(self.stored_bytes, self.n_values * max(self.width, LEAST_CELL_BYTES * self.is_nested))

    def most_bytes(self, longest: int | None = None) -> int:
        """What `READ_ROWS` rows take at most, with texts of so many bytes, or as long as there is room for."""
        n_values = self.n_values if self.is_nested else min(self.n_values, READ_ROWS)
        return n_values * (self.stored_bytes if longest is None else longest)


def leaves_of(file: pyarrow.parquet.ParquetFile, group: int) -> list[Leaf]:
    """The leaves of a row group, in order, as the footer describes them."""
    metadata, found = file.metadata.row_group(group), []
    for at in range(metadata.num_columns):
        chunk, column = metadata.column(at), file.schema.column(at)
        found.append(
            Leaf(
                chunk.path_in_schema,
                chunk.physical_type == "BYTE_ARRAY",
                column.max_repetition_level > 0,
                chunk.num_values,
                chunk.total_uncompressed_size,
                column.length if chunk.physical_type == "FIXED_LEN_BYTE_ARRAY" else 0,
                "DELTA_BYTE_ARRAY" in chunk.encodings,
            )
        )
    return found


def _true_leaves(pages: BinaryIO, file: pyarrow.parquet.ParquetFile, group: int) -> list[Leaf]:
    """The same as their pages are: a footer may say that a text of 8 MB takes 50 bytes, and Arrow believes it."""
    metadata = file.metadata.row_group(group)
    return [
        _as_paged(leaf, pages_of(pages, metadata.column(at))) if leaf.is_text or leaf.is_nested else leaf
        for at, leaf in enumerate(leaves_of(file, group))
    ]


def _as_paged(leaf: Leaf, pages: Pages) -> Leaf:
    return replace(leaf, n_values=pages.n_values, stored_bytes=pages.unpacked_bytes, by_difference=pages.by_difference)


def stored_rows(path: Path, most_bytes: int, check: Callable[[int], None]) -> Iterator[tuple[pyarrow.RecordBatch, int]]:
    """All rows in order with their bytes, at most `READ_ROWS` at a time and fewer where they take too much memory.

    Parquet stores a text once and its rows as numbers: 5 MB may stand in each of 256 rows and take 5 MB.  Where a row
    group could hold such texts, these come as Arrow's dictionaries, whose lengths are known before they are written
    out.

    Parameters
    ----------
    path
        The file.
    most_bytes
        That rows may take at a time.
    check
        Is told what all rows take so far, before the last of them are written out.

    Raises
    ------
    TableError
        A row takes more memory than that; the message has its number.
    """
    import pyarrow.parquet

    done = unpacked = 0
    with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file, path.open("rb") as pages:
        schema = file.schema_arrow.remove_metadata()
        for batch in _batches(path, file, pages, most_bytes, check):
            batch_bytes = sum(map(size_of, batch.columns))
            unpacked += batch_bytes
            check(unpacked)
            for piece, size_bytes in _pieces(batch, batch_bytes, most_bytes):
                if size_bytes > most_bytes:
                    found, most = size_bytes >> 20, most_bytes >> 20
                    raise TableError(f"{path.name}, row {done + 1:,} takes {found:,} MB: expected at most {most:,}.")
                yield _written_out(piece, schema), size_bytes
                done += piece.num_rows


def _batches(
    path: Path, plain: pyarrow.parquet.ParquetFile, pages: BinaryIO, most_bytes: int, check: Callable[[int], None]
) -> Iterator[pyarrow.RecordBatch]:
    """All rows as they are read, row group by row group; what a group takes at least is checked before it is read."""
    for group in range(plain.metadata.num_row_groups):
        leaves = _true_leaves(pages, plain, group)
        check(sum(leaf.least_bytes for leaf in leaves))
        large = _large(path, plain.metadata, group, leaves, most_bytes)
        with _opened(path, plain.metadata, large) if large else nullcontext(plain) as file:
            n_rows = _rows_at_once(path.name, leaves, _unknown(file, leaves, large), most_bytes)
            yield from file.iter_batches(n_rows, row_groups=[group])


def _opened(path: Path, metadata: pyarrow.parquet.FileMetaData, indexed: Sequence[Leaf]) -> pyarrow.parquet.ParquetFile:
    """The file, with some texts as indices; Arrow cannot do that for those that are stored by their differences."""
    import pyarrow.parquet

    paths = [leaf.path for leaf in indexed if not leaf.by_difference]
    return pyarrow.parquet.ParquetFile(path, metadata=metadata, pre_buffer=False, read_dictionary=paths)


def _large(
    path: Path, metadata: pyarrow.parquet.FileMetaData, group: int, leaves: Sequence[Leaf], most_bytes: int
) -> list[Leaf]:
    """The texts of a row group that may take too much; read as indices, which takes longer: few or none."""
    import pyarrow.compute

    texts = [leaf for leaf in leaves if leaf.is_text]
    if sum(leaf.most_bytes() for leaf in texts) <= most_bytes:
        return []
    with _opened(path, metadata, texts) as file:
        first = next(file.iter_batches(1, row_groups=[group]), None)
    arrays = [array for column in first.columns for array in _leaf_arrays(column)] if first is not None else []
    if len(arrays) != len(leaves):
        return texts
    found = []
    for leaf, array in zip(leaves, arrays, strict=True):
        longest = None  # of a list that is empty in the first row, nothing is known
        if pyarrow.types.is_dictionary(array.type) and not leaf.is_nested:
            longest = pyarrow.compute.max(pyarrow.compute.binary_length(array.dictionary)).as_py() or 0
        if leaf.is_text and leaf.most_bytes(longest) > most_bytes // len(texts):
            found.append(leaf)
    return found


def _unknown(file: pyarrow.parquet.ParquetFile, leaves: Sequence[Leaf], large: Sequence[Leaf]) -> list[Leaf]:
    """Those of the large texts that do not come as indices: nobody can tell their lengths before they are read."""
    import pyarrow

    types = [kind for field in file.schema_arrow for kind in _leaf_types(field.type)]
    if len(types) != len(leaves):
        return list(large)
    names = {leaf.path for leaf in large}
    return [
        leaf
        for leaf, kind in zip(leaves, types, strict=True)
        if leaf.path in names and not pyarrow.types.is_dictionary(kind)
    ]


def _rows_at_once(name: str, leaves: Sequence[Leaf], unknown: Sequence[Leaf], most_bytes: int) -> int:
    for leaf in unknown:
        if leaf.is_nested and leaf.most_bytes() > most_bytes:
            raise TableError(
                f"{name} has lists of texts in {leaf.path!r} that may take more than {most_bytes >> 20:,} MB at a "
                "time: write it again, with names that occur once and without DELTA_BYTE_ARRAY."
            )
    row_bytes = sum(leaf.stored_bytes for leaf in unknown) + sum(leaf.width for leaf in leaves)
    return max(1, min(READ_ROWS, most_bytes // max(1, row_bytes)))


def _pieces(batch: pyarrow.RecordBatch, size_bytes: int, most_bytes: int) -> Iterator[tuple[pyarrow.RecordBatch, int]]:
    """The batch with its bytes, halved until it takes no more than that, or is one row."""
    if size_bytes <= most_bytes or batch.num_rows == 1:
        yield batch, size_bytes
        return
    for rows in np.array_split(np.arange(batch.num_rows), 2):
        half = batch.take(rows)  # no slice: what Arrow writes out of one is all of its lists' values
        yield from _pieces(half, sum(map(size_of, half.columns)), most_bytes)


def size_of(array: Any) -> int:
    """Bytes that an array takes once each of its values is written out."""
    import pyarrow
    from pyarrow import compute

    if isinstance(array, pyarrow.ChunkedArray):
        return sum(map(size_of, array.chunks))
    own = LEAST_CELL_BYTES * len(array)
    if pyarrow.types.is_dictionary(array.type):
        lengths = compute.binary_length(array.dictionary)
        return own + (compute.sum(lengths.take(array.indices)).as_py() or 0)
    inner = _inner(array)
    return own + sum(map(size_of, inner)) if inner else max(own, array.nbytes)


def _inner(array: pyarrow.Array) -> list[pyarrow.Array]:
    """The arrays that an array of lists, maps or structs is made of; none of one of values."""
    import pyarrow

    kind = array.type
    if isinstance(array, pyarrow.ExtensionArray):
        return [array.storage]
    if pyarrow.types.is_map(kind):
        start, stop = (array.offsets[at].as_py() for at in (0, -1))
        return [array.keys.slice(start, stop - start), array.items.slice(start, stop - start)]
    if pyarrow.types.is_struct(kind) or pyarrow.types.is_list(kind) or _is_other_list(kind):
        inner = array.flatten()
        return inner if isinstance(inner, list) else [inner]
    return []


def _leaf_arrays(array: pyarrow.Array) -> Iterator[pyarrow.Array]:
    inner = _inner(array)
    if not inner:
        yield array
    for each in inner:
        yield from _leaf_arrays(each)


def _leaf_types(kind: pyarrow.DataType) -> Iterator[pyarrow.DataType]:
    import pyarrow

    if pyarrow.types.is_dictionary(kind) or isinstance(kind, pyarrow.BaseExtensionType) or not kind.num_fields:
        yield kind
        return
    inner = (
        [kind.key_type, kind.item_type]
        if pyarrow.types.is_map(kind)
        else [kind.field(at).type for at in range(kind.num_fields)]
    )
    for each in inner:
        yield from _leaf_types(each)


def _is_other_list(kind: pyarrow.DataType) -> bool:
    import pyarrow

    return pyarrow.types.is_large_list(kind) or pyarrow.types.is_fixed_size_list(kind)


def _written_out(batch: pyarrow.RecordBatch, schema: pyarrow.Schema) -> pyarrow.RecordBatch:
    """The batch with the columns' own types."""
    import pyarrow

    if batch.schema.equals(schema):
        return batch
    columns = [_cast(column, field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def _cast(array: pyarrow.Array, kind: pyarrow.DataType) -> pyarrow.Array:
    import pyarrow

    try:
        return array if array.type.equals(kind) else array.cast(kind)
    except pyarrow.ArrowNotImplementedError:  # as of views of strings
        return pyarrow.array(array.to_pylist(), kind)

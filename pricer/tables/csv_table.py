"""Delimited text: comma, semicolon, tab or bar; any line end; strict about quotes and row widths."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from pricer.errors import TableError
from pricer.tables.table import Cell, Chunk, Table, Writer, cell_text
from pricer.tables.text_file import create_binary, detect_encoding, open_text

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ONE_COLUMN = "\x1f"  # a delimiter that no text has: every line is one cell
MAX_CELL_CHARS = 16 << 20
SAMPLE_CHARS = 1 << 16
SAMPLE_ROWS = 50
CHECKED_ROWS = 4096
CENTS = 2  # decimals of a price


class CsvTable(Table):
    """A delimited file, checked from end to end when it is opened.

    A row that is wider than the header, a stray or unclosed quote refuses the file with the row's number; a shorter
    row is kept and noted.  Blank lines are no rows, except in a file of one column, where they are empty cells.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.encoding, notice = detect_encoding(path)
        self.notices += [notice] if notice else []
        self.delimiter = self._sniff_delimiter()
        self.columns = self._read_header()
        self._check_rows()

    def chunks(self, size: int) -> Iterator[Chunk]:
        first, width = 1, len(self.columns)
        with self._open_rows() as rows:
            while block := list(islice(rows, size)):
                notes = {}
                if min(map(len, block)) < width:
                    for index, row in enumerate(block):
                        if len(row) < width:
                            notes[index] = f"row has {len(row)} of {width} cells"
                            row.extend([""] * (width - len(row)))
                yield Chunk(first, block, notes)
                first += len(block)

    @contextmanager
    def _open_rows(self) -> Iterator[Iterator[list[str]]]:
        """Every row after the header; blank lines as the class says.  No Python runs row by row: files are large."""
        with self._open_records() as records:
            next(record for record in records if record)
            yield (record or [""] for record in records) if len(self.columns) == 1 else filter(None, records)

    @contextmanager
    def _open_records(self) -> Iterator[Iterator[list[str]]]:
        """Every record of the file, blank lines as empty ones."""
        with open_text(self.path, self.encoding) as file:
            reader = self._reader(file)
            try:
                yield reader
            except csv.Error as error:
                number = self._count_records()
                where = f"row {number}" if number else "the header"
                raise TableError(f"{self.path.name}, {where} (line {reader.line_num}): {_explain(error)}") from error

    def _count_records(self) -> int:
        """Records before the first broken one.  The header is record 0, so a data row's number is its record's."""
        number = 0
        with open_text(self.path, self.encoding) as file, suppress(csv.Error):
            for record in self._reader(file):
                number += bool(record)
        return number

    def _reader(self, file: TextIO) -> Any:
        csv.field_size_limit(MAX_CELL_CHARS)
        return csv.reader(file, delimiter=self.delimiter, strict=True)

    def _sniff_delimiter(self) -> str:
        """The delimiter that cuts the first rows into the most columns, all rows alike."""
        if self.path.name.lower().endswith((".tsv", ".tsv.gz")):
            return "\t"
        with open_text(self.path, self.encoding) as file:
            sample = file.read(SAMPLE_CHARS)
        widths = {delimiter: _widths(sample, delimiter) for delimiter in DELIMITERS}
        if all(found[:1] in ([], [1]) for found in widths.values()):
            return ONE_COLUMN
        even = {delimiter: found[0] for delimiter, found in widths.items() if found[0] > 1 and len(set(found)) == 1}
        best = max(even, key=even.__getitem__) if even else max(widths, key=lambda each: widths[each][0])
        if best != ",":
            self.notices.append(f"Read as separated by {DELIMITERS[best]}.")
        return best

    def _read_header(self) -> list[str]:
        with self._open_records() as records:
            header = next((record for record in records if record), None)
        if header is None:
            raise TableError(f"{self.path.name} has only blank lines: expected a header line and rows.")
        return header

    def _check_rows(self) -> None:
        width = len(self.columns)
        short = 0
        with self._open_rows() as rows:
            while block := list(islice(rows, CHECKED_ROWS)):
                widths = list(map(len, block))
                if max(widths) > width:
                    index = next(index for index, found in enumerate(widths) if found > width)
                    raise TableError(
                        f"{self.path.name}, row {self.n_rows + index + 1}: found {widths[index]} cells, but the header "
                        f"has {width}. Put cells that contain the delimiter in quotes, or give the extra column a name."
                    )
                short += sum(found < width for found in widths) if min(widths) < width else 0
                self.n_rows += len(block)
        if short:
            self.notices.append(f"{short:,} rows have fewer cells than the header; they are kept and noted.")


class CsvWriter(Writer):
    """UTF-8, comma (tab for .tsv), LF, quoted as needed; by polars, a quarter of the csv module's work."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._delimiter = "\t" if path.name.lower().endswith((".tsv", ".tsv.gz")) else ","
        self._file = create_binary(path)
        self._write([[name] for name in header])

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        rows = (map(cell_text, row) for row in chunk.rows) if chunk.is_typed else chunk.rows
        self._write([*zip(*rows, strict=True), *added])

    def close(self) -> None:
        self._file.close()

    def _write(self, columns: Sequence[Sequence[Cell]]) -> None:
        import polars as pl  # here, as reading a table does not need it

        series = []
        for number, column in enumerate(columns):
            is_price = any(isinstance(cell, float) for cell in column)
            kind = pl.Float64 if is_price else pl.String
            series.append(pl.Series(str(number), column, dtype=kind))
        texts = pl.col(pl.String)
        filled = pl.when(texts.str.len_bytes() > 0).then(texts)  # an empty cell is nothing, which has no quotes
        pl.DataFrame(series).with_columns(filled).write_csv(
            self._file, include_header=False, separator=self._delimiter, float_precision=CENTS
        )


def _widths(sample: str, delimiter: str) -> list[int]:
    """Cells in each of the sample's first rows; the last one may be cut off and does not count."""
    records = [record for record in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter) if record]
    complete = records[:-1] if len(sample) == SAMPLE_CHARS and len(records) > 1 else records
    return [len(record) for record in complete[:SAMPLE_ROWS]]


def _explain(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed. Close it, or double the quotes that belong to the text."
    if "expected after" in reason:
        return "text follows a closing quote. Double the quotes that belong to the text."
    if "field larger" in reason:
        return f"a cell is longer than {MAX_CELL_CHARS:,} characters; perhaps a quote is never closed."
    return f"{reason}."

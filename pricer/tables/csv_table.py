"""Delimited text: comma, semicolon, tab or bar; any line end; strict about quotes and row widths."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pricer.errors import TableError
from pricer.tables.dialect import (
    DELIMITERS,
    ONE_COLUMN,
    SPACES_SKIPPED,
    Dialect,
    escapes_only_quotes,
    explain,
    skip_to_header,
    sniff,
)
from pricer.tables.line_ends import ReturnScan, are_doubled
from pricer.tables.quotes import CLOSED, OPENED, Doubt, QuoteScan, worst_doubt
from pricer.tables.table import NO_LIMITS, Cell, Chunk, Limits, Table, Writer, cell_text, check_width
from pricer.tables.text_file import create_binary, detect_encoding, open_text

CHECKED_ROWS = 4096
ASCII_BASED = ("utf-8-sig", "cp1252")  # encodings in which delimiters and quotes are their ASCII bytes
ESCAPED = "Read with backslashes before quotes that belong to the text."
CENTS = 2  # decimals of a price


class CsvTable(Table):
    """A delimited file, checked from end to end when it is opened.

    A row that is wider than the header, a stray or unclosed quote refuses the file with the row's number; a shorter
    row is kept and noted.  Blank lines are no rows, except in a file of one column, where they are empty cells.
    Where quotes are broken, or a cell seems to be cut, unless backslashes or spaces before quotes count, these count.
    """

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        super().__init__(path, limits)
        quotes, returns = QuoteScan(), ReturnScan()
        self.encoding, found, self.n_bytes = detect_encoding(path, limits, (quotes.add, returns.add))
        self.dialect = self._sniffed()
        is_usual = self.dialect.delimiter in {*DELIMITERS, ONE_COLUMN} and self.dialect.quote == '"'
        is_ascii = self.encoding in ASCII_BASED
        self._may_have_doubled_ends = returns.found or not is_ascii
        self._ends_are_doubled = False
        counted = self._check() if is_ascii and is_usual and not quotes.finish() else self._check_quotes()
        self.notices = [*found, *self.dialect.notices, *counted]

    @property
    def delimiter(self) -> str:
        """What stands between cells."""
        return self.dialect.delimiter

    def chunks(self, size: int) -> Iterator[Chunk]:
        first, width = 1, len(self.columns)
        with self._open_rows() as rows:
            for block in self.blocks(rows, size, lambda row: sum(map(len, row))):
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
            skip_to_header(records)
            rows = self._without_phantoms(records)
            yield (row or [""] for row in rows) if len(self.columns) == 1 else filter(None, rows)

    @contextmanager
    def _open_records(self) -> Iterator[Iterator[list[str]]]:
        """Every record of the file, blank lines as empty ones."""
        with open_text(self.path, self.encoding) as file:
            reader = self.dialect.reader(file)
            try:
                yield reader
            except csv.Error as error:
                line = reader.line_num + self.dialect.has_hint
                raise self._refusal(self._count_records(), line, explain(error)) from error

    def _refusal(self, number: int, line: int, reason: str) -> TableError:
        """What is said of a row, or of the header if its number is 0."""
        where = f"row {number}" if number else "the header"
        return TableError(f"{self.path.name}, {where} (line {line}): {reason}")

    def _without_phantoms(self, records: Iterator[list[str]]) -> Iterator[list[str]]:
        """Records after the header without the blank ones that are only the second half of the line end before."""
        return islice(records, 1, None, 2) if self._ends_are_doubled else records

    def _count_records(self) -> int:
        """Records before the first broken one.  The header is record 0, so a data row's number is its record's."""
        number = 0
        with open_text(self.path, self.encoding) as file, suppress(csv.Error):
            records = self.dialect.reader(file)
            header = skip_to_header(records) or []
            number = 1
            for record in self._without_phantoms(records):
                number += bool(record) or len(header) == 1
        return number

    def _sniffed(self) -> Dialect:
        is_tsv = self.path.name.lower().endswith((".tsv", ".tsv.gz"))
        with open_text(self.path, self.encoding) as file:
            return sniff(file, self.path.name, "\t" if is_tsv else None)

    def _check_quotes(self) -> list[str]:
        """Check the file as it is sniffed, and otherwise where that fails or leaves doubts about quotes; see `_check`.

        The first way of reading that leaves none is taken; else the first that cuts no cell.
        """
        refusals: list[TableError] = []
        doubted: list[Dialect] = []
        for dialect in self._dialects():
            self.dialect = dialect
            try:
                counted = self._check()
            except TableError as error:
                refusals.append(error)
                continue
            doubt = self._doubt()
            if doubt is None:
                return counted
            if doubt.is_cut:
                number = doubt.row // 2 if self._ends_are_doubled else doubt.row
                refusals.append(self._refusal(number, doubt.line, doubt.reason))
            else:
                doubted.append(dialect)
        if not doubted:
            raise refusals[0]
        self.dialect = doubted[0]
        return self._check()

    def _dialects(self) -> Iterator[Dialect]:
        """The dialect, and with backslashes before quotes, with spaces before cells, and with both."""
        plain = self.dialect
        yield plain
        escaped = replace(plain, escape="\\", notices=[ESCAPED, *plain.notices])
        is_escaped = self._is_escaped()
        if is_escaped:
            yield escaped
        if plain.delimiter == " " or plain.skips_spaces:
            return
        for each in (plain, escaped) if is_escaped else (plain,):
            yield replace(each, skips_spaces=True, notices=[*each.notices, SPACES_SKIPPED])

    def _is_escaped(self) -> bool:
        """Whether quotes inside cells may be marked by backslashes."""
        with open_text(self.path, self.encoding) as file:
            return escapes_only_quotes(file)

    def _doubt(self) -> Doubt | None:
        with open_text(self.path, self.encoding) as file:
            return worst_doubt(file, self.dialect)

    def _check(self) -> list[str]:
        """Read the file to its end, or past the last row that is taken: its header and its number of rows.

        Gives what is to be said of them.
        """
        self.columns, self.n_rows = self._read_header(), 0
        self._ends_are_doubled = self._has_doubled_ends()
        width, short, blank, most = len(self.columns), 0, 0, self.limits.rows or float("inf")
        with self._open_records() as records:
            skip_to_header(records)
            rows = self._without_phantoms(records)
            while self.n_rows <= most and (widths := list(map(len, islice(rows, CHECKED_ROWS)))):
                if max(widths) > width:
                    self._refuse_wider(widths)
                none = widths.count(0) if width > 1 else 0
                blank += none
                short += sum(found < width for found in widths) - none if min(widths) < width > 1 else 0
                self.n_rows += len(widths) - none
        self.limits.check_rows(self.path.name, self.n_rows)
        notices = [f"{short:,} rows have fewer cells than the header; they are kept and noted."] if short else []
        return notices + ([f"{blank:,} blank lines are no rows."] if blank else [])

    def _has_doubled_ends(self) -> bool:
        """Whether blank lines are only halves of line ends; only one column takes blank lines for rows."""
        if len(self.columns) > 1 or not self._may_have_doubled_ends:
            return False
        with open_text(self.path, self.encoding) as file:
            return are_doubled(file, self.path.name)

    def _refuse_wider(self, widths: Sequence[int]) -> None:
        """Raise for the first row that is wider than the header; the widths follow `n_rows` rows."""
        width = len(self.columns)
        index = next(index for index, found in enumerate(widths) if found > width)
        number = self.n_rows + index + 1 - (widths[:index].count(0) if width > 1 else 0)
        raise TableError(
            f"{self.path.name}, row {number}: found {widths[index]:,} cells, but the header "
            f"has {width:,}. Put cells that contain the delimiter in quotes, or give the extra column a name."
        )

    def _read_header(self) -> list[str]:
        with self._open_records() as records:
            header = skip_to_header(records)
        if header is None:
            raise TableError(f"{self.path.name} has only blank lines: expected a header line and rows.")
        check_width(self.path.name, len(header))
        return header


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
        frame = pl.DataFrame(series).with_columns(filled)
        # Apostrophes that seem to hold a cell with a delimiter in it are doubted by our reader unless quotes hold them.
        is_doubtful = all(any(frame.select(texts.str.contains(each).any()).row(0)) for each in (OPENED, CLOSED))
        frame.write_csv(
            self._file,
            include_header=False,
            separator=self._delimiter,
            float_precision=CENTS,
            quote_style="non_numeric" if is_doubtful else "necessary",
        )

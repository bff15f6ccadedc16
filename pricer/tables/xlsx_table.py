"""Excel workbooks, by openpyxl: the first sheet that has cells."""

from __future__ import annotations

import datetime
import math
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pricer.errors import TableError
from pricer.tables.table import Cell, Chunk, Table, Writer, cell_text

MAX_UNPACKED_BYTES = 2 << 30
MAX_ROWS = 1_048_576  # Excel's own limit, header included
MAX_CELL_CHARS = 32_767  # Excel's own limit
NO_DATE = datetime.datetime(1980, 1, 1)  # when a workbook was made: none, so that equal content is equal


class XlsxTable(Table):
    """A workbook's first sheet with cells; formulas by their stored results."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        _check_size(path)
        self.columns = [cell_text(cell) for cell in next(self._sheet_rows(), [])]
        if not any(self.columns):
            raise TableError(
                f"{path.name} has no header row: expected column names in the first row of its first sheet."
            )
        self.n_rows = sum(1 for _ in self._rows())

    def chunks(self, size: int) -> Iterator[Chunk]:
        rows = self._rows()
        first = 1
        while block := list(islice(rows, size)):
            yield Chunk(first, block, is_typed=True)
            first += len(block)

    def _rows(self) -> Iterator[list[Cell]]:
        """Rows after the header, as wide as it; empty rows at the end of the sheet are none."""
        width = len(self.columns)
        empty = 0
        for number, row in enumerate(islice(self._sheet_rows(), 1, None), start=1):
            if not row:
                empty += 1
                continue
            if len(row) > width:
                raise TableError(
                    f"{self.path.name}, row {number}: found a cell in column {len(row)}, but the header has {width}. "
                    "Give the extra column a name."
                )
            for _ in range(empty):
                yield [None] * width
            empty = 0
            yield row + [None] * (width - len(row))

    def _sheet_rows(self) -> Iterator[list[Cell]]:
        """Rows of the sheet without their trailing empty cells."""
        import openpyxl

        try:
            workbook = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise TableError(f"{self.path.name} is no workbook that can be read: save it again as .xlsx.") from error
        try:
            if not workbook.worksheets:
                raise TableError(f"{self.path.name} has no sheet with cells: expected a header row and rows.")
            sheet = workbook.worksheets[0]
            notice = f"Read the first of {len(workbook.worksheets)} sheets."
            if len(workbook.worksheets) > 1 and notice not in self.notices:
                self.notices.append(notice)
            sheet.reset_dimensions()
            for row in sheet.iter_rows(values_only=True):
                cells = list(row)
                while cells and cells[-1] is None:
                    cells.pop()
                yield cells
        finally:
            workbook.close()


def _holds(cell: Cell) -> bool:
    """Whether a workbook can hold a cell as it is: no time zones, no NaN."""
    if isinstance(cell, float):
        return math.isfinite(cell)
    if isinstance(cell, datetime.datetime | datetime.time):
        return cell.tzinfo is None
    return isinstance(cell, int | datetime.date | None)


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableError(f"{path.name} is a damaged workbook: save it again as .xlsx.") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise TableError(
            f"{path.name} unpacks to {unpacked >> 20:,} MB: expected at most {MAX_UNPACKED_BYTES >> 20:,} MB."
        )


class XlsxWriter(Writer):
    """One sheet, written row by row."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        import openpyxl

        self._path = path
        self._workbook = openpyxl.Workbook(write_only=True)
        self._sheet = self._workbook.create_sheet("prices")
        self._rows = 0
        self._append(list(header))

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        for row, extra in zip(chunk.rows, zip(*added, strict=True), strict=True):
            self._append([*row, *extra])

    def close(self) -> None:
        from openpyxl.writer.excel import ExcelWriter

        self._workbook.properties.created = self._workbook.properties.modified = NO_DATE
        try:
            self._sheet.close()
            with _UndatedZip(self._path, "w", zipfile.ZIP_DEFLATED) as archive:
                ExcelWriter(self._workbook, archive).save()
        finally:
            Path(self._sheet._writer.out).unlink(missing_ok=True)  # where the sheet was until now

    def _append(self, cells: Sequence[Cell]) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils.exceptions import IllegalCharacterError

        if self._rows == MAX_ROWS:
            raise TableError(f"A sheet holds {MAX_ROWS:,} rows at most: choose an output ending in .csv or .parquet.")
        written = []
        for cell in cells:
            value = cell if _holds(cell) else cell_text(cell)
            try:
                holder = WriteOnlyCell(self._sheet, value=value)
            except IllegalCharacterError as error:
                raise TableError(
                    f"Row {self._rows}: a control character that no workbook can hold. Choose an output ending in .csv."
                ) from error
            if isinstance(value, str):
                if len(value) > MAX_CELL_CHARS:
                    raise TableError(
                        f"Row {self._rows}: a cell is longer than the {MAX_CELL_CHARS:,} characters that Excel holds. "
                        "Choose an output ending in .csv."
                    )
                holder.data_type = "s"  # text stays text, even if it starts like a formula
            written.append(holder)
        self._sheet.append(written)
        self._rows += 1


class _UndatedZip(zipfile.ZipFile):
    """A zip whose members have no date of their own."""

    def write(self, filename: Any, arcname: Any = None, *_: Any) -> None:
        with Path(filename).open("rb") as source, self.open(_undated(arcname), "w", force_zip64=True) as member:
            shutil.copyfileobj(source, member)

    def writestr(self, name: Any, data: Any, *_: Any) -> None:
        super().writestr(_undated(name), data)


def _undated(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, NO_DATE.timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    return member

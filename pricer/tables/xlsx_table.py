"""Excel workbooks, by openpyxl: the first visible sheet that has cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from pricer.errors import TableError
from pricer.tables.table import NO_LIMITS, Cell, Chunk, Limits, Table, cell_text, check_width


class XlsxTable(Table):
    """A workbook's first visible sheet with cells; formulas by their stored results.

    The first row with cells is the header.  Empty rows between others are rows; a formula that was never computed is
    an empty cell, and its row is noted.
    """

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        super().__init__(path, limits)
        self._title = self._find_sheet()
        self.columns = next(self._rows_below(), ([], 0))[0]
        check_width(path.name, len(self.columns))
        if not any(self.columns):
            raise TableError(
                f"{path.name} has no header row: expected column names in the first row of its first sheet."
            )
        from pricer.tables.xlsx_sheet import check_texts

        first_uncomputed = uncomputed = unpacked = 0
        for number, (row, missing) in enumerate(self._rows(), start=1):
            self.n_rows = number
            unpacked += _n_chars(row)  # a text that many cells share counts in each
            limits.check_rows(path.name, number)
            check_texts(path.name, unpacked, limits)
            uncomputed += missing
            first_uncomputed = first_uncomputed or (number if missing else 0)
        self.n_bytes = max(self.n_bytes, unpacked)
        if uncomputed:
            self.notices.append(
                f"{uncomputed:,} formulas were never computed, the first in row {first_uncomputed:,}: their cells are "
                "read as empty. Open the workbook in a spreadsheet program, save it, and price it again."
            )

    def chunks(self, size: int) -> Iterator[Chunk]:
        first = 1
        for block in self.blocks(self._rows(), size, lambda found: _n_chars(found[0])):
            notes = {index: _uncomputed_note(missing) for index, (_, missing) in enumerate(block) if missing}
            yield Chunk(first, [row for row, _ in block], notes, is_typed=True)
            first += len(block)

    def _find_sheet(self) -> str:
        """The title of the sheet that is read."""
        with opened(self.path, self.limits) as workbook:
            self.n_bytes = sum(each.file_size for each in workbook._archive.infolist())
            visible = [each for each in workbook.worksheets if each.sheet_state == "visible"] or workbook.worksheets
            filled = (each.title for each in visible if next(_sheet_rows(each), None))
            title = next(filled, None)
            if title is None:
                raise TableError(f"{self.path.name} has no sheet with cells: expected a header row and rows.")
            if len(workbook.sheetnames) > 1:
                self.notices.append(f"Read the sheet {title[:40]!r}, one of {len(workbook.sheetnames)}.")
        return title

    def _rows(self) -> Iterator[tuple[list[Cell], int]]:
        """Rows after the header, as wide as it, with their uncomputed formulas; not those empty to the end."""
        width, empty = len(self.columns), 0
        for number, (row, missing) in enumerate(islice(self._rows_below(), 1, None), start=1):
            if not row and not missing:
                empty += 1
                continue
            if len(row) > width:
                raise TableError(
                    f"{self.path.name}, row {number}: found a cell in column {len(row)}, but the header has {width}. "
                    "Give the extra column a name."
                )
            for _ in range(empty):
                yield [None] * width, 0
            empty = 0
            yield row + [None] * (width - len(row)), missing

    def _rows_below(self) -> Iterator[tuple[list[Cell], int]]:
        """Rows from the header on, which comes as text, without their trailing empty cells."""
        with opened(self.path, self.limits) as workbook:
            last = 0
            for number, row, missing in _sheet_rows(workbook[self._title]):
                for _ in range(number - last - 1 if last else 0):
                    yield [], 0
                yield (row, missing) if last else ([cell_text(cell) for cell in row], 0)
                last = number


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[Cell], int]]:
    """Number, cells and uncomputed formulas of each row that is there, from the first that has cells on."""
    from pricer.tables.xlsx_sheet import SheetRows

    with sheet._get_source() as source:
        found, begun = SheetRows(source, sheet), False
        for number, row in found.rows():
            begun = begun or bool(row)
            if begun:
                yield number, row, found.uncomputed


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Any]:
    """See `pricer.tables.xlsx_sheet.opened`; openpyxl is imported when it is used."""
    from pricer.tables import xlsx_sheet

    with xlsx_sheet.opened(path, limits) as workbook:
        yield workbook


def _n_chars(row: list[Cell]) -> int:
    return sum(len(cell) for cell in row if isinstance(cell, str))


def _uncomputed_note(n_cells: int) -> str:
    return "a formula was never computed" if n_cells == 1 else f"{n_cells} formulas were never computed"

"""The rows of a workbook's sheet, as its XML has them, by openpyxl's parser."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import from_excel
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, INLINE_STRING, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS

from pricer.errors import TableError
from pricer.tables.table import MAX_COLUMNS, Cell, Limits
from pricer.tables.xlsx_text import unescaped

MAX_ROWS = 1_048_576  # Excel's own limit, header included
MAX_UNPACKED_BYTES = 2 << 30
MAX_HELD_BYTES = 512 << 20  # of a part that is held in memory as a whole, such as the texts that cells share
MAX_RATIO = 250  # of unpacked to packed bytes; workbooks have 5 to 50, a zip bomb 1,000
RATIO_FROM_BYTES = 64 << 20  # below, any ratio will do
_TEXT_TAG, _RUN_TAG, _SHARED_TAG = (INLINE_STRING[:-2] + name for name in ("t", "r", "si"))


class SheetRows(WorkSheetParser):
    """A sheet's rows with their numbers; every cell by its stored value, a date only where it is one.

    A formula that was never computed has no value: such cells are counted.
    """

    def __init__(self, source: Any, sheet: Any) -> None:
        book = sheet.parent
        super().__init__(source, sheet._shared_strings, data_only=True, epoch=book.epoch)
        self._name = Path(book._archive.filename).name
        self._dates, self._durations = book._date_formats, book._timedelta_formats
        self.uncomputed = 0  # in the row that was read last

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Number (1 is the sheet's first) and cells of each row that is there, without its trailing empty cells.

        Raises
        ------
        TableError
            Rows or cells are out of order, or lie beyond what a sheet can have.
        """
        last, rows = 0, None
        for event, element in iterparse(self.source, ("start", "end")):  # noqa: S314 - expat bounds what entities grow to
            if event == "start" and element.tag == DATA_TAG:
                rows = element
            if event == "start" or element.tag != ROW_TAG:
                continue
            self.uncomputed = 0
            number, found = self.parse_row(element)
            if rows is not None:
                rows.clear()  # else memory and time grow with the rows that were read
            if not last < number <= MAX_ROWS:
                raise TableError(
                    f"{self._name}, sheet row {number:,} follows row {last:,}: expected rows in order, to {MAX_ROWS:,}."
                )
            last = number
            yield number, self._in_order(found, number)

    def parse_cell(self, element: Element) -> dict[str, Any]:
        """A cell; numbers in a date's format become dates where such dates exist."""
        if element.get("t") == "inlineStr" and (inline := element.find(INLINE_STRING)) is not None:
            bare = Element(element.tag, {name: at for name, at in element.attrib.items() if name in ("r", "s")})
            return super().parse_cell(bare) | {"value": _text(inline) or None, "data_type": "s"}
        cell: dict[str, Any] = super().parse_cell(element)
        if element.get("t") == "str" and cell["value"]:
            cell["value"] = unescaped(cell["value"])
        if cell["value"] is None:
            is_nothing = element.get("t") == "str" and element.find(VALUE_TAG) is not None  # computed, to no text
            self.uncomputed += element.find(FORMULA_TAG) is not None and not is_nothing
        elif cell["data_type"] == "n" and cell["style_id"] in self._dates:
            cell["value"] = self._date(cell["value"], cell["style_id"] in self._durations)
        return cell

    def _date(self, number: Any, is_duration: bool) -> Cell:
        try:
            return from_excel(number, self.epoch, timedelta=is_duration)
        except (OverflowError, ValueError):
            return number

    def _in_order(self, found: list[dict[str, Any]], row: int) -> list[Cell]:
        cells: list[Cell] = []
        for cell in found:
            at = cell["column"] - 1
            if not len(cells) <= at < MAX_COLUMNS:
                raise TableError(
                    f"{self._name}, sheet row {row:,} has a cell in column {at + 1:,} after column {len(cells):,}: "
                    f"expected cells in order, to column {MAX_COLUMNS:,}."
                )
            cells += [None] * (at - len(cells))
            cells.append(cell["value"])
        while cells and cells[-1] is None:
            cells.pop()
        return cells


def _text(holder: Element) -> str:
    """The text in an element that holds one, in runs if it has formats; how it is pronounced is no part of it.

    openpyxl takes ten times as long, and takes escapes for text.
    """
    if len(holder) == 1 and holder[0].tag == _TEXT_TAG:
        return unescaped(holder[0].text or "")
    parts = [*holder.iterfind(_TEXT_TAG), *holder.iterfind(f"{_RUN_TAG}/{_TEXT_TAG}")]
    return "".join(unescaped(part.text or "") for part in parts)


def _shared_texts(source: Any) -> Iterator[str]:
    """The texts that cells share, by number."""
    for _, element in iterparse(source):  # noqa: S314 - expat bounds what entities grow to
        if element.tag == _SHARED_TAG:
            yield _text(element)
            element.clear()


class _CellsReader(ExcelReader):
    """Leaves out what has no cells: charts, and properties that other programs write in their own ways."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_shared_texts(source))

    def read_chartsheet(self, *_: Any) -> None:
        """See above."""

    def read_properties(self) -> None:
        """See above."""

    def read_custom(self) -> None:
        """See above."""

    def read_theme(self) -> None:
        """See above."""


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Any]:
    """A workbook, in the mode that reads its sheets row by row.

    Raises
    ------
    TableError
        It is damaged, protected by a password, or unpacks to more than is read.
    """
    _check_size(path, limits)
    with path.open("rb") as file, _explained(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and the like, which are no cells
            reader = _CellsReader(file, read_only=True, data_only=True, keep_links=False)
            reader.read()
        try:
            yield reader.wb
        finally:
            reader.wb.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Whatever a damaged workbook makes the XML, zip and workbook parsers raise, as one error."""
    try:
        yield
    except TableError:
        raise
    except Exception as error:
        raise TableError(f"{path.name} is no workbook that can be read: save it again as .xlsx.") from error


def _check_size(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise TableError(f"{path.name} is a damaged workbook: save it again as .xlsx.") from error
    unpacked = sum(each.file_size for each in members)
    held = max((each.file_size for each in members if "/worksheets/" not in each.filename), default=0)
    if unpacked > MAX_UNPACKED_BYTES or held > MAX_HELD_BYTES:
        most = MAX_UNPACKED_BYTES if unpacked > MAX_UNPACKED_BYTES else MAX_HELD_BYTES
        raise TableError(
            f"{path.name} unpacks to {max(unpacked, held) >> 20:,} MB: at most {most >> 20:,} MB are read."
        )
    limits.check_unpacked(path.name, unpacked)
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * path.stat().st_size:
        raise TableError(
            f"{path.name} unpacks to more than {MAX_RATIO} times its size, as no workbook does: save it again as .xlsx."
        )


def check_texts(name: str, n_chars: int, limits: Limits) -> None:
    """Refuse a file of this name whose cells have so many characters together, or so many up to a row.

    However small the file is: cells share their texts, and an honest workbook may have a long one in every row.

    Raises
    ------
    TableError
        They are too many.
    """
    limits.check_unpacked(name, n_chars)
    if n_chars > MAX_UNPACKED_BYTES:
        most = f"{MAX_UNPACKED_BYTES >> 20:,} MB"
        raise TableError(f"{name} has more than {most} of text in its cells: at most {most} are read. Split the file.")

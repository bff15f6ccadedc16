"""A workbook of one sheet, written row by row (ECMA-376, Office Open XML).

openpyxl would write a carriage return as it is, which XML readers turn into a line feed, and the time of writing, so
that equal tables would differ.
"""

from __future__ import annotations

import datetime
import math
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.sax.saxutils import escape

from pricer.errors import TableError
from pricer.tables.table import Cell, Chunk, Writer, cell_text
from pricer.tables.xlsx_text import escaped

MAX_ROWS = 1_048_576  # Excel's own limit, header included
MAX_SHEET_COLUMNS = 16_384  # likewise
MAX_CELL_CHARS = 32_767  # likewise
EXACT_BELOW = 10**15  # Excel keeps 15 digits of a number; longer ones are written as text

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DATETIME, _DATE, _TIME, _DURATION = 1, 2, 3, 4  # cell formats
_FORMATS = ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "hh:mm:ss", "[h]:mm:ss")
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="prices" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="4">'
    + "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{code}"/>' for at, code in enumerate(_FORMATS))
    + '</numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    + "".join(
        f'<xf numFmtId="{164 + at}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for at in range(len(_FORMATS))
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


class XlsxWriter(Writer):
    """Text stays text, even if it looks like a number or a formula; numbers, dates and truth values stay theirs."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        from openpyxl.utils import get_column_letter

        if len(header) > MAX_SHEET_COLUMNS:
            raise TableError(
                f"A sheet holds {MAX_SHEET_COLUMNS:,} columns at most, not {len(header):,}: choose an output ending in "
                ".csv or .parquet."
            )
        self._letters = [get_column_letter(at) for at in range(1, len(header) + 1)]
        self._file = path.open("wb")
        self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        self._rows = 0
        with self._given_up_on_errors():
            for name, content in _PARTS.items():
                self._archive.writestr(_member(name), _HEAD + content)
            self._sheet = self._archive.open(_member("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
            self._sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            self._append([list(header)])

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        self._append([[*row, *extra] for row, extra in zip(chunk.rows, zip(*added, strict=True), strict=True)])

    def close(self) -> None:
        with self._file, self._given_up_on_errors():
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()
            self._archive.close()

    @contextmanager
    def _given_up_on_errors(self) -> Iterator[None]:
        """Within: after an error, the archive is not closed once more when it is collected, which would fail, too."""
        try:
            yield
        except BaseException:
            self._archive.fp = None
            with suppress(OSError):
                self._file.close()
            raise

    def _append(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._rows == MAX_ROWS:
                raise TableError(
                    f"A sheet holds {MAX_ROWS:,} rows at most: choose an output ending in .csv or .parquet."
                )
            self._rows += 1
            cells = "".join(self._cell(cell, letter) for cell, letter in zip(row, self._letters, strict=True))
            self._sheet.write(f'<row r="{self._rows}">{cells}</row>'.encode())

    def _cell(self, cell: Cell, letter: str) -> str:
        if cell is None or cell == "":
            return ""
        if not isinstance(cell, str):
            if (written := _written(cell)) is not None:
                return f'<c r="{letter}{self._rows}"{written[0]}><v>{written[1]}</v></c>'
            cell = cell_text(cell)
        return (
            f'<c r="{letter}{self._rows}" t="inlineStr"><is><t xml:space="preserve">{self._escaped(cell)}</t></is></c>'
        )

    def _escaped(self, text: str) -> str:
        if len(text) > MAX_CELL_CHARS:
            raise TableError(
                f"Row {self._rows - 1}: a cell is longer than the {MAX_CELL_CHARS:,} characters that Excel holds. "
                "Choose an output ending in .csv."
            )
        return escape(escaped(text), {"\r": "&#13;"})


def _member(name: str) -> zipfile.ZipInfo:
    """A part of the archive, without the time of writing, so that equal tables are equal files."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _written(cell: Cell) -> tuple[str, str] | None:
    """Attributes and value of a cell that is no text; None where a workbook cannot hold it as it is."""
    if isinstance(cell, bool):
        return ' t="b"', str(int(cell))
    if isinstance(cell, int):
        return ("", str(cell)) if abs(cell) < EXACT_BELOW else None
    if isinstance(cell, float):
        return ("", repr(float(cell))) if math.isfinite(cell) else None
    for kind, style in _STYLES:
        if isinstance(cell, kind):
            number = _serial(cell)
            return None if number is None else (f' s="{style}"', number)
    return None


_STYLES: tuple[tuple[type, int], ...] = (  # a datetime is a date too
    (datetime.datetime, _DATETIME),
    (datetime.date, _DATE),
    (datetime.time, _TIME),
    (datetime.timedelta, _DURATION),
)


def _serial(cell: Cell) -> str | None:
    """The number of a date in a workbook that counts from 1900; None if it would not come back equal."""
    from openpyxl.utils.datetime import from_excel, to_excel

    if getattr(cell, "tzinfo", None) is not None:
        return None
    try:
        number = to_excel(cell)
        back = from_excel(number, timedelta=isinstance(cell, datetime.timedelta))
    except (OverflowError, ValueError):
        return None
    wanted = datetime.datetime.combine(cell, datetime.time()) if type(cell) is datetime.date else cell
    return repr(number) if back == wanted else None

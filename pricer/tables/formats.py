"""Which format a file has, by its suffix, and the table or writer for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pricer.errors import TableError
from pricer.tables.csv_table import CsvTable, CsvWriter
from pricer.tables.jsonl_table import JsonlTable, JsonlWriter
from pricer.tables.parquet_table import ParquetTable, ParquetWriter
from pricer.tables.table import NO_LIMITS, Limits, Table, Writer
from pricer.tables.text_file import open_binary
from pricer.tables.xlsx_table import XlsxTable
from pricer.tables.xlsx_writer import XlsxWriter

SUFFIXES = (".csv", ".tsv", ".jsonl", ".csv.gz", ".tsv.gz", ".jsonl.gz", ".parquet", ".xlsx")

_TABLES: dict[str, type[Table]] = {
    ".csv": CsvTable,
    ".tsv": CsvTable,
    ".jsonl": JsonlTable,
    ".parquet": ParquetTable,
    ".xlsx": XlsxTable,
}
_EXPORT = ".csv, exported as a table"
_MAGIC = (
    (b"PK\x03\x04", "a zip or Excel file", ".xlsx"),
    (b"PK\x05\x06", "an empty zip file", _EXPORT),
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"\x1f\x8b", "a gzip file", ".gz"),
    (b"\xd0\xcf\x11\xe0", "an old or a password-protected Excel file", ".xlsx, saved anew by Excel"),
    (b"%PDF", "a PDF", _EXPORT),
    (b"\x89PNG", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
    (b"GIF87a", "a picture", _EXPORT),
    (b"GIF89a", "a picture", _EXPORT),
    (b"SQLite format 3", "a SQLite database", _EXPORT),
    (b"{\\rtf", "a text document", _EXPORT),
    (b"ARROW1\x00\x00", "an Arrow file", ".parquet, written anew"),
    (b"BZh91AY&SY", "a bzip2 file", ".csv, unpacked"),
    (b"\xfd7zXZ", "an xz file", ".csv, unpacked"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", ".csv, unpacked"),
    (b"7z\xbc\xaf", "a 7-Zip file", ".csv, unpacked"),
    (b"Rar!\x1a\x07", "a RAR file", ".csv, unpacked"),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype|<html|<head|<body|<table|<\?xml|<!--)", re.IGNORECASE)
_HEAD_BYTES = 512


def format_of(path: Path) -> str:
    """The format's suffix, without .gz: ".csv", ".tsv", ".jsonl", ".parquet" or ".xlsx".

    Raises
    ------
    TableError
        The suffix is none of these.
    """
    name = path.name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix.removesuffix(".gz")
    raise TableError(
        f"Found a file ending in {''.join(path.suffixes[-2:]) or 'nothing'!r}: expected one of {', '.join(SUFFIXES)}. "
        "Save or export the table in one of these formats."
    )


def check_file(path: Path) -> str:
    """The format of a file that is there, is not empty and starts like its format; see `format_of`.

    Raises
    ------
    TableError
        With which of these it is not.
    """
    if path.is_dir():
        raise TableError(f"{path.name!r} is a folder: expected a file, {', '.join(SUFFIXES)}.")
    suffix = format_of(path)
    if not path.is_file():
        raise TableError(f"There is no file {path.name!r} at the path given. Check the path.")
    if path.stat().st_size == 0:
        raise TableError(f"{path.name} is empty (0 bytes): expected a header line and rows.")
    _check_magic(path, suffix)
    return suffix


def open_table(path: str | Path, limits: Limits = NO_LIMITS) -> Table:
    """Open a file as a table and check it from end to end, or until it is found to be more than the limits.

    Raises
    ------
    TableError
        There is no such file, its format is unknown, its content cannot be read in full, or is more than the limits.
    """
    path = Path(path)
    suffix = check_file(path)
    return _TABLES[suffix](path, limits)


def open_writer(path: Path, columns: Sequence[str], added: Sequence[str], source: Table) -> Writer:
    """A writer in the format of the path's suffix, for a source table's columns followed by the added ones."""
    suffix = format_of(path)
    if suffix in {".csv", ".tsv"}:
        return CsvWriter(path, [*columns, *added])
    if suffix == ".jsonl":
        return JsonlWriter(path, columns, added)
    if suffix == ".parquet":
        return ParquetWriter(path, columns, added, source)
    return XlsxWriter(path, [*columns, *added])


def _check_magic(path: Path, suffix: str) -> None:
    """Refuse a file whose first bytes, packed or unpacked, say that it is something else."""
    is_gzip_name = path.name.lower().endswith(".gz")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if is_gzip_name and head.startswith(b"\x1f\x8b"):
        with open_binary(path) as file:
            head = file.read(_HEAD_BYTES)
        expected = None
    else:
        expected = b"\x1f\x8b" if is_gzip_name else {".xlsx": b"PK\x03\x04", ".parquet": b"PAR1"}.get(suffix)
    if expected and head.startswith(expected):
        return
    for magic, kind, remedy in _MAGIC:
        if head.startswith(magic):
            raise TableError(f"{path.name} is {kind} by its first bytes, not {suffix}: give it the ending {remedy}.")
    if _MARKUP.match(head):
        raise TableError(f"{path.name} is a web page or XML by its first bytes, not {suffix}: export it as a table.")
    if expected:
        kind = "a gzip file" if is_gzip_name else f"{suffix} data"
        raise TableError(f"{path.name} does not start like {kind}: it is damaged or has the wrong ending.")

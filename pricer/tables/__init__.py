"""Tables of any size and format, read and written in chunks: CSV, TSV, JSONL (also .gz), Parquet, XLSX."""

from pricer.tables.formats import SUFFIXES, check_file, format_of, open_table, open_writer
from pricer.tables.spreadsheet_safe import SpreadsheetSafeWriter
from pricer.tables.table import NO_LIMITS, Cell, Chunk, Limits, Table, Writer, cell_text, priced_text

__all__ = [
    "NO_LIMITS",
    "SUFFIXES",
    "Cell",
    "Chunk",
    "Limits",
    "SpreadsheetSafeWriter",
    "Table",
    "Writer",
    "cell_text",
    "check_file",
    "format_of",
    "open_table",
    "open_writer",
    "priced_text",
]

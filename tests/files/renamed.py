"""Files that are not what their ending says."""

import gzip
import io
import sqlite3
import zipfile
import zlib

import openpyxl
import pyarrow
import pyarrow.parquet

from tests.files.case import bad

CSV = b"sku,summary\n1,kettle\n"


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("table.csv"), CSV)
    return file.getvalue()


def workbook():
    file, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["summary"])
    book.save(file)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"summary": ["kettle"]}), file)
    return file.getvalue()


def sqlite(path):
    database = sqlite3.connect(path)
    with database:
        database.execute("create table goods (summary)")
    database.close()


def picture():
    def part(kind, content):
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    head = part(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")


PAGE = b"\n <!DOCTYPE html>\n<html><body><table><tr><td>summary</td></tr></table></body></html>\n"
XML = b"<?xml version='1.0'?><goods><summary>kettle</summary></goods>\n"

CASES = [
    bad("zip as .csv", zipped(), "zip or Excel file .* not .csv: give it the ending .xlsx"),
    bad("an empty zip as .csv", b"PK\x05\x06" + bytes(18), "an empty zip file"),
    bad("workbook as .csv", workbook(), "zip or Excel file"),
    bad("workbook as .jsonl", workbook(), "zip or Excel file", file="table.jsonl"),
    bad("workbook as .parquet", workbook(), "zip or Excel file", file="table.parquet"),
    bad("workbook as .csv.gz", workbook(), "zip or Excel file", file="table.csv.gz"),
    bad(
        "old workbook as .csv",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "an old or a password-protected Excel file",
    ),
    bad(
        "old or protected workbook as .xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "password-protected",
        file="table.xlsx",
    ),
    bad("gzip as .csv", gzip.compress(CSV, mtime=0), "a gzip file .*ending .gz"),
    bad("gzip as .xlsx", gzip.compress(CSV, mtime=0), "a gzip file", file="table.xlsx"),
    bad("Parquet as .csv", parquet(), "a Parquet file .*ending .parquet"),
    bad("Parquet as .xlsx", parquet(), "a Parquet file", file="table.xlsx"),
    bad("PNG as .csv", picture(), "a picture"),
    bad("JPEG as .csv", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(32), "a picture"),
    bad("GIF as .tsv", b"GIF89a\x01\0\x01\0\0\0\0;", "a picture", file="table.tsv"),
    bad("PDF as .csv", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n", "a PDF"),
    bad("page as .csv", PAGE, "a web page or XML"),
    bad("page as .xlsx, as some shops export", PAGE, "a web page or XML", file="table.xlsx"),
    bad("XML as .csv", XML, "a web page or XML"),
    bad("SQLite as .csv", sqlite, "a SQLite database"),
    bad("RTF as .csv", rb"{\rtf1 summary}", "a text document"),
    bad("Zstandard as .csv", b"\x28\xb5\x2f\xfd\x00\x00", "a zstd file"),
    bad("a program as .csv", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x81\xff\n", "is no text: byte 16"),
    bad("CSV as .xlsx", CSV, "does not start like .xlsx", file="table.xlsx"),
    bad("CSV as .parquet", CSV, "does not start like .parquet", file="table.parquet"),
    bad("CSV as .csv.gz", CSV, "does not start like a gzip file", file="table.csv.gz"),
    bad("zip of a CSV as .xlsx", zipped(), "no workbook that can be read", file="table.xlsx"),
    bad("an ending that is none of ours", CSV, r"ending in '.docx': expected one of", file="table.docx"),
    bad("no ending", CSV, r"ending in 'nothing'", file="table"),
]

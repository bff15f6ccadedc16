"""Packed files: whole, cut, in several parts, and bombs."""

import gzip
import zlib

from tests.files.case import bad as refused
from tests.files.case import good as read

COLUMNS, ROWS = ["sku", "summary"], [["1", "kettle"], ["2", "lamp"]]
TEXT = b"sku,summary\n1,kettle\n2,lamp\n"


def good(name, content, columns, rows, *, file="table.csv.gz", **more):
    return read(name, content, columns, rows, file=file, **more)


def bad(name, content, reason, *, file="table.csv.gz"):
    return refused(name, content, reason, file=file)


def packed(content):
    return gzip.compress(content, mtime=0)


def bomb(piece, times):
    """Writes so many times a piece, packed as it comes."""

    def write(path):
        with gzip.open(path, "wb", compresslevel=9) as file:
            file.write(b"sku,summary\n")
            for _ in range(times):
                file.write(piece)

    return write


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


MEGABYTE = 1 << 20

CASES = [
    good("CSV", packed(TEXT), COLUMNS, ROWS),
    good("TSV", packed(TEXT.replace(b",", b"\t")), COLUMNS, ROWS, file="table.tsv.gz"),
    good("JSON lines", packed(b'{"summary": "kettle"}\n'), ["summary"], [["kettle"]], file="table.jsonl.gz"),
    good("UTF-16 within", packed(TEXT.decode().encode("utf-16")), COLUMNS, ROWS, notice="UTF-16"),
    good("capitals in the ending", packed(TEXT), COLUMNS, ROWS, file="TABLE.CSV.GZ"),
    good("two members", packed(TEXT[:20]) + packed(TEXT[20:]), COLUMNS, ROWS),
    good("a member of nothing between", packed(TEXT[:14]) + packed(b"") + packed(TEXT[14:]), COLUMNS, ROWS),
    good("zeros after the end", packed(TEXT) + bytes(64), COLUMNS, ROWS),
    bad("something else after the end", packed(TEXT) + b"surplus", "damaged gzip"),
    bad("cut in the middle", packed(TEXT * 100)[:60], "damaged gzip"),
    bad("cut before the checksum", packed(TEXT)[:-8], "damaged gzip"),
    bad("only the first ten bytes", packed(TEXT)[:10], "damaged gzip"),
    bad("a wrong checksum", flipped(packed(TEXT), -6), "damaged gzip"),
    bad("a wrong byte", flipped(packed(TEXT), 14), "damaged gzip|two of them|neither UTF-8|no column"),
    bad("nothing within", packed(b""), "only blank lines"),
    bad("the raw stream alone", zlib.compress(TEXT), "does not start like a gzip file"),
    bad("a bomb of zeros", bomb(bytes(MEGABYTE), 66), "line of more than 64 MB that begins at byte 12"),
    bad("a bomb of rows", bomb(b"1,a\n" * (MEGABYTE // 4), 66), "unpacks to more than 250 times its size .*byte"),
    bad("a bomb of blank lines", bomb(b"\n" * MEGABYTE, 66), "unpacks to more than 250 times"),
    bad("a bomb of JSON", bomb(b"{}\n" * (MEGABYTE // 3), 66), "unpacks to more than 250 times", file="table.jsonl.gz"),
    bad("a gzip within", packed(packed(TEXT)), "is a gzip file"),
    bad("a zip within", packed(b"PK\x03\x04rest"), "is a zip or Excel file"),
]  # fmt: skip

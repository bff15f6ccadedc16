"""Files that are small and would take much memory: what a process takes until it has refused or read them."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

# In a process of its own, as memory that was once taken counts for as long as a process lives.
MEASURED = """
import sys
import numpy, pyarrow.compute, pyarrow.parquet
from pricer.errors import UserError
{imports}

def most_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) >> 10

before = most_mb()
try:
    {code}
    print("read")
except UserError as error:
    print(str(error).replace("\\n", " "))
print(most_mb() - before)
"""
READ = MEASURED.format(
    imports="from pricer.tables import open_table", code="list(map(len, open_table(sys.argv[1]).chunks(4096)))"
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")


def measured(script, *arguments):
    """What was said, and the megabytes that it took."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    said, taken = found.stdout.rsplit("\n", 2)[:2]
    return said, int(taken)


def _again(text, n_rows=256):
    """One text in every row, stored once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), pa.array([text]))


def _lists(values, n_rows=256):
    """The values in one row, the last; others have empty lists."""
    return pa.ListArray.from_arrays(pa.array([0] * n_rows + [len(values)], pa.int32()), values)


TEXT = "a" * 3_000_000
BOMBS = {
    "three columns of 5 MB": [_again("a" * 5_000_000)] * 3,
    "one column of 3 MB": [_again(TEXT)],
    "lists in one row": [_lists(_again(TEXT, 2000))],
    "structs": [pa.StructArray.from_arrays([_again(TEXT)], ["a"])],
    "texts by their differences": [pa.array([TEXT] * 256)],
    "columns of one name": [_again(TEXT)] * 2,
    "a list of numbers": [_lists(pa.array([0] * 20_000_000, pa.int8()))],
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_parquet_file_of_few_kilobytes_takes_no_gigabytes(tmp_path, bomb):
    columns, path = BOMBS[bomb], tmp_path / "bomb.parquet"
    names = ["x"] * len(columns) if "one name" in bomb else [f"x{at}" for at in range(len(columns))]
    table = pa.Table.from_arrays([pa.array([f"kettle {at}" for at in range(256)]), *columns], ["summary", *names])
    options = {"use_dictionary": True, "dictionary_pagesize_limit": 1 << 30}
    if "differences" in bomb:
        options = {"use_dictionary": False, "column_encoding": {"x0": "DELTA_BYTE_ARRAY"}}
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=False, **options)
    assert path.stat().st_size < 4_000
    said, taken = measured(READ, path)
    assert "unpacks to more than 1,000 times its size" in said
    assert taken < 800


def _number(value, width=1):
    """As Thrift's compact protocol writes it, in so many bytes or more."""
    digits, rest = [], 2 * value
    while rest or len(digits) < width:
        digits.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*digits[:-1], digits[-1] & 127])


def _lies_about_bytes(footer, column):
    true = _number(column.total_uncompressed_size)
    return footer.replace(true, _number(50, len(true)))


def _lies_about_encodings(footer, column):
    return footer.replace(bytes([0x19, 0x25, 6, 14]), bytes([0x19, 0x25, 6, 0]))  # a list of RLE and DELTA_BYTE_ARRAY


TEXT_OF_8_MB = "a" * (8 << 20)
LIES = {
    "bytes of a dictionary": ([_again(TEXT_OF_8_MB)], [_lies_about_bytes]),
    "bytes of lists": ([_lists(_again(TEXT, 2000))], [_lies_about_bytes]),
    "bytes of differences": ([pa.array([TEXT] * 256)], [_lies_about_bytes]),
    "encodings of differences": ([pa.array([TEXT] * 256)], [_lies_about_encodings]),
    "bytes and encodings of differences": ([pa.array([TEXT] * 256)], [_lies_about_bytes, _lies_about_encodings]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_parquet_footer_that_lies_takes_no_gigabytes(tmp_path, lie):
    columns, lies = LIES[lie]
    path = tmp_path / "lie.parquet"
    options = {"use_dictionary": True, "dictionary_pagesize_limit": 1 << 30}
    if "differences" in lie:
        options = {"use_dictionary": False, "column_encoding": {"summary": "DELTA_BYTE_ARRAY"}}
    table = pa.Table.from_arrays(columns, ["summary"])
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=False, write_statistics=False, **options)
    content, column = path.read_bytes(), pyarrow.parquet.read_metadata(path).row_group(0).column(0)
    length = struct.unpack("<I", content[-8:-4])[0]
    footer = true = content[-8 - length : -8]
    for change in lies:
        footer, before = change(footer, column), footer
        assert footer != before
    path.write_bytes(content[: -8 - length] + footer + content[-8:])
    assert len(footer) == len(true)
    said, taken = measured(READ, path)
    assert "unpacks to more than 1,000 times its size" in said
    assert taken < 800


def test_an_evaluation_makes_no_items_of_a_file_with_too_many_rows(tmp_path):
    path = tmp_path / "goods.csv"
    path.write_text("summary,price\n" + "a,1\n" * 1_000_000)
    imports = """
from types import SimpleNamespace
from pricer.settings import Settings
from pricer.ui.context import PageContext
from pricer.ui.evaluation_source import FILE, Source
context = PageContext(SimpleNamespace(), Settings(max_page_rows=200_000))
"""
    for most, wanted in ((0, "goods.csv has more than 200,000 rows"), (10, "read")):
        code = f"Source(FILE, sys.argv[1], most={most}).read(context)"
        said, taken = measured(MEASURED.format(imports=imports, code=code), path)
        assert wanted in said
        assert taken < 60

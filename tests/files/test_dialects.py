"""Tables of any text, written by others in every dialect, come back exactly, in every format."""

import csv
import gzip
import io
import json

import openpyxl
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricer.batch import ADDED_COLUMNS, price_file

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
DELIMITERS, ENDS = (",", ";", "\t", "|"), ("\n", "\r\n", "\r")
PROPERTY = settings(
    max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Every character but NUL, which UTF-16 is told by.
_text = st.text(
    st.sampled_from("a,;|\"\t\r\n éß€ ='\\\u2028\x1f0") | st.characters(codec="utf-8", exclude_characters="\0"),
    max_size=9,
)
_words = st.sampled_from(["kettle", "NA", "007", "1,234.50", "=1+1", "-5", "null", ""])
_cell = _text | _words


@st.composite
def tables(draw, cell=_cell):
    """Rows of at least two columns: a text, and others."""
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6))


@st.composite
def dialects(draw):
    return {
        "encoding": draw(st.sampled_from(ENCODINGS)),
        "delimiter": draw(st.sampled_from(DELIMITERS)),
        "end": draw(st.sampled_from(ENDS)),
        "quoting": draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        "gz": draw(st.booleans()),
        "last_end": draw(st.booleans()),
    }


def _written(folder, rows, dialect):
    """The file, by the csv module, which quotes whatever may end a line."""
    written = "".join(record + dialect["end"] for record in _records(rows, dialect))
    if not dialect["last_end"]:
        written = written.removesuffix(dialect["end"])
    content = written.encode(dialect["encoding"])
    path = folder / ("table.csv.gz" if dialect["gz"] else "table.csv")
    path.write_bytes(gzip.compress(content) if dialect["gz"] else content)
    return path


def _records(rows, dialect):
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=dialect["delimiter"], quoting=dialect["quoting"], lineterminator="\r\n").writerow(
            row
        )
        yield line.getvalue().removesuffix("\r\n")


def _header(rows):
    return ["summary", *(f"c{at}" for at in range(1, len(rows[0])))]


def _fits(rows, encoding):
    try:
        "".join(map("".join, rows)).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _price(runner, source, output):
    *_, last = price_file(runner, source, output)
    assert last.rows_done == last.rows_total


def _read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def _read_jsonl(path):
    lines = path.read_text("utf-8").split("\n")[:-1]
    records = [json.loads(line) for line in lines]
    return [list(records[0]), *([*each.values()] for each in records)]


def _read_parquet(path):
    table = pyarrow.parquet.ParquetFile(path).read()
    return [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]


def _read_xlsx(path):
    found = [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.rows]
    return [[("" if cell is None else cell) for cell in row] for row in found]


READERS = {".csv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet, ".xlsx": _read_xlsx}


def _check(found, header, rows):
    assert found[0] == [*header, *ADDED_COLUMNS]
    assert [row[: len(header)] for row in found[1:]] == rows
    for text, (price, _, _, note) in zip(
        (row[0] for row in rows), (row[len(header) :] for row in found[1:]), strict=True
    ):
        assert (price in {None, ""}) is (not text.strip())
        assert ("not priced: no text" in note) is (not text.strip())


@PROPERTY
@given(rows=tables(), dialect=dialects())
def test_a_table_in_any_dialect_comes_back_exactly(tiny_runner, tmp_path_factory, rows, dialect):
    if not _fits(rows, dialect["encoding"]):
        dialect |= {"encoding": "utf-8"}
    folder = tmp_path_factory.mktemp("dialect")
    source = _written(folder, [_header(rows), *rows], dialect)
    _price(tiny_runner, source, folder / "out.csv")
    _check(_read_csv(folder / "out.csv"), _header(rows), rows)


_storable = (
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cc"], include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
        ),
        max_size=12,
    )
    | _words
)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".xlsx"])
@settings(PROPERTY, max_examples=40)
@given(rows=tables(_storable))
def test_every_format_holds_the_same_texts(tiny_runner, tmp_path_factory, suffix, rows):
    folder = tmp_path_factory.mktemp("format")
    dialect = {
        "encoding": "utf-8",
        "delimiter": ",",
        "end": "\n",
        "quoting": csv.QUOTE_ALL,
        "gz": False,
        "last_end": True,
    }
    source = _written(folder, [_header(rows), *rows], dialect)
    _price(tiny_runner, source, folder / f"out{suffix}")
    _check(READERS[suffix](folder / f"out{suffix}"), _header(rows), rows)
    _price(tiny_runner, folder / f"out{suffix}", folder / "again.csv")  # and our own file is read as it was written
    again = _read_csv(folder / "again.csv")
    assert [row[: len(rows[0])] for row in again] == [_header(rows), *rows]

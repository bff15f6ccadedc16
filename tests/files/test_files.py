"""Every file of the corpus, priced: its exact table with prices, or a refusal that names the row or the byte."""

import csv
import json
import re

import pyarrow.parquet
import pytest

from pricer.batch import ADDED_COLUMNS, price_file
from pricer.errors import TableError
from pricer.tables import open_table
from tests.files import (
    delimiters,
    encodings,
    gzips,
    headers,
    jsonl,
    line_ends,
    parquets,
    quotes,
    ragged,
    renamed,
    scripts,
    sizes,
    words,
    workbooks,
)

GROUPS = (encodings, delimiters, quotes, line_ends, ragged, headers, words, sizes, scripts, workbooks, gzips, renamed,
          parquets, jsonl)  # fmt: skip
CASES = [(f"{group.__name__.rpartition('.')[2]}: {case.name}", case) for group in GROUPS for case in group.CASES]
READ = [(name, case) for name, case in CASES if not case.refused]
REFUSED = [(name, case) for name, case in CASES if case.refused]


def parametrize(cases):
    return pytest.mark.parametrize("case", [case for _, case in cases], ids=[name for name, _ in cases])


@pytest.fixture(autouse=True)
def _usual_limit():
    """Each file is met as by a new process: with the csv module's own limit of a cell."""
    csv.field_size_limit(1 << 17)


def _priced(runner, source, output):
    *_, last = price_file(runner, source, output)
    return last


def _read_csv(path):
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


@parametrize(READ)
def test_every_row_comes_back_in_order_cell_by_cell(tiny_runner, tmp_path, case):
    progress = _priced(tiny_runner, case.write(tmp_path), tmp_path / "out.csv")
    header, *found = _read_csv(tmp_path / "out.csv")
    width = len(case.columns)
    assert header[:width] == list(case.columns)
    assert [row[:width] for row in found] == [list(row) for row in case.rows]
    assert [len(row) for row in found] == [width + len(ADDED_COLUMNS)] * len(case.rows)
    assert len(set(header[width:]) & set(ADDED_COLUMNS)) == len(set(ADDED_COLUMNS) - set(case.columns))
    for number, row in enumerate(found, start=1):
        *prices, note = row[width:]
        if number in case.unpriced:
            assert prices == ["", "", ""], number
            assert "not priced: " in note, number
        else:
            price, low, high = map(float, prices)
            assert 0 <= low <= price <= high, number
            assert bool(note) >= (number in case.noted), number
            assert "not priced" not in note, number
    assert progress.finished
    assert progress.priced == len(case.rows) - len(case.unpriced)
    said = " ".join(progress.notices)
    assert re.search(case.notice, said) if case.notice else not said, said
    again = open_table(tmp_path / "out.csv")
    assert (again.columns, [row for chunk in again.chunks(4096) for row in chunk.rows]) == (header, found)


@parametrize(REFUSED)
def test_what_cannot_be_read_in_full_is_refused_and_nothing_is_written(tiny_runner, tmp_path, case):
    source = case.write(tmp_path)
    with pytest.raises(TableError, match=f"(?s){case.refused}") as caught:
        _priced(tiny_runner, source, tmp_path / "out.csv")
    assert len(str(caught.value)) < 600
    assert not (tmp_path / "out.csv").exists()


@parametrize([(name, case) for name, case in READ if case.file.endswith(".parquet")])
def test_parquet_columns_come_back_as_arrow_has_them(tiny_runner, tmp_path, case):
    source = case.write(tmp_path)
    _priced(tiny_runner, source, tmp_path / "out.parquet")
    given, found = (pyarrow.parquet.ParquetFile(path).read() for path in (source, tmp_path / "out.parquet"))
    kept = found.select(range(given.num_columns))
    assert kept.schema.equals(given.schema)
    for ours, theirs in zip(kept.columns, given.columns, strict=True):
        assert ours.equals(theirs) or repr(ours.to_pylist()) == repr(theirs.to_pylist())  # NaN is not equal to itself
    assert found.num_columns == given.num_columns + len(ADDED_COLUMNS)


@parametrize([(name, case) for name, case in READ if case.file.endswith(".jsonl")])
def test_json_lines_come_back_as_they_were_with_our_members(tiny_runner, tmp_path, case):
    source = case.write(tmp_path)
    encoding = "utf-16" if "UTF-16" in case.name else "utf-8-sig"
    lines = [line.strip() for line in source.read_text(encoding).split("\n") if line.strip()]
    _priced(tiny_runner, source, tmp_path / "out.jsonl")
    found = (tmp_path / "out.jsonl").read_text("utf-8").removesuffix("\n").split("\n")
    assert len(found) == len(lines)
    for line, given in zip(found, lines, strict=True):
        assert line.startswith(given[:-1])
        assert len(json.loads(line, parse_int=str)) == len(json.loads(given, parse_int=str)) + len(ADDED_COLUMNS)

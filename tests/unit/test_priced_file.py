"""A priced file in other formats, and the rows that one looks for."""

import csv
import datetime

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from pricer.batch import ADDED_COLUMNS, price_file
from pricer.batch.priced_file import NOT_PRICED, NOTED, PRICED, RowFilter, convert, endings_offered, find_rows
from pricer.batch.sample import write_sample, write_template
from pricer.errors import TableError
from pricer.tables import open_table

N_ROWS = 30


@pytest.fixture
def write_source(tmp_path, items):
    """Writes 30 products in a format; two have no text, and cells are as awkward as the format allows."""

    def write(name):
        rows = [[f"00{at}", item.summary, 'a "quoted"\nnote, NA'] for at, item in enumerate(items[:N_ROWS])]
        rows[3][1], rows[17][1] = "", ""
        path = tmp_path / name
        columns = {name: [row[at] for row in rows] for at, name in enumerate(["sku", "summary", "remark"])}
        if name.endswith(".parquet"):
            pyarrow.parquet.write_table(pyarrow.table(columns | {"stock": list(range(N_ROWS))}), path)
        elif name.endswith(".xlsx"):
            book = openpyxl.Workbook()
            for at, row in enumerate([list(columns), *rows]):
                book.active.append([*row, datetime.date(2026, 1, 31) if at else "added"])
            book.save(path)
        else:
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([list(columns), *rows])
        return path

    return write


def _priced(runner, source):
    output = source.with_name("priced-" + source.name)
    list(price_file(runner, source, output))
    return open_table(output)


@pytest.mark.parametrize("source", ["in.csv", "in.xlsx", "in.parquet", "in.tsv"])
@pytest.mark.parametrize("target", ["out.csv", "out.xlsx", "out.parquet"])
def test_a_conversion_is_what_the_batch_would_have_written(tiny_runner, write_source, tmp_path, source, target):
    path = write_source(source)
    if source.endswith(".tsv"):
        path.write_text(path.read_text().replace(",", "\t").replace("note\t", "note,"))
    convert(_priced(tiny_runner, path), tmp_path / target)
    list(price_file(tiny_runner, path, tmp_path / f"direct-{target}"))
    got, expected = (open_table(tmp_path / name) for name in (target, f"direct-{target}"))
    assert got.columns == expected.columns
    assert [chunk.rows for chunk in got.chunks(7)] == [chunk.rows for chunk in expected.chunks(7)]
    assert got.n_rows == N_ROWS


def test_types_survive_where_the_format_has_them(tiny_runner, write_source, tmp_path):
    convert(_priced(tiny_runner, write_source("in.parquet")), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet["D3"].value == 1
    assert isinstance(sheet["E3"].value, float)
    assert sheet["E5"].value is None


def test_a_conversion_can_be_made_spreadsheet_safe(tiny_runner, tmp_path):
    (tmp_path / "in.csv").write_text("summary,sku\n=kettle,-5\n")
    table = _priced(tiny_runner, tmp_path / "in.csv")
    assert convert(table, tmp_path / "plain.csv") == ""
    assert (tmp_path / "plain.csv").read_bytes() == table.path.read_bytes()
    assert convert(table, tmp_path / "safe.csv", spreadsheet_safe=True).endswith("in 'summary'.")
    assert (tmp_path / "safe.csv").read_text().splitlines()[1].startswith("'=kettle,-5,")


def test_what_a_format_cannot_hold_is_explained(tiny_runner, tmp_path):
    (tmp_path / "in.csv").write_text(f"summary,sku\nkettle,{'a' * 32_768}\n")
    with pytest.raises(TableError, match=r"longer than the 32,767 characters that Excel holds.*\.csv"):
        convert(_priced(tiny_runner, tmp_path / "in.csv"), tmp_path / "out.xlsx")


@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("a.csv", [".csv", ".xlsx", ".parquet"]),
        ("a.XLSX", [".xlsx", ".csv", ".parquet"]),
        ("a.jsonl.gz", [".jsonl.gz", ".csv", ".xlsx", ".parquet"]),
    ],
)
def test_the_files_own_format_is_offered_first(tmp_path, name, endings):
    assert endings_offered(tmp_path / name) == endings


@pytest.fixture
def priced(tiny_runner, write_source):
    return _priced(tiny_runner, write_source("in.csv"))


def _expected(priced, test):
    return [row[:3] for chunk in priced.chunks(100) for row in chunk.rows if test(row)]


def test_without_a_filter_the_first_rows_are_shown(priced):
    found = find_rows(priced, RowFilter(), most=4)
    assert found.numbers == [1, 2, 3, 4]
    assert found.n_fitting == N_ROWS
    assert found.columns[-4:] == list(ADDED_COLUMNS)


def test_rows_are_found_by_words_in_any_case_and_order(priced, items):
    noun, adjective = items[0].title.split()[::-1]
    found = find_rows(priced, RowFilter(words=f"  {noun.upper()} {adjective} "))
    both = _expected(priced, lambda row: noun.lower() in row[1] and adjective.lower() in row[1])
    assert [row[:3] for row in found.rows] == both
    assert found.n_fitting == len(both) > 0


def test_rows_are_found_by_their_note(priced):
    assert find_rows(priced, RowFilter(outcome=NOT_PRICED)).numbers == [4, 18]
    assert find_rows(priced, RowFilter(outcome=NOTED, words="no text")).numbers == [4, 18]
    assert find_rows(priced, RowFilter(outcome=PRICED)).n_fitting == N_ROWS - 2


def test_rows_are_found_by_price(priced):
    prices = sorted(float(row[3]) for chunk in priced.chunks(100) for row in chunk.rows if row[3])
    found = find_rows(priced, RowFilter(least_usd=prices[5], most_usd=prices[9]))
    assert sorted(float(row[3]) for row in found.rows) == prices[5:10]
    assert find_rows(priced, RowFilter(least_usd=0.0)).n_fitting == N_ROWS - 2
    assert find_rows(priced, RowFilter(most_usd=1e9)).n_fitting == N_ROWS - 2


def test_no_more_rows_are_given_than_asked_for_but_all_are_counted(priced):
    found = find_rows(priced, RowFilter(outcome=PRICED), most=3)
    assert (len(found.rows), found.n_fitting) == (3, N_ROWS - 2)


def test_the_sample_is_drawn_from_the_test_split_with_its_prices(tmp_path, items):
    columns = {"summary": [item.summary for item in items], "price": [item.price for item in items]}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "split.parquet")
    assert write_sample(tmp_path / "split.parquet", tmp_path / "sample.csv", most=20) == 20
    known = {item.summary: item.price for item in items}
    with (tmp_path / "sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["summary"] for row in rows}) == 20
    assert all(float(row["price"]) == known[row["summary"]] for row in rows)


def test_the_template_is_a_file_that_can_be_priced(tiny_runner, tmp_path):
    write_template(tmp_path / "template.csv")
    *_, last = price_file(tiny_runner, tmp_path / "template.csv", tmp_path / "out.csv")
    assert last.priced == last.rows_total == 2

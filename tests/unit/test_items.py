"""Items and the files that they are read from."""

import gzip
import json
import math

import pyarrow
import pyarrow.parquet
import pytest

from pricer.errors import ItemError, TableError
from pricer.items import Item, find_text_columns, parse_price, price_problem
from pricer.tables import open_table


def test_only_summary_and_price_are_needed():
    item = Item(summary="A kettle", price="12.5")
    assert (item.price, item.title, item.category, item.full, item.weight, item.prompt, item.id) == (12.5, *[None] * 6)


@pytest.mark.parametrize("price", [None, -1, math.nan, math.inf, "dear"])
def test_an_unusable_price_is_refused(price):
    with pytest.raises(ItemError, match="price"):
        Item(summary="A kettle", price=price)


@pytest.mark.parametrize("summary", ["", " \n", None, 3])
def test_an_unusable_text_is_refused(summary):
    with pytest.raises(ItemError, match="text"):
        Item(summary=summary, price=1)


def _write(folder, name, rows):
    """The same rows in the format of the name's suffix."""
    path = folder / name
    if name.endswith(".parquet"):
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        return path
    if ".jsonl" in name:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        tab = "\t" if ".tsv" in name else ","
        text = "".join(tab.join(map(str, line)) + "\n" for line in [rows[0], *[row.values() for row in rows]])
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["i.csv", "i.tsv", "i.jsonl", "i.parquet", "i.csv.gz", "i.tsv.gz", "i.jsonl.gz"])
def test_every_format_gives_the_same_items(tmp_path, name):
    rows = [
        {"summary": "A kettle", "price": 12.5, "category": "Home"},
        {"summary": "A drill", "price": 80, "category": ""},
    ]
    items = Item.from_file(_write(tmp_path, name, rows))
    assert [(item.summary, item.price) for item in items] == [("A kettle", 12.5), ("A drill", 80.0)]
    assert items[0].category == "Home"
    assert items.skipped == 0


def test_an_invalid_row_is_refused_with_its_number_and_without_its_text(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("summary,price\nA kettle,12\nsecret words,-3\n")
    with pytest.raises(ItemError, match="row 2: price is negative") as caught:
        Item.from_file(path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [(" ,5", "no text"), ("A kettle,", "no price"), ("A kettle,nan", "no number"), ("A kettle,inf", "no number")],
)
def test_invalid_rows_can_be_skipped_and_are_counted(tmp_path, cells, problem):
    path = tmp_path / "items.csv"
    path.write_text(f"summary,price\n{cells}\nA drill,80\n")
    items = Item.from_file(path, skip_invalid=True)
    assert [item.summary for item in items] == ["A drill"]
    assert items.skipped == 1
    assert "row 1" in items.problems[0]


def test_a_nan_price_in_parquet_is_not_finite(tmp_path):
    path = _write(tmp_path, "i.parquet", [{"summary": "A kettle", "price": math.nan}])
    with pytest.raises(ItemError, match="row 1: price is not finite"):
        Item.from_file(path)


def test_only_the_asked_split_is_read(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("summary,price,split\nA kettle,12,train\nA drill,80,test\n")
    assert [item.summary for item in Item.from_file(path, split="test")] == ["A drill"]


def test_named_text_columns_are_joined_in_the_order_given(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("brand,name,price\nAcme,Kettle,12\n")
    assert Item.from_file(path, text_columns=["name", "brand"])[0].summary == "Kettle\nAcme"


@pytest.mark.parametrize(
    ("header", "found"),
    [("title,summary", [1]), ("description,title", [0]), ("Text ,id", [0]), ("only", [0]), ("id, SUMMARY", [1])],
)
def test_the_text_column_is_the_first_usual_one(tmp_path, header, found):
    path = tmp_path / "items.csv"
    path.write_text(header + "\n")
    assert find_text_columns(open_table(path)) == found


def test_no_usual_text_column_is_an_error_that_lists_the_columns(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("sku,words\n1,A kettle\n")
    with pytest.raises(TableError, match="'sku', 'words'.*--text-column"):
        find_text_columns(open_table(path))


@pytest.mark.parametrize(
    ("value", "price"),
    [("$1,234.50", 1234.5), (" 12 ", 12.0), ("1e3", 1000.0), ("-5", -5.0), ("", None), (None, None), (7, 7.0)],
)
def test_prices_are_read_as_people_write_them(value, price):
    assert parse_price(value) == price


@pytest.mark.parametrize("value", ["twelve", "1,2,3", "12 or 13", "€5", "1.234,50", True, [1]])
def test_what_is_no_price_is_not_guessed(value):
    assert price_problem(parse_price(value)) == "price is no number"


@pytest.mark.parametrize("name", ["validation", "val", "Valid", "dev "])
def test_a_split_has_several_usual_names(tmp_path, name):
    path = tmp_path / "items.csv"
    path.write_text(f"summary,price,split\nA kettle,12,train\nA drill,80,{name}\n")
    assert [item.summary for item in Item.from_file(path, split="validation")] == ["A drill"]


def test_the_fields_stand_in_the_courses_order():
    names = ["title", "category", "price", "full", "weight", "summary", "prompt", "id"]
    assert list(Item(summary="A kettle", price=1).to_dict()) == names

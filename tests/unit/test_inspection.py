"""What is found in a file before it is priced."""

import pytest

from pricer.batch.inspection import FIRST_ROWS, format_words, guess_text_columns, inspect_rows
from pricer.items import MAX_TEXT_CHARS
from pricer.tables import open_table


def _table(tmp_path, content, name="in.csv", encoding="utf-8"):
    (tmp_path / name).write_bytes(content.encode(encoding))
    return open_table(tmp_path / name)


def _inspected(table, columns=(0,)):
    *_, last = inspect_rows(table, columns)
    return last


def test_every_problem_is_counted_with_its_first_rows(tmp_path):
    long = "kettle " * (MAX_TEXT_CHARS // 7 + 1)
    rows = ["kettle,1", ",2", f"{long},3", "lamp", "kettle ,5", '"  ",6', "caf� press,7", "cafÃ© press,8", "lamp,9"]
    found = _inspected(_table(tmp_path, "summary,price\n" + "\n".join(rows) + "\n"))
    assert (found.empty.n_rows, found.empty.first_rows) == (2, [2, 6])
    assert (found.too_long.n_rows, found.too_long.first_rows) == (1, [3])
    assert (found.short.n_rows, found.short.first_rows) == (1, [4])
    assert (found.garbled.n_rows, found.garbled.first_rows) == (2, [7, 8])
    assert (found.repeated.n_rows, found.repeated.first_rows) == (2, [5, 9])
    assert found.labelled == 5  # 2 and 6 have no text, 3 is too long, 4 has no price
    assert found.problems == [found.empty, found.too_long, found.short, found.garbled, found.repeated]


def test_a_clean_file_has_no_problems(tmp_path):
    found = _inspected(_table(tmp_path, "summary\nkettle\nlamp\ncafé press\n"))
    assert found.problems == []
    assert found.finished
    assert found.labelled is None


def test_it_tells_how_far_it_is_and_knows_repeats_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.batch.inspection.CHECKED_ROWS", 4)
    table = _table(tmp_path, "summary\n" + "".join(f"lamp {at % 7}\n" for at in range(10)))
    assert [found.rows_checked for found in inspect_rows(table, [0])] == [4, 8, 10]
    assert _inspected(table).repeated.first_rows == [8, 9, 10]


def test_only_the_first_row_numbers_are_kept(tmp_path):
    found = _inspected(_table(tmp_path, "summary,sku\n" + ",1\n" * 50))
    assert found.empty.n_rows == 50
    assert found.empty.first_rows == list(range(1, FIRST_ROWS + 1))
    assert found.repeated.n_rows == 0


def test_a_table_without_rows_is_inspected_without_a_word(tmp_path):
    assert list(inspect_rows(_table(tmp_path, "summary\n"), [0])) == []


def test_several_columns_make_one_text(tmp_path):
    found = _inspected(_table(tmp_path, "a,b\nkettle,\n,lamp\n,\n"), [0, 1])
    assert found.empty.first_rows == [3]


def test_a_price_column_that_is_read_as_text_is_no_label(tmp_path):
    assert _inspected(_table(tmp_path, "price\n12\n")).labelled is None


@pytest.mark.parametrize(
    ("header", "row", "columns", "by_name"),
    [
        ("sku,Description", "1,kettle", (1,), True),
        ("sku,words", "A-1,Steel kettle with a long handle", (1,), False),
        ("sku,ean", "A-1,4006381333931", (), False),
        ("words,words", "Steel kettle with a handle,x", (), False),
    ],
)
def test_the_text_column_is_guessed_by_its_name_else_by_its_words(tmp_path, header, row, columns, by_name):
    table = _table(tmp_path, f"{header}\n{row}\n")
    guess = guess_text_columns(table, next(table.chunks(5)))
    assert (guess.columns, guess.by_name) == (columns, by_name)


@pytest.mark.parametrize(
    ("name", "content", "encoding", "words"),
    [
        ("a.csv", "summary,b\nkettle,1\n", "utf-8", "CSV, UTF-8, commas"),
        ("a.csv", "summary;b\ncafé;1\n", "cp1252", "CSV, Windows-1252, semicolons"),
        ("a.tsv", "summary\tb\nkettle\t1\n", "utf-16", "TSV, UTF-16, tabs"),
        ("a.jsonl", '{"summary": "kettle"}\n', "utf-8", "JSON lines, UTF-8"),
    ],
)
def test_the_format_is_told_in_words(tmp_path, name, content, encoding, words):
    assert format_words(_table(tmp_path, content, name, encoding)) == words


def test_own_prices_that_are_no_dollars_are_counted(tmp_path):
    rows = ['kettle,"39,90"', "lamp,$12.50", "drill,n/a", "tent,", "chair,-5"]
    found = _inspected(_table(tmp_path, "summary,price\n" + "\n".join(rows) + "\n"))
    assert found.unreadable.first_rows == [1, 3, 5]
    assert found.labelled == 1
    assert found.problems == [found.unreadable]

"""Text that a spreadsheet might run is made harmless; numbers stay."""

import csv

import openpyxl
import pyarrow.parquet
import pytest

from pricer.batch import BatchOptions, price_file
from pricer.tables.spreadsheet_safe import is_formula, neutralised


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\rlamp", "\tlamp", "  =1",
        ' \n"=1"', "'=1", "“=1",
        "\n=1", ",=1", ";=1", "|=cmd", "„=1", "\xad=1", "\u2066=1", "\u3164+x(", "\x7f@x", "﹦1+1", "﹫x", "−x(1)",
        "=", "@", "=\t",
        "\u00a0=1", "\ufeff=1", "\u200b-x", "＝1+1", "-", "--1", "+1.5 kg", "-5,=1",
    ],
)  # fmt: skip
def test_text_that_may_be_run_gets_an_apostrophe(text):
    assert is_formula(text)
    assert neutralised(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "lamp", "a=b", "3-4", "-5", "+1.5", "-1,234.50", " -0.5 ", "+3e-7", "-20%", "+49 30 1234", ".5", "e-mail"],
)  # fmt: skip
def test_plain_text_and_numbers_stay(text):
    assert neutralised(text) == text
    assert neutralised(text, within=True) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1", "a;'=1+1"), ('a",=1', "a\",'=1"), ("a\n=1\n@x", "a\n'=1\n'@x"), ("a\t@SUM(1)", "a\t'@SUM(1)"),
        ("a,\u200b＝1", "a,\u200b'＝1"), ("a\n-2+3+cmd|' /C calc'!A0", "a\n'-2+3+cmd|' /C calc'!A0"),
        ("=1;=2", "'=1;'=2"),
        ("a|=x", "a|'=x"), ("\n=1", "'\n=1"), ("a\r+f(1)", "a\r'+f(1)"),
    ],
)  # fmt: skip
def test_a_cell_that_begins_within_a_text_is_cut_off_in_text_files(text, safe):
    assert neutralised(text, within=True) == safe
    assert (neutralised(text) == text) is not safe.startswith("'")


@pytest.mark.parametrize("text", ["steel\n- 2 l\n- lid\n+ cable", "a, b; c=d", "1,5 - 2,5", "x = 5", "12, -5, +3"])
def test_descriptions_stay_in_text_files(text):
    assert neutralised(text, within=True) == text


@pytest.mark.parametrize("piece", [" ", "\n", ",", "1", ",+", "\n-", "'", "\u200b", "1 ", ";=("])
def test_a_text_of_a_megabyte_takes_no_longer_for_its_signs(piece):
    text = piece * (1_000_000 // len(piece)) + "x"
    neutralised(text, within=True)  # would not end if its time grew with the square


@pytest.fixture
def source(tmp_path):
    rows = [["summary", "=sku", "stock"], ["=A steel kettle", "-5", "x"], ["lamp", "+1.5", "@home"], ["", "7", "y"]]
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path / "in.csv"


def _run(runner, source, output, safe=True):
    *_, last = price_file(runner, source, output, BatchOptions(spreadsheet_safe=safe))
    return last


def test_a_safe_csv_touches_only_such_text_and_says_where(tiny_runner, source, tmp_path):
    progress = _run(tiny_runner, source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [row[:3] for row in csv.reader(file)]
    assert rows == [
        ["summary", "'=sku", "stock"], ["'=A steel kettle", "-5", "x"], ["lamp", "+1.5", "'@home"], ["", "7", "y"],
    ]  # fmt: skip
    assert progress.notices[-1].endswith("apostrophe before it, in 'summary', '=sku', 'stock'.")


def test_prices_are_those_of_the_text_as_it_was(tiny_runner, source, tmp_path):
    _run(tiny_runner, source, tmp_path / "safe.csv")
    _run(tiny_runner, source, tmp_path / "plain.csv", safe=False)
    added = [
        [row.split(",")[3:] for row in (tmp_path / name).read_text().splitlines()] for name in ("safe.csv", "plain.csv")
    ]
    assert added[0] == added[1]


def test_a_workbook_is_made_safe_too(tiny_runner, source, tmp_path):
    _run(tiny_runner, source, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet["A2"].value == "'=A steel kettle"


def test_what_no_spreadsheet_opens_stays_as_it_is_and_says_so(tiny_runner, source, tmp_path):
    progress = _run(tiny_runner, source, tmp_path / "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["summary"][0].as_py() == "=A steel kettle"
    assert "nothing was changed" in progress.notices[-1]


def test_a_harmless_file_is_told_to_be_one(tiny_runner, tmp_path):
    (tmp_path / "in.csv").write_text("summary\nlamp\n")
    assert "nothing was changed" in _run(tiny_runner, tmp_path / "in.csv", tmp_path / "out.csv").notices[-1]


def test_without_the_option_nothing_is_touched_or_said(tiny_runner, source, tmp_path):
    progress = _run(tiny_runner, source, tmp_path / "out.csv", safe=False)
    assert progress.notices == []
    assert "\n=A steel kettle," in (tmp_path / "out.csv").read_text()

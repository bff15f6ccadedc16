"""`_xHHHH_` in workbooks: read as spreadsheet programs mean it, written so that they show what was there."""

import re
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricer.batch import price_file
from pricer.tables import open_table
from pricer.tables.table import Chunk
from pricer.tables.xlsx_writer import XlsxWriter
from tests.files.workbooks import HEAD, book, row, sheet, text

MEANT = [  # as it stands in the XML, and the text
    ("kettle_x000D_\nsteel", "kettle\r\nsteel"),  # so Excel keeps a carriage return
    ("a_x005F_x0041_b", "a_x0041_b"),
    ("part_x0041_b", "partAb"),
    ("_x000a__x0009_", "\n\t"),
    ("_x005F_x005F_x0041_", "_x005FA"),
    ("ab_x001f_", "ab\x1f"),
    ("boxx005F_1", "boxx005F_1"),  # no escape
    ("_X0041_ _x041_ _x00414_ x0041_ _x0041", "_X0041_ _x041_ _x00414_ x0041_ _x0041"),
    ("_xD83D_", "_xD83D_"),  # half of a character
]  # fmt: skip
AWKWARD = st.text(st.sampled_from([*"_x0041_D8F\r\n\x00\x01\x1f\uffff", "é", "<", "&"]), min_size=1, max_size=24)


def _read(path):
    table = open_table(path)
    return table.columns, [row for chunk in table.chunks(10) for row in chunk.rows]


def _write(path, rows):
    with XlsxWriter(path, ["summary", "note"]) as writer:
        writer.write(Chunk(1, [[cell] for cell in rows]), [[""] * len(rows)])
    return path


@pytest.mark.parametrize(("stored", "meant"), MEANT, ids=[stored for stored, _ in MEANT])
def test_shared_inline_and_computed_texts_mean_the_same(tmp_path, stored, meant):
    shared = f"<si><t>{stored}</t></si><si><r><t>{stored}</t></r><r><rPr><b/></rPr><t>!</t></r></si>"
    spoken = f"<c t='inlineStr'><is><t>{stored}</t><rPh sb='0' eb='1'><t>spoken</t></rPh></is></c>"
    cells = ['<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>', text(stored), text(stored, "str"), spoken]
    sheet(row(*map(text, "abcde")) + row(*cells), shared=shared)(tmp_path / "in.xlsx")
    assert _read(tmp_path / "in.xlsx")[1] == [[meant, f"{meant}!", meant, meant, meant]]


@pytest.mark.parametrize(("stored", "meant"), MEANT[:5], ids=[stored for stored, _ in MEANT[:5]])
def test_what_another_library_has_written_is_read_so_too(tmp_path, stored, meant):
    book(["summary", stored], [stored, 1])(tmp_path / "in.xlsx")  # openpyxl leaves escapes as they are
    assert _read(tmp_path / "in.xlsx") == (["summary", meant], [[meant, 1]])


def test_what_looks_like_an_escape_is_written_as_one(tmp_path):
    path = _write(tmp_path / "out.xlsx", ["part_x0041_b", "_x0041_x0042_", "a_b", "\x01", "_x0041\x01"])
    with zipfile.ZipFile(path) as archive:
        written = re.findall(r"<t[^>]*>([^<]*)</t>", archive.read("xl/worksheets/sheet1.xml").decode())
    assert written[2:] == [
        "part_x005F_x0041_b", "_x005F_x0041_x005F_x0042_", "a_b", "_x0001_", "_x005F_x0041_x0001_",
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(AWKWARD, min_size=1, max_size=8))
def test_any_text_comes_back(tmp_path_factory, texts):
    path = _write(tmp_path_factory.mktemp("text") / "out.xlsx", texts)
    assert [cells[0] for cells in _read(path)[1]] == texts


def test_a_batch_from_workbook_to_workbook_changes_no_text(tiny_runner, tmp_path):
    cells = "".join(row(text(stored), text("1")) for stored, _ in MEANT)
    sheet(HEAD + cells)(tmp_path / "in.xlsx")
    *_, last = price_file(tiny_runner, tmp_path / "in.xlsx", tmp_path / "out.xlsx")
    assert last.priced == len(MEANT) - 1  # line ends alone are no text
    assert [found[0] for found in _read(tmp_path / "out.xlsx")[1]] == [meant for _, meant in MEANT]
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").active["A4"].value == "partAb"

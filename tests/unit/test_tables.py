"""Files as people have them, read in full or refused."""

import csv
import datetime
import gzip
import io
import re

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pricer.errors import TableError
from pricer.tables import SUFFIXES, Chunk, Limits, open_table, open_writer
from pricer.tables.csv_table import CsvWriter
from pricer.tables.line_ends import ReturnScan
from pricer.tables.quotes import CLOSED, OPENED, QuoteScan
from pricer.tables.xlsx_writer import XlsxWriter
from tests.files.workbooks import sheet


def _rows(path, size=3):
    return [row for chunk in open_table(path).chunks(size) for row in chunk.rows]


def _csv(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_delimiter_and_line_end(tmp_path, delimiter, end):
    lines = [["id", "summary"], ["1", "a kettle, steel"], ["2", "a drill"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(lines)
    table = open_table(_csv(tmp_path, text.getvalue()))
    assert table.columns == lines[0]
    assert _rows(table.path) == lines[1:]
    assert table.n_rows == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_usual_encoding(tmp_path, encoding):
    path = _csv(tmp_path, "summary,price\ncafé “crème”,3\n".encode(encoding))
    assert _rows(path) == [["café “crème”", "3"]]


def test_what_no_encoding_fits_is_refused_with_the_byte(tmp_path):
    with pytest.raises(TableError, match="byte 8"):
        open_table(_csv(tmp_path, b"summary\n\x81\x8d\n"))


def test_words_for_nothing_leading_zeros_and_long_digits_stay_text(tmp_path):
    cells = ["NA", "null", "None", "nan", "007", "12345678901234567890", "1,234", " x "]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["summary", "sku"], *[[cell, cell] for cell in cells]])
    assert _rows(_csv(tmp_path, text.getvalue())) == [[cell, cell] for cell in cells]


def test_a_row_wider_than_the_header_is_refused_with_its_number(tmp_path):
    with pytest.raises(TableError, match="row 2: found 3 cells, but the header has 2") as caught:
        open_table(_csv(tmp_path, "summary,price\na,1\nsecret,2,3\n"))
    assert "secret" not in str(caught.value)


def test_a_shorter_row_is_kept_and_noted(tmp_path):
    table = open_table(_csv(tmp_path, "summary,price\na,1\nb\n"))
    (chunk,) = table.chunks(10)
    assert chunk.rows == [["a", "1"], ["b", ""]]
    assert chunk.notes == {1: "row has 1 of 2 cells"}


@pytest.mark.parametrize(
    ("body", "reason"), [('a,1\n"b,2\n', "row 2.*never closed"), ('"a" b,1\n', "row 1.*follows a closing quote")]
)
def test_broken_quotes_are_refused_with_the_row(tmp_path, body, reason):
    with pytest.raises(TableError, match=reason):
        open_table(_csv(tmp_path, "summary,price\n" + body))


def test_a_quote_inside_a_plain_cell_is_kept(tmp_path):
    assert _rows(_csv(tmp_path, 'summary,price\n55" TV,1\n')) == [['55" TV', "1"]]


def test_blank_lines_are_no_rows_but_empty_cells_where_there_is_one_column(tmp_path):
    assert _rows(_csv(tmp_path, "summary,price\n\na,1\n\n")) == [["a", "1"]]
    assert _rows(_csv(tmp_path, "summary\na\n\nb\n")) == [["a"], [""], ["b"]]


def test_a_file_of_one_column_may_have_commas_without_quotes(tmp_path):
    assert _rows(_csv(tmp_path, "summary\na kettle, steel\nb\n")) == [["a kettle, steel"], ["b"]]


def test_duplicate_and_empty_headers_lose_no_column(tmp_path):
    table = open_table(_csv(tmp_path, "a,a,,summary\n1,2,3,x\n"))
    assert table.columns == ["a", "a", "", "summary"]
    assert _rows(table.path) == [["1", "2", "3", "x"]]


def test_a_cell_of_a_megabyte_is_read(tmp_path):
    cell = "word " * 200_000
    assert _rows(_csv(tmp_path, f'summary,price\n"{cell}",1\n')) == [[cell, "1"]]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "t.csv", "0 bytes"),
        (b"\n\n", "t.csv", "only blank lines"),
        (b"PK\x03\x04rest", "t.csv", "zip or Excel"),
        (b"PAR1rest", "t.csv", "Parquet"),
        (b"plain text", "t.xlsx", "does not start like"),
        (b"plain text", "t.parquet", "does not start like"),
        (b"PK\x03\x04 no zip", "t.xlsx", "damaged workbook"),
        (b"PAR1 no parquet", "t.parquet", "damaged Parquet"),
        (b"plain", "t.csv.gz", "does not start like a gzip"),
        (b"\x1f\x8b\x08\x00broken", "t.csv.gz", "damaged gzip"),
        (b"x", "t.docx", "expected one of .csv"),
        (b'{"summary": "a"}\n{broken\n', "t.jsonl", "row 2: no JSON"),
        (b"[1]\n", "t.jsonl", "row 1: expected an object"),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(tmp_path, content, name, reason):
    with pytest.raises(TableError, match=reason):
        open_table(_csv(tmp_path, content, name))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TableError, match=r"no file 'gone.csv'"):
        open_table(tmp_path / "gone.csv")


def test_a_workbook_keeps_its_rows_types_and_empty_rows(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    day = datetime.datetime(2026, 1, 2)
    for row in [["summary", "price", "day"], ["a kettle", 12.5, day], [None, None, None], ["b", 3, None]]:
        book.active.append(row)
    book.save(path)
    assert _rows(path) == [["a kettle", 12.5, day], [None, None, None], ["b", 3, None]]


def test_jsonl_lines_come_back_as_they_were(tmp_path):
    line = '{"summary":"a kettle",  "price": 1.10, "more": {"x": [1, 2.50]}}'
    table = open_table(_csv(tmp_path, line + "\n", "t.jsonl"))
    with open_writer(tmp_path / "out.jsonl", table.columns, ["note"], table) as writer:
        for chunk in table.chunks(10):
            writer.write(chunk, [["fine"]])
    assert (tmp_path / "out.jsonl").read_text() == line[:-1] + ', "note": "fine"}\n'


_cell = st.text(st.sampled_from('a,;|"\t\r\n é') | st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=9)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(_cell, min_size=n, max_size=n), min_size=1, max_size=6)),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_the_csv_module_writes_comes_back_equal(tmp_path_factory, rows, delimiter, end):
    folder = tmp_path_factory.mktemp("csv")
    header = [f"column{index}" for index in range(len(rows[0]))]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    path = _csv(folder, text.getvalue())
    assert _rows(path) == rows
    table = open_table(path)
    with open_writer(folder / "out.csv", table.columns, ["extra"], table) as writer:
        for chunk in table.chunks(2):
            writer.write(chunk, [[""] * len(chunk)])
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [[*header, "extra"], *[[*row, ""] for row in rows]]


def test_jsonl_members_become_text_as_they_were_written(tmp_path):
    path = _csv(tmp_path, '{"a": 1.10, "b": [1, 2.50, "x"], "c": {"d": true}, "e": null, "f": false}\n', "t.jsonl")
    assert _rows(path) == [["1.10", '[1, 2.50, "x"]', '{"d": true}', None, "false"]]


def test_half_a_character_is_refused_with_its_row(tmp_path):
    with pytest.raises(TableError, match="row 2: half of a surrogate pair"):
        open_table(_csv(tmp_path, '{"a": "\\ud83d\\ude00"}\n{"a": "\\ud83d"}\n', "t.jsonl"))


def test_two_columns_of_one_name_are_not_written_as_json(tmp_path):
    table = open_table(_csv(tmp_path, "a,a\n1,2\n"))
    with pytest.raises(TableError, match="JSON cannot hold"):
        open_writer(tmp_path / "out.jsonl", table.columns, ["note"], table)


def test_what_a_workbook_or_json_cannot_hold_becomes_text(tmp_path):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=zone)
    source = tmp_path / "in.parquet"
    when = pyarrow.array([moment], pyarrow.timestamp("us", tz="+02:00"))
    pyarrow.parquet.write_table(pyarrow.table({"when": when, "x": [float("nan")]}), source)
    table = open_table(source)
    for name in ("out.xlsx", "out.jsonl"):
        with open_writer(tmp_path / name, table.columns, ["predicted_price", "price_note"], table) as writer:
            for chunk in table.chunks(5):
                writer.write(chunk, [[1.5], [""]])
        assert _rows(tmp_path / name)[0][:2] == ["2026-01-02T03:04:00+02:00", "nan"]


@pytest.mark.parametrize("content", ["\n\n", "{}\n"])
def test_json_lines_without_members_are_refused(tmp_path, content):
    with pytest.raises(TableError, match="no rows with members"):
        open_table(_csv(tmp_path, content, "t.jsonl"))


_AWKWARD = st.text(st.sampled_from(list("aé,;\"\n\r\t |='\\\x00\x1f\u2028\ufeff🙂")), max_size=6)


def _in_quotes(cell):
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return '"' + cell.replace('"', '""') + '"' if cell else ""


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_AWKWARD, _AWKWARD, st.none() | st.floats(0, 1e6), _AWKWARD), max_size=20))
@example([("'a", " a'", None, "")])
def test_csv_is_written_as_the_csv_module_quotes_it(tmp_path_factory, rows):
    path, wanted = tmp_path_factory.mktemp("csv") / "out.csv", io.StringIO(newline="")
    *cells, prices, notes = zip(*rows, strict=True) if rows else ((), (), (), ())
    with CsvWriter(path, ["a", 'b "c"', "predicted_price", "price_note"]) as writer:
        writer.write(Chunk(1, [list(row) for row in zip(*cells, strict=True)]), [prices, notes])
    records = csv.writer(wanted, lineterminator="\r\n")  # which it must be for a lone carriage return to be quoted
    lines = []
    for record in [["a", 'b "c"', "predicted_price", "price_note"], *rows]:
        wanted.seek(0), wanted.truncate()
        records.writerow([f"{cell:.2f}" if isinstance(cell, float) else cell for cell in record])
        lines.append(wanted.getvalue().removesuffix("\r\n") + "\n")
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    if all(any(re.fullmatch(each, text) for text in texts) for each in (OPENED, CLOSED)):  # then quotes hold every text
        lines[1:] = [",".join(map(_in_quotes, row)) + "\n" for row in rows]
    assert path.read_bytes().decode() == "".join(lines)


def test_wide_rows_are_read_fewer_at_a_time_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.tables.table.CHUNK_CELLS", 10)
    table = open_table(_csv(tmp_path, "a,b,c,d\n" + "".join(f"{at},,,\n" for at in range(7))))
    assert [(chunk.first_row, len(chunk)) for chunk in table.chunks(5)] == [(1, 2), (3, 2), (5, 2), (7, 1)]


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl"])
def test_large_rows_are_read_fewer_at_a_time(tmp_path, monkeypatch, name):
    monkeypatch.setattr("pricer.tables.table.CHUNK_BYTES", 2500)
    content = "summary\n" + "x" * 999 + "\n" + "y" * 999 + "\n" + "z" * 999 + "\n"
    if name == "t.jsonl":
        content = "".join(f'{{"summary": "{each * 980}"}}\n' for each in "xyz")
    path = _csv(tmp_path, gzip.compress(content.encode()) if name.endswith(".gz") else content, name)
    assert [(chunk.first_row, len(chunk)) for chunk in open_table(path).chunks(100)] == [(1, 2), (3, 1)]


def _written(folder, suffix, rows):
    """A file of these texts in the column summary."""
    path, source = folder / f"t{suffix}", open_table(_csv(folder, "summary\n", "source.csv"))
    with open_writer(path, ["summary"], ["price_note"], source) as writer:
        writer.write(Chunk(1, [[text] for text in rows]), [["fine"] * len(rows)])
    return path


def _shared(folder, n_rows, text):
    """A workbook as spreadsheet programs write it: a text is there once, and cells have its number."""
    rows = "".join(f'<row><c t="s"><v>{int(at > 0)}</v></c></row>' for at in range(n_rows + 1))
    sheet(rows, shared=f"<si><t>summary</t></si><si><t>{text}</t></si>")(folder / "t.xlsx")
    return folder / "t.xlsx"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_of_more_rows_than_are_taken_is_refused(tmp_path, suffix):
    path = _written(tmp_path, suffix, ["kettle"] * 20)
    assert open_table(path, Limits(rows=20)).n_rows == 20
    with pytest.raises(TableError, match=rf"t{suffix} has more than 19 rows, the most that are taken here\. Split"):
        open_table(path, Limits(rows=19))


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_rows_beyond_those_that_are_taken_are_not_read(tmp_path, name):
    row, broken = ("kettle,1\n", "lamp,2,3\n") if name == "t.csv" else ('{"summary": "kettle"}\n', "{\n")
    path = _csv(tmp_path, ("summary,sku\n" if name == "t.csv" else "") + row * 9000 + broken, name)
    with pytest.raises(TableError, match="row 9001"):
        open_table(path)
    with pytest.raises(TableError, match="more than 20 rows"):
        open_table(path, Limits(rows=20))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_that_unpacks_to_more_than_is_taken_is_refused(tmp_path, suffix):
    path = _written(tmp_path, suffix, [str(at) * 500 for at in range(1000)])
    assert open_table(path, Limits(unpacked_bytes=8 << 20)).n_rows == 1000
    with pytest.raises(TableError, match=r"unpacks to more than 1 MB, the most that is taken here\. Split"):
        open_table(path, Limits(unpacked_bytes=1 << 20))


def test_a_workbook_s_texts_count_in_each_cell_that_shares_them(tmp_path, monkeypatch):
    path = _shared(tmp_path, 3000, "x" * 1000)
    with pytest.raises(TableError, match="unpacks to more than 1 MB"):
        open_table(path, Limits(unpacked_bytes=1 << 20))
    monkeypatch.setattr("pricer.tables.xlsx_sheet.MAX_UNPACKED_BYTES", 2 << 20)
    with pytest.raises(TableError, match="more than 2 MB of text in its cells: at most 2 MB are read. Split the file"):
        open_table(path)


def test_a_workbook_may_have_one_long_text_in_every_row(tmp_path):
    path = _shared(tmp_path, 30_000, "x" * 4000)
    assert path.stat().st_size * 250 < 30_000 * 4000
    table = open_table(path)
    assert table.n_rows == 30_000
    assert sum(len(row[0]) for chunk in table.chunks(4096) for row in chunk.rows) == 30_000 * 4000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_few_large_cells_among_many_small_ones_do_not_add_up(tmp_path, monkeypatch, suffix):
    """Their mean is small: it says nothing of how many rows may be held."""
    for module in ("table", "parquet_table"):
        monkeypatch.setattr(f"pricer.tables.{module}.CHUNK_BYTES", 100_000)
    texts = [*["x" * 16_000] * 24, *["kettle"] * 5000, *["y" * 16_000] * 24]
    table = open_table(_written(tmp_path, suffix, texts))
    chunks = list(table.chunks(4096))
    assert [row[0] for chunk in chunks for row in chunk.rows] == texts
    assert max(sum(len(row[0]) for row in chunk.rows) for chunk in chunks) <= 100_000
    assert [chunk.first_row for chunk in table.chunks(4096)] == [chunk.first_row for chunk in chunks]
    assert [chunk.first_row for chunk in chunks] == [1 + sum(map(len, chunks[:at])) for at in range(len(chunks))]


def test_a_row_that_is_larger_than_a_chunk_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.tables.table.CHUNK_BYTES", 1000)
    path = _csv(tmp_path, "summary\nkettle\n" + "x" * 2000 + "\nlamp\n")
    assert [len(chunk) for chunk in open_table(path).chunks(4096)] == [1, 1, 1]


def _few_large_texts(path):
    """300 times one text, which is stored once."""
    text = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 300, pyarrow.int32()), pyarrow.array(["a" * 10_000]))
    pyarrow.parquet.write_table(pyarrow.table({"summary": text}), path, store_schema=False)


def test_parquet_cells_that_are_larger_than_stored_are_read_fewer_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.tables.parquet_table.CHUNK_BYTES", 1_000_000)
    _few_large_texts(tmp_path / "t.parquet")
    chunks = list(open_table(tmp_path / "t.parquet").chunks(4096))
    assert [chunk.first_row for chunk in chunks] == [1, 65, 129, 193, 257]
    assert {row[0] for chunk in chunks for row in chunk.rows} == {"a" * 10_000}


def test_a_parquet_row_that_would_fill_memory_is_refused_with_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.tables.parquet_table.CHUNK_BYTES", 1_000_000)
    large = pyarrow.array(["a", "b", "c" * 1_000_000])
    pyarrow.parquet.write_table(pyarrow.table({"summary": large}), tmp_path / "t.parquet")
    with pytest.raises(TableError, match="row 3 takes 0 MB: expected at most 0"):
        list(open_table(tmp_path / "t.parquet").chunks(4096))


_TEXTS = pyarrow.array([None if at % 7 == 3 else f"text {at % 50} " * (at % 40) for at in range(600)])
_STARTS = pyarrow.array([0, 0, *range(1, 600)], pyarrow.int32())


@pytest.mark.parametrize("most_bytes", [2_000, 50_000])
@pytest.mark.parametrize(
    "options", [{}, {"row_group_size": 100}, {"dictionary_pagesize_limit": 100}, {"store_schema": False}]
)
@pytest.mark.parametrize(
    "column",
    [
        _TEXTS,
        _TEXTS.cast(pyarrow.large_string()),
        _TEXTS.cast(pyarrow.binary()),
        _TEXTS.cast(pyarrow.string_view()),
        _TEXTS.dictionary_encode(),
        pyarrow.ListArray.from_arrays(_STARTS, _TEXTS),
        pyarrow.ListArray.from_arrays(_STARTS, _TEXTS.cast(pyarrow.string_view())),
        pyarrow.LargeListArray.from_arrays(_STARTS.cast(pyarrow.int64()), _TEXTS),
        pyarrow.FixedSizeListArray.from_arrays(pyarrow.concat_arrays([_TEXTS, _TEXTS]), 2),
        pyarrow.MapArray.from_arrays(_STARTS, pyarrow.array([f"key {at}" for at in range(600)]), _TEXTS),
        pyarrow.StructArray.from_arrays([_TEXTS, pyarrow.ListArray.from_arrays(_STARTS, _TEXTS)], ["a", "b"]),
        pyarrow.ExtensionArray.from_storage(pyarrow.json_(), _TEXTS),
    ],
    ids=lambda column: str(column.type)[:40],
)
def test_parquet_that_is_read_with_care_has_the_same_cells(tmp_path, monkeypatch, column, options, most_bytes):
    """With little room every column may be too large, and comes by its lengths."""
    monkeypatch.setattr("pricer.tables.parquet_table.CHUNK_BYTES", most_bytes)
    path = tmp_path / "t.parquet"
    written = pyarrow.table({"summary": [f"lamp {at}" for at in range(600)], "x": column, "n": list(range(600))})
    pyarrow.parquet.write_table(written, path, **options)
    given = pyarrow.parquet.ParquetFile(path).read()
    chunks = list(open_table(path).chunks(4096))
    assert len(chunks) > 1
    assert [row for chunk in chunks for row in chunk.rows] == [[*row.values()] for row in given.to_pylist()]
    assert pyarrow.concat_tables([chunk.arrow for chunk in chunks]).schema.equals(given.schema.remove_metadata())


def test_a_sheet_of_too_many_columns_is_refused_before_it_is_written(tmp_path):
    table = open_table(_csv(tmp_path, ",".join(map(str, range(17_000))) + "\n"))
    with pytest.raises(TableError, match="16,384 columns at most, not 17,001"):
        open_writer(tmp_path / "out.xlsx", table.columns, ["note"], table)


def test_equal_tables_make_equal_workbooks_and_carriage_returns_stay(tmp_path):
    day = datetime.datetime(2026, 1, 2, 3, 4, 5)
    cells = ["a\r\nb\rc", 12, 10**17, 1.5, True, day, day.date(), day.time(), datetime.timedelta(hours=30), None, "1.0"]
    for name in ("one.xlsx", "two.xlsx"):
        with XlsxWriter(tmp_path / name, [*map(str, range(len(cells))), "note"]) as writer:
            writer.write(Chunk(1, [cells], is_typed=True), [["fine"]])
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    _, found = openpyxl.load_workbook(tmp_path / "one.xlsx").active.iter_rows(values_only=True)
    cells[2], cells[6] = str(10**17), datetime.datetime(2026, 1, 2)
    assert list(found) == [*cells, "fine"]


def test_parquet_comes_in_chunks_of_the_size_asked_for_whatever_its_row_groups(tmp_path):
    table = pyarrow.table({"summary": [f"lamp {number}" for number in range(21)]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=7)
    chunks = list(open_table(tmp_path / "t.parquet").chunks(4))
    assert [len(chunk) for chunk in chunks] == [4, 4, 4, 4, 4, 1]
    assert [chunk.first_row for chunk in chunks] == [1, 5, 9, 13, 17, 21]


@pytest.mark.parametrize("sign", [b', "x"', b';   "x, y"', b'\n "x"', b'|"a\\"', b"\t'x"])
def test_quotes_that_are_easily_missed_are_found_wherever_blocks_end(sign):
    content = b'a,b\n"x ""y""",it\'s ""z\n' + sign + b',"c, d"\n'
    for at in range(len(content)):
        scan = QuoteScan()
        scan.add(content[:at]), scan.add(content[at:])
        assert scan.finish(), at


def test_usual_quotes_need_no_closer_look():
    scan = QuoteScan()
    scan.add(b'a,b\n"x, ""y"" z, ""w"", v",it\'s 12" wide\n "" no cell\n' * 999)
    assert not scan.finish()


def test_where_blocks_end_is_no_sign_of_quotes():
    for at in range(14):
        scan = QuoteScan()
        scan.add(b'a,"x, ""y"" z"'[:at]), scan.add(b'a,"x, ""y"" z"'[at:])
        assert not scan.finish()


@pytest.mark.parametrize("size", [1, 2, 3, 63, 64, 65])
def test_quotes_are_found_over_small_blocks_and_many_spaces(size):
    content, scan = b"a,b\nx," + b" " * 200 + b'"x, y"\n', QuoteScan()
    for at in range(0, len(content), size):
        scan.add(content[at : at + size])
    assert scan.finish()


@pytest.mark.parametrize(
    ("content", "is_found"), [(b"a\r\r\nb\r\r\n", True), (b"a\r\nb\r\n", False), (b"a\rb\r", False)]
)
def test_returns_in_a_row_are_found_wherever_blocks_end(content, is_found):
    for at in range(len(content)):
        scan = ReturnScan()
        scan.add(content[:at]), scan.add(content[at:])
        assert scan.found is is_found, at


def test_marks_at_the_start_of_json_lines_are_no_text(tmp_path):
    assert _rows(_csv(tmp_path, '\ufeff\ufeff{"summary": "kettle"}\n', "t.jsonl")) == [["kettle"]]
    packed = gzip.compress('\ufeff\ufeff{"summary": "lamp"}\n'.encode())
    assert _rows(_csv(tmp_path, packed, "t.jsonl.gz")) == [["lamp"]]

"""Bytes of no sense, and sense with wrong bytes, in every reader: a table or a refusal, and nothing else.

FUZZ_EXAMPLES sets how many of each are tried; tests try a few hundred, the same each time.
"""

import gzip
import io
import json
import os
import shutil

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import CALIBRATION, CONFIG, REFERENCE, SEEN, CheckpointConfig, sha256
from pricer.errors import CheckpointError, TableError
from pricer.tables import open_table

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 150, derandomize=not EXAMPLES, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
SUFFIXES = (".csv", ".tsv", ".jsonl", ".csv.gz", ".jsonl.gz", ".parquet", ".xlsx")


def _seeds():
    text = 'sku,summary,note\n1,"a ""steel"" kettle\nof 1,7 l",é\n2,lamp,\n' * 3
    lines = '{"summary": "kettle", "a": [1, {"b": null}], "n": 1.10}\n{"summary": "l\\u00e4mp"}\n' * 3
    book, workbook = openpyxl.Workbook(), io.BytesIO()
    for row in [["summary", "n", "f"], ["kettle", 1.5, "=1+1"], [None, True, "x"]]:
        book.active.append(row)
    book.save(workbook)
    parquet = io.BytesIO()
    columns = {"summary": ["kettle", None], "n": [[1], []], "d": pyarrow.array(["a", "a"]).dictionary_encode()}
    pyarrow.parquet.write_table(pyarrow.table(columns), parquet)
    yield from (
        (".csv", text.encode()),
        (".csv", text.encode("utf-16")),
        (".tsv", text.replace(",", "\t").encode("cp1252")),
    )
    yield from ((".jsonl", lines.encode()), (".csv.gz", gzip.compress(text.encode(), mtime=0)))
    yield from ((".jsonl.gz", gzip.compress(lines.encode(), mtime=0)), (".xlsx", workbook.getvalue()))
    yield ".parquet", parquet.getvalue()


SEEDS = dict(enumerate(_seeds()))


@st.composite
def mutated(draw, content):
    """The bytes with some changed, removed, doubled or put in."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        until = at + draw(st.integers(0, 24))
        piece = draw(
            st.binary(max_size=8)
            | st.sampled_from([b'"', b"\0", b"\n", b"\r", b"\\", b",", b"{", b"[", b"\xff\xfe", b"9" * 30])
        )
        how = draw(st.sampled_from(["replace", "remove", "double", "insert", "cut"]))
        if how == "replace":
            data[at : at + len(piece)] = piece
        elif how == "remove":
            del data[at:until]
        elif how == "double":
            data[at:at] = data[at:until] * draw(st.integers(1, 50))
        elif how == "insert":
            data[at:at] = piece
        elif draw(st.booleans()):
            del data[at:]
    return bytes(data)


def _read_or_refused(path):
    """A table whose rows are as many and as wide as it says, or None where it is refused."""
    try:
        table = open_table(path)
        chunks = list(table.chunks(3))
    except TableError as error:
        assert path.name in str(error)
        return None
    assert sum(map(len, chunks)) == table.n_rows
    assert {len(row) for chunk in chunks for row in chunk.rows} <= {len(table.columns)}
    assert [chunk.first_row for chunk in chunks] == [1 + sum(map(len, chunks[:at])) for at in range(len(chunks))]
    [chunk.texts(range(len(table.columns))) for chunk in chunks]
    return table


@pytest.mark.parametrize("suffix", SUFFIXES)
@FUZZ
@given(content=st.binary(max_size=300))
def test_bytes_of_no_sense_are_a_table_or_refused(tmp_path, suffix, content):
    path = tmp_path / f"table{suffix}"
    for each in (content, gzip.compress(content)) if suffix.endswith(".gz") else (content,):
        path.write_bytes(each)
        _read_or_refused(path)


@pytest.mark.parametrize("seed", SEEDS, ids=[f"{at}{suffix}" for at, (suffix, _) in SEEDS.items()])
@FUZZ
@given(data=st.data())
def test_wrong_bytes_in_a_table_leave_a_table_or_refuse_it(tmp_path, seed, data):
    suffix, content = SEEDS[seed]
    path = tmp_path / f"table{suffix}"
    path.write_bytes(data.draw(mutated(content)))
    _read_or_refused(path)


@FUZZ
@given(data=st.data())
def test_wrong_bytes_within_a_workbook_leave_a_table_or_refuse_it(tmp_path, data):
    """The parts are changed before they are packed, so that the parsers of XML and cells are met."""
    import zipfile

    _, content = next(each for each in SEEDS.values() if each[0] == ".xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as given_book:
        parts = {name: given_book.read(name) for name in given_book.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    parts[name] = data.draw(mutated(parts[name]))
    with zipfile.ZipFile(tmp_path / "table.xlsx", "w") as changed:
        for each, part in parts.items():
            changed.writestr(each, part)
    _read_or_refused(tmp_path / "table.xlsx")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed_members(draw, members):
    """A JSON object with one of its values, at any depth, replaced, removed or doubled."""
    members = json.loads(json.dumps(members))
    inner = members
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        if not keys:
            return members
        key = draw(st.sampled_from(keys))
        if isinstance(inner[key], dict | list) and inner[key] and draw(st.integers(0, 2)):
            inner = inner[key]
            continue
        if draw(st.booleans()):
            inner[key] = draw(_json)
        elif isinstance(inner, dict):
            inner[draw(st.text(max_size=5))] = inner.pop(key)
        else:
            inner.append(inner.pop(key))
        return members


def _loaded_or_refused(folder):
    try:
        checkpoint = Checkpoint.load(folder)
    except CheckpointError:
        return
    assert checkpoint.log_prices(["a steel kettle"]).shape == (1,)
    low, price, high = 0.0, *checkpoint.prices(checkpoint.predictions(["a steel kettle"]), 0.8)[:2]
    assert low <= price[0]
    assert high[0] >= 0


@FUZZ
@given(data=st.data())
def test_a_changed_config_is_read_or_refused(tiny_checkpoint, data):
    text = (tiny_checkpoint / CONFIG).read_text()
    changed = data.draw(
        st.one_of(
            mutated(text.encode()).map(lambda each: each.decode(errors="replace")),
            changed_members(json.loads(text)).map(json.dumps),
        )
    )
    try:
        CheckpointConfig.from_json(changed, "config.json")
    except CheckpointError as error:
        assert "config.json" in str(error)


@pytest.fixture(scope="module")
def copy(tiny_checkpoint, tmp_path_factory):
    return shutil.copytree(tiny_checkpoint, tmp_path_factory.mktemp("fuzz") / "copy")


@pytest.mark.parametrize("name", [CALIBRATION, REFERENCE, SEEN, CONFIG])
@settings(FUZZ, max_examples=EXAMPLES or 60)
@given(data=st.data())
def test_a_changed_file_of_a_checkpoint_with_a_hash_that_fits_is_read_or_refused(tiny_checkpoint, copy, name, data):
    given_bytes = (tiny_checkpoint / name).read_bytes()
    if name == SEEN:
        changed = data.draw(mutated(given_bytes))
    else:
        changed = json.dumps(data.draw(changed_members(json.loads(given_bytes)))).encode()
    config = json.loads((tiny_checkpoint / CONFIG).read_text())
    (copy / CONFIG).write_text(json.dumps(config))
    (copy / name).write_bytes(changed)
    if name != CONFIG:
        config["files"][name] = sha256(copy / name)
        (copy / CONFIG).write_text(json.dumps(config))
    try:
        _loaded_or_refused(copy)
    finally:
        (copy / name).write_bytes(given_bytes)

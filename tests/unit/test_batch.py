"""Batches: every row, in order, priced or with a note."""

import csv
import json
import threading

import numpy as np
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

import pricer.batch.batch
from pricer.batch import ADDED_COLUMNS, BatchOptions, PriceHistogram, price_file
from pricer.batch.chunk_pricer import ChunkPricer, Task, chunk_pricer
from pricer.batch.priced_chunk import PricedChunk
from pricer.batch.shared_cores import SharedCores
from pricer.drift import DriftReport
from pricer.drift.reference import DriftCounts, text_lengths
from pricer.errors import BusyError, TableError
from pricer.tables import Limits, open_table


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(pricer.batch.batch, "CHUNK_ROWS", 4)


@pytest.fixture
def source(tmp_path, items):
    """A CSV of 30 rows with awkward cells, two of them without a text."""
    path = tmp_path / "items.csv"
    rows = [[f"00{number}", item.summary, 'a "quoted"\nnote, NA'] for number, item in enumerate(items[:30])]
    rows[3][1], rows[17][1] = "", "   "
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["sku", "summary", "remark"], *rows])
    return path


def _run(runner, source, output, **options):
    *_, last = price_file(runner, source, output, BatchOptions(**options))
    return last


def _read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_row_and_cell_comes_back_in_order_with_four_columns(tiny_runner, source, tmp_path, small_chunks):
    progress = _run(tiny_runner, source, tmp_path / "out.csv")
    given, got = _read(source), _read(tmp_path / "out.csv")
    assert got[0] == [*given[0], *ADDED_COLUMNS]
    assert [row[:3] for row in got] == given
    assert (progress.rows_done, progress.rows_total, progress.priced, progress.finished) == (30, 30, 28, True)


def test_a_row_without_text_is_kept_unpriced_with_the_reason(tiny_runner, source, tmp_path):
    _run(tiny_runner, source, tmp_path / "out.csv")
    assert _read(tmp_path / "out.csv")[4][3:] == ["", "", "", "not priced: no text"]


def test_prices_are_those_of_the_runner_in_dollars_and_cents(tiny_runner, source, tmp_path, items, small_chunks):
    _run(tiny_runner, source, tmp_path / "out.csv")
    price, low, high = tiny_runner.price([items[7].summary])
    assert _read(tmp_path / "out.csv")[8][3:6] == [f"{value[0]:.2f}" for value in (price, low, high)]


def test_a_column_of_our_name_is_kept_and_ours_gets_a_suffix(tiny_runner, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("summary,predicted_price\nA steel kettle,mine\n")
    _run(tiny_runner, path, tmp_path / "out.csv")
    header, row = _read(tmp_path / "out.csv")
    assert header[1:3] == ["predicted_price", "predicted_price_pricer"]
    assert row[1] == "mine"


def test_several_text_columns_are_joined_by_line_breaks(tiny_runner, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("a,b\nsteel kettle,for travel\n")
    _run(tiny_runner, path, tmp_path / "out.csv", text_columns=["b", "a"])
    assert (
        _read(tmp_path / "out.csv")[1][2] == f"{tiny_runner.price(['for travel' + chr(10) + 'steel kettle'])[0][0]:.2f}"
    )


def test_the_output_appears_only_when_complete_and_replaces_an_older_one(tiny_runner, source, tmp_path, small_chunks):
    output = tmp_path / "out.csv"
    output.write_text("older")
    run = price_file(tiny_runner, source, output)
    for _ in range(5):
        next(run)
    assert output.read_text() == "older"
    run.close()
    assert output.read_text() == "older"
    _run(tiny_runner, source, output)
    assert len(_read(output)) == 31
    assert not (tmp_path / "out.csv.partial").exists()


def test_a_resumed_run_prices_only_the_rest_and_gives_the_same_bytes(tiny_runner, source, tmp_path, small_chunks):
    _run(tiny_runner, source, tmp_path / "whole.csv")
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    for _ in range(4):
        next(run)
    run.close()
    progress = _run(tiny_runner, source, tmp_path / "out.csv", resume=True)
    assert progress.resumed_rows == 12
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_the_drift_report_counts_priced_rows_only(tiny_runner, source, tmp_path, items):
    drift = _run(tiny_runner, source, tmp_path / "out.csv").drift
    priced = [item.summary for number, item in enumerate(items[:30]) if number not in {3, 17}]
    quotes = tiny_runner.quote(priced)
    alone = DriftCounts.of(text_lengths(priced), quotes.familiarity, quotes.price)
    assert drift.n_rows == 28
    assert drift.to_dict() == DriftReport.of(tiny_runner.checkpoint.reference, alone).to_dict()


@pytest.mark.parametrize("done", [0, 1, 5, 8])
def test_a_resumed_run_gives_the_drift_report_of_an_undisturbed_one(tiny_runner, source, tmp_path, small_chunks, done):
    whole = _run(tiny_runner, source, tmp_path / "whole.csv").drift
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    for _ in range(done + 1):
        assert next(run).drift is None
    run.close()
    progress = _run(tiny_runner, source, tmp_path / "out.csv", resume=True)
    assert progress.resumed_rows == min(4 * done, 30)
    assert progress.drift.to_dict() == whole.to_dict()


def test_chunks_kept_without_counts_are_priced_again(tiny_runner, source, tmp_path, small_chunks, monkeypatch):
    whole = _run(tiny_runner, source, tmp_path / "whole.csv").drift
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    with monkeypatch.context() as patch:
        patch.setattr(tiny_runner.checkpoint, "reference", None)
        next(run), next(run)
    next(run)
    run.close()
    progress = _run(tiny_runner, source, tmp_path / "out.csv", resume=True)
    assert progress.resumed_rows == 4
    assert progress.drift.to_dict() == whole.to_dict()


@pytest.mark.parametrize("text", ["", "A steel kettle"])
def test_without_priced_rows_or_without_a_reference_there_is_no_drift_report(tiny_runner, tmp_path, text, monkeypatch):
    (tmp_path / "in.csv").write_text(f'summary,sku\n"{text}",1\n')
    if text:
        monkeypatch.setattr(tiny_runner.checkpoint, "reference", None)
    progress = _run(tiny_runner, tmp_path / "in.csv", tmp_path / "out.csv")
    assert (progress.priced, progress.drift) == (len(text) > 0, None)


def test_resume_without_a_state_starts_afresh(tiny_runner, source, tmp_path):
    assert _run(tiny_runner, source, tmp_path / "out.csv", resume=True).resumed_rows == 0


def test_resume_refuses_the_state_of_another_input(tiny_runner, source, tmp_path, small_chunks):
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    next(run), next(run)
    run.close()
    source.write_text("summary\nanother\n")
    with pytest.raises(TableError, match="another input"):
        _run(tiny_runner, source, tmp_path / "out.csv", resume=True)


def test_without_resume_an_older_state_is_discarded(tiny_runner, source, tmp_path, small_chunks):
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    next(run), next(run)
    run.close()
    assert _run(tiny_runner, source, tmp_path / "out.csv").resumed_rows == 0


def test_a_folder_in_the_way_that_is_not_ours_is_left_alone(tiny_runner, source, tmp_path):
    (tmp_path / "out.csv.partial").mkdir()
    (tmp_path / "out.csv.partial" / "precious").write_text("mine")
    with pytest.raises(TableError, match="in the way"):
        _run(tiny_runner, source, tmp_path / "out.csv")
    assert (tmp_path / "out.csv.partial" / "precious").read_text() == "mine"


@pytest.mark.parametrize("name", ["out.tsv", "out.jsonl", "out.parquet", "out.xlsx", "out.csv.gz"])
def test_every_output_format_has_all_rows(tiny_runner, source, tmp_path, name, small_chunks):
    _run(tiny_runner, source, tmp_path / name)
    from pricer.tables import open_table

    table = open_table(tmp_path / name)
    assert table.columns == ["sku", "summary", "remark", *ADDED_COLUMNS]
    rows = [row for chunk in table.chunks(100) for row in chunk.rows]
    assert [row[0] for row in rows] == [f"00{number}" for number in range(30)]
    assert rows[3][3] in {None, ""}
    assert float(rows[0][3]) > 0


def test_parquet_columns_keep_their_types(tiny_runner, tmp_path):
    path = tmp_path / "in.parquet"
    table = pyarrow.table({"summary": ["A steel kettle", None], "stock": pyarrow.array([3, None], pyarrow.int16())})
    pyarrow.parquet.write_table(table, path)
    _run(tiny_runner, path, tmp_path / "out.parquet")
    got = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert got.select(["summary", "stock"]).equals(table)
    assert got["price_note"].to_pylist()[1] == "not priced: no text"
    assert got["predicted_price"].to_pylist()[1] is None


def test_a_workbook_comes_back_as_one(tiny_runner, tmp_path):
    book = openpyxl.Workbook()
    for row in [["summary", "stock"], ["=A steel kettle", 3]]:
        book.active.append(row)
    book.active["A2"].data_type = "s"
    book.save(tmp_path / "in.xlsx")
    _run(tiny_runner, tmp_path / "in.xlsx", tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert [cell.value for cell in sheet[2]][:2] == ["=A steel kettle", 3]
    assert sheet["A2"].data_type == "s"


def test_a_jsonl_line_is_copied_and_extended(tiny_runner, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"summary": "A steel kettle", "n": 1.10}\n')
    _run(tiny_runner, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    line = (tmp_path / "out.jsonl").read_text()
    assert line.startswith('{"summary": "A steel kettle", "n": 1.10, "predicted_price": ')
    assert set(json.loads(line)) == {"summary", "n", *ADDED_COLUMNS}


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("in.csv", "is the input"),
        ("out.doc", "expected one of"),
        ("gone/out.csv", "no folder"),
        (".", "is a folder: give the output a file name"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(tiny_runner, tmp_path, output, reason):
    (tmp_path / "in.csv").write_text("summary\na\n")
    with pytest.raises(TableError, match=reason):
        _run(tiny_runner, tmp_path / "in.csv", tmp_path / output)


def test_a_table_beyond_the_limit_is_refused(tiny_runner, source, tmp_path):
    with pytest.raises(TableError, match="items.csv has more than 10 rows, the most that are taken"):
        _run(tiny_runner, source, tmp_path / "out.csv", limits=Limits(rows=10))


def test_the_histogram_counts_every_price_and_knows_the_median():
    prices = np.random.default_rng(0).lognormal(3, 1, 1001)
    histogram = PriceHistogram()
    for part in np.array_split(prices, 7):
        histogram.add(part)
    assert histogram.counts.sum() == 1001
    assert histogram.median == pytest.approx(np.median(prices), rel=0.03)
    assert histogram.total_usd == pytest.approx(prices.sum())


def test_a_second_run_on_the_same_output_is_refused_and_disturbs_nothing(tiny_runner, source, tmp_path, small_chunks):
    _run(tiny_runner, source, tmp_path / "alone.csv")
    first = price_file(tiny_runner, source, tmp_path / "out.csv")
    next(first), next(first)
    for options in ({"coverage": 0.95}, {"resume": True}):
        with pytest.raises(TableError, match=r"Another run is writing out\.csv"):
            _run(tiny_runner, source, tmp_path / "out.csv", **options)
    list(first)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("manifest", [None, b"", b"{", b"[]"])
def test_a_state_that_a_kill_left_without_its_manifest_is_started_afresh(
    tiny_runner, source, tmp_path, small_chunks, manifest, resume
):
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    next(run), next(run)
    run.close()
    state = tmp_path / "out.csv.partial"
    (state / "manifest.json").unlink()
    (state / "unfinished").write_bytes(b"half")
    if manifest is not None:
        (state / "manifest.json").write_bytes(manifest)
    progress = _run(tiny_runner, source, tmp_path / "out.csv", resume=resume)
    assert (progress.resumed_rows, progress.finished) == (0, True)


def test_several_processes_price_as_one_does(tiny_runner, source, tmp_path, small_chunks):
    alone = _run(tiny_runner, source, tmp_path / "alone.csv", processes=1)
    beside = _run(tiny_runner, source, tmp_path / "beside.csv", processes=3)
    assert (tmp_path / "beside.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert (beside.priced, beside.notices) == (alone.priced, alone.notices)
    assert beside.counts.to_dict() == alone.counts.to_dict()


def test_other_processes_do_price(tiny_runner, source, tmp_path, small_chunks, monkeypatch):
    with chunk_pricer(tiny_runner, 0.8, 30, processes=2) as pricer:
        chunks = [(number, chunk, chunk.texts([1]), None) for number, chunk in enumerate(open_table(source).chunks(4))]
        monkeypatch.setattr(Task, "claim", _only_from_other_threads(Task.claim))
        priced = [found for _, _, found in pricer.in_order(chunks)]
    alone = [PricedChunk.of(tiny_runner, texts, chunk.notes, 0.8) for _, chunk, texts, _ in chunks]
    assert [each.added for each in priced] == [each.added for each in alone]


def test_a_stopped_run_ends_its_processes(tiny_runner, source, tmp_path, small_chunks, monkeypatch):
    started = []
    monkeypatch.setattr(ChunkPricer, "_started", lambda self: started.append(_start(self)) or started[-1])
    run = price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=2))
    next(run)
    next(run)
    run.close()
    assert started[0].returncode is not None
    assert not (tmp_path / "out.csv").exists()


def test_a_server_leaves_pricing_to_other_processes(tiny_runner, source, tmp_path, small_chunks, monkeypatch):
    _run(tiny_runner, source, tmp_path / "alone.csv", processes=1)
    claimants, claim = [], Task.claim
    monkeypatch.setattr(Task, "claim", lambda task: claimants.append(threading.current_thread()) or claim(task))
    _run(tiny_runner, source, tmp_path / "served.csv", processes=2, served_until=threading.Event())
    assert claimants
    assert threading.main_thread() not in claimants
    assert (tmp_path / "served.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_a_server_whose_other_processes_were_killed_prices_by_itself(tiny_runner, source, tmp_path, small_chunks):
    with chunk_pricer(tiny_runner, 0.8, 30, processes=2, served_until=threading.Event()) as pricer:
        for process in pricer._processes:
            process.kill()
        chunks = [(number, chunk, chunk.texts([1]), None) for number, chunk in enumerate(open_table(source).chunks(4))]
        found = [each.added for _, _, each in pricer.in_order(chunks)]
    alone = [PricedChunk.of(tiny_runner, texts, chunk.notes, 0.8).added for _, chunk, texts, _ in chunks]
    assert found == alone


def test_a_server_that_is_to_end_gives_a_run_up_at_once(tiny_runner, source, tmp_path, small_chunks):
    ending = threading.Event()
    run = price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=2, served_until=ending))
    next(run)
    ending.set()
    with pytest.raises(BusyError, match="is restarting"):
        next(run)
    assert not (tmp_path / "out.csv").exists()


def test_batches_of_a_server_share_its_cores():
    cores = SharedCores()
    with cores.some(4) as first, cores.some(4) as second, cores.some(4) as third:
        assert (first, second, third) == (4, 1, 1)
    with cores.some(2) as first, cores.some(4) as second:
        assert (first, second) == (2, 2)


_start = ChunkPricer._started


def _only_from_other_threads(claim):
    return lambda task: threading.current_thread() is not threading.main_thread() and claim(task)

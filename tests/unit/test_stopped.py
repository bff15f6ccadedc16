"""A stopped batch: every row in order, priced or with a note that says why not."""

import csv
import threading

import pytest

import pricer.batch.batch
from pricer.batch import BatchOptions, price_file
from pricer.batch.review import BatchReview
from pricer.batch.stopped import STOPPED


@pytest.fixture
def source(tmp_path, items, monkeypatch):
    """30 rows in chunks of 4; row 2 is short, row 18 has no text."""
    monkeypatch.setattr(pricer.batch.batch, "CHUNK_ROWS", 4)
    lines = [f"s{at},{item.summary.replace(',', '')},x" for at, item in enumerate(items[:30], start=1)]
    lines[17] = "s18,,x"
    (tmp_path / "in.csv").write_text("sku,summary,remark\n" + "\n".join(lines) + "\n")
    return tmp_path / "in.csv"


def _stopped_after(runner, source, output, chunks, **options):
    """The last progress of a run that is stopped after so many chunks."""
    stop = threading.Event()
    review = BatchReview()
    run = price_file(runner, source, output, BatchOptions(**options), stop=stop, review=review)
    for _ in range(chunks + 1):
        next(run)
    stop.set()
    *_, last = run
    return last, review


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_priced_rows_are_kept_and_the_rest_says_that_the_run_was_stopped(tiny_runner, source, tmp_path):
    whole = list(price_file(tiny_runner, source, tmp_path / "whole.csv"))[-1]
    last, review = _stopped_after(tiny_runner, source, tmp_path / "out.csv", chunks=2)
    rows, undisturbed = _rows(tmp_path / "out.csv"), _rows(tmp_path / "whole.csv")
    assert [row[0] for row in rows] == [f"s{number}" for number in range(1, 31)]
    assert rows[:8] == undisturbed[:8]
    assert all(row[3:] == ["", "", "", STOPPED] for row in rows[8:])
    assert (last.finished, last.rows_done, last.priced, last.stopped_rows) == (True, 30, 8, 22)
    assert last.drift.n_rows == 8
    assert whole.stopped_rows == 0
    assert review.skipped == {"the run was stopped": 22}
    assert not (tmp_path / "out.csv.partial").exists()


@pytest.mark.parametrize(("chunks", "priced"), [(0, 0), (7, 27), (8, 29)])
def test_stop_is_heard_at_the_start_and_changes_nothing_at_the_end(tiny_runner, source, tmp_path, chunks, priced):
    last, _ = _stopped_after(tiny_runner, source, tmp_path / "out.csv", chunks)
    assert (last.priced, last.stopped_rows) == (priced, max(0, 30 - 4 * chunks))
    assert last.finished
    assert len(_rows(tmp_path / "out.csv")) == 30


def test_a_note_on_the_row_is_kept_beside_the_reason(tiny_runner, tmp_path, monkeypatch):
    (tmp_path / "in.csv").write_text("summary,sku\nkettle,1\nlamp\n")
    _stopped_after(tiny_runner, tmp_path / "in.csv", tmp_path / "out.csv", chunks=0)
    assert _rows(tmp_path / "out.csv")[1][5] == f"row has 1 of 2 cells; {STOPPED}"


def test_a_resumed_run_that_is_stopped_keeps_what_the_first_had_priced(tiny_runner, source, tmp_path):
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    for _ in range(4):
        next(run)
    run.close()
    last, _ = _stopped_after(tiny_runner, source, tmp_path / "out.csv", chunks=0, resume=True)
    assert (last.resumed_rows, last.priced, last.stopped_rows) == (12, 12, 18)


def test_a_run_with_other_processes_stops_in_order_too(tiny_runner, source, tmp_path):
    last, _ = _stopped_after(tiny_runner, source, tmp_path / "out.csv", chunks=1, processes=2)
    rows = _rows(tmp_path / "out.csv")
    assert [row[0] for row in rows] == [f"s{number}" for number in range(1, 31)]
    assert {row[6] for row in rows[30 - last.stopped_rows :]} <= {STOPPED}
    assert last.priced + last.stopped_rows == 30 - (last.stopped_rows < 13)

"""What the batch tab makes of a file and of its result, without a browser."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from pricer.batch import BatchProgress, PriceHistogram
from pricer.batch.review import BatchReview
from pricer.drift import DriftReport
from pricer.drift.reference import DriftCounts, Reference
from pricer.errors import TableError
from pricer.settings import Settings
from pricer.ui.batch_cards import drift_card
from pricer.ui.batch_results import BatchResults
from pricer.ui.batch_run import STOPPING, live_card, progress_bar
from pricer.ui.batch_upload import BatchUpload, output_name
from pricer.ui.context import PageContext
from pricer.ui.kept_results import KeptResults
from pricer.ui.run_folders import RunFolders
from pricer.ui.stop_flags import StopFlags


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("goods.csv", "goods-priced.csv"),
        ("goods.csv.gz", "goods-priced.csv.gz"),
        ("Goods.May.XLSX", "Goods.May-priced.xlsx"),
    ],
)
def test_the_download_is_named_after_the_upload(name, expected):
    assert output_name(Path(name)) == expected


@pytest.fixture
def look(tmp_path):
    """Gives what is said at first and at last of a file with this content, and what is laid out for it."""
    context = PageContext(SimpleNamespace(checkpoint=SimpleNamespace(test_split=None)), Settings(max_page_rows=5))
    with gr.Blocks(analytics_enabled=False):
        upload = BatchUpload(context)
        upload.lay_out()
        upload.lay_out_findings()

    def looks(content):
        (tmp_path / "goods.csv").write_text(content)
        path = str(tmp_path / "goods.csv")
        first = upload.first_look(path, "")
        return first, list(upload.check(path, first[upload.columns].value, "")), upload

    return looks


def test_an_upload_is_described_and_its_text_column_guessed_at_once(look):
    first, checked, upload = look("sku,Description\n1,kettle\n2,\n3,kettle\n")
    assert "CSV, UTF-8, commas" in first[upload.found]
    assert first[upload.columns].value == ["Description"]
    assert first[upload.button].interactive
    assert "What will be read" in checked[0]
    assert "kettle" in checked[0]
    assert "<b>1 row</b> without a text" in checked[-1]
    assert "<b>1 row</b> whose text occurred before" in checked[-1]
    assert "row 3<" in checked[-1]


def test_other_columns_are_read_and_checked_anew(look, tmp_path):
    *_, upload = look("summary,words\nkettle,steel\nlamp,\n")
    *_, last = upload.check(str(tmp_path / "goods.csv"), ["words"], "")
    assert "steel" in last
    assert "<b>1 row</b> without a text" in last
    assert "Which column holds the text?" in list(upload.check(str(tmp_path / "goods.csv"), [], ""))[-1]


def test_a_look_at_the_file_before_never_writes_over_the_one_at_this_file(look, tmp_path):
    *_, upload = look("summary,words\nkettle,steel\n")
    path = str(tmp_path / "goods.csv")
    look_id = upload.changed(path, "")[upload.look]
    assert upload.found in upload.first_look(path, look_id)
    newer = upload.chosen(path, ["words"], look_id)[upload.look]
    assert upload.found not in upload.first_look(path, look_id)
    assert list(upload.check(path, ["summary"], look_id)) == []
    checking = upload.check(path, ["words"], newer)
    next(checking)
    upload.changed(path, newer)
    assert list(checking) == []
    assert list(upload.check(path, ["words"], newer)) == []


def test_a_file_that_is_refused_is_not_read_once_more(look, tmp_path):
    *_, upload = look("summary\nkettle\n")
    (tmp_path / "goods.csv").write_text("summary,sku\nkettle,1,2\n")
    path = str(tmp_path / "goods.csv")
    look_id = upload.changed(path, "")[upload.look]
    assert "row 1: found 3 cells" in upload.first_look(path, look_id)[upload.found]
    assert list(upload.check(path, [], look_id)) == []


def test_a_column_of_words_is_guessed_and_said_to_be(look):
    first, checked, upload = look("sku,words\n1,steel kettle with a long handle\n")
    assert first[upload.columns].value == ["words"]
    assert first[upload.button].interactive
    assert all("Guessed from what is in the first rows" in each for each in checked)


def test_without_a_likely_column_nothing_is_guessed(look):
    first, checked, upload = look("sku,ean\n1,4006381333931\n")
    assert "Which column holds the text?" in checked[-1]
    assert first[upload.columns].value == []
    assert not first[upload.button].interactive


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("summary\n", "no rows"),
        ("summary\n" + "kettle\n" * 6, "goods.csv has more than 5 rows, the most that are taken here"),
        ("summary,sku\nkettle,1,2\n", "row 1: found 3 cells"),
    ],
)
def test_a_file_that_cannot_be_priced_says_why(look, content, said):
    first, _, upload = look(content)
    assert said in first[upload.found]
    assert not first[upload.button].interactive


def test_what_will_be_read_is_escaped(look):
    _, checked, _ = look("summary\n<b>lamp</b> ${7*7}\n")
    assert "&lt;b&gt;lamp&lt;/b&gt; &#36;&#123;7*7&#125;" in checked[0]


def _drift(price, n=200):
    reference = Reference.of(np.full(1000, 9), np.ones(1000), np.linspace(1, 100, 1000))
    return DriftReport.of(reference, DriftCounts.of(np.full(n, 9), np.ones(n), np.linspace(1, price, n)))


def test_drift_is_told_in_one_line_and_then_by_measure():
    alike, shifted = drift_card(_drift(100)), drift_card(_drift(1000))
    assert "pr-notice" in alike
    assert "No drift: these texts are like" in alike
    assert "pr-warning" in shifted
    assert "Predicted price" in shifted
    assert "a different population" in shifted
    assert "n = 200 here, 1,000 there" in shifted


def test_too_few_rows_for_drift_say_so_and_no_reference_says_nothing():
    assert "Too few priced rows (5)" in drift_card(_drift(100, n=5))
    assert "pr-measure" not in drift_card(_drift(100, n=5))
    assert drift_card(None) == ""


def test_the_live_card_counts_and_draws_the_prices_so_far():
    histogram = PriceHistogram()
    histogram.add(np.array([5.0, 50.0, 52.0, 48.0]))
    card = live_card(BatchProgress(10, [], [], rows_done=5, priced=4, prices=histogram))
    assert "4 rows priced so far" in card
    assert card.count("height:100.0%") == 1
    assert "No prices yet." in live_card(BatchProgress(10, [], []))
    assert len(card) < 4000  # sent twice a second


def test_a_stopped_run_says_what_it_kept():
    progress = BatchProgress(100, [], [], rows_done=100, priced=40, stopped_rows=60, seconds=1.0, finished=True)
    assert "Stopped: 40 rows priced, 60 left without a price" in progress_bar(progress)
    assert 'aria-valuenow="40"' in progress_bar(progress)
    running = BatchProgress(100, [], [], rows_done=40, seconds=1.0)
    assert progress_bar(running, stopping=True) == STOPPING
    assert "40 of 100 rows" in progress_bar(running)


def test_stop_flags_belong_to_one_run_each_and_do_not_pile_up(monkeypatch):
    monkeypatch.setattr("pricer.ui.stop_flags.MOST_FLAGS", 3)
    flags = StopFlags()
    names = [flags.new() for _ in range(5)]
    flags.get(names[4]).set()
    assert [flags.get(name).is_set() for name in names] == [False] * 4 + [True]
    assert len(flags._flags) == 3
    flags.drop(names[4])
    assert not flags.get(names[4]).is_set()


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def kept(tmp_path):
    """A registry of results for 60 seconds by a clock that the test turns, and what makes a result."""
    clock, folder = _Clock(), tmp_path / "kept"
    folder.mkdir()

    def finish(results, name="goods-priced.csv", content="summary,predicted_price,price_low,price_high,price_note\n"):
        (tmp_path / name).write_text(content)
        return results.keep(tmp_path / name, BatchProgress(1, [], [], preview=[["x"]]), BatchReview())

    return KeptResults(folder, seconds=60, most_bytes=1000, clock=clock), finish, clock, folder


def test_a_result_is_had_by_its_token_alone(kept):
    results, finish, _, folder = kept
    token, other = finish(results), finish(results)
    assert token != other
    assert len(token) >= 43  # 256 bits
    assert results.get(token).output.is_relative_to(folder)
    assert results.get(token).output != results.get(other).output
    assert results.get(token).progress.preview == []
    for guess in ("", None, "../" + token, token[:-1], str(folder), 7):
        with pytest.raises(TableError, match="no longer kept"):
            results.get(guess)


def test_a_result_goes_with_its_file_when_its_time_is_over(kept):
    results, finish, clock, folder = kept
    token = finish(results)
    clock.now += 59
    assert results.get(token).output.is_file()
    clock.now += 1
    with pytest.raises(TableError, match="no longer kept"):
        results.get(token)
    assert list(folder.iterdir()) == []


def test_the_oldest_results_give_way_when_there_is_too_little_room(kept):
    results, finish, _, folder = kept
    first, second = finish(results, content="x" * 600), finish(results, content="x" * 600)
    with pytest.raises(TableError):
        results.get(first)
    assert results.get(second).output.is_file()
    assert len(list(folder.iterdir())) == 1


def test_a_single_result_is_kept_however_large(kept):
    results, finish, _, _ = kept
    assert results.get(finish(results, content="x" * 5000)).output.is_file()


@pytest.fixture
def prepared(tmp_path):
    """What is said of a download of a packed result with this content, on a disk of 1 MB."""
    context = PageContext(SimpleNamespace(), Settings(disk_mb=1))
    with gr.Blocks(analytics_enabled=False):
        results = BatchResults(context)

    def prepare(content):
        with gzip.open(tmp_path / "goods.csv.gz", "wt") as file:
            file.write("summary,predicted_price,price_low,price_high,price_note\n" + content)
        token = context.results.keep(tmp_path / "goods.csv.gz", BatchProgress(1, [], []), BatchReview())
        *_, (said, path) = results._prepare(token, ".csv", False)
        return said, path

    yield prepare
    context.folders.remove()


def test_a_download_waits_where_there_is_no_room_for_it_unpacked(prepared):
    assert prepared("kettle,1.00,1.00,1.00,\n" * 100)[1].endswith("goods.csv")
    said, path = prepared("kettle,1.00,1.00,1.00,\n" * 50_000)
    assert "busy: there is no room" in said
    assert path is None


def test_a_download_ends_where_it_takes_more_room_than_was_foreseen(prepared, monkeypatch):
    monkeypatch.setattr(
        "pricer.tables.csv_table.CsvTable.n_bytes", property(lambda _: 1, lambda *_: None), raising=False
    )
    said, path = prepared("kettle,1.00,1.00,1.00,\n" * 50_000)
    assert "busy: there is no room" in said
    assert path is None


def test_a_run_folder_vanishes_with_its_run_even_when_it_fails():
    folders = RunFolders()

    def fail() -> None:
        with folders.new() as folder:
            (folder / "state").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not list(folders.runs.iterdir())


def test_all_folders_vanish_with_the_app():
    folders = RunFolders()
    root = folders.runs.parent
    del folders
    assert not root.exists()

"""The batch tab: from an upload to a download, with Stop and every kind of mistake."""

from __future__ import annotations

import csv
import re
import threading

import pytest
from playwright.sync_api import expect

from pricer.batch import ADDED_COLUMNS
from tests.browser.conftest import show_tab, upload


@pytest.fixture
def table(tmp_path):
    """Writes a CSV file of 40 products; one has no text."""

    def write(columns=("sku", "summary", "note"), n=40, name="products.csv"):
        rows = [[f"s{at:04}", f"Steel kettle number {at}, 1.7 litres", 'a "quoted", note'] for at in range(n)]
        rows[3][1] = ""
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        return path, rows

    return write


@pytest.fixture
def batch(page):
    show_tab(page, "Batch")
    return page


def found(page):
    return page.get_by_label("The file", exact=True)


def replace(page, path):
    """Choose another file in place of the one there."""
    page.locator("#batch-file").get_by_role("button", name=re.compile("clear|remove", re.I)).first.click()
    upload(page, "batch-file", path)


def price_all(page):
    return page.get_by_role("button", name="Price all")


def download_button(page):
    return page.locator("#batch-download")


def test_a_csv_goes_in_and_comes_out_whole_with_four_more_columns(batch, table, context, tmp_path):
    path, rows = table()
    upload(batch, "batch-file", path)
    expect(found(batch)).to_contain_text("products.csv")
    expect(batch.get_by_role("region", name="First rows of the file")).to_contain_text("Steel kettle number 0")
    price_all(batch).click()
    expect(batch.get_by_label("Summary of the batch")).to_contain_text("39with a price and a range")
    expect(batch.get_by_role("region", name="Priced rows")).to_contain_text("not priced: no text")
    expect(batch.locator("#batch-histogram .main-svg").first).to_be_visible()
    expect(batch.get_by_role("progressbar", name="Rows priced")).to_have_attribute("aria-valuenow", "100")
    with batch.expect_download() as started:
        download_button(batch).click()
    assert started.value.suggested_filename == "products-priced.csv"
    started.value.save_as(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *priced = csv.reader(file)
    assert header == ["sku", "summary", "note", *ADDED_COLUMNS]
    assert [row[:3] for row in priced] == rows
    assert all(float(row[4]) <= float(row[3]) <= float(row[5]) for row in priced if row[1])
    assert priced[3][3:] == ["", "", "", "not priced: no text"]
    assert not list(context.folders.runs.iterdir())


def test_another_format_can_be_chosen_for_the_download(batch, table):
    upload(batch, "batch-file", table()[0])
    batch.get_by_role("radio", name="Excel").check()
    price_all(batch).click()
    expect(download_button(batch)).to_contain_text("products-priced.xlsx")


def test_when_no_column_is_obvious_the_page_asks_and_waits(batch, table):
    upload(batch, "batch-file", table(columns=("sku", "words", "note"))[0])
    asked = batch.get_by_text("Which column holds the text?")
    expect(asked).to_be_visible()
    expect(price_all(batch)).to_be_disabled()
    batch.get_by_label("Text columns").click()
    batch.get_by_role("option", name="words").click()
    expect(price_all(batch)).to_be_enabled()
    expect(asked).to_be_hidden()
    batch.keyboard.press("Escape")
    price_all(batch).click()
    expect(batch.get_by_role("region", name="Priced rows")).to_contain_text("not priced: no text")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("wide.csv", b"summary,price\nkettle,1,2\n", "row 1: found 3 cells, but the header has 2"),
        ("empty.csv", b"", "is empty (0 bytes)"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "expected one of .csv"),
        ("open.csv", b'summary\n"never closed\n', "a quote is opened and never closed"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained_in_place(batch, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    upload(batch, "batch-file", tmp_path / name)
    expect(batch.get_by_role("alert")).to_contain_text(said)
    expect(price_all(batch)).to_be_disabled()


def test_more_rows_than_the_page_takes_are_refused(batch, tmp_path, context):
    path = tmp_path / "many.csv"
    path.write_text("summary\n" + "kettle\n" * (context.settings.max_page_rows + 1))
    upload(batch, "batch-file", path)
    price_all(batch).click()
    expect(batch.get_by_role("alert")).to_contain_text("at most 20,000 are taken here")
    expect(price_all(batch)).to_be_enabled()


def test_what_a_file_says_is_shown_and_never_run(batch, tmp_path):
    evil = "<img src=x onerror=fetch('http://example.org')> ${7*7} {{7*7}} <b>lamp</b>"
    (tmp_path / "evil.csv").write_text(f"summary,<i>head</i>\n{evil},x\n")
    upload(batch, "batch-file", tmp_path / "evil.csv")
    expect(batch.get_by_role("region", name="First rows of the file")).to_contain_text(evil)
    expect(batch.get_by_role("columnheader", name="<i>head</i>")).to_be_visible()
    price_all(batch).click()
    expect(batch.get_by_role("region", name="Priced rows")).to_contain_text(evil)


@pytest.fixture
def gate(context, monkeypatch):
    """Batches of small chunks of which each waits to be let through; single texts pass freely."""
    passes, calls, quote = threading.Semaphore(0), [], context.runner.quote

    def gated(texts, coverage=0.8):
        if len(texts) > 1:
            calls.append(len(texts))
            passes.acquire(timeout=60)
        return quote(texts, coverage)

    monkeypatch.setattr("pricer.batch.CHUNK_ROWS", 10)
    monkeypatch.setattr(context.runner, "quote", gated)
    yield passes, calls
    passes.release(10_000)


def test_stop_ends_the_run_and_nothing_runs_on(batch, table, context, gate):
    passes, calls = gate
    chunks = 150
    upload(batch, "batch-file", table(n=10 * chunks)[0])
    price_all(batch).click()
    passes.release()
    expect(batch.locator("#batch-progress")).to_contain_text("10 of 1,500 rows")
    assert len(list(context.folders.runs.iterdir())) == 1

    with batch.expect_response("**/cancel"):  # it comes when the run has ended
        with batch.expect_request("**/cancel"):
            batch.get_by_role("button", name="Stop").click()
        passes.release(10 * chunks)  # whatever would still run is free to
    expect(price_all(batch)).to_be_enabled()
    batch.wait_for_timeout(1000)  # whatever the end of the run would still write is there
    expect(batch.locator("#batch-progress")).to_contain_text("Stopped. Nothing of this run is kept.")
    assert not list(context.folders.runs.iterdir())
    ended_after = len(calls)
    assert ended_after < chunks
    _price_one(batch)
    assert len(calls) == ended_after

    show_tab(batch, "Batch")
    price_all(batch).click()
    expect(batch.get_by_label("Summary of the batch")).to_contain_text("1,499")
    assert len(calls) == ended_after + chunks


def test_another_file_takes_away_the_results_and_the_run_of_the_one_before(batch, table, tmp_path, gate):
    passes, calls = gate
    passes.release(4)
    upload(batch, "batch-file", table()[0])
    price_all(batch).click()
    expect(download_button(batch)).to_be_visible()
    (tmp_path / "wide.csv").write_text("summary,price\nkettle,1,2\n")
    replace(batch, tmp_path / "wide.csv")
    expect(batch.get_by_role("alert")).to_contain_text("row 1: found 3 cells")
    expect(batch.locator("#batch-results")).to_be_hidden()
    expect(batch.locator("#batch-progress .pr-idle")).to_have_count(1)

    replace(batch, table(n=1500, name="long.csv")[0])
    expect(found(batch)).to_contain_text("long.csv")
    expect(batch.get_by_role("alert")).to_have_count(0)
    price_all(batch).click()
    passes.release()
    expect(batch.locator("#batch-progress")).to_contain_text("10 of 1,500 rows")
    ended_after = len(calls)
    replace(batch, table(name="short.csv")[0])
    passes.release(150)
    expect(found(batch)).to_contain_text("short.csv")
    expect(price_all(batch)).to_be_enabled()
    batch.wait_for_timeout(1000)
    expect(batch.locator("#batch-progress :is(.pr-idle, .pr-stopped)")).to_have_count(1)
    expect(batch.locator("#batch-results")).to_be_hidden()
    assert len(calls) < ended_after + 20


def test_a_fault_of_ours_is_told_and_the_page_goes_on(batch, table, context, monkeypatch):
    upload(batch, "batch-file", table()[0])
    with monkeypatch.context() as broken:
        broken.setattr(context.runner, "quote", lambda *_: 1 / 0)
        price_all(batch).click()
        expect(batch.get_by_role("alert")).to_contain_text("went wrong on our side")
    price_all(batch).click()
    expect(download_button(batch)).to_be_visible()
    expect(batch.get_by_role("alert")).to_have_count(0)


def test_a_running_batch_does_not_keep_a_price_waiting(batch, table, gate):
    passes, _ = gate
    upload(batch, "batch-file", table()[0])
    price_all(batch).click()
    expect(batch.get_by_role("button", name="Stop")).to_be_enabled()
    _price_one(batch)
    show_tab(batch, "Batch")
    passes.release(4)
    expect(batch.get_by_label("Summary of the batch")).to_be_visible()


def _price_one(page) -> None:
    show_tab(page, "Price")
    page.get_by_role("textbox", name="Describe the product").fill("kettle")
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_test_id("price")).to_be_visible()

"""The batch tab: from an upload to a download, with Stop and every kind of mistake."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect

from pricer.batch import ADDED_COLUMNS
from tests.browser.conftest import checked, fetched, found, price_all, priced, show_tab, summary, upload


def clear(page):
    """Take the file away."""
    page.locator("#batch-file").get_by_role("button", name=re.compile("clear|remove", re.I)).first.click()
    expect(found(page)).to_contain_text("No file yet")


def replace(page, path):
    """Choose another file in place of the one there."""
    clear(page)  # a person sees this, too, before the next file is there
    upload(page, "batch-file", path)


def read(path):
    """Header and rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_a_csv_goes_in_and_comes_out_whole_with_four_more_columns(batch, table, context, tmp_path):
    path, rows = table()
    upload(batch, "batch-file", path)
    expect(found(batch)).to_contain_text("products.csv")
    expect(found(batch)).to_contain_text("CSV, UTF-8, commas")
    expect(batch.get_by_role("region", name="First rows of the file")).to_contain_text("Steel kettle number 0")
    price_all(batch).click()
    expect(summary(batch)).to_contain_text("39with a price and a range")
    expect(summary(batch)).to_contain_text("11 no text")
    expect(batch.get_by_role("region", name="Priced rows")).to_contain_text("not priced: no text")
    expect(batch.locator("#batch-histogram .main-svg").first).to_be_visible()
    expect(batch.get_by_role("progressbar", name="Rows priced")).to_have_attribute("aria-valuenow", "100")
    output = fetched(batch, tmp_path)
    assert output.name == "products-priced.csv"
    header, priced = read(output)
    assert header == ["sku", "summary", "note", *ADDED_COLUMNS]
    assert [row[:3] for row in priced] == rows
    assert all(float(row[4]) <= float(row[3]) <= float(row[5]) for row in priced if row[1])
    assert priced[3][3:] == ["", "", "", "not priced: no text"]
    assert not list(context.folders.runs.iterdir())


def test_the_sample_shows_what_a_batch_gives_back(batch, tmp_path):
    batch.get_by_role("button", name="Try a sample file").click()
    expect(found(batch)).to_contain_text("sample-products.csv")
    expect(checked(batch)).to_contain_text("with a price of their own: predictions will be measured against it")
    price_all(batch).click()
    own = batch.get_by_role("region", name="Against your own prices", exact=True)
    expect(own).to_contain_text("95% interval $")
    expect(batch.get_by_label("Errors against your prices")).to_contain_text(", n = ")
    expect(batch.get_by_role("region", name="Most underpriced")).to_be_visible()
    expect(batch.get_by_role("region", name="Least certain")).to_be_visible()
    expect(batch.get_by_role("region", name="Drift", exact=True)).to_contain_text("PSI")
    header, rows = read(fetched(batch, tmp_path))
    errors = [abs(float(row[3]) - float(row[2])) for row in rows]
    expect(own).to_contain_text(f"${sum(errors) / len(errors):,.2f}")
    assert header[:3] == ["sku", "summary", "price"]


def test_the_template_can_be_downloaded_and_priced(batch, tmp_path):
    with batch.expect_download() as started:
        batch.get_by_role("button", name="Download a template").click()
    started.value.save_as(tmp_path / "template.csv")
    assert started.value.suggested_filename == "template.csv"
    priced(batch, tmp_path / "template.csv")
    expect(summary(batch)).to_contain_text("2with a price and a range")


def test_every_problem_of_a_file_is_told_before_it_is_priced(batch, tmp_path):
    long = "kettle " * 3000
    rows = ["kettle caf\xe9;9", ";9", f"{long};9", "lamp", "kettle caf\xe9;9", "press \xe2\u20ac 2;x"]
    (tmp_path / "problems.csv").write_bytes(("summary;price\n" + "\n".join(rows) + "\n").encode("cp1252"))
    upload(batch, "batch-file", tmp_path / "problems.csv")
    expect(found(batch)).to_contain_text("CSV, Windows-1252, semicolons")
    expect(found(batch)).to_contain_text("Not UTF-8 (byte 24): read as Windows-1252.")
    expect(found(batch)).to_contain_text("Read as separated by semicolon.")
    expect(found(batch)).to_contain_text("1 rows have fewer cells than the header")
    problems = batch.get_by_role("list", name="Problems found").get_by_role("listitem")
    expect(problems).to_have_text([
        re.compile(r"1 row without a text.*row 2$"),
        re.compile(r"1 row with a text of more than 20,000 characters.*row 3$"),
        re.compile(r"1 row with fewer cells than the header, or formulas never computed.*row 4$"),
        re.compile(r"1 row with garbled characters.*row 6$"),
        re.compile(r"1 row whose own price is no number of dollars.*row 6$"),
        re.compile(r"1 row whose text occurred before.*row 5$"),
    ])  # fmt: skip
    expect(checked(batch)).to_contain_text("2 rows with a price of their own")
    price_all(batch).click()
    expect(summary(batch)).to_contain_text("1 no text; 1 text of more than 20,000 characters")


def test_another_choice_of_columns_is_previewed_at_once(batch, table):
    upload(batch, "batch-file", table()[0])
    expect(checked(batch)).to_contain_text("Steel kettle number 0, 1.7 litres")
    batch.get_by_label("Text columns").click()
    batch.get_by_role("option", name="note").click()
    expect(checked(batch).get_by_role("listitem").first).to_have_text(
        re.compile('Steel kettle number 0, 1.7 litresa "quoted", note')
    )
    expect(checked(batch)).to_contain_text("nothing to mend")


def test_a_column_of_words_is_guessed_and_can_be_changed(batch, table):
    upload(batch, "batch-file", table(columns=("sku", "words", "remark"))[0])
    expect(batch.locator("#batch-checked")).to_contain_text("Guessed from what is in the first rows")
    expect(batch.locator("#batch-columns")).to_contain_text("words")
    expect(price_all(batch)).to_be_enabled()


def test_when_no_column_is_likely_the_page_asks_and_waits(batch, tmp_path):
    (tmp_path / "codes.csv").write_text("sku,ean\nA-1,4006381333931\n")
    upload(batch, "batch-file", tmp_path / "codes.csv")
    asked = batch.get_by_text("Which column holds the text?")
    expect(asked).to_be_visible()
    expect(price_all(batch)).to_be_disabled()
    batch.get_by_label("Text columns").click()
    batch.get_by_role("option", name="ean").click()
    expect(price_all(batch)).to_be_enabled()
    expect(asked).to_be_hidden()
    batch.keyboard.press("Escape")
    price_all(batch).click()
    expect(summary(batch)).to_be_visible()


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


def test_more_rows_than_the_page_takes_are_refused_at_once(batch, tmp_path, context):
    path = tmp_path / "many.csv"
    path.write_text("summary\n" + "kettle\n" * (context.settings.max_page_rows + 1))
    upload(batch, "batch-file", path)
    expect(batch.get_by_role("alert")).to_contain_text("has more than 20,000 rows, the most that are taken here")
    expect(price_all(batch)).to_be_disabled()


def test_what_a_file_says_is_shown_and_never_run(batch, tmp_path):
    evil = "<img src=x onerror=fetch('http://example.org')> ${7*7} {{7*7}} <b>lamp</b>"
    (tmp_path / "evil.csv").write_text(f"summary,<i>head</i>\n{evil},x\n")
    upload(batch, "batch-file", tmp_path / "evil.csv")
    expect(batch.get_by_role("region", name="First rows of the file")).to_contain_text(evil)
    expect(batch.get_by_role("columnheader", name="<i>head</i>")).to_be_visible()
    price_all(batch).click()
    expect(batch.get_by_role("region", name="Priced rows")).to_contain_text(evil)


def test_stop_keeps_and_offers_what_was_priced(batch, table, context, gate, tmp_path):
    passes, calls = gate
    path, rows = table(n=1500)
    upload(batch, "batch-file", path)
    price_all(batch).click()
    passes.release()
    expect(batch.locator("#batch-progress")).to_contain_text("10 of 1,500 rows")
    expect(batch.get_by_role("region", name="Prices so far")).to_contain_text("9 rows priced so far")
    batch.get_by_role("button", name="Stop").click()
    expect(batch.locator("#batch-progress")).to_contain_text("Stopping")
    passes.release(1500)
    expect(batch.locator("#batch-progress")).to_contain_text("Stopped: 19 rows priced, 1,480 left without a price")
    assert len(calls) == 2
    expect(summary(batch)).to_contain_text("1,480 the run was stopped; 1 no text")
    expect(batch.locator("#batch-live")).to_be_empty()
    _, out = read(fetched(batch, tmp_path / "."))
    assert [row[:3] for row in out] == rows
    assert all(row[3] for row in out[:20] if row[1])
    assert {tuple(row[3:]) for row in out[20:]} == {("", "", "", "not priced: the run was stopped")}
    assert not list(context.folders.runs.iterdir())
    price_all(batch).click()
    expect(summary(batch)).to_contain_text("1,499with a price and a range")


def test_two_visitors_with_the_same_file_do_not_disturb_each_other(batch, table, gate, browser, url):
    passes, _ = gate
    path = table(n=20)[0]
    upload(batch, "batch-file", path)
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("0 of 20 rows")
    with browser.new_context() as other:
        page = other.new_page()
        page.goto(url)
        show_tab(page, "Batch")
        upload(page, "batch-file", path)
        expect(price_all(page)).to_be_enabled()
        passes.release(4)
        expect(summary(batch)).to_contain_text("19with a price and a range")
        price_all(page).click()
        expect(summary(page)).to_contain_text("19with a price and a range")


def test_a_run_that_is_stopped_before_its_turn_never_begins(batch, table, gate, context, browser, url):
    passes, calls = gate
    others = [a_running_batch(browser, url, table(n=20)[0]) for _ in range(2)]  # as many as run side by side
    upload(batch, "batch-file", table(name="third.csv")[0])
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("Waiting for a free place")
    batch.get_by_role("button", name="Stop").click()
    passes.release(4)
    expect(batch.locator("#batch-progress")).to_contain_text("Stopped before it began.")
    expect(price_all(batch)).to_be_enabled()
    assert len(calls) == 4
    for page in others:
        expect(summary(page)).to_be_visible()
        page.context.close()


def test_a_file_that_is_chosen_while_another_waits_for_its_turn_is_the_one_that_is_priced(
    batch, table, gate, browser, url
):
    passes, calls = gate
    others = [a_running_batch(browser, url, table(n=20)[0]) for _ in range(2)]  # as many as run side by side
    upload(batch, "batch-file", table(n=30, name="third.csv")[0])
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("Waiting for a free place")
    replace(batch, table(n=40, name="fourth.csv")[0])
    expect(price_all(batch)).to_be_enabled()
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("Waiting for a free place")
    passes.release(8)
    expect(summary(batch)).to_contain_text("39with a price and a range")
    expect(batch.locator("#batch-results")).to_contain_text("fourth-priced.csv")
    assert len(calls) == 8  # two chunks of each other one, and four of the fourth file
    for page in others:
        page.context.close()


def a_running_batch(browser, url, path):
    """The page of another visitor whose batch has begun."""
    page = browser.new_context().new_page()
    page.goto(url)
    show_tab(page, "Batch")
    upload(page, "batch-file", path)
    expect(price_all(page)).to_be_enabled()
    price_all(page).click()
    expect(page.locator("#batch-progress")).to_contain_text("0 of 20 rows")
    return page


def test_another_file_takes_away_the_results_and_the_run_of_the_one_before(batch, table, tmp_path, gate):
    passes, calls = gate
    passes.release(4)
    upload(batch, "batch-file", table()[0])
    price_all(batch).click()
    expect(summary(batch)).to_be_visible()
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
    expect(found(batch)).to_contain_text("short.csv")
    expect(price_all(batch)).to_be_enabled()
    passes.release(150)
    expect(batch.locator("#batch-progress")).to_contain_text("Ended, as another file was chosen.")
    expect(batch.locator("#batch-results")).to_be_hidden()
    assert len(calls) < ended_after + 20


def test_an_upload_can_be_priced_also_if_all_that_is_said_of_it_comes_at_once(batch, table, gate):
    upload(batch, "batch-file", table(n=1500, name="long.csv")[0])
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("0 of 1,500 rows")  # answers are being listened to
    clear(batch)
    held = []
    batch.route("**/queue/join*", lambda route: held.append((route, route.fetch())), times=1)
    upload(batch, "batch-file", table(name="short.csv")[0])
    while not held:
        batch.wait_for_timeout(20)
    batch.wait_for_timeout(1000)  # by then, all answers are there, before the page knows what they belong to
    route, response = held[0]
    route.fulfill(response=response)
    expect(found(batch)).to_contain_text("short.csv")
    expect(batch.locator("#batch-columns")).to_contain_text("summary")
    expect(price_all(batch)).to_be_enabled()


def test_a_new_run_does_not_wait_for_the_end_of_the_one_before(batch, table, gate):
    passes, calls = gate
    upload(batch, "batch-file", table(n=1500, name="long.csv")[0])
    price_all(batch).click()
    expect(batch.locator("#batch-progress")).to_contain_text("0 of 1,500 rows")
    replace(batch, table(name="short.csv")[0])
    expect(price_all(batch)).to_be_enabled()
    price_all(batch).click()
    passes.release(6)  # one chunk of the run before, all of this one, one to spare
    expect(summary(batch)).to_contain_text("39with a price and a range")
    assert len(calls) <= 6


def test_a_file_of_which_nothing_is_priced_shows_no_empty_plot(batch, tmp_path):
    (tmp_path / "codes.csv").write_text("summary\n" + "  \n" * 3 + '""\n')
    priced(batch, tmp_path / "codes.csv")
    expect(summary(batch)).to_contain_text("0with a price and a range")
    expect(batch.get_by_role("heading", name="Prices", exact=True)).to_be_hidden()


def test_a_fault_of_ours_is_told_and_the_page_goes_on(batch, table, context, monkeypatch):
    upload(batch, "batch-file", table()[0])
    with monkeypatch.context() as broken:
        broken.setattr(context.runner, "quote", lambda *_: 1 / 0)
        price_all(batch).click()
        expect(batch.get_by_role("alert")).to_contain_text("went wrong on our side")
    price_all(batch).click()
    expect(summary(batch)).to_be_visible()
    expect(batch.get_by_role("alert")).to_have_count(0)


def test_a_running_batch_does_not_keep_a_price_waiting(batch, table, gate):
    passes, _ = gate
    upload(batch, "batch-file", table()[0])
    price_all(batch).click()
    expect(batch.get_by_role("button", name="Stop")).to_be_enabled()
    _price_one(batch)
    show_tab(batch, "Batch")
    passes.release(4)
    expect(summary(batch)).to_be_visible()


def _price_one(page) -> None:
    show_tab(page, "Price")
    page.get_by_role("textbox", name="Describe the product").fill("kettle")
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_test_id("price")).to_be_visible()

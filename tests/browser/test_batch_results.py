"""What a person does with a priced file: fetch it, come back for it, look into it; on any screen, by keyboard alone."""

from __future__ import annotations

import csv
import re
import time

import openpyxl
import pyarrow.parquet
import pytest
from playwright.sync_api import expect

from pricer.batch import ADDED_COLUMNS
from pricer.cli import main
from pricer.hub import BUILT_IN
from tests.browser.conftest import checked, fetched, price_all, priced, show_tab, summary, upload
from tests.browser.test_looks import FAINT_TEXTS


@pytest.mark.parametrize(("label", "name"), [("CSV", "csv"), ("Excel", "xlsx"), ("Parquet", "parquet")])
def test_every_format_has_every_row_in_order(batch, table, tmp_path, label, name):
    path, rows = table()
    priced(batch, path)
    batch.get_by_role("radio", name=label).check()
    output = fetched(batch, tmp_path)
    assert output.name == f"products-priced.{name}"
    if name == "csv":
        with output.open(newline="") as file:
            found = list(csv.reader(file))
    elif name == "xlsx":
        found = [[cell.value for cell in row] for row in openpyxl.load_workbook(output).active.rows]
    else:
        written = pyarrow.parquet.read_table(output)
        found = [
            written.column_names,
            *map(list, zip(*(column.to_pylist() for column in written.columns), strict=True)),
        ]
    assert found[0] == ["sku", "summary", "note", *ADDED_COLUMNS]
    assert [[cell or "" for cell in row[:3]] for row in found[1:]] == rows
    assert all(float(row[3]) > 0 for row in found[1:] if row[1])
    assert not found[4][3]
    assert found[4][6] == "not priced: no text"


def test_a_download_can_be_made_spreadsheet_safe(batch, tmp_path):
    (tmp_path / "in.csv").write_text("summary,stock\n=A steel kettle,-5\nlamp,@x\n")
    priced(batch, tmp_path / "in.csv")
    batch.get_by_role("checkbox", name="Spreadsheet-safe").check()
    with fetched(batch, tmp_path).open(newline="") as file:
        rows = [row[:2] for row in csv.reader(file)]
    assert rows == [["summary", "stock"], ["'=A steel kettle", "-5"], ["lamp", "'@x"]]
    expect(batch.locator("#batch-download-note")).to_contain_text("an apostrophe before it, in 'summary', 'stock'.")


def test_a_download_for_excel_is_spreadsheet_safe_at_first_and_others_are_as_priced(batch, tmp_path):
    (tmp_path / "in.csv").write_text("summary,stock\n=A steel kettle,-5\nlamp,@x\n")
    priced(batch, tmp_path / "in.csv")
    box = batch.get_by_role("checkbox", name="Spreadsheet-safe")
    expect(box).not_to_be_checked()
    batch.get_by_role("radio", name="Excel").check()
    expect(box).to_be_checked()
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(fetched(batch, tmp_path)).active.rows]
    assert [row[:2] for row in cells] == [["summary", "stock"], ["'=A steel kettle", "-5"], ["lamp", "'@x"]]
    batch.get_by_role("radio", name="CSV").check()
    expect(box).not_to_be_checked()
    assert "\n=A steel kettle,-5," in fetched(batch, tmp_path).read_text()


def test_what_a_format_cannot_hold_is_explained_and_others_still_come(batch, tmp_path):
    (tmp_path / "in.csv").write_text(f"summary,code\nkettle,{'a' * 32_768}\n")
    priced(batch, tmp_path / "in.csv")
    batch.get_by_role("radio", name="Excel").check()
    batch.get_by_role("button", name="Download", exact=True).click()
    expect(batch.locator("#batch-download-note")).to_contain_text("longer than the 32,767 characters that Excel holds")
    batch.get_by_role("radio", name="Parquet").check()
    assert fetched(batch, tmp_path).name == "in-priced.parquet"


def test_the_drift_report_can_be_fetched_and_is_that_of_the_command_line(batch, table, tmp_path):
    path, _ = table(n=120)
    priced(batch, path)
    with batch.expect_download() as started:
        batch.get_by_role("button", name="Drift report (HTML)").click()
    assert started.value.suggested_filename == "pricer-drift.html"
    started.value.save_as(tmp_path / "page.html")
    files = [path, tmp_path / "products-priced.csv", "--report", tmp_path / "command.html"]
    main(["batch", *map(str, files), "--model", str(BUILT_IN)])  # as the page of the tests was given it
    page, command = ((tmp_path / name).read_text(encoding="utf-8") for name in ("page.html", "command.html"))
    assert "Drift of products.csv" in page
    assert page == command


def test_a_result_is_there_after_a_reload_and_only_in_this_browser(batch, table, tmp_path, browser, url):
    path, rows = table()
    priced(batch, path)
    batch.reload()
    show_tab(batch, "Batch")
    expect(summary(batch)).to_contain_text("39with a price and a range")
    expect(batch.locator("#batch-results")).to_contain_text("for this browser only")
    expect(batch.locator("#batch-histogram .main-svg").first).to_be_visible()
    with fetched(batch, tmp_path / ".").open(newline="") as file:
        assert [row[:3] for row in list(csv.reader(file))[1:]] == rows
    stored = batch.evaluate("localStorage.getItem('pricer-batch')")
    assert stored

    with browser.new_context() as other:
        stranger = other.new_page()
        with stranger.expect_response("**/run/*") as restored:
            stranger.goto(url)
        restored.value.finished()
        show_tab(stranger, "Batch")
        expect(price_all(stranger)).to_be_visible()
        expect(stranger.locator("#batch-results")).to_be_hidden()


def test_when_its_time_is_over_a_result_is_gone_and_the_page_says_so(batch, table, context, monkeypatch):
    priced(batch, table()[0])
    later = time.time() + 60 * context.settings.kept_minutes + 1
    monkeypatch.setattr(context.results._store, "_clock", lambda: later)
    batch.get_by_role("button", name="Download", exact=True).click()
    expect(batch.locator("#batch-download-note")).to_contain_text("This result is no longer kept")
    batch.get_by_role("button", name="Show rows").click()
    expect(batch.locator("#batch-rows")).to_contain_text("This result is no longer kept")
    assert not list(context.folders.kept.iterdir())
    batch.reload()
    show_tab(batch, "Batch")
    expect(price_all(batch)).to_be_visible()
    expect(batch.locator("#batch-results")).to_be_hidden()


def test_rows_are_found_by_words_note_and_price(batch, table):
    priced(batch, table(n=300)[0])
    rows, status = batch.get_by_role("region", name="Priced rows"), batch.locator("#batch-rows").get_by_role("status")
    expect(status).to_have_text("First 200 rows of 300.")
    assert rows.get_by_role("row").count() == 201
    batch.get_by_label("Words").fill("NUMBER 29")
    batch.get_by_label("Words").press("Enter")
    expect(status).to_have_text("13 rows of 300 fit.")  # 29, 129, 229, and 290 to 299
    expect(rows.get_by_role("row").nth(4)).to_contain_text("Steel kettle number 290")
    batch.get_by_label("Words").fill("")
    batch.get_by_role("radio", name="Not priced").check()
    expect(status).to_have_text("1 row of 300 fit.")
    expect(rows.get_by_role("row").nth(1)).to_contain_text("s0003")
    batch.get_by_role("radio", name="All").check()
    batch.get_by_label("Price from").fill("1000000")
    batch.get_by_role("button", name="Show rows").click()
    expect(status).to_contain_text("No row fits.")
    batch.get_by_label("Price from").fill("1")
    batch.get_by_role("button", name="Show rows").click()
    expect(status).to_contain_text("299 rows of 300 fit; the first 200 are shown.")


def test_a_large_sample_says_that_it_is_one(batch, tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.batch.review.LabelledRows", lambda: LabelledRows(most=20))
    from pricer.batch.labelled_rows import LabelledRows

    (tmp_path / "in.csv").write_text("summary,price\n" + "".join(f"steel kettle {at},{at + 1}\n" for at in range(60)))
    priced(batch, tmp_path / "in.csv")
    own = batch.get_by_role("region", name="Against your own prices", exact=True)
    expect(own).to_contain_text("Measured on 20 rows drawn at random from the 60 that have a price.")
    expect(own).to_contain_text("n = 20")


def tab_to(page, locator, most=60):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if locator.evaluate(
            "element => element === document.activeElement || element.contains(document.activeElement)"
        ):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not reach it")


def test_the_keyboard_alone_goes_all_the_way(page, tmp_path):
    page.evaluate("localStorage.clear()")
    page.get_by_role("tab", name="Price").focus()
    page.keyboard.press("ArrowRight")
    if page.get_by_role("tab", name="Batch").get_attribute("aria-selected") != "true":
        tab_to(page, page.get_by_role("tab", name="Batch"))
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Try a sample file"))
    page.keyboard.press("Enter")
    expect(price_all(page)).to_be_enabled()
    tab_to(page, price_all(page))
    page.keyboard.press("Enter")
    expect(summary(page)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Results and download"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="CSV")).to_be_focused()
    expect(page.locator("#batch-results")).to_be_in_viewport()
    download = page.get_by_role("button", name="Download", exact=True)
    tab_to(page, download)
    assert download.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "sample-products-priced.csv"
    tab_to(page, page.get_by_label("Words"))
    page.keyboard.type("zzzz")
    page.keyboard.press("Enter")
    expect(page.locator("#batch-rows")).to_contain_text("No row fits.")
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_is_readable_and_fits_from_a_phone_to_a_wide_screen(open_page, theme):
    page = open_page(theme=theme)
    page.evaluate("localStorage.clear()")
    show_tab(page, "Batch")
    page.get_by_role("button", name="Try a sample file").click()
    expect(checked(page)).to_contain_text("rows checked")
    price_all(page).click()
    expect(page.locator("#batch-histogram .main-svg").first).to_be_visible()
    assert page.evaluate(FAINT_TEXTS) == []
    for width in (375, 768, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width}"
    page.evaluate("localStorage.clear()")


def test_a_phone_prices_a_file_too(open_page, table, tmp_path):
    phone = open_page(viewport={"width": 375, "height": 740})
    phone.evaluate("localStorage.clear()")
    show_tab(phone, "Batch")
    priced(phone, table()[0])
    assert fetched(phone, tmp_path).name == "products-priced.csv"
    phone.evaluate("localStorage.clear()")


def test_the_results_do_not_move_what_stands_above_them(batch, table):
    upload(batch, "batch-file", table()[0])
    expect(checked(batch)).to_contain_text(re.compile("Found in 40 rows"))
    before = price_all(batch).bounding_box()
    price_all(batch).click()
    expect(summary(batch)).to_be_visible()
    assert price_all(batch).bounding_box() == before

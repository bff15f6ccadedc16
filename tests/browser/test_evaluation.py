"""The evaluation tab: the built-in split, an uploaded file, a Hub dataset, and what goes wrong."""

from __future__ import annotations

import csv
import re
import threading
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import show_tab, upload

PLOTS = ("scatter", "trend", "bands", "categories")
EVIL = "<b>bold</b> <a href='http://example.org'>lamp</a> & kettle"


@pytest.fixture
def evaluation(page):
    show_tab(page, "Evaluation")
    return page


@pytest.fixture
def priced_file(tmp_path):
    """60 items with prices, one of which says HTML; one row more has no price."""
    path = tmp_path / "priced.csv"
    rows = [[EVIL if at == 0 else f"Steel kettle {at}", f"${20 + at}.50", "kitchen"] for at in range(60)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["summary", "price", "category"], *rows, ["a lamp", "", "kitchen"]])
    return path


def run(page) -> None:
    page.get_by_role("button", name="Run evaluation").click()


def results(page):
    return page.get_by_label("Results of the evaluation")


def test_the_built_in_split_gives_every_figure_and_plot(evaluation):
    run(evaluation)
    for name in (
        "Mean error",
        "95% interval",
        "Median error",
        "RMSLE",
        "SMAPE",
        "r²",
        "In the 80% range",
        "Within 20%",
    ):
        expect(results(evaluation)).to_contain_text(name)
    for name in PLOTS:
        expect(evaluation.locator(f"#evaluation-{name} .main-svg").first).to_be_visible()
    legend = evaluation.locator("#evaluation-scatter .legend")
    for meaning in ("Predicted = true", "Within $40 or 20%", "Within $80 or 40%", "Further off"):
        expect(legend).to_contain_text(meaning)


def test_the_page_tells_the_built_in_split_from_real_listings(evaluation, context):
    config = context.runner.checkpoint.config
    measured = evaluation.get_by_label("What is measured")
    expect(measured).to_contain_text(config.test_split)
    expect(measured).to_contain_text(f"{config.accuracy['n']:,} {config.accuracy['data']}")
    expect(measured).to_contain_text("Mean error")
    run(evaluation)
    expect(evaluation.get_by_text("These are the built-in test items, not real listings")).to_be_visible()


def test_only_the_first_items_can_be_taken(evaluation):
    evaluation.get_by_role("radio", name="First 100", exact=True).check()
    run(evaluation)
    expect(results(evaluation)).to_contain_text("n = 100")


def test_an_uploaded_file_is_evaluated_and_its_bad_rows_are_counted(evaluation, priced_file):
    evaluation.get_by_role("radio", name="My file").check()
    upload(evaluation, "evaluation-file", priced_file)
    expect(evaluation.locator("#evaluation-file")).to_contain_text(re.compile(r"priced\s*\.csv"))
    run(evaluation)
    expect(results(evaluation)).to_contain_text("n = 60")
    expect(evaluation.get_by_text("1 row without a text or a usable price left out")).to_be_visible()


def test_another_source_or_file_takes_away_the_results_and_errors_of_the_one_before(evaluation, priced_file, tmp_path):
    run(evaluation)
    expect(results(evaluation)).to_be_visible()
    evaluation.get_by_role("radio", name="My file").check()
    expect(results(evaluation)).to_be_hidden()
    expect(evaluation.locator("#evaluation-progress .pr-idle")).to_have_count(1)
    expect(evaluation.get_by_label("What is measured")).not_to_contain_text("built-in test split")
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("Which file?")
    upload(evaluation, "evaluation-file", priced_file)
    expect(evaluation.get_by_role("alert")).to_have_count(0)
    run(evaluation)
    expect(results(evaluation)).to_contain_text("n = 60")
    (tmp_path / "priced.csv").unlink()
    evaluation.get_by_role("radio", name="Hub dataset").check()
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("Which dataset?")
    expect(results(evaluation)).to_be_hidden()


def test_stop_says_so_and_nothing_is_kept(evaluation, context, monkeypatch):
    passes, price = threading.Semaphore(0), context.runner.price

    def gated(texts, coverage=0.8):
        passes.acquire(timeout=60)
        time.sleep(0.02)
        return price(texts, coverage)

    monkeypatch.setattr("pricer.evaluator.CHUNK_ITEMS", 10)
    monkeypatch.setattr(context.runner, "price", gated)
    run(evaluation)
    passes.release()
    expect(evaluation.locator("#evaluation-progress")).to_contain_text(re.compile(r"\b10 of "))
    with evaluation.expect_response("**/cancel"):
        with evaluation.expect_request("**/cancel"):
            evaluation.get_by_role("button", name="Stop").click()
        passes.release(10_000)
    expect(evaluation.get_by_role("button", name="Run evaluation")).to_be_enabled()
    evaluation.wait_for_timeout(1000)  # whatever the end of the run would still write is there
    expect(evaluation.locator("#evaluation-progress")).to_contain_text("Stopped. Nothing of this run is kept.")
    expect(results(evaluation)).to_be_hidden()


def test_hovering_shows_an_items_text_as_it_is(evaluation, priced_file):
    evaluation.get_by_role("radio", name="My file").check()
    upload(evaluation, "evaluation-file", priced_file)
    expect(evaluation.locator("#evaluation-file")).to_contain_text(re.compile(r"priced\s*\.csv"))
    run(evaluation)
    expect(evaluation.locator("#evaluation-scatter .main-svg").first).to_be_visible()
    where = evaluation.evaluate(
        """() => {
          const plot = document.querySelector("#evaluation-scatter .js-plotly-plot");
          const trace = plot._fullData.find((each) => [].concat(each.text).some((text) => /bold/.test(text)));
          const at = trace.text.findIndex((text) => /bold/.test(text));
          const { xaxis, yaxis } = plot._fullLayout;
          plot.scrollIntoView();
          const corner = plot.getBoundingClientRect();
          return [corner.x + xaxis._offset + xaxis.d2p(trace.x[at]), corner.y + yaxis._offset + yaxis.d2p(trace.y[at])];
        }"""
    )
    evaluation.mouse.move(where[0] - 30, where[1] - 30)
    evaluation.mouse.move(*where, steps=4)
    label = evaluation.locator("#evaluation-scatter .hoverlayer .hovertext")
    expect(label).to_contain_text("<b>bold</b>")
    expect(label).to_contain_text("true $20.50")
    expect(label.locator("a")).to_have_count(0)


def test_a_file_without_prices_is_explained(evaluation, tmp_path):
    (tmp_path / "plain.csv").write_text("summary\nkettle\n")
    evaluation.get_by_role("radio", name="My file").check()
    upload(evaluation, "evaluation-file", tmp_path / "plain.csv")
    expect(evaluation.locator("#evaluation-file")).to_contain_text(re.compile(r"plain\s*\.csv"))
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("has no column 'price'")
    expect(evaluation.get_by_role("button", name="Run evaluation")).to_be_enabled()


def test_no_file_and_no_dataset_are_asked_for(evaluation):
    evaluation.get_by_role("radio", name="My file").check()
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("Which file?")
    evaluation.get_by_role("radio", name="Hub dataset").check()
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("Which dataset?")


def test_a_missing_hub_dataset_is_explained(evaluation, hub):
    evaluation.get_by_role("radio", name="Hub dataset").check()
    evaluation.get_by_role("textbox", name="Dataset on the Hugging Face Hub").fill("nobody")
    run(evaluation)
    expect(evaluation.get_by_role("alert")).to_contain_text("nobody/items_full")

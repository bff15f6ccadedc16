"""The evaluation tab: the built-in split, an uploaded file, a Hub dataset, and what goes wrong."""

from __future__ import annotations

import csv
import re
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, offline_report, show_tab, upload

PLOTS = ("scatter", "residuals", "familiarity", "bands", "categories", "calibration", "trend")
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


def mark_of(page, plot: str, word: str) -> tuple[float, float]:
    """Where the mark of the item with this word is on the screen."""
    return page.evaluate(
        """([name, word]) => {
          const plot = document.querySelector(`#evaluation-${name} .js-plotly-plot`);
          const has = (text) => String(text).includes(word);
          const trace = plot._fullData.find((each) => [].concat(each.text).some(has));
          const at = trace.text.findIndex(has);
          const { xaxis, yaxis } = plot._fullLayout;
          plot.scrollIntoView({ block: "center" });
          const corner = plot.getBoundingClientRect();
          return [corner.x + xaxis._offset + xaxis.d2p(trace.x[at]), corner.y + yaxis._offset + yaxis.d2p(trace.y[at])];
        }""",
        [plot, word],
    )


def evaluate_file(page, path) -> None:
    page.get_by_role("radio", name="My file").check()
    upload(page, "evaluation-file", path)
    expect(page.locator("#evaluation-file")).to_contain_text(re.compile(rf"{path.stem}\s*\.csv"))
    run(page)
    expect(results(page)).to_be_visible()


def item(page):
    return page.locator("#evaluation-item-card")


def number(page):
    return page.locator("#evaluation-item input")


def progress(page):
    return page.locator("#evaluation-progress")


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


@pytest.fixture
def gated(context, monkeypatch):
    """Evaluations in chunks of 10 items, each of which waits to be let through; gives the passes and the calls."""
    passes, calls, predictions = threading.Semaphore(0), [], context.runner.checkpoint.predictions

    def waiting(texts):
        calls.append(len(texts))
        passes.acquire(timeout=60)
        return predictions(texts)

    monkeypatch.setattr("pricer.evaluator.CHUNK_ITEMS", 10)
    monkeypatch.setattr(context.runner.checkpoint, "predictions", waiting)
    yield passes, calls
    passes.release(10_000)


def test_stop_says_so_at_once_and_nothing_is_kept(evaluation, gated):
    passes, calls = gated
    run(evaluation)
    passes.release()
    expect(progress(evaluation)).to_contain_text(re.compile(r"\b10 of "))
    evaluation.get_by_role("button", name="Stop").click()
    expect(progress(evaluation)).to_contain_text("Stopped. Nothing of this run is kept.")
    with evaluation.expect_response("**/run/*"):  # what follows the end of the run
        passes.release(10_000)
    expect(evaluation.get_by_role("button", name="Run evaluation")).to_be_enabled()
    expect(progress(evaluation)).to_contain_text("Stopped. Nothing of this run is kept.")
    expect(results(evaluation)).to_be_hidden()
    assert len(calls) <= 3


def test_a_new_run_does_not_wait_for_the_end_of_the_one_before(evaluation, gated):
    passes, _ = gated
    run(evaluation)
    expect(progress(evaluation)).to_contain_text("0 of 1,058 items")
    evaluation.get_by_role("button", name="Stop").click()
    expect(progress(evaluation)).to_contain_text("Stopped.")
    evaluation.get_by_role("radio", name="First 100", exact=True).check()
    expect(progress(evaluation)).to_contain_text("Nothing is running")
    run(evaluation)
    passes.release(12)
    expect(results(evaluation)).to_contain_text("n = 100")
    expect(progress(evaluation)).to_contain_text("100 items")


def test_a_choice_that_arrives_late_does_not_end_the_run_after_it(evaluation, gated):
    passes, _ = gated
    held = []

    def hold_the_first(route) -> None:
        held.append(route) if not held else route.continue_()

    evaluation.route("**/run/predict*", hold_the_first)
    evaluation.get_by_role("radio", name="First 100", exact=True).check()
    run(evaluation)
    expect(progress(evaluation)).to_contain_text("0 of 100 items")
    with evaluation.expect_response("**/run/predict*"):
        held[0].continue_()
    passes.release(12)
    expect(results(evaluation)).to_contain_text("n = 100")
    expect(progress(evaluation)).to_contain_text("100 items")


def test_another_source_ends_the_run_of_the_one_before(evaluation, gated):
    passes, calls = gated
    run(evaluation)
    passes.release()
    expect(progress(evaluation)).to_contain_text(re.compile(r"\b10 of "))
    evaluation.get_by_role("radio", name="My file").check()
    expect(progress(evaluation)).to_contain_text("Nothing is running")
    with evaluation.expect_response("**/run/*"):
        passes.release(10_000)
    expect(progress(evaluation).locator(":is(.pr-idle, .pr-stopped)")).to_have_count(1)
    expect(results(evaluation)).to_be_hidden()
    assert len(calls) <= 3


def test_hovering_shows_an_items_text_as_it_is(evaluation, priced_file):
    evaluation.get_by_role("radio", name="My file").check()
    upload(evaluation, "evaluation-file", priced_file)
    expect(evaluation.locator("#evaluation-file")).to_contain_text(re.compile(r"priced\s*\.csv"))
    run(evaluation)
    expect(evaluation.locator("#evaluation-scatter .main-svg").first).to_be_visible()
    where = mark_of(evaluation, "scatter", "bold")
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


def test_every_figure_has_its_interval_its_n_and_its_width(evaluation):
    run(evaluation)
    for said in ("95% interval $", "n = 1,058", "Width of the range", "Items", "items per second"):
        expect(results(evaluation)).to_contain_text(said)
    expect(evaluation.locator("#evaluation-bands")).to_contain_text("(n = ")


def test_the_axes_can_be_made_linear_and_logarithmic_again(evaluation, priced_file):
    evaluate_file(evaluation, priced_file)
    kind = "document.querySelector('#evaluation-scatter .js-plotly-plot')?._fullLayout?.xaxis.type"
    evaluation.wait_for_function(f"{kind} === 'log'")
    evaluation.get_by_role("radio", name="Linear").check()
    evaluation.wait_for_function(f"{kind} === 'linear'")
    evaluation.get_by_role("radio", name="Log", exact=True).check()
    evaluation.wait_for_function(f"{kind} === 'log'")


def test_a_plot_that_is_drawn_anew_leaves_the_plots_beside_it(evaluation, priced_file):
    evaluate_file(evaluation, priced_file)
    expect(evaluation.locator("#evaluation-familiarity .gl-canvas-pick")).to_have_count(1)
    expect(evaluation.locator("#evaluation-residuals .gl-canvas-pick")).to_have_count(1)
    for kind in ("Linear", "Log") * 4:
        evaluation.get_by_role("radio", name=kind, exact=True).check()
        evaluation.wait_for_function(
            "kind => document.querySelector('#evaluation-scatter .js-plotly-plot')?._fullLayout?.xaxis.type === kind",
            arg=kind.lower(),
        )
    lost = "[...document.querySelectorAll('.gl-canvas')].filter((each) => each.getContext('webgl').isContextLost())"
    assert evaluation.evaluate(f"{lost}.length") == 0


def test_the_worst_item_is_shown_first_with_what_its_words_add(evaluation, priced_file, context):
    evaluate_file(evaluation, priced_file)
    worst = int(number(evaluation).input_value())
    expect(evaluation.get_by_role("region", name=f"Item {worst}", exact=True)).to_be_visible()
    expect(item(evaluation).get_by_role("table", name="What its words add")).to_contain_text("kettle")
    assert evaluation.get_by_role("region", name="Furthest off").get_by_role("button").first.inner_text() == str(worst)


@pytest.mark.parametrize("plot", ["scatter", "residuals", "familiarity"])
def test_a_mark_that_is_chosen_shows_its_item(evaluation, priced_file, plot):
    evaluate_file(evaluation, priced_file)
    expect(evaluation.locator(f"#evaluation-{plot} .main-svg").first).to_be_visible()
    where = mark_of(evaluation, plot, "Steel kettle 59")
    evaluation.mouse.move(where[0] - 20, where[1] - 20)
    evaluation.mouse.move(*where, steps=4)
    expect(evaluation.locator(f"#evaluation-{plot} .hoverlayer .hovertext")).to_contain_text("Steel kettle 59")
    evaluation.mouse.click(*where)
    expect(number(evaluation)).to_have_value("60")
    expect(item(evaluation)).to_contain_text("Steel kettle 59")
    expect(item(evaluation)).to_contain_text("$79.50")


def test_an_items_text_is_shown_as_it_is(evaluation, priced_file):
    evaluate_file(evaluation, priced_file)
    number(evaluation).fill("1")
    expect(item(evaluation)).to_contain_text(EVIL)
    expect(item(evaluation).locator("b", has_text="bold")).to_have_count(0)
    expect(item(evaluation).locator("a")).to_have_count(0)


def test_the_keyboard_alone_runs_chooses_items_and_reads_their_explanations(evaluation):
    evaluation.get_by_role("radio", name="First 100", exact=True).focus()
    evaluation.keyboard.press("Space")
    for _ in range(20):
        evaluation.keyboard.press("Tab")
        if evaluation.get_by_role("button", name="Run evaluation").evaluate("it => it === document.activeElement"):
            break
    evaluation.keyboard.press("Enter")
    expect(results(evaluation)).to_contain_text("n = 100")
    number(evaluation).focus()
    evaluation.keyboard.press("Control+a")
    evaluation.keyboard.type("7")
    expect(evaluation.get_by_role("region", name="Item 7", exact=True)).to_be_visible()
    evaluation.keyboard.press("ArrowUp")
    expect(evaluation.get_by_role("region", name="Item 8", exact=True)).to_be_visible()
    row = evaluation.get_by_role("region", name="Closest").get_by_role("button").nth(2)
    row.focus()
    evaluation.keyboard.press("Enter")
    expect(number(evaluation)).to_have_value(row.inner_text())
    expect(evaluation.get_by_role("region", name=f"Item {row.inner_text()}", exact=True)).to_be_visible()
    evaluation.get_by_label("Furthest off and closest").focus()
    evaluation.keyboard.press("ArrowDown")
    evaluation.keyboard.press("ArrowDown")
    evaluation.keyboard.press("Enter")
    expect(number(evaluation)).not_to_have_value(row.inner_text())


def test_an_item_that_is_not_there_is_explained(evaluation, priced_file):
    evaluate_file(evaluation, priced_file)
    number(evaluation).fill("")
    expect(item(evaluation)).to_contain_text("choose a number from 1 to 60")


def test_items_of_the_training_are_told_and_can_be_left_out(evaluation, tmp_path, context):
    with (ROOT / "catalogue" / "everyday.csv").open(encoding="utf-8", newline="") as file:
        rows = [[row["summary"], row["price"]] for _, row in zip(range(30), csv.DictReader(file), strict=False)]
    seen = int(context.runner.checkpoint.seen_texts.contains([text for text, _ in rows]).sum())
    assert seen
    path = tmp_path / "known.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["summary", "price"], *rows, ["An owl-shaped brass bookend, never seen", 30]])
    evaluate_file(evaluation, path)
    expect(evaluation.get_by_text(f"The model was trained on {seen} of these 31 items")).to_be_visible()
    evaluation.get_by_label("Leave out items that the model was trained on").check()
    expect(results(evaluation)).to_be_hidden()
    run(evaluation)
    expect(results(evaluation)).to_contain_text(f"n = {31 - seen}")
    expect(evaluation.get_by_text("their errors, and so the means, are too low")).to_have_count(0)


def test_the_comparison_says_n_and_that_other_items_were_measured(evaluation, context):
    run(evaluation)
    expect(evaluation.locator("#evaluation-results").get_by_role("region", name="Published scores")).to_contain_text(
        "human"
    )
    expect(evaluation.locator("#evaluation-results")).to_contain_text("test items, which are not these")
    if context.runner.checkpoint.config.peers:
        peers = evaluation.locator("#evaluation-results").get_by_role("region", name="Other models on the same rows")
        expect(peers).to_contain_text("(this model)")
        expect(peers).to_contain_text("450")


def test_the_items_can_be_had_as_a_table(evaluation, priced_file, tmp_path, context):
    evaluate_file(evaluation, priced_file)
    with evaluation.expect_download() as started:
        evaluation.locator("#evaluation-table").click()
    assert started.value.suggested_filename == "pricer-evaluation.csv"
    started.value.save_as(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows[:2]] == [EVIL, "Steel kettle 1"]
    assert [float(row["true_price"]) for row in rows] == [20.5 + at for at in range(60)]
    price = context.runner.price([rows[1]["text"]]).price[0]
    assert float(rows[1]["predicted_price"]) == pytest.approx(price, abs=0.006)
    assert not list(context.folders.runs.iterdir())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_opens_offline_with_every_plot_and_no_error(evaluation, priced_file, tmp_path, browser, scheme):
    evaluate_file(evaluation, priced_file)
    with evaluation.expect_download() as started:
        evaluation.locator("#evaluation-report").click()
    assert started.value.suggested_filename == "pricer-evaluation.html"
    started.value.save_as(tmp_path / "report.html")
    with offline_report(browser, tmp_path / "report.html", scheme, PLOTS) as report:
        expect(report.get_by_role("heading", name="How wrong prices are: priced.csv")).to_be_visible()
        expect(report.get_by_text(EVIL).first).to_be_visible()
        colours = report.evaluate(
            """() => [document.body, document.querySelector("#plot-scatter .xtitle")].map((element, at) =>
                 getComputedStyle(element)[at ? "fill" : "color"])"""
        )
        assert colours == [{"light": "rgb(23, 32, 27)", "dark": "rgb(232, 238, 234)"}[scheme]] * 2


def test_an_item_stays_in_view_on_a_phone(open_page, priced_file):
    page = open_page(viewport={"width": 375, "height": 800})
    show_tab(page, "Evaluation")
    evaluate_file(page, priced_file)
    page.get_by_role("region", name="Closest").get_by_role("button").first.click()
    chosen = page.get_by_role("region", name="Closest").get_by_role("button").first.inner_text()
    shown = page.get_by_role("region", name=f"Item {chosen}", exact=True)
    expect(shown).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_results_of_one_visitor_are_not_there_for_another(open_page, priced_file):
    first = open_page()
    show_tab(first, "Evaluation")
    evaluate_file(first, priced_file)
    second = open_page()
    show_tab(second, "Evaluation")
    expect(second.get_by_text("No evaluation yet")).to_be_visible()
    expect(results(second)).to_be_hidden()

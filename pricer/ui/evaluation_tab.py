"""The tab that measures how wrong prices are, and the API endpoint `evaluate`."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import gradio as gr

from pricer import figures
from pricer.datasets import full_name
from pricer.errors import DatasetError, UserError
from pricer.evaluator import Evaluation, evaluate_runner
from pricer.items import Item, Items
from pricer.ui import cards
from pricer.ui.context import BUSY, LONG, OUR_FAULT, PRIVATE, PageContext, for_callers, run_and_stop
from pricer.ui.evaluation_cards import metric_cards, what_was_left_out, yardsticks

BUILT_IN, FILE, HUB = "Built-in test split", "My file", "Hub dataset"
COVERAGE = 0.8
SIZES = [("All", 0), ("First 100", 100), ("First 250", 250), ("First 1,000", 1000)]

_IDLE = cards.progress("Items priced", 0, "Nothing is running", state="idle")
_WAITING = cards.progress("Items priced", None, "Waiting for a free place…")
_STOPPED = cards.progress("Items priced", 0, "Stopped. Nothing of this run is kept.", state="stopped")
_EMPTY = cards.empty(
    "No evaluation yet",
    "Choose items whose true prices are known and run. You will see how far off prices are, for which products, "
    "and whether the ranges hold what they promise.",
)


def build(context: PageContext) -> None:
    """Lay out the tab and wire its events."""
    checkpoint = context.runner.checkpoint
    sources = [BUILT_IN] * bool(checkpoint.test_split) + [FILE] + [HUB] * context.settings.hub_datasets

    def run(source: str, path: str | None, dataset: str, most: int) -> Iterator[dict[Any, Any]]:
        try:
            yield {bar: cards.progress("Items priced", None, "Reading the items…")}
            items = _items(context, source, path, dataset, most)
            yield {bar: cards.progress("Items priced", 0, f"0 of {len(items):,} items")}
            for done, evaluation in evaluate_runner(context.runner, items, unpriced=items.skipped, coverage=COVERAGE):
                words = f"{done:,} of {len(items):,} items"
                if evaluation is None:
                    yield {bar: cards.progress("Items priced", done / len(items), words)}
                else:
                    ended = cards.progress("Items priced", 1, words, f"{evaluation.seconds:.1f} s", state="done")
                    yield {bar: ended, **_results(evaluation, items, source), **idle()}
        except UserError as error:
            yield {bar: cards.message("error", str(error), "That could not be evaluated"), **idle()}
        except Exception:  # a stopped run is none: it ends with GeneratorExit
            traceback.print_exc()
            yield {bar: cards.message("error", OUR_FAULT), **idle()}

    def _results(evaluation: Evaluation, items: Items, source: str) -> dict[Any, Any]:
        categories = evaluation.by_category()
        return {
            empty: gr.HTML(visible=False),
            results: gr.Column(visible=True),
            summary: metric_cards(evaluation, COVERAGE) + what_was_left_out(evaluation, items, source == BUILT_IN),
            scatter: figures.predicted_against_actual(evaluation),
            trend: figures.running_error(evaluation),
            bands: figures.error_by(evaluation.by_price_band(), "band"),
            kinds: figures.error_by(categories, "category") if categories else None,
            kinds_card: gr.Column(visible=bool(categories)),
        }

    def idle() -> dict[Any, Any]:
        return {button: gr.Button(interactive=True), stop: gr.Button(interactive=False)}

    def waiting() -> dict[Any, Any]:
        return {
            bar: _WAITING,
            button: gr.Button(interactive=False),
            stop: gr.Button(interactive=True),
            **no_results(),
        }

    def no_results() -> dict[Any, Any]:
        return {empty: gr.HTML(visible=True), results: gr.Column(visible=False)}

    def stopped() -> dict[Any, Any]:
        return {bar: _STOPPED, **idle()}

    def ended(shown: str) -> dict[Any, Any]:
        """After a run without an answer: it never began, for want of a place, or it was stopped, maybe mid-message."""
        return {
            bar: cards.message("error", BUSY) if shown == _WAITING else gr.skip() if shown == _IDLE else _STOPPED,
            **(idle() if shown == _WAITING else {}),
        }

    def chosen(source: str) -> dict[Any, Any]:
        return {
            file: gr.File(visible=source == FILE),
            dataset: gr.Textbox(visible=source == HUB),
            measured: yardsticks(source == BUILT_IN, checkpoint.config),
            **changed(),
        }

    def changed() -> dict[Any, Any]:
        """Whatever is shown or runs belongs to the items chosen before."""
        return {bar: _IDLE, **no_results(), **idle()}

    with gr.Row(equal_height=False, elem_classes="pr-split"):
        with gr.Column(scale=5, min_width=320):
            choice = gr.Radio(sources, value=sources[0], label="Items to evaluate", elem_classes="pr-pills")
            file = gr.File(
                label="A file with the columns summary and price",
                height=140,
                visible=sources[0] == FILE,
                elem_id="evaluation-file",
            )
            dataset = gr.Textbox(
                label="Dataset on the Hugging Face Hub", placeholder="owner/name, or the owner alone", visible=False,
                info=f"Its split test is used. An owner alone means {full_name('owner', context.settings.lite_mode)}.",
            )  # fmt: skip
            most = gr.Radio(SIZES, value=0, label="How many", elem_classes="pr-pills")
            button, stop = run_and_stop("Run evaluation")
            bar = gr.HTML(_IDLE, elem_id="evaluation-progress")
        with gr.Column(scale=6, min_width=320):
            measured = gr.HTML(yardsticks(sources[0] == BUILT_IN, checkpoint.config))
    empty, results, summary, scatter, trend, bands, kinds, kinds_card = _lay_out_results()

    state = [bar, button, stop, empty, results]
    asked = button.click(waiting, None, state, queue=False, **PRIVATE)
    job = asked.then(
        run,
        [choice, file, dataset, most],
        [*state, summary, scatter, trend, bands, kinds, kinds_card],
        **PRIVATE,
        **LONG,
    )
    job.failure(ended, bar, [bar, button, stop], queue=False, **PRIVATE)
    stop.click(stopped, None, [bar, button, stop], queue=False, cancels=[job], **PRIVATE)
    choice.change(chosen, choice, [*state, file, dataset, measured], queue=False, cancels=[job], **PRIVATE)
    gr.on([file.change, dataset.input, most.change], changed, None, state, queue=False, cancels=[job], **PRIVATE)
    _add_endpoint(context)


def _add_endpoint(context: PageContext) -> None:
    def evaluate(file: str | None = None, dataset: str = "", most: int = 0) -> Iterator[dict[str, Any]]:
        """Measure how wrong prices are on items with true prices.

        Args:
            file: a table with the columns summary and price; without one, the dataset or the built-in test split.
            dataset: a Hub dataset, whose split test is used.
            most: only so many items, from the first; 0 takes all.

        Returns:
            The members of `python -m pricer evaluate --json`; before them, `done` and `total` while it runs.
        """
        with for_callers():
            source = FILE if file else HUB if dataset else BUILT_IN
            items = _items(context, source, file, dataset, most)
            for done, evaluation in evaluate_runner(context.runner, items, unpriced=items.skipped, coverage=COVERAGE):
                yield evaluation.to_dict() if evaluation else {"done": done, "total": len(items)}

    inputs = [
        gr.File(visible=False, label="file"),
        gr.Textbox("", visible=False, label="dataset"),
        gr.Number(0, precision=0, minimum=0, visible=False, label="most"),
    ]
    answer = gr.JSON(visible=False, label="evaluation")
    gr.Button(visible=False).click(evaluate, inputs, answer, api_name="evaluate", show_progress="hidden", **LONG)


def _items(context: PageContext, source: str, path: str | None, dataset: str, most: int) -> Items:
    """The first items of the chosen source; rows without a text or a price are counted, not refused."""
    if source == BUILT_IN:
        path = str(context.runner.checkpoint.test_split or "")
        if not path:
            raise DatasetError("This model has no test split of its own: give a file or a Hub dataset.")
    settings = context.settings
    if source == HUB:
        if not settings.hub_datasets:
            raise DatasetError("Hub datasets are switched off on this page: give a file.")
        if not dataset.strip():
            raise DatasetError("Which dataset? Give its name on the Hub, such as owner/name.")
        found = Item.from_hub_split(full_name(dataset.strip(), settings.lite_mode), "test", skip_invalid=True)
    elif path:
        found = Item.from_file(path, split="test", skip_invalid=True)
    else:
        raise DatasetError("Which file? Upload one with the columns summary and price.")
    chosen = Items(found[: most or None])
    chosen.skipped, chosen.problems = found.skipped, found.problems
    return chosen


def _lay_out_results() -> tuple[gr.HTML, gr.Column, gr.HTML, gr.Plot, gr.Plot, gr.Plot, gr.Plot, gr.Column]:
    empty = gr.HTML(f'<section class="pr-card pr-tall">{_EMPTY}</section>')
    with gr.Column(visible=False, elem_id="evaluation-results") as results:
        summary = gr.HTML()
        advice = "On the dashed line the two agree. Point at an item to read it."
        scatter = _plot("Predicted against true price", advice, "scatter")
        trend = _plot("Mean error as items are added", "A narrow band is a mean that can be relied on.", "trend")
        with gr.Row(elem_classes="pr-split pr-pair"):
            with gr.Column(min_width=320):
                bands = _plot("Error by true price", "Mean absolute error, with the number of items.", "bands")
            with gr.Column(min_width=320) as kinds_card:
                kinds = _plot("Error by category", "Categories of at least 20 items, the largest first.", "categories")
    return empty, results, summary, scatter, trend, bands, kinds, kinds_card


def _plot(title: str, text: str, name: str) -> gr.Plot:
    with gr.Column(elem_classes="pr-card"):
        gr.HTML(cards.heading(title, text))
        return gr.Plot(show_label=False, container=False, elem_id=f"evaluation-{name}")

"""The tab that measures how wrong prices are."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import gradio as gr

from pricer.errors import UserError
from pricer.evaluator import evaluate_runner
from pricer.ui import cards
from pricer.ui.context import BUSY, LONG, OUR_FAULT, PRIVATE, PageContext, run_and_stop
from pricer.ui.evaluation_api import add_endpoint
from pricer.ui.evaluation_form import EvaluationForm
from pricer.ui.evaluation_results import EvaluationResults, Measured
from pricer.ui.evaluation_source import Source, remarks

_IDLE = cards.progress("Items priced", 0, "Nothing is running", state="idle")
_WAITING = cards.progress("Items priced", None, "Waiting for a free place…")
_READING = cards.progress("Items priced", None, "Reading the items…")
_STOPPED = cards.progress("Items priced", 0, "Stopped. Nothing of this run is kept.", state="stopped")
_EMPTY = cards.empty(
    "No evaluation yet",
    "Choose items whose true prices are known and run. You will see how far off prices are, for which products, "
    "and whether the ranges hold what they promise.",
)


def build(context: PageContext) -> None:
    """Lay out the tab and wire its events."""

    def run(kind: str, path: str | None, dataset: str, most: int, exclude_seen: bool) -> Iterator[dict[Any, Any]]:
        source = Source(kind, path, dataset, most, exclude_seen)
        try:
            yield {bar: _READING}
            yield from measured(source)
        except UserError as error:
            yield {bar: cards.message("error", str(error), "That could not be evaluated"), **idle()}
        except Exception:  # a stopped run is none: it ends with GeneratorExit
            traceback.print_exc()
            yield {bar: cards.message("error", OUR_FAULT), **idle()}

    def measured(source: Source) -> Iterator[dict[Any, Any]]:
        items = source.read(context)
        yield {bar: _priced(0, len(items))}
        for done, evaluation in evaluate_runner(
            context.runner, items, unpriced=items.skipped, exclude_seen=source.exclude_seen
        ):
            yield {bar: _priced(done, len(items), finished=evaluation is not None)}
        assert evaluation is not None
        with context.folders.new() as folder:
            shown = results.filled(Measured(evaluation, source.name, remarks(source, items)), folder)
            ended = cards.progress(
                "Items priced", 1, f"{evaluation.n:,} items", f"{evaluation.seconds:.1f} s", state="done"
            )
            yield {bar: ended, empty: gr.HTML(visible=False), **shown, **idle()}

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
        return {empty: gr.HTML(visible=True), **results.hidden()}

    def stopped() -> dict[Any, Any]:
        return {bar: _STOPPED, **idle()}

    def ended(shown: str) -> dict[Any, Any]:
        """After a run without an answer: it never began, for want of a place, or it was stopped, maybe mid-message."""
        return {
            bar: cards.message("error", BUSY) if shown == _WAITING else gr.skip() if shown == _IDLE else _STOPPED,
            **(idle() if shown == _WAITING else {}),
        }

    def switched(kind: str) -> dict[Any, Any]:
        return {**form.switched(kind), **changed()}

    def changed() -> dict[Any, Any]:
        """Whatever is shown or runs belongs to the items chosen before."""
        return {bar: _IDLE, **no_results(), **idle()}

    with gr.Row(equal_height=False, elem_classes="pr-split"):
        with gr.Column(scale=5, min_width=320):
            form = EvaluationForm(context)
            button, stop = run_and_stop("Run evaluation")
            bar = gr.HTML(_IDLE, elem_id="evaluation-progress")
        with gr.Column(scale=6, min_width=320):
            form.add_yardstick()
    empty = gr.HTML(f'<section class="pr-card pr-tall">{_EMPTY}</section>')
    results = EvaluationResults(context)

    state = [bar, button, stop, empty, results.column]
    asked = button.click(waiting, None, state, queue=False, **PRIVATE)
    job = asked.then(run, form.inputs, [bar, button, stop, empty, *results.outputs], **PRIVATE, **LONG)
    job.failure(ended, bar, [bar, button, stop], queue=False, **PRIVATE)
    stop.click(stopped, None, [bar, button, stop], queue=False, cancels=[job], **PRIVATE)
    form.kind.change(
        switched, form.kind, [*state, form.file, form.dataset, form.yardstick], queue=False, cancels=[job], **PRIVATE
    )
    others = [form.file.change, form.dataset.input, form.most.change, form.unseen.change]
    gr.on(others, changed, None, state, queue=False, cancels=[job], **PRIVATE)
    add_endpoint(context)


def _priced(done: int, total: int, finished: bool = False) -> str:
    """The bar while items are priced and, at last, while what they say is drawn."""
    if finished:
        return cards.progress("Items priced", 1, "All items priced. Drawing, and writing the report…")
    return cards.progress("Items priced", done / max(total, 1), f"{done:,} of {total:,} items")

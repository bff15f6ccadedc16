"""The tab that measures how wrong prices are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pricer import log
from pricer.errors import UserError
from pricer.evaluator import evaluate_runner
from pricer.ui import cards
from pricer.ui.context import BUSY, OUR_FAULT, PRIVATE, PageContext, run_and_stop, run_id_box
from pricer.ui.evaluation_api import add_endpoint
from pricer.ui.evaluation_form import EvaluationForm
from pricer.ui.evaluation_results import EvaluationResults, Measured
from pricer.ui.evaluation_source import Source, remarks
from pricer.ui.stop_flags import StopFlags
from pricer.words import count, duration

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
    EvaluationTab(context).wire()
    add_endpoint(context)


class EvaluationTab:
    """A form, a run that can be stopped, and its results."""

    def __init__(self, context: PageContext) -> None:
        self._context, self._flags = context, StopFlags()
        self._asked = run_id_box()
        with gr.Row(equal_height=False, elem_classes="pr-split"):
            with gr.Column(scale=5, min_width=320):
                self._form = EvaluationForm(context)
                self._button, self._stop = run_and_stop("Run evaluation")
                self._bar = gr.HTML(_IDLE, elem_id="evaluation-progress")
            with gr.Column(scale=6, min_width=320):
                self._form.add_yardstick()
        self._empty = gr.HTML(f'<section class="pr-card pr-tall">{_EMPTY}</section>')
        self._results = EvaluationResults(context)

    def wire(self) -> None:
        """What follows from what."""
        form, bar, asked_for = self._form, self._bar, self._asked
        buttons = [bar, self._button, self._stop]
        state = [*buttons, self._empty, self._results.column]
        asked = self._button.click(
            self._waiting, [asked_for, self._results.kept], [*state, asked_for], queue=False, **PRIVATE
        )
        # "multiple": also while the run before comes to its end
        outputs = [*buttons, self._empty, *self._results.outputs]
        given = [asked_for, *form.inputs]
        job = asked.then(self._run, given, outputs, trigger_mode="multiple", **PRIVATE, **self._context.long)
        job.failure(self._refused, bar, buttons, queue=False, **PRIVATE)
        job.success(self._settled, [bar, asked_for], bar, queue=False, **PRIVATE)
        self._stop.click(self._stopped, asked_for, buttons, queue=False, **PRIVATE)
        form.kind.change(
            self._switched, [form.kind, asked_for], [*state, form.file, form.dataset, form.yardstick], queue=False,
            **PRIVATE,
        )  # fmt: skip
        others = [form.file.change, form.dataset.input, form.most.change, form.unseen.change]
        gr.on(others, self._changed, asked_for, state, queue=False, **PRIVATE)

    def _run(self, run_id: str, *chosen: Any) -> Iterator[dict[Any, Any]]:
        try:
            if self._flags.knows(run_id):
                yield {self._bar: _READING}
                with log.asked("evaluate") as facts:
                    yield from self._measured(run_id, Source(*chosen), facts)
            if not self._flags.knows(run_id):  # what a generator gives last is shown twice: let that be nothing
                yield {self._bar: gr.skip()}
        except UserError as error:
            yield self._failed(run_id, cards.message("error", str(error), "That could not be evaluated"))
        except Exception:  # a page that was closed is none: its run ends with GeneratorExit
            yield self._failed(run_id, cards.message("error", OUR_FAULT))
        finally:
            self._flags.drop(run_id)

    def _measured(self, run_id: str, source: Source, facts: dict[str, Any]) -> Iterator[dict[Any, Any]]:
        """Price the items and show what comes of it; gives nothing more once the run is not wanted."""
        items = source.read(self._context)
        facts["rows"] = len(items)
        runner = self._context.runner
        priced = evaluate_runner(runner, items, unpriced=items.skipped, exclude_seen=source.exclude_seen)
        yield {self._bar: _priced(0, len(items))}
        for done, evaluation in priced:
            self._context.check_going()
            if not self._flags.knows(run_id):
                return
            yield {self._bar: _priced(done, len(items), finished=evaluation is not None)}
        assert evaluation is not None
        with self._context.folders.new() as folder:
            shown = self._results.filled(Measured(evaluation, runner, source.name, remarks(source, items)), folder)
            if self._flags.knows(run_id):
                words = count(evaluation.n, "item"), duration(evaluation.seconds)
                ended = cards.progress("Items priced", 1, *words, state="done")
                yield {self._bar: ended, self._empty: gr.HTML(visible=False), **shown, **self._idle()}

    def _failed(self, run_id: str, message: str) -> dict[Any, Any]:
        return {self._bar: message, **self._idle()} if self._flags.knows(run_id) else {self._bar: gr.skip()}

    def _idle(self) -> dict[Any, Any]:
        return {self._button: gr.Button(interactive=True), self._stop: gr.Button(interactive=False)}

    def _no_results(self) -> dict[Any, Any]:
        return {self._empty: gr.HTML(visible=True), **self._results.hidden()}

    def _waiting(self, run_before: str, shown: str) -> dict[Any, Any]:
        self._flags.drop(run_before)
        self._context.evaluations.drop(shown)
        return {
            self._asked: self._flags.new(),
            self._bar: _WAITING,
            self._button: gr.Button(interactive=False),
            self._stop: gr.Button(interactive=True),
            **self._no_results(),
        }

    def _stopped(self, run_id: str) -> dict[Any, Any]:
        """At once, as nothing is kept; the run ends by itself at its next chunk."""
        self._flags.drop(run_id)
        return {self._bar: _STOPPED, **self._idle()}

    def _changed(self, run_id: str) -> dict[Any, Any]:
        """Whatever is shown or runs belongs to the items chosen before."""
        self._flags.drop(run_id)
        return {self._bar: _IDLE, **self._no_results(), **self._idle()}

    def _switched(self, kind: str, run_id: str) -> dict[Any, Any]:
        return {**self._form.switched(kind), **self._changed(run_id)}

    def _refused(self, shown: str) -> dict[Any, Any]:
        """After a run that failed without a word: it never began, for want of a place."""
        if shown != _WAITING:
            return {self._bar: gr.skip()}
        log.event("busy", kind="evaluate")
        return {self._bar: cards.message("error", BUSY), **self._idle()}

    def _settled(self, shown: str, run_id: str) -> Any:
        """After a run: a word of it that was on its way when it was stopped does not stay."""
        return gr.skip() if self._flags.knows(run_id) or "pr-running" not in shown else _STOPPED


def _priced(done: int, total: int, finished: bool = False) -> str:
    """The bar while items are priced and, at last, while what they say is drawn."""
    if finished:
        return cards.progress("Items priced", 1, "All items priced. Drawing, and writing the report…")
    return cards.progress("Items priced", done / max(total, 1), f"{done:,} of {total:,} items")

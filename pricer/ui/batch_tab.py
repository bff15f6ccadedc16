"""The tab that prices a file: from an upload to a download."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr

from pricer import log
from pricer.batch import BatchOptions, BatchProgress, price_file
from pricer.batch.report import ReportedBatch
from pricer.batch.review import BatchReview
from pricer.drift import DIFFERENT_ABOVE
from pricer.errors import UserError
from pricer.reported_model import ReportedModel
from pricer.ui import batch_run, cards
from pricer.ui.batch_api import add_endpoint
from pricer.ui.batch_results import BatchResults
from pricer.ui.batch_upload import RUN, BatchUpload, output_name, own_copy
from pricer.ui.context import BUSY, OUR_FAULT, PRIVATE, READING, SECONDS_BETWEEN, PageContext, run_id_box
from pricer.ui.stop_flags import StopFlags

TO_RESULTS = """() => {
  document.querySelector("#batch-results").scrollIntoView();
  document.querySelector("#batch-format input").focus({ preventScroll: true });
}"""
STORED_AS = "pricer-batch"  # in the browser's storage


def build(context: PageContext, page: gr.Blocks, stored: gr.BrowserState) -> None:
    """Lay out the tab and wire its events; what the browser stores is the token of its last result."""
    BatchTab(context, stored).wire(page)
    add_endpoint(context)


class BatchTab:
    """An upload, a run that can be stopped, and its results."""

    def __init__(self, context: PageContext, stored: gr.BrowserState) -> None:
        self._context, self._flags = context, StopFlags()
        self._stored, self._asked = stored, run_id_box()
        self._upload = BatchUpload(context)
        with gr.Row(equal_height=False, elem_classes="pr-split"):
            with gr.Column(scale=5, min_width=320):
                self._upload.lay_out()
                self._bar = gr.HTML(batch_run.IDLE, elem_id="batch-progress")
                self._onward = gr.Button(
                    "Results and download ↓", visible=False, size="sm", min_width=0, elem_classes="pr-onward"
                )
                self._live = gr.HTML(elem_id="batch-live")
            with gr.Column(scale=6, min_width=320, elem_classes="pr-card"):
                self._upload.lay_out_findings()
        self._results = BatchResults(context)

    def wire(self, page: gr.Blocks) -> None:
        """What follows from what."""
        upload, results = self._upload, self._results
        state = [self._bar, self._onward, self._live, upload.columns, upload.button, upload.stop]
        begun = [*state, self._asked, results.column]
        asked = upload.button.click(self._waiting, self._asked, begun, queue=False, **PRIVATE)
        outputs = [*state, self._stored, *results.outputs]
        # "multiple": also while the run of a file before comes to its end
        given = [self._asked, upload.file, upload.columns]
        job = asked.then(self._run, given, outputs, trigger_mode="multiple", **PRIVATE, **self._context.long)
        job.failure(self._ended, self._bar, state, queue=False, **PRIVATE)
        self._onward.click(None, js=TO_RESULTS, **PRIVATE)
        upload.stop.click(self._stopping, self._asked, [self._bar, upload.stop], queue=False, **PRIVATE)

        found = [upload.found, upload.checked, upload.columns, upload.button]
        reading = upload.file.change(
            self._changed, [upload.file, self._asked, upload.look],
            [*state, upload.found, upload.checked, upload.look, results.column], queue=False,
            trigger_mode="always_last", **PRIVATE,
        )  # fmt: skip
        looked = reading.then(
            upload.first_look, [upload.file, upload.look], found, trigger_mode="multiple", **PRIVATE, **READING
        )
        chosen = upload.columns.input(
            upload.chosen, [upload.file, upload.columns, upload.look], [upload.button, upload.look], queue=False,
            trigger_mode="always_last", **PRIVATE,
        )  # fmt: skip
        for before in (looked, chosen):
            before.then(
                upload.check, [upload.file, upload.columns, upload.look], upload.checked, trigger_mode="multiple",
                **PRIVATE, **READING,
            )  # fmt: skip
        page.load(self._restored, self._stored, results.outputs, queue=False, **PRIVATE)

    def _run(self, run_id: str, path: str | None, columns: list[str]) -> Iterator[dict[Any, Any]]:
        if not path:
            yield {self._bar: cards.message("error", "Choose a file first."), **self._idle(can_run=False)}
            return
        if not self._flags.knows(run_id):  # another file was chosen while it waited
            yield {self._bar: gr.skip()}
            return
        if self._flags.get(run_id).is_set():
            yield {self._bar: batch_run.NOT_BEGUN, **self._idle()}
            return
        try:
            yield {self._bar: batch_run.READING}
            with log.asked("batch") as facts, self._context.folders.new() as folder:
                yield from self._priced(run_id, own_copy(path, folder), folder, columns, facts)
        except UserError as error:
            failure = cards.message("error", str(error), "This file could not be priced")
            yield {self._bar: failure, **self._idle()}
        except Exception:  # an abandoned run is none: it ends with GeneratorExit
            yield {self._bar: cards.message("error", OUR_FAULT), **self._idle()}
        finally:
            self._flags.drop(run_id)

    def _priced(
        self, run_id: str, source: Path, folder: Path, columns: list[str], facts: dict[str, Any]
    ) -> Iterator[dict[Any, Any]]:
        """Price a file in a folder of its own; keep what comes of it, and show it; the log is told its rows."""
        context, output, stop = self._context, folder / output_name(source), self._flags.get(run_id)
        runner = context.runner  # another one may be loaded meanwhile
        options = BatchOptions(text_columns=columns, limits=context.table_limits, served_until=context.ending)
        review = BatchReview(runner.checkpoint.seen_texts)
        due = 0.0
        with closing(price_file(runner, source, output, options, stop=stop, review=review)) as steps:
            for progress in steps:
                context.check_going()
                facts["rows"] = progress.rows_done
                if not self._flags.knows(run_id):
                    yield {self._bar: batch_run.ABANDONED, self._live: ""}
                    return
                if time.monotonic() >= due:
                    due = time.monotonic() + SECONDS_BETWEEN * bool(progress.rows_done)
                    yield self._running(progress, stop.is_set())
        model = ReportedModel.of(runner)
        report = ReportedBatch(source.name, output.name, progress, options.coverage, DIFFERENT_ABOVE, model)
        token = context.results.keep(output, progress, review, report)
        yield {
            self._bar: batch_run.progress_bar(progress),
            self._stored: token,
            **self._results.shown(token),
            **self._idle(),
            self._onward: gr.Button(visible=True),
        }

    def _running(self, progress: BatchProgress, stopping: bool) -> dict[Any, Any]:
        return {self._bar: batch_run.progress_bar(progress, stopping), self._live: batch_run.live_card(progress)}

    def _restored(self, token: Any) -> dict[Any, Any]:
        """After a reload: the result of this browser, if there is one still."""
        try:
            return self._results.shown(token if isinstance(token, str) else "")
        except UserError:
            return {self._results.column: gr.skip()}

    def _idle(self, can_run: bool = True) -> dict[Any, Any]:
        return {
            self._live: "",
            self._onward: gr.Button(visible=False),
            self._upload.columns: gr.Dropdown(interactive=True),
            self._upload.button: gr.Button(RUN, interactive=can_run),
            self._upload.stop: gr.Button(interactive=False),
        }

    def _waiting(self, run_before: str) -> dict[Any, Any]:
        self._flags.drop(run_before)
        return {
            self._asked: self._flags.new(),
            self._bar: batch_run.WAITING,
            self._live: batch_run.live_card(BatchProgress(0, [], [])),
            self._onward: gr.Button(visible=False),
            self._upload.columns: gr.Dropdown(interactive=False),
            self._upload.button: gr.Button(RUN, interactive=False),
            self._upload.stop: gr.Button(interactive=True),
            self._results.column: gr.Column(visible=False),
        }

    def _stopping(self, run_id: str) -> dict[Any, Any]:
        self._flags.get(run_id).set()
        return {self._bar: batch_run.STOPPING, self._upload.stop: gr.Button(interactive=False)}

    def _ended(self, shown: str) -> dict[Any, Any]:
        """After a run that failed without a word: it never began, for want of a place."""
        if shown != batch_run.WAITING:
            return {self._bar: gr.skip()}
        log.event("busy", kind="batch")
        return {self._bar: cards.message("error", BUSY), **self._idle()}

    def _changed(self, path: str | None, run_id: str, look_id: str) -> dict[Any, Any]:
        """Whatever is shown or runs belongs to the file before: the run ends by itself at its next chunk."""
        self._flags.drop(run_id)
        return {
            self._bar: batch_run.IDLE,
            **self._idle(can_run=False),
            **self._upload.changed(path, look_id),
            self._results.column: gr.Column(visible=False),
        }

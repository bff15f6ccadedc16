"""What the batch tab shows once a file is priced: figures, downloads, and its rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from pricer import figures, log
from pricer.batch.priced_file import (
    ANY,
    NOT_PRICED,
    NOTED,
    PRICED,
    RowFilter,
    convert,
    ending,
    endings_offered,
    find_rows,
)
from pricer.errors import UserError
from pricer.report_page import write
from pricer.ui import batch_cards, cards
from pricer.ui.context import FETCH, OUR_FAULT, PRIVATE, READING, WRITING, PageContext
from pricer.ui.kept_results import KeptResult
from pricer.words import count

REPORT = "pricer-drift.html"  # what the browser saves
MOST_SHOWN = 200  # rows of the file in the page at a time
FORMAT_NAMES = {".csv": "CSV", ".xlsx": "Excel", ".parquet": "Parquet", ".tsv": "TSV", ".jsonl": "JSON lines"}
OUTCOMES = [("All", ANY), ("Priced", PRICED), ("With a note", NOTED), ("Not priced", NOT_PRICED)]


class BatchResults:
    """The results' part of the tab: laid out once, filled by each result."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._token = gr.State("")  # of the result that is shown
        with gr.Column(visible=False, elem_id="batch-results") as self.column:
            self._lay_out()
        self.outputs = [
            self._token, self.column, self._head, self._format, self._safe, self._note, self._summary, self._prices,
            self._histogram, self._drift, self._fetch_report, self._report_note, self._evaluation, self._certainty,
            self._rows, self._words, self._outcome, self._least, self._most,
        ]  # fmt: skip
        self._wire()

    def _lay_out(self) -> None:
        with gr.Row(elem_classes="pr-result-head pr-card"):
            self._head = gr.HTML(min_width=280)
            with gr.Column(min_width=300, elem_classes="pr-downloads"):
                self._format = gr.Radio([], label="Download as", elem_classes="pr-pills", elem_id="batch-format")
                self._safe = gr.Checkbox(
                    label="Spreadsheet-safe",
                    info="Text that might be run as a formula (= + - @) gets an apostrophe. On at first for Excel.",
                    elem_id="batch-safe",
                )
                self._download = gr.Button("Download", variant="primary", elem_id="batch-download")
                self._note = gr.HTML(elem_id="batch-download-note")
            self._file = gr.File(elem_classes="pr-out-of-sight")
        self._summary = gr.HTML()
        self._evaluation = gr.HTML()
        with gr.Row(elem_classes="pr-split pr-pair"):
            with gr.Column(min_width=320, elem_classes="pr-card") as self._prices:
                gr.HTML(cards.heading("Prices", "How many rows got which price, on a log scale."))
                self._histogram = gr.Plot(show_label=False, container=False, elem_id="batch-histogram")
            with gr.Column(min_width=320):
                self._drift = gr.HTML()
                self._fetch_report = gr.Button("Drift report (HTML)", size="sm", elem_id="batch-report")
                self._report_note = gr.HTML()
        self._certainty = gr.HTML()
        with gr.Column(elem_classes="pr-card"):
            self._lay_out_rows()

    def _lay_out_rows(self) -> None:
        gr.HTML(cards.heading("The rows with their prices", "Look for rows in the whole file."))
        with gr.Row(elem_classes="pr-filter"):
            self._words = gr.Textbox(
                label="Words", placeholder="kettle steel", scale=3, min_width=200, elem_id="batch-words"
            )
            self._least = gr.Number(None, label="Price from", minimum=0, min_width=110, elem_id="batch-least")
            self._most = gr.Number(None, label="Price to", minimum=0, min_width=110, elem_id="batch-most")
            self._find = gr.Button("Show rows", min_width=130, scale=0, elem_id="batch-find")
        self._outcome = gr.Radio(
            OUTCOMES, value=ANY, show_label=False, container=False, elem_classes="pr-pills", elem_id="batch-outcome"
        )
        self._rows = gr.HTML(elem_id="batch-rows")

    def _wire(self) -> None:
        self._format.input(_safe_by_default, self._format, self._safe, queue=False, **PRIVATE)
        prepared = self._download.click(
            self._prepare, [self._token, self._format, self._safe], [self._note, self._file], **PRIVATE, **WRITING
        )
        prepared.success(None, self._file, js=FETCH, **PRIVATE)
        reported = self._fetch_report.click(
            self._reported, self._token, [self._report_note, self._file], **PRIVATE, **WRITING
        )
        reported.success(None, self._file, js=FETCH, **PRIVATE)
        asked = [self._find.click, self._words.submit, self._least.submit, self._most.submit, self._outcome.input]
        given = [self._token, self._words, self._outcome, self._least, self._most]
        gr.on(asked, self._found, given, self._rows, **PRIVATE, **READING)

    def shown(self, token: str) -> dict[Any, Any]:
        """What a result looks like.

        Raises
        ------
        TableError
            The token leads to no result.
        """
        kept = self._context.results.get(token)
        progress = kept.progress
        endings = endings_offered(kept.output)
        return {
            self._token: token,
            self.column: gr.Column(visible=True),
            self._head: _head(kept),
            self._format: gr.Radio([(_format_name(each), each) for each in endings], value=endings[0]),
            self._safe: _safe_by_default(endings[0]),
            self._note: "",
            self._summary: batch_cards.summary(kept),
            self._prices: gr.Column(visible=bool(progress.priced)),
            self._histogram: figures.price_histogram(progress.prices) if progress.priced else None,
            self._drift: batch_cards.drift_card(progress.drift),
            self._fetch_report: gr.Button(visible=kept.report is not None and progress.drift is not None),
            self._report_note: "",
            self._evaluation: batch_cards.evaluation(kept),
            self._certainty: batch_cards.certainty(kept),
            self._rows: _rows(kept, RowFilter()),
            self._words: "",
            self._outcome: ANY,
            self._least: None,
            self._most: None,
        }

    def _prepare(self, token: str, chosen: str, safe: bool) -> Iterator[tuple[str, Any]]:
        """The file in the chosen format, for the browser to fetch."""
        try:
            kept = self._context.results.get(token)
            if chosen not in endings_offered(kept.output):
                chosen = ending(kept.output)
            yield cards.progress("Preparing the file", None, f"Preparing {_format_name(chosen)}…"), None
            disk = self._context.disk
            with disk.room(max(kept.table.n_bytes, kept.output.stat().st_size)), self._context.folders.new() as folder:
                stem = kept.output.name.removesuffix(ending(kept.output))
                target = folder / f"{stem}{chosen}"
                notice = convert(kept.table, target, spreadsheet_safe=safe, each_step=disk.check)
                yield cards.messages("notice", [notice] if notice else []), str(target)
        except UserError as error:
            yield cards.message("error", str(error), "There is no file to fetch"), None
        except Exception:
            log.failure("failed", kind="download")
            yield cards.message("error", OUR_FAULT), None

    def _reported(self, token: str) -> Iterator[tuple[str, Any]]:
        """The drift report, for the browser to fetch."""
        try:
            kept = self._context.results.get(token)
            if kept.report is None:
                yield "", None
                return
            with self._context.folders.new() as folder:
                target = folder / REPORT
                write(target, kept.report.to_html())
                yield "", str(target)
        except UserError as error:
            yield cards.message("error", str(error), "There is no report to fetch"), None
        except Exception:
            log.failure("failed", kind="report")
            yield cards.message("error", OUR_FAULT), None

    def _found(self, token: str, words: str, outcome: str, least: float | None, most: float | None) -> str:
        try:
            kept = self._context.results.get(token)
            return _rows(kept, RowFilter(words or "", outcome, least, most))
        except UserError as error:
            return cards.message("error", str(error))


def _rows(kept: KeptResult, wanted: RowFilter) -> str:
    found = find_rows(kept.table, wanted, MOST_SHOWN)
    return batch_cards.found_rows(found, kept.table.n_rows, asked=bool(wanted.tests))


def _head(kept: KeptResult) -> str:
    progress = kept.progress
    words = "Every row and column of your file, in order, with four more columns."
    if progress.stopped_rows:
        words += f" {count(progress.stopped_rows, 'row')} without a price, as the run was stopped."
    minutes = max(1, round((kept.until - time.time()) / 60))
    kept_words = f"Kept for {count(minutes, 'minute')} more, for this browser only, even if the page is reloaded."
    title = "Stopped" if progress.stopped_rows else "Done"
    return cards.heading(f"{title}: {kept.output.name}", words) + f'<p class="pr-kept">{kept_words}</p>'


def _safe_by_default(chosen: str | None) -> bool:
    """Whether a download is spreadsheet-safe unless asked otherwise: a file for Excel is; others stay as priced."""
    return (chosen or "").endswith(".xlsx")


def _format_name(suffix: str) -> str:
    plain = suffix.removesuffix(".gz")
    return FORMAT_NAMES.get(plain, plain) + (", gzipped" if suffix != plain else "")

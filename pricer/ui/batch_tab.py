"""The tab that prices a file, and the API endpoint `batch`."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from pricer import figures
from pricer.batch import ADDED_COLUMNS, BatchOptions, BatchProgress, price_file
from pricer.drift import LEAST_ROWS, DriftReport
from pricer.errors import UserError
from pricer.items import find_text_columns
from pricer.tables import SUFFIXES, Table, cell_text, open_table
from pricer.ui import cards
from pricer.ui.context import BUSY, LONG, OUR_FAULT, PRIVATE, READING, PageContext, for_callers, run_and_stop
from pricer.ui.words import count, duration, money, rough_money, size

SHOWN_ROWS = 5  # of an upload
SAME_FORMAT = "Same as the file"
FORMATS = (SAME_FORMAT, ".csv", ".xlsx", ".parquet")

_NO_FILE = cards.empty(
    "No file yet",
    "CSV, TSV, JSONL (also .gz), Excel or Parquet, a product in each row. A column named summary, text, description "
    "or title is found by itself; otherwise choose the columns that describe the product.",
    "rows",
)
_IDLE = cards.progress("Rows priced", 0, "Nothing is running", state="idle")
_READING = cards.progress("Reading the file", None, "Reading the file from end to end…")
_WAITING = cards.progress("Rows priced", None, "Waiting for a free place…")
_STOPPED = cards.progress("Rows priced", 0, "Stopped. Nothing of this run is kept.", state="stopped")
_WHICH_COLUMN = cards.message(
    "warning", "Choose the ones that describe the product; none is chosen yet.", "Which column holds the text?"
)


def build(context: PageContext) -> None:
    """Lay out the tab and wire its events."""

    def run(path: str | None, columns: list[str], suffix: str) -> Iterator[dict[Any, Any]]:
        if not path:
            yield {bar: cards.message("error", "Choose a file first."), **idle(can_run=False)}
            return
        try:
            yield {bar: _READING}
            with context.folders.new() as folder:
                source = Path(path)
                output = folder / output_name(source, suffix)
                for progress in price_file(context.runner, source, output, _options(context, columns)):
                    yield {bar: _progress_bar(progress)}
                yield {bar: _progress_bar(progress), **_results(progress, output), **idle()}
        except UserError as error:
            yield {bar: cards.message("error", str(error), "This file could not be priced"), **idle()}
        except Exception:  # a stopped run is none: it ends with GeneratorExit
            traceback.print_exc()
            yield {bar: cards.message("error", OUR_FAULT), **idle()}

    def _results(progress: BatchProgress, output: Path) -> dict[Any, Any]:
        marked = len(ADDED_COLUMNS)
        shown = f"First {count(len(progress.preview), 'row')} of {progress.rows_total:,}"
        return {
            results: gr.Column(visible=True),
            download: gr.DownloadButton(f"Download {output.name}", value=str(output)),
            summary: _summary(progress) + drift_note(progress.drift),
            histogram: figures.price_histogram(progress.prices) if progress.priced else None,
            rows: cards.heading("The rows with their prices", shown)
            + cards.table("Priced rows", progress.columns, progress.preview, marked),
        }

    def idle(can_run: bool = True) -> dict[Any, Any]:
        return {button: gr.Button(interactive=can_run), stop: gr.Button(interactive=False)}

    def waiting() -> dict[Any, Any]:
        return {
            bar: _WAITING,
            button: gr.Button(interactive=False),
            stop: gr.Button(interactive=True),
            results: gr.Column(visible=False),
        }

    def stopped() -> dict[Any, Any]:
        return {bar: _STOPPED, **idle()}

    def ended(shown: str) -> dict[Any, Any]:
        """After a run without an answer: it never began, for want of a place, or it was stopped, maybe mid-message."""
        busy = {bar: cards.message("error", BUSY), **idle()}
        return busy if shown == _WAITING else {bar: gr.skip() if shown == _IDLE else _STOPPED}

    with gr.Row(equal_height=False, elem_classes="pr-split"):
        with gr.Column(scale=5, min_width=320):
            file = gr.File(label="Your file", height=150, elem_id="batch-file")
            columns = gr.Dropdown(
                [], value=[], multiselect=True, interactive=True, label="Text columns",
                info="What describes the product; several are joined in the order chosen.", elem_id="batch-columns",
            )  # fmt: skip
            which_column = gr.HTML(_WHICH_COLUMN, visible=False)
            suffix = gr.Radio(
                [*_format_choices()],
                value=SAME_FORMAT,
                label="Download as",
                info="CSV files are written in UTF-8, with commas.",
                elem_classes="pr-pills",
            )
            button, stop = run_and_stop("Price all", interactive=False)
            bar = gr.HTML(_IDLE, elem_id="batch-progress")
        with gr.Column(scale=6, min_width=320):
            found = gr.HTML(_card(_NO_FILE), elem_id="batch-found")
    results, download, summary, histogram, rows = _lay_out_results()

    all_outputs = [bar, button, stop, results, download, summary, histogram, rows]
    asked = button.click(waiting, None, [bar, button, stop, results], queue=False, **PRIVATE)
    job = asked.then(run, [file, columns, suffix], all_outputs, **PRIVATE, **LONG)
    job.failure(ended, bar, [bar, button, stop], queue=False, **PRIVATE)
    stop.click(stopped, None, [bar, button, stop], queue=False, cancels=[job], **PRIVATE)

    def changed(path: str | None) -> dict[Any, Any]:
        """Whatever is shown or runs belongs to the file before."""
        return {
            found: _card(_READING if path else _NO_FILE),
            which_column: gr.HTML(visible=False),
            bar: _IDLE,
            results: gr.Column(visible=False),
            **idle(can_run=False),
        }

    reading = file.change(
        changed, file, [found, which_column, bar, results, button, stop], queue=False, cancels=[job], **PRIVATE
    )
    reading.then(inspect, file, [found, columns, which_column, button], **PRIVATE, **READING)
    columns.input(
        lambda chosen, path: (gr.HTML(visible=bool(path and not chosen)), gr.Button(interactive=bool(chosen and path))),
        [columns, file], [which_column, button], queue=False, **PRIVATE,
    )  # fmt: skip
    _add_endpoint(context)


def _lay_out_results() -> tuple[gr.Column, gr.DownloadButton, gr.HTML, gr.Plot, gr.HTML]:
    with gr.Column(visible=False, elem_id="batch-results") as results:
        with gr.Row(elem_classes="pr-result-head"):
            words = "Every row and column of your file, in order, with four more columns."
            gr.HTML(cards.heading("Done", words), min_width=260)
            download = gr.DownloadButton(
                "Download", variant="primary", scale=0, min_width=240, elem_id="batch-download"
            )
        summary = gr.HTML()
        with gr.Column(elem_classes="pr-card"):
            gr.HTML(cards.heading("Prices", "How many rows got which price, on a log scale."))
            histogram = gr.Plot(show_label=False, container=False, elem_id="batch-histogram")
        rows = gr.HTML(elem_id="batch-rows")
    return results, download, summary, histogram, rows


def _add_endpoint(context: PageContext) -> None:
    def batch(file: str, text_columns: list[str] | None = None) -> Iterator[str | None]:
        """Price every row of a file.

        Args:
            file: CSV, TSV, JSONL (also .gz), XLSX or Parquet.
            text_columns: columns that hold the text; empty: summary, text, description or title.

        Returns:
            The file in the same format with four more columns: predicted_price, price_low, price_high, price_note.
        """
        with for_callers():
            if not file:
                raise UserError("No file was given: expected one that ends in " + ", ".join(SUFFIXES) + ".")
            columns = [] if text_columns is None else text_columns
            if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
                raise UserError(
                    'text_columns is no list: expected a list of column names, such as ["title", "details"].'
                )
            with context.folders.new() as folder:
                output = folder / output_name(Path(file), SAME_FORMAT)
                for _ in price_file(context.runner, file, output, _options(context, columns)):
                    yield None
                yield str(output)

    source, result = gr.File(visible=False, label="file"), gr.File(visible=False, label="priced file")
    text_columns = gr.JSON([], visible=False, label="text_columns")
    gr.Button(visible=False).click(
        batch, [source, text_columns], result, api_name="batch", show_progress="hidden", **LONG
    )


def inspect(path: str | None) -> tuple[str, Any, Any, Any]:
    """What an upload holds: a card, its text columns with a guess, whether to ask for them, and whether to go on."""
    if not path:
        return _card(_NO_FILE), _choice([], []), gr.HTML(visible=False), gr.Button(interactive=False)
    try:
        table = open_table(path)
        first = next(table.chunks(SHOWN_ROWS), None)
    except UserError as error:
        failure = cards.message("error", str(error), "This file cannot be read")
        return _card(failure), _choice([], []), gr.HTML(visible=False), gr.Button(interactive=False)
    guess = _guess(table)
    preview = [[cell_text(cell) for cell in row] for row in first.rows] if first else []
    no_rows = "The file has a header, but no rows: there is nothing to price."
    card = (
        cards.facts(
            [("File", table.path.name), ("Rows", f"{table.n_rows:,}"), ("Columns", f"{len(table.columns):,}"),
             ("Size", size(table.path.stat().st_size))]
        )
        + cards.messages("notice", table.notices)
        + ("" if table.n_rows else cards.message("error", no_rows))
        + cards.table("First rows of the file", table.columns, preview, most=90)
    )  # fmt: skip
    choices = list(dict.fromkeys(table.columns))
    has_rows = bool(table.n_rows)
    return (
        _card(card),
        _choice(choices, guess),
        gr.HTML(visible=has_rows and not guess),
        gr.Button(interactive=has_rows and bool(guess)),
    )


def output_name(source: Path, suffix: str) -> str:
    """The download's name: the upload's, marked as priced, with the ending that was chosen."""
    ending = next((each for each in SUFFIXES[::-1] if source.name.lower().endswith(each)), source.suffix)
    return (
        f"{source.name[: -len(ending)] if ending else source.name}-priced{ending if suffix == SAME_FORMAT else suffix}"
    )


def _guess(table: Table) -> list[str]:
    """The columns with a usual name for a text."""
    try:
        return [table.columns[at] for at in find_text_columns(table)] if table.n_rows else []
    except UserError:
        return []


def _choice(columns: list[str], chosen: list[str]) -> gr.Dropdown:
    return gr.Dropdown(choices=columns, value=chosen, multiselect=True)


def _options(context: PageContext, columns: list[str]) -> BatchOptions:
    return BatchOptions(text_columns=columns, max_rows=context.settings.max_page_rows)


def _progress_bar(progress: BatchProgress) -> str:
    done, total = progress.rows_done, progress.rows_total
    pace = f"{done / progress.seconds:,.0f} rows/s" if progress.seconds and done else ""
    if progress.finished:
        words = f"{count(total, 'row')} in {duration(progress.seconds)}"
        return cards.progress("Rows priced", 1, words, pace, state="done")
    if done == total:
        return cards.progress("Rows priced", 1, f"All {total:,} rows priced. Writing the file…", pace)
    left = f"{duration(progress.seconds_left)} left" if done else "starting"
    return cards.progress(
        "Rows priced", done / total, f"{done:,} of {count(total, 'row')}", " · ".join(filter(None, (pace, left)))
    )


def _summary(progress: BatchProgress) -> str:
    unpriced = progress.rows_total - progress.priced
    return cards.metrics(
        [
            ("Rows", f"{progress.rows_total:,}", "in the file"),
            ("Priced", f"{progress.priced:,}", "with a price and a range"),
            ("Not priced", f"{unpriced:,}", "price_note says why" if unpriced else "nothing was left out"),
            ("Median price", money(progress.prices.median), "half of the rows are below"),
            ("Total", rough_money(progress.prices.total_usd), "of all predicted prices"),
        ],
        "Summary of the batch",
    )


def drift_note(drift: DriftReport | None) -> str:
    """A line on whether the texts are like those that the model was made for."""
    if drift is None or drift.n_rows < LEAST_ROWS:
        return ""
    return cards.message("warning" if drift.shifted else "notice", drift.summary)


def _format_choices() -> Iterator[tuple[str, str]]:
    names = {".csv": "CSV", ".xlsx": "Excel", ".parquet": "Parquet"}
    return ((names.get(each, each), each) for each in FORMATS)


def _card(content: str) -> str:
    return f'<section class="pr-card pr-found" aria-label="The file">{content}</section>'

"""HTML snippets on an upload before it is priced."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from pricer.batch.inspection import Inspection, Problem, format_words, inspect_rows
from pricer.items import find_text_columns
from pricer.tables import Chunk, Table, cell_text
from pricer.ui import cards
from pricer.ui.context import SECONDS_BETWEEN
from pricer.ui.markup import escape
from pricer.words import count, cut, size

SHOWN_ROWS = 3
SHOWN_TEXTS = 3
SHOWN_CHARS = 420

NO_FILE = cards.empty(
    "No file yet",
    "CSV, TSV, JSONL (also .gz), Excel or Parquet, a product in each row. What describes the product is found by "
    "itself, and you see what will be read before anything is priced.",
    "rows",
)
READING = cards.progress("Reading the file", None, "Reading the file from end to end…")
_WHICH_COLUMN = cards.message(
    "warning", "Choose the ones that describe the product; none is chosen yet.", "Which column holds the text?"
)
GUESSED = "Guessed from what is in the first rows, as no column has a usual name. Choose another if it is wrong."


def card(content: str) -> str:
    """What is known of the file as a whole."""
    return f'<section class="pr-found" aria-label="The file">{content}</section>'


def facts(table: Table, first: Chunk | None) -> str:
    """A file's size and shape, how it was read, and its first rows."""
    rows = [[cell_text(cell) for cell in row] for row in first.rows[:SHOWN_ROWS]] if first else []
    told = [
        ("File", table.path.name),
        ("Rows", f"{table.n_rows:,}"),
        ("Columns", f"{len(table.columns):,}"),
        ("Size", size(table.path.stat().st_size)),
        ("Read as", format_words(table)),
    ]
    no_rows = "The file has a header, but no rows: there is nothing to price."
    return (
        cards.facts(told)
        + cards.messages("notice", [" ".join(table.notices)] * bool(table.notices))
        + ("" if table.n_rows else cards.message("error", no_rows))
        + (cards.table("First rows of the file", table.columns, rows, most=90) if rows else "")
    )


def checked(table: Table, first: Chunk | None, columns: Sequence[str]) -> Iterator[str]:
    """What will be read, and what is wrong with it: first from the first rows, at last from all."""
    if not table.n_rows:
        yield ""
        return
    if not columns:
        yield _section(_WHICH_COLUMN)
        return
    at = find_text_columns(table, columns)
    texts = _texts(first.texts(at) if first else [])
    yield _section(texts + _checking(0, table.n_rows))
    told = time.monotonic()
    inspection = Inspection(table.n_rows)
    for inspection in inspect_rows(table, at):
        if not inspection.finished and time.monotonic() - told >= SECONDS_BETWEEN:
            told = time.monotonic()
            yield _section(texts + _problems(inspection) + _checking(inspection.rows_checked, table.n_rows))
    yield _section(texts + _verdict(inspection) + _problems(inspection) + _own_prices(inspection))


def _texts(texts: Sequence[str]) -> str:
    """The first texts as the model gets them, without those that are empty."""
    shown = [text for text in texts if text.strip()][:SHOWN_TEXTS]
    if not shown:
        return cards.message("warning", "The first rows have no text in the chosen columns.")
    items = "".join(f"<li><span>{_lines(text)}</span></li>" for text in shown)
    return f'<h3 id="batch-read">What will be read</h3><ol class="pr-texts" aria-labelledby="batch-read">{items}</ol>'


def _lines(text: str) -> str:
    return "<br>".join(escape(cut(line, SHOWN_CHARS)) for line in text.strip().splitlines()[:4])


def _checking(done: int, total: int) -> str:
    return cards.progress("Rows checked", done / total, f"Checking every row: {done:,} of {total:,}")


def _verdict(inspection: Inspection) -> str:
    found = inspection.problems
    if not found:
        return f'<p class="pr-clean">All {count(inspection.n_rows, "row")} checked: nothing to mend.</p>'
    return f"<h3>Found in {count(inspection.n_rows, 'row')}</h3>"


def _problems(inspection: Inspection) -> str:
    items = "".join(_problem(each) for each in inspection.problems)
    return f'<ul class="pr-problems" aria-label="Problems found">{items}</ul>' if items else ""


def _problem(problem: Problem) -> str:
    more = problem.n_rows - len(problem.first_rows)
    numbers = ", ".join(f"{number:,}" for number in problem.first_rows) + (f" and {more:,} more" if more else "")
    label = "row" if problem.n_rows == 1 else "rows"
    return (
        f"<li><b>{count(problem.n_rows, 'row')}</b> {escape(problem.words)}. "
        f'<span class="pr-where">{label} {numbers}</span></li>'
    )


def _own_prices(inspection: Inspection) -> str:
    if inspection.labelled is None:
        return ""
    if not inspection.labelled:
        return cards.message("notice", "The column price has no usable price: there is nothing to compare with.")
    words = f"{count(inspection.labelled, 'row')} with a price of their own: predictions will be measured against it."
    return cards.message("notice", words)


def _section(content: str) -> str:
    return f'<section class="pr-checked" aria-label="The text">{content}</section>'

"""HTML snippets of a finished batch."""

from __future__ import annotations

from collections.abc import Sequence

from pricer.batch.labelled_rows import LabelledRows, ReviewedRow
from pricer.batch.priced_file import N_ADDED, FoundRows
from pricer.drift import LEAST_ROWS, DriftReport, MeasureDrift
from pricer.evaluation.words import cautions, key_figures
from pricer.ui import cards
from pricer.ui.kept_results import KeptResult
from pricer.ui.markup import escape
from pricer.words import count, cut, money, percent, rough_money

MOST_REASONS = 4
TEXT_CHARS = 110
KEY_FIGURES = 4  # of an evaluation, that concern a file's own prices


def summary(kept: KeptResult) -> str:
    """The figures of a batch, and notes on how it was read and written."""
    progress, review = kept.progress, kept.review
    unpriced = progress.rows_total - progress.priced
    unlike = review.n_unfamiliar / progress.priced if progress.priced else 0.0
    figures = [
        ("Rows", f"{progress.rows_total:,}", "all of them in the download"),
        ("Priced", f"{progress.priced:,}", "with a price and a range"),
        ("Not priced", f"{unpriced:,}", _reasons(review.skipped.most_common()) if unpriced else "nothing was left out"),
        ("Median price", money(progress.prices.median), "half of the rows are below"),
        ("Total", rough_money(progress.prices.total_usd), "of all predicted prices"),
        ("Unlike training", percent(unlike), f"{count(review.n_unfamiliar, 'row')} with hardly a familiar word"),
    ]
    return cards.metrics(figures, "Summary of the batch") + cards.messages(
        "notice", [" ".join(progress.notices)] * bool(progress.notices)
    )


def _reasons(skipped: Sequence[tuple[str, int]]) -> str:
    told = [f"{number:,} {reason}" for reason, number in skipped[:MOST_REASONS]]
    others = sum(number for _, number in skipped[MOST_REASONS:])
    return "; ".join(told + [f"{others:,} for other reasons"] * bool(others))


def drift_card(drift: DriftReport | None) -> str:
    """Whether the texts are like those that the model was made for, in each measure; empty if that is not known."""
    if drift is None:
        return ""
    head = cards.heading(
        "Drift", "Whether these texts are like those that the accuracy was measured on "
        f"(n = {drift.n_rows:,} here, {drift.reference_rows:,} there).",
    )  # fmt: skip
    verdict = cards.message("warning" if drift.shifted else "notice", drift.summary)
    measures = ""
    if drift.n_rows >= LEAST_ROWS:
        legend = '<p class="pr-drift-legend"><i></i>this batch<i class="pr-usual"></i>the reference</p>'
        measures = f'{legend}<div class="pr-drift">{"".join(map(_measure, drift.measures))}</div>'
    return f'<section class="pr-card" aria-label="Drift">{head}{verdict}{measures}</section>'


def _measure(drift: MeasureDrift) -> str:
    words = drift.measure.words
    tallest = max(*drift.shares, *drift.reference.shares)
    bars = "".join(
        f'<span><i style="height:{100 * here / tallest:.0f}%"></i>'
        f'<i style="height:{100 * usual / tallest:.0f}%"></i></span>'
        for here, usual in zip(drift.shares, drift.reference.shares, strict=True)
    )
    told = f"Shares of the texts by {drift.measure.noun}: {drift.verdict}"
    return (
        f'<div class="pr-measure"><h3>{escape(drift.measure.noun.capitalize())}'
        f'<b class="pr-verdict{" pr-differs" if drift.verdict != "stable" else ""}">{escape(drift.verdict)}</b></h3>'
        f'<div class="pr-shares" role="img" aria-label="{escape(told)}">{bars}</div>'
        f"<p>Median {escape(words(drift.median))}, usually {escape(words(drift.reference.median))} "
        f"· PSI {drift.psi:.2f}</p></div>"
    )


def evaluation(kept: KeptResult) -> str:
    """Predictions against the file's own prices; empty where it has none."""
    labelled, found = kept.review.labelled, kept.evaluation
    if labelled is None or found is None:
        return ""
    sampled = f"Measured on {found.n:,} rows drawn at random from the {labelled.n_rows:,} that have a price."
    head = cards.heading(
        "Against your own prices",
        "The file has a column price: predictions are measured against it, nothing is changed.",
    )
    return (
        '<section class="pr-card" aria-label="Against your own prices">'
        + head
        + cards.metrics(key_figures(found)[:KEY_FIGURES], "Errors against your prices")
        + cards.messages("warning", cautions(found))
        + cards.messages("notice", [sampled] * (found.n < labelled.n_rows))
        + _stand_outs(labelled)
        + "</section>"
    )


def _stand_outs(labelled: LabelledRows) -> str:
    under = _with_actual(
        "Most underpriced", "Your price is furthest below the predicted one.", labelled.underpriced.rows
    )
    over = _with_actual("Most overpriced", "Your price is furthest above the predicted one.", labelled.overpriced.rows)
    return f'<div class="pr-two">{under}{over}</div>'


def _with_actual(name: str, words: str, rows: Sequence[ReviewedRow]) -> str:
    cells = [
        [f"{row.number:,}", cut(row.text, TEXT_CHARS), money(row.actual), money(row.price), _range(row)] for row in rows
    ]
    return _listing(name, words, ["Row", "Text", "Yours", "Predicted", "80% range"], cells)


def certainty(kept: KeptResult) -> str:
    """The items whose ranges are the narrowest and the widest for their prices."""
    review = kept.review
    most = _with_range("Most certain", "The narrowest ranges for their prices.", review.most_certain.rows)
    least = _with_range("Least certain", "The widest ones: look at these first.", review.least_certain.rows)
    if not review.most_certain.rows:
        return ""
    return (
        '<section class="pr-card" aria-label="Certainty">'
        + cards.heading("How sure", "By the width of the range relative to the price.")
        + f'<div class="pr-two">{most}{least}</div></section>'
    )


def _with_range(name: str, words: str, rows: Sequence[ReviewedRow]) -> str:
    cells = [[f"{row.number:,}", cut(row.text, TEXT_CHARS), money(row.price), _range(row)] for row in rows]
    return _listing(name, words, ["Row", "Text", "Predicted", "80% range"], cells)


def _listing(name: str, words: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    body = cards.table(name, columns, rows) if rows else cards.message("notice", "There are none.")
    return f"<div><h3>{escape(name)}</h3><p>{escape(words)}</p>{body}</div>"


def _range(row: ReviewedRow) -> str:
    return f"{money(row.low)} – {money(row.high)}"


def found_rows(found: FoundRows, total: int, asked: bool) -> str:
    """The rows that were looked for."""
    shown = len(found.rows)
    if not found.n_fitting:
        words = "No row fits. Use fewer words, or take a limit away."
    elif asked:
        words = (
            f"{count(found.n_fitting, 'row')} of {total:,} fit"
            + (f"; the first {shown:,} are shown" * (shown < found.n_fitting))
            + "."
        )
    else:
        words = f"First {count(shown, 'row')} of {total:,}."
    numbered = [[f"{number:,}", *row] for number, row in zip(found.numbers, found.rows, strict=True)]
    listing = cards.table("Priced rows", ["row", *found.columns], numbered, N_ADDED) if shown else ""
    return f'<p class="pr-found-words" role="status">{escape(words)}</p>{listing}'

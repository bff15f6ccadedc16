"""An evaluation in words: its figures with their meaning, and how to read each plot."""

from __future__ import annotations

from typing import NamedTuple

from pricer.evaluation import SMALLEST_CATEGORY, Evaluation
from pricer.figure_style import MOST_POINTS
from pricer.words import money


class Figure(NamedTuple):
    """One number of an evaluation."""

    name: str
    value: str
    meaning: str


class Reading(NamedTuple):
    """A plot's title, and how to read it."""

    title: str
    words: str


READINGS = {
    "scatter": Reading(
        "Predicted against true price",
        "Each mark is an item; on the dashed line the two prices agree. Above it the model asks too much, below it too "
        "little.",
    ),
    "residuals": Reading(
        "How many times the true price",
        "1× is right, 2× is twice too dear, ½× is half. The line is the middle item of each tenth of the items: where "
        "it leaves 1×, prices of that size are off on the whole.",
    ),
    "trend": Reading(
        "Mean error as items are added",
        "The band is the 95% interval. Where it has become narrow and level, more items would not change the answer.",
    ),
    "bands": Reading(
        "Error by true price",
        "Mean error and its 95% interval (bootstrap). Dear items are off by more dollars, cheap ones by more percent.",
    ),
    "categories": Reading(
        "Error by category",
        f"Categories of at least {SMALLEST_CATEGORY} items, the largest first. Where intervals overlap widely, do not "
        "rank.",
    ),
    "calibration": Reading(
        "Do the ranges hold what they promise?",
        "Ranges made to hold a share of true prices, against the share that they do hold, with 95% intervals (Wilson). "
        "Below the dashed line they are too narrow, above it too wide.",
    ),
    "familiarity": Reading(
        "Error against familiarity",
        "Familiarity is the share of a text that training has seen. The squares are means with 95% intervals "
        "(bootstrap): they should fall towards the right.",
    ),
}


def key_figures(evaluation: Evaluation) -> list[Figure]:
    """The figures of an evaluation, the most important first."""
    low, high = map(money, evaluation.mae_ci95)
    share, made_for = float(evaluation.inside.mean()), f"{evaluation.coverage:.0%}"
    r2, pace = evaluation.r2, evaluation.n / max(evaluation.seconds, 1e-9)
    return [
        Figure("Mean error", money(evaluation.mae), f"95% interval {low} to {high}, n = {evaluation.n:,}"),
        Figure("Median error", money(evaluation.median_ae), "half of the items are closer"),
        Figure("Within 20%", f"{evaluation.within_20_percent:.0%}", "of items are that close"),
        Figure(f"In the {made_for} range", f"{share:.0%}", f"of true prices; it is made to hold {made_for}"),
        Figure("Width of the range", money(evaluation.mean_interval_width), "from end to end, on average"),
        Figure("RMSLE", f"{evaluation.rmsle:.3f}", "error in log dollars; 0 is perfect"),
        Figure("SMAPE", f"{evaluation.smape:.1f}%", "symmetric percentage error, 0 to 200"),
        Figure("r²", "–" if r2 is None else f"{r2:.3f}", "share of the variance of dollars explained"),
        Figure("Items", f"{evaluation.n:,}", f"{evaluation.unpriced:,} rows without a text or price left out"),
        Figure("Time", f"{evaluation.seconds:,.1f} s", f"{pace:,.0f} items per second"),
    ]  # fmt: skip


def cautions(evaluation: Evaluation) -> list[str]:
    """What makes the figures look better than they are."""
    seen, n = int(evaluation.seen.sum()), evaluation.n
    if not seen:
        return []
    if seen == n:
        return ["The model was trained on all of these items: the errors are too low to tell how it does on new ones."]
    return [f"The model was trained on {seen:,} of these {n:,} items: their errors, and so the means, are too low."]


def sampling_note(evaluation: Evaluation) -> str:
    """What the plots of items leave out; empty if nothing."""
    if evaluation.n <= MOST_POINTS:
        return ""
    return (
        f"Plots of single items show {MOST_POINTS:,} of them, drawn at random; "
        f"every figure, mean and interval uses all {evaluation.n:,}."
    )


def lines(evaluation: Evaluation) -> list[str]:
    """The evaluation for a terminal."""
    low, high = evaluation.mae_ci95
    figures = [
        f"Mean Absolute Error: ${evaluation.mae:,.2f}  "
        f"(95% interval ${low:,.2f} to ${high:,.2f}, n = {evaluation.n:,})",
        f"Median error: ${evaluation.median_ae:,.2f}. "
        f"Within 20% of the price: {evaluation.within_20_percent:.0%} of items.",
        f"RMSLE {evaluation.rmsle:.3f}, SMAPE {evaluation.smape:.1f}%, "
        f"r² {'–' if evaluation.r2 is None else f'{evaluation.r2:.2f}'}.",
        f"The true price lies in the range for {evaluation.inside.mean():.0%} of items.",
        f"Left out: {evaluation.unpriced:,} rows without a text or a usable price.",
    ]
    bands = [
        f"  {band['band']}: MAE ${band['mae']:,.2f}, coverage {band['coverage']:.0%} (n = {band['n']:,})"
        for band in evaluation.by_price_band()
    ]
    seen = int(evaluation.seen.sum())
    caution = [f"{seen:,} of these items were trained on: their errors are too low (--exclude-seen)."] if seen else []
    return [*figures, "By true price:", *bands, *caution]

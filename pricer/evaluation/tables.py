"""Tables of an evaluation, in words for readers and as a file for spreadsheets."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pricer.tables.spreadsheet_safe import neutralised
from pricer.words import cut, money, percent

if TYPE_CHECKING:
    from pricer.evaluation import Evaluation
    from pricer.evaluation.comparison import Score

TEXT_CHARS = 300
FILE_COLUMNS = (
    "item", "text", "category", "true_price", "predicted_price", "price_low", "price_high", "error", "error_percent",
    "in_range", "familiarity", "seen_in_training", "verdict",
)  # fmt: skip


class WordTable(NamedTuple):
    """Rows of text under their columns' names."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    marked: tuple[int, ...] = ()  # rows that stand out


def item_table(evaluation: Evaluation, chosen: np.ndarray, text_chars: int = TEXT_CHARS) -> WordTable:
    """Items with these indices: what was asked, what is true, and how far off the price is."""
    rows = [
        [
            f"{at + 1:,}",
            cut(evaluation.texts[at], text_chars),
            money(evaluation.actual[at]),
            money(evaluation.predicted[at]),
            f"{money(evaluation.low[at])} to {money(evaluation.high[at])}",
            f"{money(evaluation.errors[at])} ({percent(evaluation.relative_errors[at])})",
        ]
        for at in chosen
    ]
    return WordTable(("Item", "Text", "True price", "Predicted", "Range", "Off by"), rows)


def group_table(evaluation: Evaluation) -> WordTable:
    """Errors by price band and by category."""
    groups = [(group["band"], group) for group in evaluation.by_price_band()]
    groups += [(group["category"], group) for group in evaluation.by_category()]
    rows = [
        [name, f"{group['n']:,}", _with_interval(group["mae"], group["mae_ci95"]), percent(group["coverage"])]
        for name, group in groups
    ]
    return WordTable(("Group", "n", "Mean error (95% interval, bootstrap)", "True price in the range"), rows)


def held_table(evaluation: Evaluation) -> WordTable:
    """The calibration of the ranges."""
    rows = [
        [percent(each.nominal), f"{each.observed:.1%}", f"{each.ci95[0]:.1%} to {each.ci95[1]:.1%}",
         f"{evaluation.n:,}"]
        for each in evaluation.held_shares()
    ]  # fmt: skip
    return WordTable(("Made to hold", "Holds", "95% interval (Wilson)", "n"), rows)


def peer_table(scores: Sequence[Score]) -> WordTable:
    """This model and its peers on the same rows."""
    rows = [
        [
            f"{score.name} (this model)" if score.ours else score.name,
            score.trained_on,
            _with_interval(score.mae, score.mae_ci95),
            f"{score.n:,}",
            _number(score.rmsle, 3),
            _number(score.r2, 2),
            "–" if score.ours else _with_interval(score.above_ours, score.above_ours_ci95),
        ]
        for score in scores
    ]
    marked = tuple(at for at, score in enumerate(scores) if score.ours)
    columns = ("Model", "Trained on", "Mean error (95% interval)", "n", "RMSLE", "r²", "Above this model's, paired")
    return WordTable(columns, rows, marked)


def published_table(scores: Sequence[Score]) -> WordTable:
    """Scores that others published."""
    rows = [[score.name, score.trained_on, money(score.mae), f"{score.n:,}"] for score in scores]
    return WordTable(("Who or what", "Trained on", "Mean error", "n"), rows)


def write_items(evaluation: Evaluation, path: Path) -> None:
    """Every item as a row of a CSV file (UTF-8): dollars and cents, shares 0-1; a text never becomes a formula."""
    colours = evaluation.colours
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FILE_COLUMNS)
        for at in range(evaluation.n):
            familiarity = "" if evaluation.familiarity is None else f"{evaluation.familiarity[at]:.4f}"
            usd = (
                f"{values[at]:.2f}"
                for values in (
                    evaluation.actual, evaluation.predicted, evaluation.low, evaluation.high, evaluation.errors,
                )
            )  # fmt: skip
            writer.writerow(
                [
                    at + 1, neutralised(evaluation.texts[at], within=True),
                    neutralised(evaluation.categories[at] or "", within=True), *usd,
                    _number(100 * evaluation.relative_errors[at], 1, ""), int(evaluation.inside[at]), familiarity,
                    int(evaluation.seen[at]), colours[at],
                ]
            )  # fmt: skip


def _number(value: float, digits: int, unknown: str = "–") -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else unknown


def _with_interval(usd: float, ends: tuple[float, float] | None) -> str:
    return money(usd) if ends is None else f"{money(usd)} ({money(ends[0])} to {money(ends[1])})"

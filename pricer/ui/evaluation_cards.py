"""HTML snippets of the evaluation tab."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pricer.checkpoint_config import CheckpointConfig
from pricer.evaluation import Evaluation
from pricer.evaluation.comparison import peer_scores, published_scores
from pricer.evaluation.published import CAVEAT
from pricer.evaluation.tables import WordTable, item_table, peer_table, published_table
from pricer.evaluation.words import cautions, key_figures, sampling_note
from pricer.ui import cards
from pricer.ui.markup import escape
from pricer.words import percent, rough_money

TEXT_CHARS = 150  # of an item in a table


def yardsticks(built_in: bool, config: CheckpointConfig) -> str:
    """What is measured, beside the accuracy on real listings, so that nobody takes the one for the other."""
    if built_in:
        title = "The built-in test split"
        words = f"{config.test_split} Read the errors on it beside those below, not instead of them."
    else:
        title = "Items of your own"
        words = "Each needs a text and its true price in US dollars."
        words += "" if config.test_split else " This model came without a test split."
    return (
        '<section class="pr-card pr-yardsticks" aria-label="What is measured">'
        f'<div><p class="pr-eyebrow">{title}</p><p>{escape(words)}</p></div>'
        f"{_on_real_listings(config.accuracy)}</section>"
    )


def metric_cards(evaluation: Evaluation) -> str:
    """The figures of an evaluation, the most important first."""
    return cards.metrics(key_figures(evaluation), "Results of the evaluation")


def notes(evaluation: Evaluation, remarks: Sequence[str]) -> str:
    """What to know of the rows behind the figures: trained on, skipped, or not drawn."""
    said = [*remarks, *filter(None, [sampling_note(evaluation)])]
    return cards.messages("warning", cautions(evaluation)) + cards.messages("notice", said)


def items_list(name: str, evaluation: Evaluation, chosen: np.ndarray) -> str:
    """A table of items, whose numbers are buttons that show the item."""
    found = item_table(evaluation, chosen, TEXT_CHARS)
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in found.columns)
    rows = "".join(
        f'<tr><td><button type="button" class="pr-pick" data-item="{int(at) + 1}" aria-label="Show item {number}">'
        f"{number}</button></td>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for at, (number, *cells) in zip(chosen, found.rows, strict=True)
    )
    return _scrolling(name, f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>")


def peers(config: CheckpointConfig) -> str:
    """This model beside other models on the same rows; empty where nobody measured."""
    scores = peer_scores(config)
    if not scores:
        return ""
    data = f"{config.accuracy['n']:,} {config.accuracy.get('data', 'items held out')}"
    lead = f"All on the same rows: {data}. In brackets: 95% intervals by bootstrap; the last column is paired."
    return cards.heading("Other models", lead) + _word_table("Other models on the same rows", peer_table(scores))


def published() -> str:
    """What people and language models are reported to reach, on other items."""
    return cards.heading("People, language models and others", CAVEAT) + _word_table(
        "Published scores", published_table(published_scores())
    )


def _word_table(name: str, found: WordTable) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in found.columns)
    rows = "".join(
        f"<tr{' class=pr-marked' if at in found.marked else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for at, row in enumerate(found.rows)
    )
    return _scrolling(name, f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>")


def _scrolling(name: str, content: str) -> str:
    return (
        f'<div class="pr-table pr-figures" role="region" tabindex="0" aria-label="{escape(name)}">'
        f"<table>{content}</table></div>"
    )


def _on_real_listings(accuracy: dict[str, Any]) -> str:
    if not accuracy.get("n") or "mae" not in accuracy:
        return ""
    low, high = accuracy.get("mae_ci95", (math.nan, math.nan))
    facts = [("Mean error", rough_money(accuracy["mae"]))]
    if math.isfinite(low):
        facts.append(("95% interval", f"{rough_money(low)} to {rough_money(high)}"))
    facts += [
        (label, show(accuracy[key]))
        for key, label, show in (("median_ae", "Median error", rough_money), ("coverage", "In the range", percent))
        if key in accuracy
    ]
    return (
        '<div><p class="pr-eyebrow">Measured when the model was built</p>'
        f"<p>{accuracy['n']:,} {escape(accuracy.get('data', 'items held out'))}:</p>{cards.facts(facts)}</div>"
    )

"""HTML snippets of the evaluation tab."""

from __future__ import annotations

import math
from typing import Any

from pricer.checkpoint_config import CheckpointConfig
from pricer.evaluation import Evaluation
from pricer.figures import MOST_POINTS
from pricer.items import Items
from pricer.ui import cards
from pricer.ui.words import count, duration, escape, money, percent, rough_money


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


def metric_cards(evaluation: Evaluation, coverage: float) -> str:
    """The figures of an evaluation, the most important first."""
    low, high = evaluation.mae_ci95
    inside = float(evaluation.inside.mean())
    r2 = evaluation.r2
    pace = evaluation.n / max(evaluation.seconds, 1e-9)
    return cards.metrics(
        [
            ("Mean error", money(evaluation.mae), f"95% interval {money(low)} to {money(high)}, n = {evaluation.n:,}"),
            ("Median error", money(evaluation.median_ae), "half of the items are closer"),
            (
                f"In the {percent(coverage)} range",
                percent(inside),
                f"of true prices; it is made to hold {percent(coverage)}",
            ),
            ("Within 20%", percent(evaluation.within_20_percent), "of items are that close"),
            ("RMSLE", f"{evaluation.rmsle:.3f}", "error in log dollars; 0 is perfect"),
            ("SMAPE", f"{evaluation.smape:.1f}%", "symmetric percentage error, 0 to 200"),
            ("r²", "–" if r2 is None else f"{r2:.3f}", "share of the variance explained"),
            ("Time", duration(evaluation.seconds), f"{pace:,.0f} items per second"),
        ],
        "Results of the evaluation",
    )


def what_was_left_out(evaluation: Evaluation, items: Items, built_in: bool) -> str:
    """Notes on the rows behind the figures: skipped, trained on, or not drawn."""
    notes = []
    warnings = _trained_on(int(evaluation.seen.sum()), evaluation.n)
    if built_in:
        notes.append("These are the built-in test items, not real listings: see above for the error on those.")
    if items.skipped:
        notes.append(
            f"{count(items.skipped, 'row')} without a text or a usable price left out, such as {items.problems[0]}."
        )
    if evaluation.n > MOST_POINTS:
        notes.append(f"The scatter shows {MOST_POINTS:,} items, drawn at random; all figures use all {evaluation.n:,}.")
    return cards.messages("warning", warnings) + cards.messages("notice", notes)


def _trained_on(seen: int, n: int) -> list[str]:
    if not seen:
        return []
    if seen == n:
        return ["The model was trained on all of these items: the errors are too low to tell how it does on new ones."]
    return [f"The model was trained on {seen:,} of these {n:,} items: their errors, and so the means, are too low."]


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

"""HTML snippets of the evaluation tab."""

from __future__ import annotations

import math
from typing import Any

from pricer.evaluator import Evaluation
from pricer.figures import MOST_POINTS
from pricer.items import Items
from pricer.ui import cards
from pricer.ui.words import count, duration, escape, money, percent, rough_money


def yardsticks(test_split: str, accuracy: dict[str, Any]) -> str:
    """What the built-in split is, beside the accuracy on real listings, so that nobody takes the one for the other."""
    split = test_split or "This model came without a test split. Upload a file with prices, or name a Hub dataset."
    return (
        '<section class="pr-card pr-yardsticks" aria-label="What is measured"><div>'
        '<p class="pr-eyebrow">The built-in test split</p>'
        f"<p>{escape(split)} Read the errors on it beside those below, not instead of them.</p></div>"
        f"{_on_real_listings(accuracy)}</section>"
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
            (f"In the {percent(coverage)} range", percent(inside), f"of true prices; {percent(coverage)} was promised"),
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
    if built_in:
        notes.append("These are the built-in test items, not real listings: see above for the error on those.")
    if items.skipped:
        notes.append(
            f"{count(items.skipped, 'row')} without a text or a usable price left out, such as {items.problems[0]}."
        )
    if seen := int(evaluation.seen.sum()):
        notes.append(f"{count(seen, 'item')} of {evaluation.n:,} had been trained on: these errors flatter the model.")
    if evaluation.n > MOST_POINTS:
        notes.append(f"The scatter shows {MOST_POINTS:,} items, drawn at random; all figures use all {evaluation.n:,}.")
    return cards.messages("notice", notes)


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

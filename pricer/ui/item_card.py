"""One item of an evaluation: its text, its true and its predicted price, and what its words add."""

from __future__ import annotations

import math

from pricer.evaluation import Evaluation
from pricer.explain import Explanation
from pricer.ui import cards
from pricer.ui.effect_bars import effect_bars
from pricer.ui.log_scale import LogScale
from pricer.ui.markup import escape
from pricer.words import cut, money, percent

MOST_BARS = 8
TEXT_CHARS = 1200


def item_card(evaluation: Evaluation, at: int, explanation: Explanation | None) -> str:
    """The item with this index; without an explanation, the reason is the caller's to tell."""
    facts = [
        ("True price", money(evaluation.actual[at])),
        ("Predicted", money(evaluation.predicted[at])),
        ("Off by", f"{money(evaluation.errors[at])} ({percent(evaluation.relative_errors[at])})"),
    ]
    if evaluation.familiarity is not None:
        facts.append(("Familiar", percent(evaluation.familiarity[at])))
    if evaluation.seen[at]:
        facts.append(("Trained on", "yes"))
    return (
        f'<section class="pr-item" aria-label="Item {at + 1:,}" aria-live="polite">'
        f'<p class="pr-item-text" tabindex="0">{escape(cut(evaluation.texts[at], TEXT_CHARS))}</p>'
        f"{cards.facts(facts)}{_range(evaluation, at)}{'' if explanation is None else _why(explanation)}</section>"
    )


def choice_label(evaluation: Evaluation, at: int) -> str:
    """The item in a list to choose from."""
    return f"#{at + 1:,} {cut(evaluation.texts[at], 44)}: off by {money(evaluation.errors[at])}"


def _range(evaluation: Evaluation, at: int) -> str:
    """The range on a log scale, with the predicted price and the true one."""
    low, high = float(evaluation.low[at]), float(evaluation.high[at])
    if not math.isfinite(low):
        return ""
    actual, predicted = float(evaluation.actual[at]), float(evaluation.predicted[at])
    scale = LogScale(max(0.01, min(low, actual, predicted)) / 1.25, max(high, actual, predicted, 0.02) * 1.25)
    left, right, dot, true = (100 * scale.share(usd) for usd in (low, high, predicted, actual))
    held = "holds" if low <= actual <= high else "misses"
    made_for = percent(evaluation.coverage)
    words = f"{made_for} range {money(low)} to {money(high)}: {held} the true price of {money(actual)}"
    return (
        f'<div class="pr-item-range"><div class="pr-axis" role="img" aria-label="{escape(words)}">'
        f'<div class="pr-band" style="left:{left:.2f}%;width:{right - left:.2f}%"></div>'
        f'<div class="pr-true" style="left:{true:.2f}%"></div><div class="pr-dot" style="left:{dot:.2f}%"></div></div>'
        f"<p>{escape(made_for)} range <b>{escape(money(low))}</b> to <b>{escape(money(high))}</b> "
        f'{held} the true price <span class="pr-true-key" aria-hidden="true"></span></p></div>'
    )


def _why(explanation: Explanation) -> str:
    """The words that move the price most, as bars to either side."""
    effects = [(word.word, word.effect_usd, word.effect_percent) for word in explanation.words]
    if not effects:
        return ""
    return (
        f'<p class="pr-eyebrow">What its words add</p>{effect_bars(effects, "What its words add", MOST_BARS)}'
        f'<p class="pr-scope">Beside {escape(money(explanation.base_price))} for a text without any words.</p>'
    )

"""One item of an evaluation: its text, its true and its predicted price, and what its words add."""

from __future__ import annotations

import math

from pricer.evaluation import Evaluation
from pricer.explain import Explanation, WordEffect
from pricer.ui import cards
from pricer.ui.words import cut, escape, money, percent

WORDS_SHOWN = 8
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
    ends = max(0.01, min(low, actual, predicted)) / 1.25, max(high, actual, predicted, 0.02) * 1.25
    left, right, dot, true = (100 * _share(usd, *ends) for usd in (low, high, predicted, actual))
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


def _share(usd: float, first: float, last: float) -> float:
    return min(1.0, max(0.0, math.log(max(usd, first) / first) / math.log(last / first)))


def _why(explanation: Explanation) -> str:
    """The words that move the price most, as bars to either side."""
    strongest = sorted(explanation.words, key=lambda word: -abs(word.effect_usd))[:WORDS_SHOWN]
    if not strongest:
        return ""
    largest = max(abs(word.effect_usd) for word in strongest) or 1.0
    rows = "".join(_effect(word, largest) for word in strongest)
    return (
        '<p class="pr-eyebrow">What its words add</p>'
        f'<ul class="pr-effects" aria-label="What its words add">{rows}</ul>'
        f'<p class="pr-quiet">Beside {escape(money(explanation.base_price))} for a text without any words; '
        f"the strongest {len(strongest)} of {len(explanation.words):,} words.</p>"
    )


def _effect(word: WordEffect, largest: float) -> str:
    kind = "more" if word.effect_usd >= 0 else "less"
    sign = "+" if word.effect_usd >= 0 else "−"
    value = f"{sign}{money(abs(word.effect_usd))} ({word.effect_percent:+.0f}%)"
    return (
        f'<li><span class="pr-effect-word">{escape(cut(word.word, 24))}</span>'
        f'<span class="pr-effect-bar pr-{kind}" aria-hidden="true">'
        f'<i style="width:{50 * abs(word.effect_usd) / largest:.1f}%"></i></span><b>{escape(value)}</b></li>'
    )

"""Why a price: the text's words marked by what they add, and the strongest of them as bars."""

from __future__ import annotations

from collections.abc import Sequence

from pricer.explain import Explanation, WordEffect
from pricer.ui import cards
from pricer.ui.effect_bars import effect_bars
from pricer.ui.markup import escape
from pricer.words import money, signed_money, signed_percent

STEPS = (2.0, 8.0, 20.0)  # percent from which a word is marked weakly, clearly and strongly
_HINT = "What each word does to the price. Told by leaving it out and pricing the rest."


def why_card(text: str, found: Explanation) -> str:
    """The card for a text, as the model read it."""
    effects = [(word.word, word.effect_usd, word.effect_percent) for word in found.words]
    return _card(
        '<div class="pr-why"><div>'
        f'<p class="pr-read" data-testid="words">{marked(text, found.words)}</p>{_LEGEND}{_sum(found)}</div>'
        f'<div><p class="pr-eyebrow">Strongest words</p>{effect_bars(effects)}</div></div>'
    )


def empty_card() -> str:
    """What stands there before the first price."""
    hint = "Every word of your text, marked by how many dollars it adds or takes, and the strongest ones as bars."
    return _card(cards.empty("Priced texts explain themselves here", hint, "bars"))


def marked(text: str, words: Sequence[WordEffect]) -> str:
    """The text with its words marked: colour and the kind of underline say what they do, both by strength."""
    parts, at = [], 0
    for word in words:
        end = word.start + len(word.word)
        parts.append(escape(text[at : word.start]))
        parts.append(_mark(word) if strength(word.effect_percent) else escape(word.word))
        at = end
    return "".join([*parts, escape(text[at:])])


def strength(percent: float) -> int:
    """0 for a word that hardly matters, up to 3."""
    change = max(percent, 100 / (1 + percent / 100) - 100)  # half the price weighs as much as twice
    return sum(change >= step for step in STEPS)


def _mark(word: WordEffect) -> str:
    side = "up" if word.effect_usd >= 0 else "down"
    told = f"{word.word}: {signed_money(word.effect_usd)}, {signed_percent(word.effect_percent)}"
    return (
        f'<mark class="pr-{side} pr-{side}-{strength(word.effect_percent)}" title="{escape(told)}">'
        f"{escape(word.word)}</mark>"
    )


def _sum(found: Explanation) -> str:
    effects = sum(word.effect_usd for word in found.words)
    together = (
        f", {escape(signed_money(found.remainder_usd))} by what they say only together"
        if abs(found.remainder_usd) >= 0.005
        else ""
    )
    return (
        f'<p class="pr-scope" data-testid="sum">{escape(money(found.base_price))} for a text without words, '
        f"{escape(signed_money(effects))} by the words one by one{together}: <b>{escape(money(found.price))}</b>.</p>"
    )


def _card(content: str) -> str:
    return (
        f'<section class="pr-card pr-why-card" aria-label="Why this price">{cards.heading("Why", _HINT)}'
        f"{content}</section>"
    )


_LEGEND = (
    '<p class="pr-legend"><mark class="pr-up pr-up-2">adds</mark> solid line '
    '<mark class="pr-down pr-down-2">takes away</mark> dashed line; the stronger, the more.</p>'
)

"""Why a price: the text's words marked by what they add, and the strongest of them as bars."""

from __future__ import annotations

from collections.abc import Sequence

from pricer.explain import Explanation, WordEffect
from pricer.ui import cards
from pricer.ui.words import count, cut, escape, money, signed_money, signed_percent

STEPS = (2.0, 8.0, 20.0)  # percent from which a word is marked weakly, clearly and strongly
MOST_BARS = 9
MOST_WORDS = 60
_COLUMNS = ("Word", "Effect", "Dollars", "Percent")
_HINT = "What each word does to the price. Told by leaving it out and pricing the rest."


def why_card(text: str, found: Explanation) -> str:
    """The card for a text, as the model read it."""
    ranked = sorted(found.words, key=lambda word: -abs(word.effect_usd))[:MOST_WORDS]
    effects = [(word.word, word.effect_usd, word.effect_percent) for word in ranked]
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


def effect_bars(effects: Sequence[tuple[str, float, float]], in_sight: int = MOST_BARS) -> str:
    """Words with their dollars and percent as bars to the right (more) and to the left (less) of a middle.

    Those beyond `in_sight` are one click away.
    """
    if not effects:
        return '<p class="pr-scope">No word stands out.</p>'
    most = max(abs(usd) for _, usd, _ in effects) or 1.0
    first, others = effects[:in_sight], effects[in_sight:]
    more = f"<details><summary>{count(len(others), 'weaker word')}</summary>{_bars(others, most)}</details>"
    return _bars(first, most) + (more if others else "")


def _bars(effects: Sequence[tuple[str, float, float]], most: float) -> str:
    rows = "".join(_bar(word, usd, percent, 50 * abs(usd) / most) for word, usd, percent in effects)
    return f'<table class="pr-bars">{_HEAD}<tbody>{rows}</tbody></table>'


def _bar(word: str, usd: float, percent: float, width: float) -> str:
    side, place = ("up", "left:50%") if usd >= 0 else ("down", "right:50%")
    return (
        f'<tr><th scope="row">{escape(cut(word, 40))}</th>'
        f'<td class="pr-bar"><i class="pr-{side}" style="{place};width:{width:.1f}%"></i></td>'
        f"<td>{escape(signed_money(usd))}</td><td>{escape(signed_percent(percent))}</td></tr>"
    )


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


_HEAD = (
    '<colgroup><col class="pr-col-word"><col><col class="pr-col-usd"><col class="pr-col-percent"></colgroup><thead><tr>'
    + "".join(f'<th scope="col"><span class="pr-hidden">{name}</span></th>' for name in _COLUMNS)
    + "</tr></thead>"
)
_LEGEND = (
    '<p class="pr-legend"><mark class="pr-up pr-up-2">adds</mark> solid line '
    '<mark class="pr-down pr-down-2">takes away</mark> dashed line; the stronger, the more.</p>'
)

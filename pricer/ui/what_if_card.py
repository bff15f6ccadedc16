"""What if the text were another: the change against the price before, and the words that made it."""

from __future__ import annotations

from pricer.ui import cards
from pricer.ui.effect_bars import effect_bars
from pricer.ui.markup import escape
from pricer.what_if import Comparison
from pricer.words import money, signed_money, signed_percent

LEAST_SHARED = 0.4  # share of words from which two texts are versions of one
MOST_BARS = 5
_HINT = "Edit the text and press Enter: the change against the price before."


def what_if_card(found: Comparison) -> str:
    """The card for two texts, or why there is nothing to compare."""
    if found.shared < LEAST_SHARED:
        hint = "The text before was of another product. Change a few words of this one to see what they do."
        return _card(cards.empty("Nothing to compare yet", hint, "swap"))
    rows = [(f"{'+' if word.added else '−'} {word.word}", word.effect_usd, word.effect_percent) for word in found.words]
    side = "up" if found.change_usd >= 0 else "down"
    return _card(
        f'<p class="pr-change" data-testid="change"><span class="pr-was">{escape(money(found.before))}</span> '
        f'<span aria-hidden="true">→</span> <b>{escape(money(found.after))}</b> '
        f'<span class="pr-delta pr-{side}">{escape(signed_money(found.change_usd))} '
        f"({escape(signed_percent(found.change_percent))})</span></p>"
        f"{effect_bars(rows, 'Words that changed', MOST_BARS)}{_rest(found)}"
    )


def empty_card() -> str:
    """What stands there before there are two versions of a text."""
    hint = "Price a text, then change a word: “steel” for “gold”, a pack of 12 for one of 24."
    return _card(cards.empty("Try another version", hint, "swap"))


def _rest(found: Comparison) -> str:
    shown = sum(word.effect_usd for word in found.words)
    if abs(found.change_usd - shown) < 0.005:
        return ""
    return (
        f'<p class="pr-scope">{escape(signed_money(found.change_usd - shown))} more come of what the words say only '
        "together, or of where they stand.</p>"
    )


def _card(content: str) -> str:
    return (
        f'<section class="pr-card pr-half-card" aria-label="What if" aria-live="polite">'
        f"{cards.heading('What if', _HINT)}{content}</section>"
    )

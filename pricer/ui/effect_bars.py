"""What words do to a price, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from pricer.ui.markup import escape
from pricer.words import count, cut, signed_money, signed_percent

MOST_BARS = 9  # in sight
MOST_WORDS = 60
_COLUMNS = ("Word", "Effect", "Dollars", "Percent")


def effect_bars(
    effects: Sequence[tuple[str, float, float]], name: str = "Strongest words", in_sight: int = MOST_BARS
) -> str:
    """Words with their dollars and percent as bars to the right (more) and to the left (less) of a middle.

    The strongest come first; those beyond `in_sight` are one click away.
    """
    if not effects:
        return '<p class="pr-scope">No word stands out.</p>'
    ranked = sorted(effects, key=lambda effect: -abs(effect[1]))[:MOST_WORDS]
    most = abs(ranked[0][1]) or 1.0
    first, others = ranked[:in_sight], ranked[in_sight:]
    bars = _bars(first, most, name)
    if others:
        summary = f"<summary>{count(len(others), 'weaker word')}</summary>"
        bars += f'<details class="pr-weaker">{summary}{_bars(others, most, "Weaker words")}</details>'
    return bars


def _bars(effects: Sequence[tuple[str, float, float]], most: float, name: str) -> str:
    rows = "".join(_bar(word, usd, percent, 50 * abs(usd) / most) for word, usd, percent in effects)
    return f'<table class="pr-bars" aria-label="{escape(name)}">{_HEAD}<tbody>{rows}</tbody></table>'


def _bar(word: str, usd: float, percent: float, width: float) -> str:
    side, place = ("up", "left:50%") if usd >= 0 else ("down", "right:50%")
    return (
        f'<tr><th scope="row">{escape(cut(word, 40))}</th>'
        f'<td class="pr-bar"><i class="pr-{side}" style="{place};width:{width:.1f}%"></i></td>'
        f"<td>{escape(signed_money(usd))}</td><td>{escape(signed_percent(percent))}</td></tr>"
    )


_HEAD = (
    '<colgroup><col class="pr-col-word"><col><col class="pr-col-usd"><col class="pr-col-percent"></colgroup><thead><tr>'
    + "".join(f'<th scope="col"><span class="pr-hidden">{name}</span></th>' for name in _COLUMNS)
    + "</tr></thead>"
)

"""A price, its range and the market around it on one logarithmic scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from pricer.market import Market
from pricer.ui.markup import escape
from pricer.words import money, percent, tick_money

_HEIGHT = 60.0  # of the market's tallest bar, in units of the drawing; it is 1,000 wide
_WIDTH = 1000.0


@dataclass(frozen=True)
class LogScale:
    """A logarithmic axis between two prices in dollars."""

    first: float
    last: float

    @classmethod
    def around(cls, lowest: float, highest: float, low: float, high: float) -> LogScale:
        """The round prices (1, 2, 5, 10 …) around the usual prices and this range."""
        bottom = max(0.01, min(lowest or 1.0, max(low, 0.01)))
        top = max(highest or 1000.0, high, bottom * 10)
        round_prices = [step * 10.0**power for power in range(-2, 9) for step in (1, 2, 5)]
        first = max(usd for usd in round_prices if usd <= bottom * 1.02)  # $0.99 counts as a dollar
        return cls(first, min((usd for usd in round_prices if usd >= top), default=top))

    def share(self, usd: float) -> float:
        """Where a price lies, 0-1."""
        place = math.log(max(usd, self.first) / self.first) / math.log(self.last / self.first)
        return min(1.0, max(0.0, place))

    def ticks(self) -> list[float]:
        """The powers of ten on the axis."""
        return [10.0**power for power in range(-2, 9) if self.first <= 10.0**power <= self.last]


def price_scale(
    price: float, low: float, high: float, coverage: float, market: Market | None, ends: tuple[float, float]
) -> str:
    """A price and its range as a bar, with the market above it; `ends` are those of the training prices in dollars."""
    scale = LogScale.around(*ends, low, high)
    left, right, at = (100 * scale.share(usd) for usd in (low, high, price))
    ticks = "".join(
        f'<span class="pr-tick" style="{_place(scale.share(usd))}">{escape(tick_money(usd))}</span>'
        for usd in scale.ticks()
    )
    label = f"{percent(coverage)} range from {money(low)} to {money(high)}, on a scale by factors of ten"
    return (
        f'<figure class="pr-range"><div role="img" aria-label="{escape(label)}">'
        f"{_mountains(market, scale, low, high)}"
        f'<div class="pr-axis"><div class="pr-band" style="left:{left:.2f}%;width:{right - left:.2f}%"></div>'
        f'<div class="pr-dot" style="left:{at:.2f}%"></div></div><div class="pr-ticks">{ticks}</div></div>'
        f"{_caption(market, price)}</figure>"
    )


def _mountains(market: Market | None, scale: LogScale, low: float, high: float) -> str:
    """The market as bars on the scale; those inside the range stand out."""
    if market is None:
        return ""
    tallest = max(market.counts)
    bars = "".join(
        f'<rect x="{_WIDTH * start:.1f}" y="{_HEIGHT * (1 - count / tallest):.1f}"'
        f' width="{max(_WIDTH * (end - start) - 2, 1):.1f}" height="{_HEIGHT * count / tallest:.1f}"{kind}/>'
        for start, end, count, kind in _bars(market, scale, low, high)
    )
    return f'<svg class="pr-market" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" preserveAspectRatio="none">{bars}</svg>'


def _bars(market: Market, scale: LogScale, low: float, high: float) -> list[tuple[float, float, int, str]]:
    """Start and end on the scale (0-1) of every bar that is not empty, with its count and its class."""
    found = []
    for (start, end), count in zip(pairwise(market.edges.tolist()), market.counts, strict=True):
        kind = ' class="pr-inside"' if low <= math.sqrt(start * end) <= high else ""
        if count:
            found.append((scale.share(start), scale.share(end), count, kind))
    return found


def _caption(market: Market | None, price: float) -> str:
    if market is None:
        return ""
    below = market.share_below(price)
    words = (
        f"dearer than <b>{escape(percent(below))}</b>" if below >= 0.5 else f"cheaper than <b>{percent(1 - below)}</b>"
    )
    return (
        f'<figcaption data-testid="market"><span class="pr-key" aria-hidden="true"></span>The market: {words} of the '
        f"{market.n_items:,} products with known prices that the model learned from.</figcaption>"
    )


def _place(share: float) -> str:
    """CSS of a label on the axis: centred on its place, but never beyond an end."""
    return f"left:{100 * share:.2f}%;transform:translateX(-{0 if share < 0.01 else 100 if share > 0.99 else 50}%)"

"""The answer of the price tab: the price, its range on a log scale, and what to make of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pricer.checkpoint_config import TrainingData
from pricer.ui import cards
from pricer.ui.words import escape, money, odds, percent, rough_money


@dataclass(frozen=True)
class Quote:
    """One text's price; dollars, shares as 0-1."""

    price: float
    low: float
    high: float
    coverage: float
    familiarity: float
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The numbers that the API endpoint `price` answers with."""
        return {
            "price": self.price,
            "low": self.low,
            "high": self.high,
            "coverage": self.coverage,
            "familiarity": self.familiarity,
            "warnings": self.warnings,
        }


def price_card(quote: Quote, lowest: float, highest: float, footnote: str) -> str:
    """The card for a quote; `lowest` and `highest` are the ends of the training prices in dollars."""
    return (
        '<section class="pr-card pr-quote" aria-label="Estimated price" aria-live="polite">'
        '<p class="pr-eyebrow">Estimated price, US dollars</p>'
        f'<p class="pr-price" data-testid="price">{_figures(quote.price)}</p>'
        f"{_range(quote, lowest, highest)}"
        f"{_familiarity(quote.familiarity)}"
        f"{cards.messages('warning', quote.warnings)}{footnote}</section>"
    )


def empty_card(footnote: str) -> str:
    """What stands where the price will be."""
    return (
        '<section class="pr-card pr-quote" aria-label="Estimated price">'
        + cards.empty(
            "No price yet",
            "Describe a product, or pick an example. Its kind, brand, size and material help most.",
            "tag",
        )
        + footnote
        + "</section>"
    )


def mistake_card(text: str, footnote: str) -> str:
    """What stands there when the text cannot be priced."""
    return (
        '<section class="pr-card pr-quote" aria-label="Estimated price">'
        + cards.message("error", text, "That could not be priced")
        + footnote
        + "</section>"
    )


def scope_line(training: TrainingData, built_in: bool) -> str:
    """Which products the model learned from, and so can price; empty where it does not say."""
    if not training.highest_price:
        return ""
    prices = f"{_whole_money(training.lowest_price)} to {_whole_money(training.highest_price)}"
    words = (
        f"Learned from Amazon-style listings and everyday products, {prices}: not for cars, homes or services."
        if built_in
        else f"Learned from products of {prices}: not for others."
    )
    return f'<p class="pr-scope">{escape(words)}</p>'


def accuracy_line(accuracy: dict[str, Any]) -> str:
    """How wrong the model usually is, on which data; empty without a measurement."""
    if not accuracy.get("n") or "mae" not in accuracy:
        return ""
    low, high = (escape(rough_money(end)) for end in accuracy.get("mae_ci95", (math.nan, math.nan)))
    interval = f" (95% interval {low} to {high})" if "mae_ci95" in accuracy else ""
    half = (
        f", half of them by less than <b>{escape(rough_money(accuracy['median_ae']))}</b>"
        if "median_ae" in accuracy
        else ""
    )
    inside = (
        f" {percent(accuracy['coverage'])} of the true prices lay in their 80% range." if "coverage" in accuracy else ""
    )
    return (
        '<p class="pr-footnote"><b>How wrong is it usually?</b> '
        f"On {accuracy['n']:,} {escape(accuracy.get('data', 'items held out'))}, prices were off by "
        f"<b>{escape(rough_money(accuracy['mae']))}</b> on average{interval}{half}.{inside}</p>"
    )


def _figures(usd: float) -> str:
    whole, _, cents = money(usd).partition(".")
    return escape(whole) + (f'<span class="pr-cents">.{cents}</span>' if cents else "")


def _range(quote: Quote, lowest: float, highest: float) -> str:
    if not math.isfinite(quote.low):
        return '<p class="pr-words">This model has no calibrated ranges: take its price as a point estimate.</p>'
    scale = LogScale.around(lowest, highest, quote.low, quote.high)
    left, right, at = scale.share(quote.low), scale.share(quote.high), scale.share(quote.price)
    ticks = "".join(
        f'<span class="pr-tick" style="{_place(scale.share(usd))}">{escape(_tick(usd))}</span>' for usd in scale.ticks()
    )
    words = (
        f"Range made to hold the price of <b>{escape(odds(quote.coverage))}</b> such products: "
        f"<b>{escape(money(quote.low))}</b> to <b>{escape(money(quote.high))}</b>."
    )
    label = (
        f"{percent(quote.coverage)} range from {money(quote.low)} to {money(quote.high)}, on a scale by factors of ten"
    )
    return (
        f'<p class="pr-words" data-testid="range">{words}</p>'
        f'<div class="pr-range" role="img" aria-label="{escape(label)}"><div class="pr-axis">'
        f'<div class="pr-band" style="left:{100 * left:.2f}%;width:{100 * (right - left):.2f}%"></div>'
        f'<div class="pr-dot" style="left:{100 * at:.2f}%"></div></div><div class="pr-ticks">{ticks}</div></div>'
    )


def _familiarity(share: float) -> str:
    return (
        '<div class="pr-familiar"><span>Familiar to the model</span>'
        f'<div class="pr-meter" aria-hidden="true"><div style="width:{100 * share:.0f}%"></div></div>'
        f"<b>{escape(percent(share))}</b></div>"
    )


def _place(share: float) -> str:
    """CSS of a label on the axis: centred on its place, but never beyond an end."""
    return f"left:{100 * share:.2f}%;transform:translateX(-{0 if share < 0.01 else 100 if share > 0.99 else 50}%)"


def _whole_money(usd: float) -> str:
    return money(usd).removesuffix(".00")


def _tick(usd: float) -> str:
    return f"${usd:,.2f}" if usd < 1 else f"${usd / 1000:,.0f}k" if usd >= 10_000 else f"${usd:,.0f}"


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

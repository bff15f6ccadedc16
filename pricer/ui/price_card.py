"""The answer of the price tab: the price, its range among the market's prices, and what to make of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pricer.checkpoint_config import TrainingData
from pricer.ui import cards
from pricer.ui.log_scale import price_scale
from pricer.ui.markup import escape
from pricer.words import money, odds, percent, rough_money


@dataclass(frozen=True)
class Quote:
    """One text's price; dollars, shares as 0-1."""

    price: float
    low: float
    high: float
    coverage: float
    familiarity: float
    warnings: list[str]
    typical_error: float = math.nan  # half of such prices are off by at most this

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


def price_card(quote: Quote, training: TrainingData) -> str:
    """The card for a quote, among the prices that the model was trained on."""
    return (
        '<section class="pr-quote" aria-label="Estimated price" aria-live="polite"><div class="pr-price-line">'
        f'<div><p class="pr-eyebrow">Estimated price, US dollars</p>'
        f'<p class="pr-price" data-testid="price">{_figures(quote.price)}</p></div>'
        f'<div class="pr-copies">{_copy("Copy price", money(quote.price))}{_copy("Copy link")}</div></div>'
        f"{_range(quote, training)}"
        f"{_familiarity(quote.familiarity)}"
        f"{cards.messages('warning', quote.warnings)}</section>"
    )


def empty_card() -> str:
    """What stands where the price will be."""
    hint = "Describe a product, or pick an example. Its kind, brand, size and material help most."
    return _without_price(cards.empty("No price yet", hint, "tag"))


def mistake_card(text: str) -> str:
    """What stands there when the text cannot be priced."""
    return _without_price(cards.message("error", text, "That could not be priced"))


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


def _without_price(content: str) -> str:
    return f'<section class="pr-quote" aria-label="Estimated price">{content}</section>'


def _figures(usd: float) -> str:
    whole, _, cents = money(usd).partition(".")
    return escape(whole) + (f'<span class="pr-cents">.{cents}</span>' if cents else "")


def _copy(name: str, text: str = "") -> str:
    """A button that copies a text, or the address of this page with its text; see `page.js`."""
    return f'<button type="button" class="pr-copy" data-copy="{escape(text)}">{escape(name)}</button>'


def _range(quote: Quote, training: TrainingData) -> str:
    if not math.isfinite(quote.low):
        return '<p class="pr-words">This model has no calibrated ranges: take its price as a point estimate.</p>'
    words = (
        f"Usually between <b>{escape(money(quote.low))}</b> and <b>{escape(money(quote.high))}</b>: made to hold the "
        f"price of {escape(odds(quote.coverage))} such products. Typical error for items like this: "
        f"<b>±{escape(rough_money(quote.typical_error))}</b>."
    )
    ends = (training.lowest_price, training.highest_price)
    drawn = price_scale(quote.price, quote.low, quote.high, quote.coverage, training.market, ends)
    return f'<p class="pr-words" data-testid="range">{words}</p>{drawn}'


def _familiarity(share: float) -> str:
    return (
        '<div class="pr-familiar"><span>Familiar to the model</span>'
        f'<div class="pr-meter" aria-hidden="true"><div style="width:{100 * share:.0f}%"></div></div>'
        f"<b>{escape(percent(share))}</b></div>"
    )


def _whole_money(usd: float) -> str:
    return money(usd).removesuffix(".00")

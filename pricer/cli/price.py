"""`pricer price`: one text."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import add_command, add_coverage, add_model, runner_of
from pricer.cli.streams import print_json, print_line, say

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner, Quotes
    from pricer.explain import Explanation


def add(commands: Any) -> None:
    """Add the command to the parser."""
    price = add_command(commands, "price", _price, "price one text")
    price.add_argument("text", metavar="TEXT", help="the product in words")
    price.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    price.add_argument("--explain", action="store_true", help="say what each word adds to the price")
    add_coverage(price)
    add_model(price)


def _price(chosen: argparse.Namespace) -> None:
    from pricer.items import check_texts

    check_texts([chosen.text])
    runner = runner_of(chosen)
    quotes = runner.quote([chosen.text], chosen.coverage)
    explanation = runner.explain(chosen.text) if chosen.explain else None
    if chosen.json:
        print_json(_quote_members(quotes, chosen.coverage, runner) | _explanation_members(explanation))
        return
    price, low, high = quotes.price[0], quotes.low[0], quotes.high[0]
    print_line(f"${price:,.2f}  ({chosen.coverage:.0%} range: ${low:,.2f} to ${high:,.2f})")
    if explanation:
        print_line(f"${explanation.base_price:,.2f}  for a product without any words")
        for word in explanation.words:
            print_line(f"{word.effect_usd:+,.2f}  ({word.effect_percent:+.0f}%)  {word.word}")
        print_line(f"{explanation.remainder_usd:+,.2f}  what the words do only together")
        print_line(f"= ${explanation.price:,.2f}")
    for warning in quotes.warnings[0]:
        say(warning)


def _quote_members(quotes: Quotes, coverage: float, runner: DeepNeuralNetworkRunner) -> dict[str, Any]:
    return {
        "price": float(quotes.price[0]),
        "low": float(quotes.low[0]),
        "high": float(quotes.high[0]),
        "coverage": coverage,
        "familiarity": float(quotes.familiarity[0]),
        "warnings": quotes.warnings[0],
        "model": runner.source,
        "device": runner.device.name,
        "precision": runner.precision,
    }


def _explanation_members(explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {}
    return {
        "words": [word.to_dict() for word in explanation.words],
        "base_price": explanation.base_price,
        "remainder_usd": explanation.remainder_usd,
    }

"""The API endpoints of single texts: `price`, `explain` and `compare`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components.api_component import Api

from pricer.ui.context import SHORT, PageContext, for_callers
from pricer.ui.price_card import Quote

COVERAGE = 0.8
_ANSWER: dict[str, Any] = {"type": "object", "additionalProperties": {}}  # what an endpoint gives, as JSON schema


def quote(context: PageContext, text: Any, coverage: float = COVERAGE) -> Quote:
    """What the runner says of one text."""
    context.check_texts(text)
    found = context.runner.quote([text], coverage)
    price, low, high, familiarity, typical_error = (
        float(each[0]) for each in (found.price, found.low, found.high, found.familiarity, found.typical_error)
    )
    return Quote(price, low, high, coverage, familiarity, found.warnings[0], typical_error)


def add_endpoints(context: PageContext) -> None:
    """Add the endpoints to the page that is being built; callers alone see them."""

    def price(text: str) -> dict:
        """Price one product from its words.

        Args:
            text: the product's description, in English.

        Returns:
            Dollars `price`, `low` and `high` (the range that holds the true price of a `coverage` share of products),
            `familiarity` (how much of the text training has seen, 0-1) and `warnings` (plain sentences).
        """
        with for_callers("price", text):
            return quote(context, text).to_dict()

    def explain(text: str) -> dict:
        """Say what each word adds to the price of a text.

        Args:
            text: the product's description, in English.

        Returns:
            Dollars `price`, `base_price` (of a text without words) and `remainder_usd` (what words say only together),
            and `words`, each with `word`, `effect_usd` and `effect_percent`; base, effects and remainder add up to the
            price.
        """
        with for_callers("explain", text):
            context.check_texts(text)
            found = context.runner.explain(text)
            return {
                "price": found.price,
                "base_price": found.base_price,
                "words": [word.to_dict() for word in found.words],
                "remainder_usd": found.remainder_usd,
            }

    def compare(before: str, after: str) -> dict:
        """Say how the price changes from one text to another, and which words make the change.

        Args:
            before: a product's description, in English.
            after: another version of it.

        Returns:
            Dollars `before`, `after`, `change_usd` and `remainder_usd`, `change_percent`, `shared` (share of words that
            both have, 0-1), and `words`, each with `word`, `added` (else removed), `effect_usd` and `effect_percent`.
        """
        with for_callers("compare", after):
            context.check_texts(before, after)
            found = context.runner.compare(before, after)
            return {
                "before": found.before,
                "after": found.after,
                "change_usd": found.change_usd,
                "change_percent": found.change_percent if found.before else None,
                "words": [word.to_dict() for word in found.words],
                "remainder_usd": found.remainder_usd,
                "shared": found.shared,
            }

    _add(price, "text")
    _add(explain, "text")
    _add(compare, "before", "after")


def _add(endpoint: Callable[..., dict], *names: str) -> None:
    """Named and typed by components; texts come as they were sent, so that what is none gets our own message."""
    given = [gr.Textbox(visible=False, label=name) for name in names]
    found = Api(None, _ANSWER, endpoint.__name__)
    gr.Button(visible=False).click(
        endpoint, given, found, preprocess=False, api_name=endpoint.__name__, show_progress="hidden", **SHORT
    )

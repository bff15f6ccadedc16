"""The tab that prices one text, and the API endpoint `price`."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.api_component import Api

from pricer.errors import UserError
from pricer.ui.context import PRIVATE, SHORT, PageContext, for_callers
from pricer.ui.price_card import Quote, accuracy_line, empty_card, mistake_card, price_card, scope_line

COVERAGE = 0.8
_ANSWER: dict[str, Any] = {"type": "object", "additionalProperties": {}}  # what the endpoint gives, as JSON schema
ANSWERED = "() => document.querySelector('#price-answer').classList.remove('pr-stale')"

# Short names on the buttons, and the texts that they fill in.
EXAMPLES = (
    ("AA batteries", "Pack of 24 AA alkaline batteries, long lasting, 1.5 V"),
    ("Running shoes", "Lightweight men's road running shoes with a cushioned foam sole and breathable mesh upper"),
    (
        "Espresso machine",
        "Stainless steel espresso machine with a 15 bar pump, a milk frother and a 1.5 litre tank",
    ),
    ("Cordless drill", "20 V cordless drill driver kit with two lithium batteries, a charger and a carrying case"),
    ("Office chair", "Ergonomic mesh office chair with adjustable lumbar support, armrests and headrest"),
    ("Face cream", "Moisturising day cream for dry skin with hyaluronic acid, fragrance free, 50 ml jar"),
    ("Board game", "Strategy board game for 2 to 4 players, ages 10 and up, about 60 minutes"),
    (
        "A labelled summary",
        "Title: Noise Cancelling Over-Ear Headphones\nCategory: Electronics\nBrand: Northwind Audio\n"
        "Description: Wireless headphones with active noise cancelling, plush ear cushions and a folding frame.\n"
        "Details: Bluetooth 5.3, 40 hours of playback, USB-C charging, carrying pouch included.",
    ),
)


def build(context: PageContext) -> None:
    """Lay out the tab and wire its events."""
    config = context.runner.checkpoint.config
    footnote = accuracy_line(config.accuracy)

    def quote(text: Any) -> Quote:
        found = context.runner.quote([text], COVERAGE)
        price, low, high = float(found.price[0]), float(found.low[0]), float(found.high[0])
        return Quote(price, low, high, COVERAGE, float(found.familiarity[0]), found.warnings[0])

    def show(text: str) -> str:
        training = config.training
        try:
            return price_card(quote(text), training.lowest_price, training.highest_price, footnote)
        except UserError as error:
            return mistake_card(str(error), footnote)

    def price(text: str) -> dict:
        """Price one product from its words.

        Args:
            text: the product's description, in English.

        Returns:
            Dollars `price`, `low` and `high` (the range that holds the true price of a `coverage` share of products),
            `familiarity` (how much of the text training has seen, 0-1) and `warnings` (plain sentences).
        """
        with for_callers():
            return quote(text).to_dict()

    with gr.Row(equal_height=False, elem_classes="pr-split"):
        with gr.Column(scale=6, min_width=320):
            text = gr.Textbox(
                label="Describe the product",
                info="Enter prices it, Shift+Enter starts a new line.",
                placeholder="For example: stainless steel water bottle, 750 ml, double walled, keeps drinks cold",
                lines=6,
                max_lines=14,
                autofocus=True,
                elem_id="price-text",
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="go", spellcheck=True),
            )
            if scope := scope_line(config.training, context.runner.source == "built-in"):
                gr.HTML(scope)
            button = gr.Button("Price it", variant="primary", elem_id="price-button")
            gr.HTML('<p class="pr-eyebrow" id="examples-label">Or try one of these</p>')
            with gr.Row(elem_classes="pr-chips"):
                chips = [gr.Button(name, size="sm", min_width=0, scale=0) for name, _ in EXAMPLES]
        with gr.Column(scale=5, min_width=320):
            answer = gr.HTML(empty_card(footnote), elem_id="price-answer")

    asked = [button.click(show, text, answer, **PRIVATE, **SHORT)]
    for chip, (_, example) in zip(chips, EXAMPLES, strict=True):
        # The text appears at once; the price follows.
        filled = chip.click(lambda example=example: example, None, text, queue=False, **PRIVATE)
        asked.append(filled.then(show, text, answer, **PRIVATE, **SHORT))
    for each in asked:
        each.success(None, js=ANSWERED, **PRIVATE)
    # Named and typed by components; the text comes as it was sent, so that what is none gets our own message.
    given, found = (
        gr.Textbox(visible=False, label="text"),
        Api(None, _ANSWER, "price"),
    )
    gr.Button(visible=False).click(
        price, given, found, preprocess=False, api_name="price", show_progress="hidden", **SHORT
    )

"""The tab that prices one text: its price, why, what if, and what was priced before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from pricer import log
from pricer.errors import UserError
from pricer.listing import Listing, clean
from pricer.ui import price_card, what_if_card, why_card
from pricer.ui.context import OUR_FAULT, PRIVATE, SHORT, PageContext
from pricer.ui.history import Entry, History, added, history_card, version_before
from pricer.ui.price_api import COVERAGE, add_endpoints, quote

COVERAGES = [("50%", 0.5), ("80%", 0.8), ("90%", 0.9), ("95%", 0.95)]
ANSWERED = "(...form) => window.pricer.answered(form)"
FROM_ADDRESS = "() => window.pricer.formOfAddress()"

_CLEANED = (
    '<p class="pr-scope pr-cleaned" role="status"><b>Cleaned.</b> Tags, bullets, shop lines and prices of the pasted '
    "listing are gone: the text above is what is priced.</p>"
)

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


@dataclass(frozen=True)
class _Form:
    """What a visitor fills in."""

    text: gr.Textbox
    fields: tuple[gr.Textbox, ...]  # title, category, brand, details
    more: gr.Accordion  # holds the fields
    note: gr.HTML
    button: gr.Button
    chips: tuple[gr.Button, ...]


@dataclass(frozen=True)
class _Results:
    """What a visitor is shown."""

    answer: gr.HTML
    coverage: gr.Radio
    why: gr.HTML
    what_if: gr.HTML
    table: gr.HTML


def build(context: PageContext, page: gr.Blocks) -> None:
    """Lay out the tab on the page and wire its events."""

    def footnote() -> Any:
        words = price_card.accuracy_line(context.runner.checkpoint.config.accuracy)
        return gr.HTML(words, visible=bool(words))

    with gr.Row(equal_height=False, elem_classes="pr-split", elem_id="price-form"):
        with gr.Column(scale=5, min_width=320):
            form = _lay_out_form(_scope(context))
        with gr.Column(scale=6, min_width=320, elem_classes="pr-card pr-answer"):
            answer = gr.HTML(price_card.empty_card(), elem_id="price-answer")
            coverage = gr.Radio(
                COVERAGES, value=COVERAGE, label="Share of prices that the range should hold",
                elem_classes="pr-pills pr-segments", elem_id="price-coverage",
            )  # fmt: skip
            context.follow(footnote(), footnote)
    why = gr.HTML(why_card.empty_card(), elem_id="price-why")
    with gr.Row(elem_classes="pr-split pr-pair"):
        with gr.Column(min_width=320):
            what_if = gr.HTML(what_if_card.empty_card(), elem_id="price-what-if")
        with gr.Column(min_width=320):
            table = gr.HTML(history_card(()), elem_id="price-history")
    results = _Results(answer, coverage, why, what_if, table)
    context.follow(form.note, lambda: _scope(context))
    _wire(page, form, results, _Pricing(context, form, results))
    add_endpoints(context)


def _scope(context: PageContext) -> str:
    """The line below the form, unless there is something else to say."""
    runner = context.runner
    return price_card.scope_line(runner.checkpoint.config.training, runner.source == "built-in")


def _lay_out_form(scope: str) -> _Form:
    text = gr.Textbox(
        label="Describe the product",
        info="Enter prices it, Shift+Enter starts a new line, / comes back here. A pasted listing is cleaned.",
        placeholder="For example: stainless steel water bottle, 750 ml, double walled, keeps drinks cold",
        lines=6,
        max_lines=14,
        autofocus=True,
        elem_id="price-text",
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="go", spellcheck=True),
    )
    button = gr.Button("Price it", variant="primary", elem_id="price-button")
    with gr.Accordion("Add title, brand, category, details", open=False, elem_id="price-fields") as more:
        gr.HTML('<p class="pr-scope">All optional. With any of them, the model reads the labelled form it knows.</p>')
        with gr.Row():
            title, brand, category, details = (
                gr.Textbox(label=name, min_width=150) for name in ("Title", "Brand", "Category", "Details")
            )
    note = gr.HTML(scope, elem_id="price-note")
    gr.HTML('<p class="pr-eyebrow">Or try one of these</p>')
    with gr.Row(elem_classes="pr-chips"):
        chips = tuple(gr.Button(name, size="sm", min_width=0, scale=0) for name, _ in EXAMPLES)
    return _Form(text, (title, category, brand, details), more, note, button, chips)


class _Pricing:
    """What happens when a visitor asks for a price."""

    def __init__(self, context: PageContext, form: _Form, results: _Results) -> None:
        self._context = context
        self._form = form
        self._results = results
        self._history = gr.State((), time_to_live=3600)
        self.boxes = [form.text, *form.fields, results.coverage]
        self.inputs = [*self.boxes, self._history]
        self.outputs = [
            form.text, form.note, results.answer, results.why, results.what_if, results.table, self._history
        ]  # fmt: skip

    def show(
        self, text: str, title: str, category: str, brand: str, details: str, coverage: float, history: History
    ) -> Iterator[dict[Any, Any]]:
        """First the price, then what takes longer to find out."""
        form, results = self._form, self._results
        described = clean(text)
        as_read = (
            {form.note: _scope(self._context)} if described == text else {form.note: _CLEANED, form.text: described}
        )
        read = Listing(title, category, brand, described, details).summary()
        try:
            with log.asked("price", read):
                found = quote(self._context, read, coverage)
                card = price_card.price_card(found, self._context.runner.checkpoint.config.training)
                yield {results.answer: card, **as_read}
                yield self._explained(read, added(Entry.now(read, found), history))
        except UserError as error:
            yield {results.answer: price_card.mistake_card(str(error)), results.why: why_card.empty_card(), **as_read}
        except Exception:
            yield {results.answer: price_card.mistake_card(OUR_FAULT)}

    def show_if_any(self, text: str, *rest: Any) -> Iterator[dict[Any, Any]]:
        """As `show`, but an empty form is left alone: nobody asked."""
        if text.strip() or any(field.strip() for field in rest[: len(self._form.fields)]):
            yield from self.show(text, *rest)
        else:
            yield {self._form.note: gr.skip()}

    def _explained(self, read: str, history: History) -> dict[Any, Any]:
        runner, results = self._context.runner, self._results
        before = version_before(read, history)
        return {
            results.why: why_card.why_card(read, runner.explain(read)),
            results.what_if: what_if_card.empty_card()
            if before is None
            else what_if_card.what_if_card(runner.compare(before, read)),
            results.table: history_card(history),
            self._history: history,
        }


def _wire(page: gr.Blocks, form: _Form, results: _Results, pricing: _Pricing) -> None:
    def priced(ask: Callable[..., Any], show: Callable[..., Any]) -> None:
        answered = ask(show, pricing.inputs, pricing.outputs, **PRIVATE, **SHORT)
        answered.success(None, pricing.boxes, js=ANSWERED, **PRIVATE)

    priced(partial(gr.on, [form.button.click, *(field.submit for field in form.fields)]), pricing.show)
    priced(results.coverage.input, pricing.show_if_any)
    for chip, (_, example) in zip(form.chips, EXAMPLES, strict=True):
        # The text appears at once; the price follows.
        filled = (example, *[""] * len(form.fields))
        clicked = chip.click(lambda filled=filled: filled, None, [form.text, *form.fields], queue=False, **PRIVATE)
        priced(clicked.then, pricing.show)
    # An address with a text in it, when the page opens and when it is followed on the page.
    reopen = gr.Button(visible="hidden", elem_id="price-reopen")
    opened = gr.on([page.load, reopen.click], None, None, pricing.boxes, js=FROM_ADDRESS, **PRIVATE)
    opened.then(
        lambda *fields: gr.Accordion(open=True) if any(fields) else gr.skip(),
        [*form.fields], form.more, queue=False, **PRIVATE,
    )  # fmt: skip
    priced(opened.then, pricing.show_if_any)

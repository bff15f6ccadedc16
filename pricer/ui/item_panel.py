"""The panel beside the plots that shows one item: of a mark, of a table's row, of a number, or of a list."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from pricer.evaluation import Evaluation
from pricer.ui import cards
from pricer.ui.context import PRIVATE, SHORT, PageContext
from pricer.ui.item_card import choice_label, item_card
from pricer.words import count

ITEM_BYTES = 200  # of an item's numbers and category
LISTED = 15  # worst, and best, to choose from
SCRIPT = Path(__file__).with_name("item_panel.js")

_OTHER_MODEL = cards.message("notice", "Another model has been loaded since: run again to see what its words add.")


@dataclass(frozen=True)
class KeptEvaluation:
    """What a visitor's results are looked up in."""

    evaluation: Evaluation
    digest: str  # of the checkpoint that priced

    @property
    def size_bytes(self) -> int:
        """Memory that it takes, roughly."""
        return sum(map(sys.getsizeof, self.evaluation.texts)) + ITEM_BYTES * self.evaluation.n


class ItemPanel:
    """Its components, what they show first, and what happens when an item is chosen."""

    def __init__(self) -> None:
        with gr.Column(elem_classes="pr-card", elem_id="evaluation-panel", min_width=300, scale=4):
            words = "Choose a mark in a plot, a row below, a number, or one of the list."
            gr.HTML(cards.heading("One item", words, level=3))
            self.number = gr.Number(
                1, precision=0, minimum=1, label="Item number", interactive=True, elem_id="evaluation-item"
            )
            self.choice = gr.Dropdown(
                [], label="Furthest off and closest", interactive=True, elem_id="evaluation-choice"
            )
            self.card = gr.HTML(elem_id="evaluation-item-card", js_on_load=SCRIPT.read_text(encoding="utf-8"))

    @property
    def outputs(self) -> list[Any]:
        return [self.number, self.choice, self.card]

    def first(self, context: PageContext, kept: KeptEvaluation) -> dict[Any, Any]:
        """The worst item, and the choice of others."""
        evaluation = kept.evaluation
        worst, best = (indices.tolist() for indices in (evaluation.worst(LISTED), evaluation.best(LISTED)))
        listed = [(choice_label(evaluation, at), at + 1) for at in dict.fromkeys([*worst, *best])]
        number = worst[0] + 1
        return {
            self.number: gr.Number(number, maximum=evaluation.n, label=f"Item number, 1 to {evaluation.n:,}"),
            self.choice: gr.Dropdown(listed, value=number),
            self.card: show_item(context, kept, number),
        }

    def wire(self, context: PageContext, state: gr.State) -> None:
        """Show what is chosen, of the evaluation whose token the state has."""

        def show(token: str, number: int | None) -> str:
            return show_item(context, context.evaluations.get(token), number)

        self.choice.input(lambda number: number, self.choice, self.number, queue=False, **PRIVATE)
        self.number.change(show, [state, self.number], self.card, trigger_mode="always_last", **PRIVATE, **SHORT)


def not_kept(context: PageContext) -> str:
    """What is said in place of an item whose evaluation has gone."""
    minutes = count(context.settings.kept_minutes, "minute")
    return cards.message(
        "warning",
        f"These results are no longer kept: their items can be looked at for {minutes}, or until others need the room. "
        "Run the evaluation again.",
    )


def show_item(context: PageContext, kept: KeptEvaluation | None, number: int | None) -> str:
    """The card of an item by its number, from 1."""
    if kept is None:
        return not_kept(context)
    evaluation: Evaluation = kept.evaluation
    if number is None or not 1 <= number <= evaluation.n:
        return cards.message("notice", f"There is no such item: choose a number from 1 to {evaluation.n:,}.")
    runner = context.runner
    if kept.digest != runner.checkpoint.digest:
        return item_card(evaluation, number - 1, None) + _OTHER_MODEL
    return item_card(evaluation, number - 1, runner.explain(evaluation.texts[number - 1]))

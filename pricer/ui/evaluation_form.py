"""The form that chooses what is evaluated, with what is measured beside it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pricer.hub.datasets import full_name
from pricer.ui.context import PageContext
from pricer.ui.evaluation_cards import yardsticks
from pricer.ui.evaluation_source import BUILT_IN, FILE, HUB

SIZES = [("All", 0), ("First 100", 100), ("First 250", 250), ("First 1,000", 1000)]


class EvaluationForm:
    """Its components; the inputs come in the order of `Source`'s fields."""

    def __init__(self, context: PageContext) -> None:
        self.context = context
        kinds = self._kinds()
        self.kind = gr.Radio(kinds, value=kinds[0], label="Items to evaluate", elem_classes="pr-pills")
        self.file = gr.File(
            label="A file with the columns summary and price",
            height=140,
            visible=kinds[0] == FILE,
            elem_id="evaluation-file",
        )
        self.dataset = gr.Textbox(
            label="Dataset on the Hugging Face Hub", placeholder="owner/name, or the owner alone", visible=False,
            info=f"Its split test is used. An owner alone means {full_name('owner', context.settings.lite_mode)}.",
        )  # fmt: skip
        self.most = gr.Radio(SIZES, value=0, label="How many", elem_classes="pr-pills")
        self.unseen = gr.Checkbox(
            label="Leave out items that the model was trained on",
            info="Found by their texts, the same to the letter; errors on such items are too low.",
        )

    @property
    def inputs(self) -> list[Any]:
        return [self.kind, self.file, self.dataset, self.most, self.unseen]

    def add_yardstick(self) -> gr.HTML:
        """Lay out what is measured; it follows the form."""
        self.yardstick = gr.HTML(self._yardstick(self._kinds()[0]))
        self.context.follow(self.kind, lambda: gr.Radio(self._kinds(), value=self._kinds()[0]))
        self.context.follow(self.yardstick, lambda: self._yardstick(self._kinds()[0]))
        return self.yardstick

    def switched(self, kind: str) -> dict[Any, Any]:
        """What another kind of items needs."""
        return {
            self.file: gr.File(visible=kind == FILE),
            self.dataset: gr.Textbox(visible=kind == HUB),
            self.yardstick: self._yardstick(kind),
        }

    def _kinds(self) -> list[str]:
        has_split = bool(self.context.runner.checkpoint.test_split)
        return [BUILT_IN] * has_split + [FILE] + [HUB] * self.context.settings.hub_datasets

    def _yardstick(self, kind: str) -> str:
        return yardsticks(kind == BUILT_IN, self.context.runner.checkpoint.config)

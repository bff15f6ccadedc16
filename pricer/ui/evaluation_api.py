"""The API endpoint `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pricer.evaluator import evaluate_runner
from pricer.ui.context import PageContext, for_callers
from pricer.ui.evaluation_source import BUILT_IN, FILE, HUB, Source


def add_endpoint(context: PageContext) -> None:
    """Offer the evaluation to other programs."""

    def evaluate(
        file: str | None = None, dataset: str = "", most: int = 0, exclude_seen: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Measure how wrong prices are on items with true prices.

        Args:
            file: a table with the columns summary and price; without one, the dataset or the built-in test split.
            dataset: a Hub dataset, whose split test is used.
            most: only so many items, from the first; 0 takes all.
            exclude_seen: leave out items that the model was trained on.

        Returns:
            The members of `python -m pricer evaluate --json`; before them, `done` and `total` while it runs.
        """
        with for_callers("evaluate") as facts:
            source = Source(FILE if file else HUB if dataset else BUILT_IN, file, dataset, most)
            items = source.read(context)
            facts["rows"] = len(items)
            for done, evaluation in evaluate_runner(
                context.runner, items, unpriced=items.skipped, exclude_seen=exclude_seen
            ):
                context.check_going()
                yield evaluation.to_dict() if evaluation else {"done": done, "total": len(items)}

    inputs = [
        gr.File(visible=False, label="file"),
        gr.Textbox("", visible=False, label="dataset"),
        gr.Number(0, precision=0, minimum=0, visible=False, label="most"),
        gr.Checkbox(False, visible=False, label="exclude_seen"),
    ]
    answer = gr.JSON(visible=False, label="evaluation")
    gr.Button(visible=False).click(
        evaluate, inputs, answer, api_name="evaluate", show_progress="hidden", **context.long
    )

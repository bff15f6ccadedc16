"""The results of the evaluation tab: figures, plots of the same items, tables, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pricer.evaluation import Evaluation
from pricer.evaluation.figures import evaluation_figures, predicted_against_actual
from pricer.evaluation.report import evaluation_report
from pricer.evaluation.tables import write_items
from pricer.evaluation.words import READINGS
from pricer.report_page import write
from pricer.reported_model import ReportedModel
from pricer.ui import cards, evaluation_cards
from pricer.ui.context import PRIVATE, SHORT, PageContext
from pricer.ui.item_panel import ItemPanel, KeptEvaluation, not_kept

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

LOG, LINEAR = "Log", "Linear"
LISTED = 10  # worst and best items in tables
REPORT, TABLE = "pricer-evaluation.html", "pricer-evaluation.csv"


@dataclass(frozen=True)
class Measured:
    """An evaluation with what to say of it."""

    evaluation: Evaluation
    runner: DeepNeuralNetworkRunner  # that priced; another one may be loaded by now
    name: str  # of the items
    remarks: Sequence[str]


class EvaluationResults:
    """The components below the form, and what they show for an evaluation."""

    def __init__(self, context: PageContext) -> None:
        self.context = context
        self.kept = gr.State("")  # the token of the evaluation that is shown
        with gr.Column(visible=False, elem_id="evaluation-results") as self.column:
            self._lay_out_head()
            self._lay_out_items()
            self._lay_out_sums()
            self._lay_out_tables()
        self._wire()

    @property
    def outputs(self) -> list[Any]:
        plots = [part for pair in self.plots.values() for part in pair]
        return [
            self.kept, self.column, self.heading, self.report, self.table, self.summary, self.scale,
            *plots, *self.panel.outputs, self.worst, self.best, self.peers,
        ]  # fmt: skip

    def hidden(self) -> dict[Any, Any]:
        """What shows nothing."""
        return {self.column: gr.Column(visible=False)}

    def filled(self, measured: Measured, folder: Path) -> dict[Any, Any]:
        """Everything for an evaluation; its files are made in the folder and must be taken before that goes."""
        evaluation, runner = measured.evaluation, measured.runner
        model = ReportedModel.of(runner)
        drawn = evaluation_figures(evaluation)
        write(folder / REPORT, evaluation_report(evaluation, model, measured.name, measured.remarks, drawn))
        write_items(evaluation, folder / TABLE)
        kept = KeptEvaluation(evaluation, runner.checkpoint.digest)
        return {
            self.kept: self.context.evaluations.keep(kept, kept.size_bytes),
            self.column: gr.Column(visible=True),
            self.heading: cards.heading(f"How wrong prices are: {measured.name}", f"Model: {model}"),
            self.report: gr.DownloadButton(value=str(folder / REPORT)),
            self.table: gr.DownloadButton(value=str(folder / TABLE)),
            self.summary: evaluation_cards.metric_cards(evaluation)
            + evaluation_cards.notes(evaluation, measured.remarks),
            self.scale: LOG,
            **{plot: drawn[name] for name, (plot, _) in self.plots.items()},
            **{card: gr.Column(visible=drawn[name] is not None) for name, (_, card) in self.plots.items()},
            **self.panel.first(self.context, kept),
            self.worst: cards.heading("Furthest off", level=3)
            + evaluation_cards.items_list("Furthest off", evaluation, evaluation.worst(LISTED)),
            self.best: cards.heading("Closest", level=3)
            + evaluation_cards.items_list("Closest", evaluation, evaluation.best(LISTED)),
            self.peers: evaluation_cards.peers(runner.checkpoint.config),
        }

    def _lay_out_head(self) -> None:
        with gr.Row(elem_classes="pr-result-head"):
            self.heading = gr.HTML(min_width=260)
            self.table = gr.DownloadButton("Items as CSV", scale=0, min_width=150, elem_id="evaluation-table")
            self.report = gr.DownloadButton(
                "Report (HTML)", variant="primary", scale=0, min_width=150, elem_id="evaluation-report"
            )
        self.summary = gr.HTML()
        self.plots: dict[str, tuple[gr.Plot, gr.Column]] = {}

    def _lay_out_items(self) -> None:
        _section("Item by item", "Every mark is one item, the same in each plot; choosing one shows it beside them.")
        with gr.Row(equal_height=False, elem_classes="pr-inspected"):
            with gr.Column(scale=8, min_width=320):
                with _card("scatter") as card:
                    self.scale = gr.Radio(
                        [LOG, LINEAR],
                        value=LOG,
                        label="Scale of both axes",
                        container=False,
                        elem_classes="pr-pills pr-scale",
                    )
                    self.plots["scatter"] = (_plot("scatter"), card)
                self._add_plots("residuals", "familiarity")
            self.panel = ItemPanel()

    def _lay_out_sums(self) -> None:
        _section("In sum", "Where it errs, whether its ranges hold, and whether these items are enough to tell.")
        for pair in (("bands", "categories"), ("calibration", "trend")):
            with gr.Row(elem_classes="pr-split pr-pair"):
                self._add_plots(*pair)

    def _lay_out_tables(self) -> None:
        _section("Furthest off and closest", "Worst in dollars, best in proportion. An item's number shows it above.")
        self.worst = gr.HTML()
        self.best = gr.HTML()
        _section("Beside others", "Not measured on the items above: each table says on what.")
        self.peers = gr.HTML()
        gr.HTML(evaluation_cards.published())

    def _add_plots(self, *names: str) -> None:
        for name in names:
            with gr.Column(min_width=320) as around, _card(name):
                self.plots[name] = (_plot(name), around)

    def _wire(self) -> None:
        plot, _ = self.plots["scatter"]
        self.scale.input(self._rescaled, [self.kept, self.scale], [plot, self.panel.card], **PRIVATE, **SHORT)
        self.panel.wire(self.context, self.kept)

    def _rescaled(self, token: str, scale: str) -> tuple[Any, Any]:
        kept = self.context.evaluations.get(token)
        if kept is None:
            return gr.skip(), not_kept(self.context)
        return predicted_against_actual(kept.evaluation, scale == LOG), gr.skip()


def _section(title: str, words: str) -> None:
    gr.HTML(f'<div class="pr-section">{cards.heading(title, words)}</div>')


def _card(name: str) -> gr.Column:
    """A column with the plot's title, and how to read it."""
    column = gr.Column(elem_classes="pr-card")
    with column:
        gr.HTML(cards.heading(*READINGS[name], level=3))
    return column


def _plot(name: str) -> gr.Plot:
    return gr.Plot(show_label=False, container=False, elem_id=f"evaluation-{name}")

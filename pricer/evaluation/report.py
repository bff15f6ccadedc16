"""A whole evaluation as one HTML file: figures, plots, items and the model, for a reader who has none of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from pricer.card import limits
from pricer.evaluation.comparison import peer_scores, published_scores
from pricer.evaluation.figures import evaluation_figures
from pricer.evaluation.published import CAVEAT
from pricer.evaluation.tables import WordTable, group_table, held_table, item_table, peer_table, published_table
from pricer.evaluation.words import READINGS, cautions, key_figures, sampling_note
from pricer.report_page import cards, document, notes, plot, section, table

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go

    from pricer.checkpoint_config import CheckpointConfig
    from pricer.evaluation import Evaluation
    from pricer.reported_model import ReportedModel

LISTED = 20  # worst and best items


def evaluation_report(
    evaluation: Evaluation,
    model: ReportedModel,
    data: str,
    remarks: Sequence[str] = (),
    drawn: Mapping[str, go.Figure | None] | None = None,
) -> str:
    """The report as HTML.

    Parameters
    ----------
    evaluation
        What was measured.
    model
        What priced.
    data
        What the items are, a phrase such as a file's name.
    remarks
        Sentences on the items that the reader should know.
    drawn
        The figures of `evaluation_figures`, where they are there already.
    """
    figures = {name: figure for name, figure in (drawn or evaluation_figures(evaluation)).items() if figure is not None}
    title = f"How wrong prices are: {data}"
    sampled = [note] if (note := sampling_note(evaluation)) else []
    body = "\n".join(
        [
            f"<header><h1>{escape(title)}</h1><p>Model: {escape(str(model))}. All prices in US dollars.</p></header>",
            notes(cautions(evaluation), "caution") + notes([*remarks, *sampled]),
            cards(key_figures(evaluation)),
            section(
                "How far off", "Item by item: where the model asks too much, and where too little.",
                *_plots(figures, "scatter", "residuals"),
            ),
            section(
                "Where it errs", "Errors by price and by kind, each with its number of items and its 95% interval.",
                _pair(figures, "bands", "categories"), _table(group_table(evaluation)),
            ),
            section(
                "How sure it is",
                "Whether ranges hold what they promise, and whether familiar texts are priced better.",
                _pair(figures, "calibration", "familiarity"), _table(held_table(evaluation)),
            ),
            section(
                "Whether these items are enough", "How the mean error settles as items are added.",
                *_plots(figures, "trend"),
            ),
            section("Furthest off", "In dollars, the worst first.", _items(evaluation, evaluation.worst(LISTED))),
            section("Closest", "In proportion, the best first.", _items(evaluation, evaluation.best(LISTED))),
            _others(model.config),
            _model(model.config),
            "<footer>Made by Pricer. This file is complete: it opens without a network and asks for nothing.</footer>",
        ]
    )  # fmt: skip
    return document(title, body, figures)


def _plots(figures: dict[str, Any], *names: str) -> list[str]:
    return [plot(name, *READINGS[name]) for name in names if name in figures]


def _pair(figures: dict[str, Any], *names: str) -> str:
    return f'<div class="pair">{"".join(_plots(figures, *names))}</div>'


def _items(evaluation: Evaluation, chosen: np.ndarray) -> str:
    return _table(item_table(evaluation, chosen))


def _table(words: WordTable) -> str:
    return table(words.columns, words.rows, words.marked) if words.rows else ""


def _others(config: CheckpointConfig) -> str:
    scores = peer_scores(config)
    parts = []
    if scores:
        rows = f"On {config.accuracy['n']:,} {config.accuracy.get('data', 'items held out')}, not on the items above:"
        parts = [f"<p>{escape(rows)}</p>", _table(peer_table(scores))]
    return section(
        "Beside others",
        "Other models on the rows that this one was measured on when it was built, and what others published.",
        *parts,
        f"<p>{escape(CAVEAT)}</p>",
        _table(published_table(published_scores())),
    )


def _model(config: CheckpointConfig) -> str:
    training = config.training
    rows = [[source, f"{items:,}"] for source, items in training.sources.items()]
    words = (
        f"Trained on {training.items:,} items of ${training.lowest_price:,.2f} to ${training.highest_price:,.2f}. "
        f"{training.terms}"
    )
    listed = "".join(f"<li>{escape(limit)}</li>" for limit in limits(config))
    return section(
        "The model", words, table(("Source", "Items"), rows) if rows else "", f"<h3>Limits</h3><ul>{listed}</ul>"
    )

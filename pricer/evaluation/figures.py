"""Plotly figures of an evaluation; a mark of an item has the item's index as its first custom datum."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from pricer.figure_style import BAND, INK, LEAST_USD, MAIN, MOST_POINTS, SUMMARY, axis, dollar_axis, layout

if TYPE_CHECKING:
    from pricer.evaluation import Evaluation

ITEMS = "items"  # the `meta` of traces whose marks are items
MOST_GROUPS = 14
MOST_STEPS = 1000  # of the running mean
HOVER_CHARS = 240
LEAST_ERROR_USD = 0.01  # errors below are drawn here

# colour of Evaluation.colours -> (colour drawn, symbol, what it means)
VERDICTS = {
    "green": ("#1f9d63", "circle", "Within $40 or 20%"),
    "orange": ("#e08a00", "diamond", "Within $80 or 40%"),
    "red": ("#d6453d", "x", "Further off"),
}
_FACTORS = {1 / 32: "1/32×", 1 / 16: "1/16×", 1 / 8: "⅛×", 1 / 4: "¼×", 1 / 2: "½×", 1: "1×", 2: "2×", 4: "4×",
            8: "8×", 16: "16×", 32: "32×"}  # fmt: skip


def evaluation_figures(evaluation: Evaluation) -> dict[str, go.Figure | None]:
    """Every figure by its name in `READINGS`; None where the items give nothing to draw."""
    bands, categories, held = evaluation.by_price_band(), evaluation.by_category(), evaluation.held_shares()
    room = max(len(bands), len(categories), 4)
    return {
        "scatter": predicted_against_actual(evaluation),
        "residuals": residuals(evaluation),
        "trend": running_error(evaluation),
        "bands": error_by(bands, "band", room),
        "categories": error_by(categories, "category", room) if categories else None,
        "calibration": calibration(evaluation) if held else None,
        "familiarity": None if evaluation.familiarity is None else error_against_familiarity(evaluation),
    }


def predicted_against_actual(evaluation: Evaluation, log: bool = True) -> go.Figure:
    """Every item at its true and its predicted price, coloured by how far off it is; both axes log or linear."""
    actual, predicted = (np.maximum(each, LEAST_USD) for each in (evaluation.actual, evaluation.predicted))
    lowest, highest = float(min(actual.min(), predicted.min())), float(max(actual.max(), predicted.max()))
    ends = [lowest / 1.3, highest * 1.3] if log else [0.0, highest * 1.04]
    figure = go.Figure(_line(ends, ends, "Predicted = true"))
    figure.add_traces(_items(evaluation, actual, predicted))
    figure.update_layout(**layout(520))
    for update, title in ((figure.update_xaxes, "True price"), (figure.update_yaxes, "Predicted price")):
        update(**(dollar_axis(title, *ends) if log else {**axis(title), "tickprefix": "$", "range": ends}))
    return figure


def residuals(evaluation: Evaluation) -> go.Figure:
    """How many times its true price each item was priced at, against the predicted price, both on log axes.

    Against the predicted price, since against the true one even the best predictor slopes: it cannot know what is
    unusually cheap.
    """
    actual, predicted = (np.maximum(each, LEAST_USD) for each in (evaluation.actual, evaluation.predicted))
    factor = predicted / actual
    ends = [float(predicted.min()) / 1.2, float(predicted.max()) * 1.2]
    figure = go.Figure(_line(ends, [1, 1], "Predicted = true"))
    figure.add_traces(_items(evaluation, predicted, factor, legend=False))
    tenths = np.array_split(np.argsort(predicted, kind="stable"), min(10, evaluation.n))
    middle = [(float(np.median(predicted[each])), float(np.median(factor[each]))) for each in tenths]
    figure.add_trace(
        go.Scattergl(
            x=[x for x, _ in middle], y=[y for _, y in middle], mode="lines+markers", name="Middle item of each tenth",
            line={"color": SUMMARY, "width": 2.5}, marker={"size": 7},
            hovertemplate="around $%{x:,.2f}, the middle item is priced at %{y:.2f}× its true price<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**layout(400))
    figure.update_xaxes(**dollar_axis("Predicted price", *ends))
    reach = float(np.clip(np.abs(np.log10(factor)).max(), np.log10(2), np.log10(40)))
    figure.update_yaxes(
        **axis("Predicted / true"), type="log", range=[-1.08 * reach, 1.08 * reach],
        tickvals=list(_FACTORS), ticktext=list(_FACTORS.values()),
    )  # fmt: skip
    return figure


def running_error(evaluation: Evaluation) -> go.Figure:
    """The mean absolute error after each item, with its 95% band: it narrows as items are added."""
    mean, half = evaluation.running_mean()
    shown = np.unique(np.linspace(0, evaluation.n - 1, min(evaluation.n, MOST_STEPS)).astype(int))
    items, mean, half = shown + 1, mean[shown], half[shown]
    figure = go.Figure(
        [
            go.Scatter(
                x=np.concatenate([items, items[::-1]]),
                y=np.concatenate([mean + half, np.maximum(mean - half, 0)[::-1]]),
                fill="toself", fillcolor=BAND, line={"width": 0}, hoverinfo="skip", name="95% interval",
            ),
            go.Scatter(
                x=items, y=mean, mode="lines", name="Mean error so far", line={"color": MAIN, "width": 2.5},
                customdata=np.column_stack([shown, half]),
                hovertemplate="after %{x:,} items: $%{y:,.2f} ± %{customdata[1]:,.2f}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_layout(**layout(400))
    figure.update_xaxes(**axis("Items priced"))
    # The first few items swing wildly: the axis follows what comes after them.
    top = float(np.max((mean + half)[len(mean) // 20 :]))
    figure.update_yaxes(**axis("Mean error so far"), tickprefix="$", range=[0, top * 1.1 or 1])
    return figure


def error_by(groups: Sequence[dict[str, Any]], key: str, room: int = 4) -> go.Figure:
    """Mean absolute error of each group with its 95% interval, as `Evaluation.by_price_band` and the like give them.

    The figure is high enough for `room` groups at least, so that figures side by side are alike.
    """
    drawn = list(groups[:MOST_GROUPS])[::-1]
    means = [group["mae"] for group in drawn]
    lows, highs = zip(*(group["mae_ci95"] for group in drawn), strict=True) if drawn else ((), ())
    figure = go.Figure(
        go.Scatter(
            x=means,
            y=list(range(len(drawn))),
            mode="markers",
            marker={"color": MAIN, "size": 11},
            error_x=_bars(means, lows, highs),
            customdata=[
                (html.escape(str(group[key])), group["n"], group["coverage"], *group["mae_ci95"]) for group in drawn
            ],
            hovertemplate="%{customdata[0]}<br>mean error $%{x:,.2f} ($%{customdata[3]:,.2f} to $%{customdata[4]:,.2f})"
            "<br>range holds the true price for %{customdata[2]:.0%} of %{customdata[1]:,}<extra></extra>",
        )
    )
    # Names stand above their marks, not beside them: on a phone they would leave no room for the intervals.
    for at, group in enumerate(drawn):
        figure.add_annotation(
            x=0, y=at, text=_label(group, key), showarrow=False, xanchor="left", yanchor="bottom", yshift=7
        )
    figure.update_layout(**layout(70 + 46 * max(len(drawn), min(room, MOST_GROUPS))), margin_l=12)
    furthest = max(highs, default=1.0)
    figure.update_xaxes(**axis("Mean error"), tickprefix="$", nticks=5, tickangle=0, range=[0, furthest * 1.06 or 1])
    figure.update_yaxes(visible=False, range=[-0.5, len(drawn) - 0.25])
    return figure


def calibration(evaluation: Evaluation) -> go.Figure:
    """Share of true prices that ranges hold against the share that they were made for, with 95% intervals."""
    held = evaluation.held_shares()
    nominal, observed = [each.nominal for each in held], [each.observed for each in held]
    lows, highs = zip(*(each.ci95 for each in held), strict=True)
    figure = go.Figure(_line([0, 1], [0, 1], "As promised"))
    figure.add_trace(
        go.Scatter(
            x=nominal, y=observed, mode="lines+markers", name="As measured", line={"color": MAIN, "width": 2},
            marker={"size": 9}, error_y=_bars(observed, lows, highs), customdata=[each.ci95 for each in held],
            hovertemplate="made for %{x:.0%}, holds %{y:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})"
            "<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**layout(400))
    first = min(nominal[0], *lows) - 0.05
    figure.update_xaxes(**axis("Made to hold"), tickformat=".0%", range=[nominal[0] - 0.05, 1])
    figure.update_yaxes(**axis("Holds"), tickformat=".0%", range=[first, 1.01])
    return figure


def error_against_familiarity(evaluation: Evaluation) -> go.Figure:
    """Every item's error on a log axis against how much of its text training has seen, with means of groups."""
    errors = np.maximum(evaluation.errors, LEAST_ERROR_USD)
    groups = evaluation.by_familiarity()
    means = [group["mae"] for group in groups]
    lows, highs = zip(*(group["mae_ci95"] for group in groups), strict=True)
    figure = go.Figure(_items(evaluation, evaluation.familiarity, errors, legend=False))
    figure.add_trace(
        go.Scattergl(
            x=[group["at"] for group in groups], y=means, mode="lines+markers", name="Mean error",
            line={"color": SUMMARY, "width": 2.5}, marker={"size": 10, "symbol": "square"},
            error_y=_bars(means, lows, highs, SUMMARY),
            customdata=[(group["familiarity"], group["n"], *group["mae_ci95"]) for group in groups],
            hovertemplate="familiar: %{customdata[0]} (%{customdata[1]:,} items)<br>mean error $%{y:,.2f} "
            "($%{customdata[2]:,.2f} to $%{customdata[3]:,.2f})<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**layout(400))
    first = float(evaluation.familiarity.min()) if evaluation.familiarity is not None else 0.0
    figure.update_xaxes(**axis("Familiar to the model"), tickformat=".0%", range=[max(0.0, first) - 0.02, 1.02])
    ends = float(errors.min()) / 1.5, float(errors.max()) * 1.5
    figure.update_yaxes(**dollar_axis("Error", *ends))
    return figure


def _items(evaluation: Evaluation, x: Any, y: np.ndarray, legend: bool = True) -> list[go.Scattergl]:
    """Marks of the items at x and y (n,), a trace for each verdict; a fixed random sample where there are many."""
    colours, shown = np.array(evaluation.colours), _sample(evaluation.n)
    traces = []
    for colour, (drawn, symbol, meaning) in VERDICTS.items():
        chosen = shown[colours[shown] == colour]
        traces.append(
            go.Scattergl(
                x=x[chosen],
                y=y[chosen],
                mode="markers",
                meta=ITEMS,
                name=f"{meaning} ({int((colours == colour).sum()):,})",
                showlegend=legend,
                marker={"color": drawn, "symbol": symbol, "size": 7, "opacity": 0.66},
                customdata=np.column_stack([chosen, evaluation.actual[chosen], evaluation.predicted[chosen]]),
                text=[_hover_text(evaluation, at) for at in chosen],
                hovertemplate="%{text}<br>true $%{customdata[1]:,.2f}, predicted $%{customdata[2]:,.2f}<extra></extra>",
            )
        )
    return traces


def _line(x: Sequence[float], y: Sequence[float], name: str) -> go.Scatter:
    """Where all would be well."""
    return go.Scatter(
        x=x, y=y, mode="lines", name=name, hoverinfo="skip", line={"color": INK, "dash": "dash", "width": 1.5}
    )


def _bars(means: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: str = MAIN) -> dict[str, Any]:
    """Error bars from the means to the ends of their intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - mean for mean, high in zip(means, highs, strict=True)],
        "arrayminus": [mean - low for mean, low in zip(means, lows, strict=True)],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }


def _sample(n: int) -> np.ndarray:
    """Indices of the items to draw, in order."""
    if n <= MOST_POINTS:
        return np.arange(n)
    return np.sort(np.random.default_rng(42).choice(n, MOST_POINTS, replace=False))


def _hover_text(evaluation: Evaluation, at: int) -> str:
    """An item's text for a hover label, which plotly reads as HTML: cut, wrapped, escaped."""
    text = " ".join(evaluation.texts[at][: 4 * HOVER_CHARS].split())
    short = text if len(text) <= HOVER_CHARS else text[: HOVER_CHARS - 1] + "…"
    lines = [html.escape(line) for line in textwrap.wrap(short, 56)]
    return "<br>".join(lines)


def _label(group: dict[str, Any], key: str) -> str:
    name = str(group[key])
    short = name if len(name) <= 26 else name[:25] + "…"
    cents = 2 if group["mae"] < 10 else 0
    return f"{html.escape(short)}: ${group['mae']:,.{cents}f} (n = {group['n']:,})"

"""Plotly figures of a batch and of an evaluation: transparent, so that they suit a light and a dark page."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

if TYPE_CHECKING:
    from pricer.batch import PriceHistogram
    from pricer.evaluator import Evaluation

MOST_POINTS = 20_000  # drawn; beyond, a fixed random sample keeps the browser quick
BINS_PER_BAR = 10  # of PriceHistogram's fine bins
BAR_GAP = 0.08  # share of a bar's room
LEAST_USD = 0.1  # prices below are drawn here: a log axis has no zero
MOST_GROUPS = 14
HOVER_CHARS = 240

# colour of Evaluation.colours -> (colour drawn, symbol, what it means)
VERDICTS = {
    "green": ("#1f9d63", "circle", "Within $40 or 20%"),
    "orange": ("#e08a00", "diamond", "Within $80 or 40%"),
    "red": ("#d6453d", "x", "Further off"),
}
_MAIN = "#1f9d78"
_BAND = "rgba(31, 157, 120, 0.22)"
_INK = "#7b857f"  # readable on white and on black; the page sets the text's colour itself
_GRID = "rgba(128, 140, 133, 0.22)"


def price_histogram(prices: PriceHistogram) -> go.Figure:
    """How many rows got which price, in bars of equal width in log dollars."""
    counts = prices.counts.reshape(-1, BINS_PER_BAR).sum(axis=1)
    edges = prices.edges[::BINS_PER_BAR]
    used = np.flatnonzero(counts)
    if len(used):
        chosen = slice(max(0, used[0] - 1), used[-1] + 2)
        counts, edges = counts[chosen], edges[chosen.start : chosen.stop + 1]
    # Plotly takes a bar's middle and width in dollars on a log axis too: a gap is left by drawing less of each bar.
    inset = (edges[1:] / edges[:-1]) ** (BAR_GAP / 2)
    left, right = edges[:-1] * inset, edges[1:] / inset
    figure = go.Figure(
        go.Bar(
            x=(left + right) / 2,
            y=counts,
            width=right - left,
            marker={"color": _MAIN, "line": {"width": 0}},
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate="$%{customdata[0]:,.2f} to $%{customdata[1]:,.2f}<br>%{y:,} rows<extra></extra>",
        )
    )
    figure.update_layout(**_layout(300))
    figure.update_xaxes(**_dollar_axis("Predicted price", float(edges[0]), float(edges[-1])))
    whole = {"dtick": 1} if counts.max() <= 5 else {}  # rows come whole
    figure.update_yaxes(**_axis("Rows"), rangemode="tozero", **whole)
    return figure


def predicted_against_actual(evaluation: Evaluation) -> go.Figure:
    """Every item at its true and its predicted price, both on log axes, coloured by how far off it is."""
    actual, predicted = (np.maximum(each, LEAST_USD) for each in (evaluation.actual, evaluation.predicted))
    ends = [float(min(actual.min(), predicted.min())) / 1.3, float(max(actual.max(), predicted.max())) * 1.3]
    figure = go.Figure(
        go.Scatter(
            x=ends, y=ends, mode="lines", name="Predicted = true", hoverinfo="skip",
            line={"color": _INK, "dash": "dash", "width": 1.5},
        )
    )  # fmt: skip
    colours = np.array(evaluation.colours)
    shown = _sample(evaluation.n)
    for colour, (drawn, symbol, meaning) in VERDICTS.items():
        chosen = shown[colours[shown] == colour]
        figure.add_trace(
            go.Scattergl(
                x=actual[chosen],
                y=predicted[chosen],
                mode="markers",
                name=f"{meaning} ({int((colours == colour).sum()):,})",
                marker={"color": drawn, "symbol": symbol, "size": 7, "opacity": 0.72},
                customdata=np.column_stack([evaluation.actual[chosen], evaluation.predicted[chosen]]),
                text=[_hover_text(evaluation, at) for at in chosen],
                hovertemplate="%{text}<br>true $%{customdata[0]:,.2f}, predicted $%{customdata[1]:,.2f}<extra></extra>",
            )
        )
    figure.update_layout(**_layout(520))
    figure.update_xaxes(**_dollar_axis("True price", *ends))
    figure.update_yaxes(**_dollar_axis("Predicted price", *ends))
    return figure


def running_error(evaluation: Evaluation) -> go.Figure:
    """The mean absolute error after each item, with its 95% band: it narrows as items are added."""
    mean, half = evaluation.running_mean()
    shown = np.unique(np.linspace(0, evaluation.n - 1, min(evaluation.n, 1000)).astype(int))
    items, mean, half = shown + 1, mean[shown], half[shown]
    figure = go.Figure(
        [
            go.Scatter(
                x=np.concatenate([items, items[::-1]]),
                y=np.concatenate([mean + half, np.maximum(mean - half, 0)[::-1]]),
                fill="toself", fillcolor=_BAND, line={"width": 0}, hoverinfo="skip", name="95% interval",
            ),
            go.Scatter(
                x=items, y=mean, mode="lines", name="Mean error so far", line={"color": _MAIN, "width": 2.5},
                customdata=half, hovertemplate="after %{x:,} items: $%{y:,.2f} ± %{customdata:,.2f}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_layout(**_layout(340))
    figure.update_xaxes(**_axis("Items priced"))
    # The first few items swing wildly: the axis follows what comes after them.
    top = float(np.max((mean + half)[len(mean) // 20 :]))
    figure.update_yaxes(**_axis("Mean error so far"), tickprefix="$", range=[0, top * 1.1 or 1])
    return figure


def error_by(groups: Sequence[dict[str, Any]], key: str) -> go.Figure:
    """Mean absolute error of each group, as `Evaluation.by_price_band` and `by_category` give them."""
    drawn = list(groups[:MOST_GROUPS])[::-1]
    names = [_label(group, key) for group in drawn]
    figure = go.Figure(
        go.Bar(
            x=[group["mae"] for group in drawn],
            y=list(range(len(drawn))),
            orientation="h",
            width=0.3,
            marker={"color": _MAIN},
            text=[f"${group['mae']:,.2f}" if group["mae"] < 10 else f"${group['mae']:,.0f}" for group in drawn],
            textposition="outside",
            cliponaxis=False,
            customdata=[(name, group["n"], group["coverage"]) for name, group in zip(names, drawn, strict=True)],
            hovertemplate="%{customdata[0]}<br>mean error $%{x:,.2f}<br>"
            "range holds the true price for %{customdata[2]:.0%}<extra></extra>",
        )
    )
    # Names stand above their bars, not beside them: on a phone they would leave no room for the bars.
    for at, name in enumerate(names):
        figure.add_annotation(x=0, y=at, text=name, showarrow=False, xanchor="left", yanchor="bottom", yshift=8)
    figure.update_layout(**_layout(70 + 46 * max(len(drawn), 4)))
    largest = max((group["mae"] for group in drawn), default=1.0)
    figure.update_xaxes(**_axis("Mean error"), tickprefix="$", nticks=5, tickangle=0, range=[0, largest * 1.22 or 1])
    figure.update_yaxes(visible=False, range=[-0.4, len(drawn) - 0.25])
    return figure


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
    short = name if len(name) <= 34 else name[:33] + "…"
    return f"{html.escape(short)} ({group['n']:,})"


def _layout(height: int) -> dict[str, Any]:
    return {
        "template": "none",
        "height": height,
        "margin": {"l": 48, "r": 16, "t": 12, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "IBM Plex Sans, system-ui, sans-serif", "size": 13, "color": _INK},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0},
        "hoverlabel": {"align": "left", "bgcolor": "#17201b", "bordercolor": "#17201b", "font": {"color": "#ffffff"}},
        "modebar": {"remove": ["select2d", "lasso2d", "autoscale"], "bgcolor": "rgba(0,0,0,0)"},
        "dragmode": "zoom",
        "separators": ".,",
    }


def _axis(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 10},
        "gridcolor": _GRID,
        "linecolor": _GRID,
        "zeroline": False,
        "automargin": True,
    }


def _dollar_axis(title: str, first: float, last: float) -> dict[str, Any]:
    """A logarithmic axis between two prices, with few enough ticks for a phone."""
    steps = (1,) if last / first > 300 else (1, 2, 5) if last / first < 60 else (1, 3)
    ticks = [step * 10.0**power for power in range(-1, 6) for step in steps]
    return {
        **_axis(title),
        "type": "log",
        "range": [float(np.log10(first)), float(np.log10(last))],
        "tickvals": ticks,
        "ticktext": [f"${usd / 1000:g}k" if usd >= 10_000 else f"${usd:,g}" for usd in ticks],
        "tickangle": 0,
    }

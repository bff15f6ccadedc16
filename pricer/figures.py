"""Plotly figures of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from pricer.figure_style import INK, MAIN, axis, dollar_axis, layout

if TYPE_CHECKING:
    from pricer.batch import PriceHistogram
    from pricer.drift import MeasureDrift

BINS_PER_BAR = 10  # of PriceHistogram's fine bins
BAR_GAP = 0.08  # share of a bar's room


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
            marker={"color": MAIN, "line": {"width": 0}},
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            hovertemplate="$%{customdata[0]:,.2f} to $%{customdata[1]:,.2f}<br>%{y:,} rows<extra></extra>",
        )
    )
    figure.update_layout(**layout(380))
    figure.update_xaxes(**dollar_axis("Predicted price", float(edges[0]), float(edges[-1])))
    whole = {"dtick": 1} if counts.max() <= 5 else {}  # rows come whole
    figure.update_yaxes(**axis("Rows"), rangemode="tozero", **whole)
    return figure


def drift_shares(drift: MeasureDrift) -> go.Figure:
    """Share of the batch's texts in each bin of a measure, beside the reference's."""
    names = drift.bin_names
    figure = go.Figure(
        [
            go.Bar(x=names, y=shares, name=name, marker={"color": colour}, hovertemplate="%{x}: %{y:.1%}")
            for name, shares, colour in (
                ("this batch", drift.shares, MAIN),
                ("the reference", drift.reference.shares, INK),
            )
        ]
    )
    figure.update_layout(**layout(320), barmode="group")
    figure.update_xaxes(**axis(""), type="category")
    figure.update_yaxes(**axis("Share of the texts"), rangemode="tozero", tickformat=".0%")
    return figure

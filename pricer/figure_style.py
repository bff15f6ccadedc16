"""What all figures share: transparent, so that they suit a light and a dark page, and readable on a phone."""

from __future__ import annotations

from typing import Any

import numpy as np

from pricer.words import tick_money

MOST_POINTS = 5_000  # drawn of single items; beyond, a fixed random sample keeps the browser quick
LEAST_USD = 0.1  # prices below are drawn here: a log axis has no zero
MAIN = "#1f9d78"
SUMMARY = "#3b74d9"  # of means and medians among marks of single items
BAND = "rgba(31, 157, 120, 0.22)"
INK = "#7b857f"  # readable on white and on black; the page sets the text's colour itself
GRID = "rgba(128, 140, 133, 0.22)"


def layout(height: int) -> dict[str, Any]:
    return {
        "template": "none",
        "height": height,
        "margin": {"l": 48, "r": 16, "t": 12, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "IBM Plex Sans, system-ui, sans-serif", "size": 13, "color": INK},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0},
        "hoverlabel": {"align": "left", "bgcolor": "#17201b", "bordercolor": "#17201b", "font": {"color": "#ffffff"}},
        "modebar": {"remove": ["select2d", "lasso2d", "autoscale"], "bgcolor": "rgba(0,0,0,0)"},
        "dragmode": "zoom",
        "separators": ".,",
    }


def axis(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 10},
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
    }


def dollar_axis(title: str, first: float, last: float) -> dict[str, Any]:
    """A logarithmic axis between two prices, with few enough ticks for a phone."""
    steps = (1,) if last / first > 300 else (1, 2, 5) if last / first < 60 else (1, 3)
    ticks = [step * 10.0**power for power in range(-1, 6) for step in steps]
    return {
        **axis(title),
        "type": "log",
        "range": [float(np.log10(first)), float(np.log10(last))],
        "tickvals": ticks,
        "ticktext": [tick_money(usd) for usd in ticks],
        "tickangle": 0,
    }

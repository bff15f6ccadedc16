"""Figures of a batch: what they draw, for whatever it holds."""

from __future__ import annotations

import numpy as np

from pricer import figures
from pricer.batch import PriceHistogram


def test_a_histogram_counts_every_price():
    prices = PriceHistogram()
    prices.add(np.array([0.0, 1.0, 10.0, 10.5, 1e9]))
    figure = figures.price_histogram(prices)
    assert sum(figure.data[0].y) == 5
    assert figure.layout.xaxis.type == "log"


def test_bars_leave_a_gap_and_few_rows_are_counted_in_whole_numbers():
    prices = PriceHistogram()
    prices.add(np.array([10.0, 20.0, 21.0]))
    figure = figures.price_histogram(prices)
    bars = figure.data[0]
    right, left = bars.x + bars.width / 2, bars.x - bars.width / 2
    assert (left[1:] > right[:-1]).all()
    assert (left > bars.customdata[:, 0]).all()
    assert (right < bars.customdata[:, 1]).all()
    assert figure.layout.yaxis.dtick == 1


def test_a_histogram_of_nothing_is_empty():
    assert sum(figures.price_histogram(PriceHistogram()).data[0].y) == 0


def test_a_histogram_is_transparent():
    layout = figures.price_histogram(PriceHistogram()).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"

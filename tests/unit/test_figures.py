"""Figures: what they draw, for whatever an evaluation or a batch holds."""

from __future__ import annotations

import numpy as np
import pytest

from pricer import figures
from pricer.batch import PriceHistogram
from pricer.evaluator import Evaluation


def evaluation(actual, predicted, texts=None) -> Evaluation:
    actual, predicted = np.array(actual, dtype=float), np.array(predicted, dtype=float)
    n = len(actual)
    low, high, seen = predicted * 0.5, predicted * 2, np.zeros(n, dtype=bool)
    return Evaluation(texts or ["an item"] * n, ["kind"] * n, actual, predicted, low, high, seen, 0, 0.1)


def names(figure) -> list[str]:
    return [trace.name for trace in figure.data]


def test_points_are_coloured_by_the_courses_rule_and_counted_in_the_legend():
    figure = figures.predicted_against_actual(evaluation([100, 100, 100, 100], [101, 130, 170, 900]))
    assert names(figure) == [
        "Predicted = true",
        "Within $40 or 20% (2)",
        "Within $80 or 40% (1)",
        "Further off (1)",
    ]
    assert [len(trace.x) for trace in figure.data[1:]] == [2, 1, 1]


def test_the_line_is_where_predicted_equals_true_and_both_axes_are_logarithmic_and_alike():
    figure = figures.predicted_against_actual(evaluation([5, 900], [10, 400]))
    assert figure.data[0].x == figure.data[0].y
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.xaxis.range == figure.layout.yaxis.range


def test_a_price_of_zero_is_drawn_at_the_edge_but_told_as_it_is():
    figure = figures.predicted_against_actual(evaluation([0.0], [0.0]))
    trace = figure.data[1]
    assert list(trace.x) == [figures.LEAST_USD]
    assert trace.customdata[0][0] == 0.0


def test_hover_texts_are_escaped_cut_and_wrapped():
    text = "<b>bold</b> & <script>alert(1)</script> " + "word " * 500
    shown = figures.predicted_against_actual(evaluation([10], [10], [text])).data[1].text[0]
    assert shown.startswith("&lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;")
    assert shown.endswith("…")
    assert max(map(len, shown.split("<br>"))) < 120
    assert len(shown) < 400


def test_many_points_are_sampled_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(figures, "MOST_POINTS", 10)
    figure = figures.predicted_against_actual(evaluation([10] * 50, [10] * 50))
    assert len(figure.data[1].x) == 10
    assert "(50)" in figure.data[1].name


def test_the_running_error_ends_at_the_mean_error_with_its_band():
    found = evaluation([10, 20, 30, 40], [12, 20, 33, 41])
    band, mean = figures.running_error(found).data
    assert mean.y[-1] == pytest.approx(found.mae)
    assert len(band.x) == 2 * len(mean.x)
    assert min(band.y) >= 0


def test_one_item_is_enough_for_every_figure():
    found = evaluation([10], [12])
    figures.predicted_against_actual(found)
    figures.running_error(found)
    figures.error_by(found.by_price_band(), "band")


def test_groups_are_drawn_from_the_top_with_their_names_escaped_and_counts():
    groups = [{"category": name, "n": 20, "mae": 5.0, "coverage": 0.8} for name in ("<i>first</i>", "second")]
    figure = figures.error_by(groups, "category")
    labels = {annotation.y: annotation.text for annotation in figure.layout.annotations}
    assert labels == {1: "&lt;i&gt;first&lt;/i&gt; (20)", 0: "second (20)"}
    assert list(figure.data[0].text) == ["$5.00", "$5.00"]


def test_only_so_many_groups_are_drawn():
    groups = [{"category": str(at), "n": 20, "mae": 5.0, "coverage": 0.8} for at in range(50)]
    assert len(figures.error_by(groups, "category").data[0].x) == figures.MOST_GROUPS


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


def test_figures_are_transparent():
    for figure in (figures.price_histogram(PriceHistogram()), figures.running_error(evaluation([1], [1]))):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"

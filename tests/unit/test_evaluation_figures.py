"""Figures of an evaluation: what they draw, for whatever it holds."""

from __future__ import annotations

import numpy as np
import pytest

from pricer.evaluation import Evaluation, figures
from pricer.evaluation.words import READINGS
from pricer.figure_style import LEAST_USD


def evaluation(actual, predicted, texts=None) -> Evaluation:
    actual, predicted = np.array(actual, dtype=float), np.array(predicted, dtype=float)
    n = len(actual)
    low, high, seen = predicted * 0.5, predicted * 2, np.zeros(n, dtype=bool)
    familiarity, held = np.linspace(0, 1, n), {0.5: n // 2, 0.9: n}
    return Evaluation(
        texts or ["an item"] * n, ["kind"] * n, actual, predicted, low, high, seen, 0, 0.1, 0.8, familiarity, held
    )


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
    assert list(trace.x) == [LEAST_USD]
    assert list(trace.customdata[0]) == [0, 0.0, 0.0]


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


def test_both_axes_can_be_linear():
    figure = figures.predicted_against_actual(evaluation([5, 900], [10, 400]), log=False)
    assert figure.layout.xaxis.type is None
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.xaxis.range[0] == 0


@pytest.mark.parametrize("name", ["scatter", "residuals", "familiarity"])
def test_marks_of_items_carry_their_items_index(name):
    found = evaluation([100, 100, 100, 100], [900, 101, 130, 170])
    marks = [trace for trace in figures.evaluation_figures(found)[name].data if trace.meta == figures.ITEMS]
    assert sorted(int(datum[0]) for trace in marks for datum in trace.customdata) == [0, 1, 2, 3]


def test_residuals_are_factors_of_the_true_price_with_the_middle_of_each_tenth():
    found = evaluation([10] * 40, [20] * 40)
    *marks, middle = figures.residuals(found).data[1:]
    assert {y for trace in marks for y in trace.y} == {2.0}
    assert list(middle.y) == [2.0] * 10


def test_calibration_has_intervals_on_both_sides_of_what_was_measured():
    promised, measured = figures.calibration(evaluation([10] * 40, [12] * 40)).data
    assert promised.x == promised.y
    assert list(measured.x) == [0.5, 0.9]
    assert list(measured.y) == [0.5, 1.0]
    assert measured.error_y.arrayminus[0] == pytest.approx(measured.error_y.array[0])
    assert measured.error_y.array[1] == 0


def test_familiarity_groups_stand_at_their_mean_with_their_mean_error():
    found = evaluation([10] * 5, [11, 11, 12, 13, 14])
    line = figures.error_against_familiarity(found).data[-1]
    groups = found.by_familiarity()
    assert list(line.x) == [group["at"] for group in groups]
    assert list(line.y) == [group["mae"] for group in groups]


def test_there_is_a_figure_for_every_reading_and_one_item_is_enough():
    drawn = figures.evaluation_figures(evaluation([10], [12]))
    assert drawn.keys() == READINGS.keys()
    assert [name for name, figure in drawn.items() if figure is None] == ["categories"]


def test_without_familiarity_or_ranges_there_is_nothing_to_draw_of_them():
    usd = np.array([10.0])
    drawn = figures.evaluation_figures(Evaluation(["a"], [None], usd, usd, usd, usd, np.zeros(1, bool), 0, 0.1))
    assert drawn["familiarity"] is drawn["calibration"] is None


def groups_of(*names):
    return [{"category": name, "n": 20, "mae": 5.0, "coverage": 0.8, "mae_ci95": (4.0, 7.0)} for name in names]


def test_groups_are_drawn_from_the_top_with_their_names_escaped_counts_and_intervals():
    figure = figures.error_by(groups_of("<i>first</i>", "second"), "category")
    labels = {annotation.y: annotation.text for annotation in figure.layout.annotations}
    assert labels == {1: "&lt;i&gt;first&lt;/i&gt;: $5.00 (n = 20)", 0: "second: $5.00 (n = 20)"}
    assert (figure.data[0].error_x.array[0], figure.data[0].error_x.arrayminus[0]) == (2, 1)


def test_only_so_many_groups_are_drawn():
    assert len(figures.error_by(groups_of(*map(str, range(50))), "category").data[0].x) == figures.MOST_GROUPS


def test_figures_are_transparent():
    for figure in figures.evaluation_figures(evaluation([10] * 30, [12] * 30)).values():
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"

"""Metrics against scikit-learn and by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from pricer.errors import ItemError
from pricer.evaluation import Evaluation
from pricer.evaluation.confidence import MOST_DRAWN, bootstrap_ci95, wilson_ci95
from pricer.evaluator import evaluate, evaluate_runner, read_number
from pricer.items import Item


@pytest.fixture
def evaluation():
    generator = np.random.default_rng(1)
    actual = generator.lognormal(4, 1, 300)
    predicted = actual * generator.lognormal(0, 0.4, 300)
    categories = ["Tools"] * 200 + ["Toys"] * 90 + ["Rare"] * 10
    return Evaluation(
        ["text"] * 300, categories, actual, predicted, predicted * 0.6, predicted * 1.6, np.zeros(300, bool), 2, 0.1
    )


def test_metrics_agree_with_scikit_learn(evaluation):
    actual, predicted = evaluation.actual, evaluation.predicted
    assert evaluation.mae == pytest.approx(metrics.mean_absolute_error(actual, predicted))
    assert evaluation.median_ae == pytest.approx(metrics.median_absolute_error(actual, predicted))
    assert evaluation.rmsle == pytest.approx(metrics.root_mean_squared_log_error(actual, predicted))
    assert evaluation.r2 == pytest.approx(metrics.r2_score(actual, predicted))


def test_smape_is_between_0_and_200():
    one = Evaluation(["a"], [None], np.array([0.0]), np.array([5.0]), np.zeros(1), np.ones(1), np.zeros(1, bool), 0, 0)
    assert one.smape == 200.0
    assert one.r2 is None


def test_the_interval_contains_the_mean_and_agrees_with_the_normal_one(evaluation):
    low, high = evaluation.mae_ci95
    half = 1.96 * evaluation.errors.std() / np.sqrt(300)
    assert low < evaluation.mae < high
    assert (high - low) / 2 == pytest.approx(half, rel=0.15)
    assert bootstrap_ci95(evaluation.errors) == (low, high)


def test_colours_follow_the_courses_rule():
    actual = np.array([100.0, 1000.0, 100.0, 1000.0, 100.0, 1.0])
    predicted = np.array([139.0, 1190.0, 179.0, 1390.0, 181.0, 41.5])
    found = Evaluation(["t"] * 6, [None] * 6, actual, predicted, actual, actual, np.zeros(6, bool), 0, 0)
    assert found.colours == ["green", "green", "orange", "orange", "red", "orange"]


def test_bands_cover_all_items_once(evaluation):
    bands = evaluation.by_price_band()
    assert sum(band["n"] for band in bands) == evaluation.n
    assert sum(band["n"] * band["mae"] for band in bands) / evaluation.n == pytest.approx(evaluation.mae)


def test_small_categories_are_left_out_and_large_ones_come_first(evaluation):
    assert [group["category"] for group in evaluation.by_category()] == ["Tools", "Toys"]


def test_the_running_mean_ends_at_the_mean_with_its_normal_band(evaluation):
    mean, half = evaluation.running_mean()
    assert mean[-1] == pytest.approx(evaluation.mae)
    assert half[-1] == pytest.approx(1.96 * evaluation.errors.std(ddof=1) / np.sqrt(300), rel=1e-4)


def test_every_group_has_the_interval_of_its_mean(evaluation):
    for group in (*evaluation.by_price_band(), *evaluation.by_category()):
        low, high = group["mae_ci95"]
        assert low <= group["mae"] <= high
    tools = evaluation.by_category()[0]
    assert tools["mae_ci95"] == bootstrap_ci95(evaluation.errors[:200])


def test_the_worst_are_furthest_off_in_dollars_and_the_best_closest_in_proportion():
    actual, predicted = np.array([1.0, 100.0, 1000.0, 0.0]), np.array([2.0, 101.0, 900.0, 1.0])
    found = Evaluation(["t"] * 4, [None] * 4, actual, predicted, actual, actual, np.zeros(4, bool), 0, 0)
    assert list(found.worst(2)) == [2, 0]
    assert list(found.best(9)) == [1, 2, 0, 3]


def test_items_are_grouped_by_familiarity_and_all_are_in_a_group():
    usd = np.array([10.0, 20.0, 30.0, 40.0])
    familiarity = np.array([0.0, 0.5, 0.99, 1.0])
    found = Evaluation(["t"] * 4, [None] * 4, usd, usd, usd, usd, np.zeros(4, bool), 0, 0, 0.8, familiarity)
    groups = found.by_familiarity()
    assert [(group["familiarity"], group["n"], group["at"]) for group in groups] == [
        ("less than 50%", 1, 0.0), ("50% to 75%", 1, 0.5), ("90% to 100%", 1, 0.99), ("every word", 1, 1.0),
    ]  # fmt: skip


def test_shares_held_are_told_with_wilsons_interval(evaluation):
    found = replace(evaluation, held={0.9: 270, 0.5: 150})
    half, most = found.held_shares()
    assert (half.nominal, half.observed, most.nominal, most.observed) == (0.5, 0.5, 0.9, 0.9)
    assert most.ci95 == wilson_ci95(0.9, 300)
    assert evaluation.held_shares() == []


def test_wilsons_interval_agrees_with_published_values():
    """Newcombe (1998), table I, method 3."""
    assert wilson_ci95(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_ci95(0 / 20, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_ci95(1 / 29, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_the_interval_of_very_many_values_is_the_normal_one():
    values = np.random.default_rng(1).exponential(50, MOST_DRAWN + 1)
    low, high = bootstrap_ci95(values)
    drawn_low, drawn_high = bootstrap_ci95(values[:-1])
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((drawn_low, drawn_high), abs=0.1)


def test_each_item_is_priced_once_and_its_ranges_are_counted_at_every_coverage(tiny_runner, items, monkeypatch):
    asked, predictions = [], tiny_runner.checkpoint.predictions
    monkeypatch.setattr(tiny_runner.checkpoint, "predictions", lambda texts: asked.extend(texts) or predictions(texts))
    *_, (_, found) = evaluate_runner(tiny_runner, items[100:140])
    assert asked == [item.summary for item in items[100:140]]
    for coverage in (0.5, 0.8, 0.95):
        prices = tiny_runner.price(found.texts, coverage)
        assert found.held[coverage] == int(((prices.low <= found.actual) & (found.actual <= prices.high)).sum())
    assert list(found.familiarity) == list(tiny_runner.quote(found.texts).familiarity)
    assert list(found.predicted) == list(tiny_runner.price(found.texts).price)


def test_an_evaluation_comes_out_the_same_again(tiny_runner, items):
    *_, (_, first) = evaluate_runner(tiny_runner, items[100:140])
    *_, (_, second) = evaluate_runner(tiny_runner, items[100:140])
    assert {**first.to_dict(), "seconds": 0} == {**second.to_dict(), "seconds": 0}


def test_json_has_the_promised_members(evaluation):
    members = json.loads(json.dumps(evaluation.to_dict()))
    assert list(members) == [
        "n", "unpriced", "seen_in_training", "mae", "mae_ci95", "median_ae", "rmsle", "smape", "r2", "coverage",
        "mean_interval_width", "within_20_percent", "by_price_band", "by_category", "seconds",
    ]  # fmt: skip
    assert set(members["by_price_band"][0]) == {"band", "n", "mae", "coverage"}


def test_evaluate_prints_and_returns_the_mean_absolute_error(capsys):
    items = [Item(summary="a", price=100), Item(summary="b", price=50)]
    assert evaluate(lambda item: 90, items) == 25.0
    assert capsys.readouterr().out == "Mean Absolute Error: $25.00\n"


@pytest.mark.parametrize(
    ("answer", "number"),
    [("$1,234.50", 1234.5), ("The price is $12", 12), ("about 99.99 dollars", 99.99), (7, 7), ("none", 0), (".5", 0.5)],
)
def test_answers_in_words_are_understood(answer, number):
    assert read_number(answer) == number


def test_evaluate_refuses_no_items():
    with pytest.raises(ItemError, match="at least one"):
        evaluate(lambda item: 1, [])


def test_items_of_the_training_are_counted_and_can_be_left_out(tiny_runner, items):
    *_, (_, both) = evaluate_runner(tiny_runner, items[100:140])
    *_, (done, unseen) = evaluate_runner(tiny_runner, items[100:140], exclude_seen=True)
    trained_on = {item.summary for item in items[:120]}
    assert int(both.seen.sum()) == sum(item.summary in trained_on for item in items[100:140]) > 0
    assert unseen.n == done == 40 - int(both.seen.sum())


def test_leaving_out_everything_is_an_error(tiny_runner, items):
    with pytest.raises(ItemError, match="all 5 were trained on"):
        list(evaluate_runner(tiny_runner, items[:5], exclude_seen=True))

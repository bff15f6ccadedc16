"""Metrics against scikit-learn and by hand."""

import json

import numpy as np
import pytest
from sklearn import metrics

from pricer.errors import ItemError
from pricer.evaluator import Evaluation, bootstrap_ci95, evaluate, evaluate_runner, read_number
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
    assert half[-1] == pytest.approx(1.96 * evaluation.errors.std(ddof=1) / np.sqrt(300))


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

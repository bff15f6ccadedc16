"""The built-in checkpoint: what it weighs, says and predicts.

Run this file as a script to write the golden predictions anew after `make weights`.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from pricer.card import model_card
from pricer.checkpoint_config import CARD, calibrated_on, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluator import evaluate_runner
from pricer.hub import BUILT_IN, FALLBACK
from pricer.items import Item

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden_predictions.json")
REAL = ROOT.parent / "shared" / "data" / "items.parquet"

TEXTS = (
    "Pack of 24 AA alkaline batteries",
    "Apple iPhone 15 Pro 256GB",
    "Stainless steel electric kettle, 1.7 liters",
    "55 inch 4K smart TV",
    "Title: Acoustic Guitar with Case\nCategory: Musical Instruments\nBrand: Northwind\n"
    "Description: Full-size dreadnought with spruce top.\nDetails: 41 inch, mahogany back and sides.",
    "asdf qwer zxcv",
)

needs_real_rows = pytest.mark.skipif(not REAL.is_file(), reason="real items are not part of a clone")


@pytest.fixture(scope="module")
def builtin():
    return DeepNeuralNetworkRunner.from_pretrained(device="cpu")


def _evaluation(runner, items):
    *_, (_, evaluation) = evaluate_runner(runner, items)
    return evaluation


def _predictions(runner):
    prices = runner.price(TEXTS)
    return [[round(float(each), 2) for each in row] for row in zip(*prices, strict=True)]


def test_the_golden_predictions_come_out_again(builtin):
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert [text for text, _ in expected] == list(TEXTS)
    for found, (_, wanted) in zip(_predictions(builtin), expected, strict=True):
        assert found == pytest.approx(wanted, rel=1e-3, abs=0.01)


def test_it_weighs_at_most_40_megabytes():
    assert sum(each.stat().st_size for each in (ROOT / "weights").rglob("*")) <= 40e6


def test_it_says_what_it_was_trained_on_and_how_wrong_it_is(builtin):
    config = builtin.checkpoint.config
    assert config.training.items == sum(config.training.sources.values()) == 69_906
    assert config.training.terms
    assert config.accuracy["n"] == 450
    assert config.accuracy["mae_ci95"][0] < config.accuracy["mae"] < config.accuracy["mae_ci95"][1]
    assert "real listings" in config.accuracy["data"]
    assert "n = 450" in builtin.checkpoint.card


@pytest.mark.parametrize("folder", [BUILT_IN, FALLBACK], ids=["built-in", "fallback"])
def test_its_card_is_the_one_that_its_config_makes(folder):
    made = model_card(verify(folder), "", calibrated_on(folder))
    assert (folder / CARD).read_text(encoding="utf-8") == made, "write it anew by pricer.builtin.note_peers"


@pytest.mark.parametrize("folder", [BUILT_IN, FALLBACK], ids=["built-in", "fallback"])
def test_its_card_says_how_long_the_training_took_and_on_what(folder):
    training = verify(folder).training
    assert 1 < training.seconds < 3600
    said = re.search(r"It took [\d,]+ (?:seconds|minutes) on \d+ cores of .+\. ", (folder / CARD).read_text("utf-8"))
    assert said, "measure it by pricer.builtin.note_effort"
    assert training.hardware in said[0]


def test_it_knows_the_market_of_its_training_prices(builtin):
    market = builtin.checkpoint.config.training.market
    sources = builtin.checkpoint.config.training.sources
    estimated = sum(items for name, items in sources.items() if "estimated" in name)
    assert market.n_items == sum(sources.values()) - estimated
    assert (market.lowest, market.highest) == (0.5, 999)
    assert 20 < market.edges[np.searchsorted(np.cumsum(market.counts), market.n_items / 2)] < 80  # its median


def test_its_test_split_is_the_catalogues_and_was_not_trained_on(builtin):
    items = Item.from_file(builtin.checkpoint.test_split)
    evaluation = _evaluation(builtin, items)
    assert evaluation.n == 1058
    assert evaluation.seen.sum() == 0
    ratio = evaluation.predicted / evaluation.actual
    assert np.mean((ratio > 0.5) & (ratio < 2)) > 0.72


def test_a_text_costs_the_same_alone_and_among_any_others(builtin):
    items = Item.from_file(builtin.checkpoint.test_split)
    texts = [item.summary for item in items[:300]]
    together = builtin.price(texts)
    for index in (0, 1, 63, 64, 255, 256, 299):
        alone = builtin.price([texts[index]])
        assert [each[0] for each in alone] == [each[index] for each in together]


@pytest.mark.parametrize(
    "strange",
    [
        "xkqzv wplmr ghtyq bvnzx",
        "Zapatillas deportivas para hombre, cómodas y ligeras",
        "Machine à café avec broyeur intégré pour la maison",
        "Herren Winterjacke wasserdicht mit Kapuze",
        "不锈钢电热水壶 1.7升",
    ],
)
def test_letters_and_languages_that_it_does_not_know_get_a_warning_and_a_wide_range(builtin, strange):
    quotes = builtin.quote([strange, "stainless steel electric kettle"])
    assert quotes.familiarity[0] < 0.6 < 0.9 < quotes.familiarity[1]
    assert "guess" in quotes.warnings[0][0]
    assert not quotes.warnings[1]
    unknown, known = quotes.high / quotes.low
    assert unknown > 20 > known


def test_a_damaged_built_in_model_gives_way_to_the_fallback_with_a_notice(monkeypatch, tmp_path):
    monkeypatch.setattr("pricer.hub.checkpoints.BUILT_IN", tmp_path)
    runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    assert runner.source == "fallback"
    assert "simpler model" in runner.notice
    assert 15 < runner.price(["stainless steel electric kettle"]).price[0] < 120


def test_the_fallback_is_small_and_errs_more(builtin):
    fallback = DeepNeuralNetworkRunner.from_pretrained(ROOT / "weights" / "fallback", device="cpu")
    assert sum(each.stat().st_size for each in (ROOT / "weights" / "fallback").iterdir()) < 3e6
    assert fallback.checkpoint.config.accuracy["mae"] > builtin.checkpoint.config.accuracy["mae"]


@pytest.mark.parametrize(
    ("dearer", "cheaper"),
    [
        ("Apple MacBook Pro 16 inch laptop", "USB-C charging cable"),
        ("Gaming laptop with RTX graphics", "Laptop sleeve"),
        ("Electric guitar with amplifier", "Guitar picks"),
        ("King size memory foam mattress", "Pillowcase"),
    ],
)
def test_dearer_things_cost_more(builtin, dearer, cheaper):
    price = builtin.price([dearer, cheaper]).price
    assert price[0] > price[1]


@pytest.fixture(scope="module")
def on_real_rows(builtin):
    """The evaluation on the open test split of real listings."""
    import pandas as pd

    rows = pd.read_parquet(REAL)
    rows = rows[(rows["source"] == "amazon2023") & (rows["split"] == "test")]
    return _evaluation(builtin, [Item(summary=row.summary, price=row.price) for row in rows.itertuples()])


@needs_real_rows
def test_the_stored_accuracy_is_measured_again(builtin, on_real_rows):
    stored = builtin.checkpoint.config.accuracy
    for name in ("n", "mae", "median_ae", "rmsle", "smape", "r2", "coverage"):
        assert on_real_rows.to_dict()[name] == pytest.approx(stored[name], rel=1e-3)


@needs_real_rows
def test_no_real_test_row_was_trained_on(on_real_rows):
    assert on_real_rows.seen.sum() == 0


@needs_real_rows
def test_it_beats_the_ridge_that_was_trained_on_the_same_rows_and_estimates(on_real_rows):
    assert on_real_rows.mae < 0.94 * 97.4
    assert on_real_rows.rmsle < 0.823
    assert on_real_rows.smape < 58.7
    assert on_real_rows.r2 > 0.34


@needs_real_rows
def test_it_beats_the_best_simple_peer_of_the_real_rows_by_an_eighth(on_real_rows):
    assert on_real_rows.mae < 0.88 * 105.0  # LightGBM's


@needs_real_rows
def test_summaries_are_not_read_as_dear(builtin):
    import pandas as pd

    rows = pd.read_parquet(REAL)
    rows = rows[(rows["source"] == "amazon2023") & (rows["split"] == "test") & (rows["text_form"] == "summary")]
    ratio = builtin.price(list(rows["summary"])).price / rows["price"]
    assert 0.85 <= np.median(ratio) <= 1.15


@needs_real_rows
def test_ranges_hold_in_every_band_of_predicted_price(on_real_rows):
    band = np.digitize(on_real_rows.predicted, [25, 75, 200])
    for number in range(4):
        assert abs(on_real_rows.inside[band == number].mean() - 0.8) <= 0.08


@needs_real_rows
def test_four_of_five_true_prices_lie_in_their_range(on_real_rows):
    assert abs(on_real_rows.inside.mean() - 0.8) <= 0.06


@needs_real_rows
def test_half_of_the_prices_are_off_by_at_most_their_typical_error(builtin, on_real_rows):
    typical = builtin.quote(on_real_rows.texts).typical_error
    within = np.abs(on_real_rows.predicted - on_real_rows.actual) <= typical
    assert abs(within.mean() - 0.5) <= 0.06


if __name__ == "__main__":
    pairs = zip(TEXTS, _predictions(DeepNeuralNetworkRunner.from_pretrained(device="cpu")), strict=True)
    GOLDEN.write_text(json.dumps(list(pairs), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

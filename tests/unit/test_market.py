"""How training prices are spread, and that a checkpoint keeps it."""

import json

import numpy as np
import pytest

from pricer.checkpoint_config import CONFIG, TrainingData, verify
from pricer.errors import CheckpointError
from pricer.market import N_BINS, Market, price_counts


def test_every_price_is_counted_in_a_bin_of_equal_width_in_log_dollars():
    market = Market.of(np.array([1.0, 10.0, 10.5, 1000.0]), 1.0, 1000.0)
    assert len(market.counts) == N_BINS
    assert market.n_items == 4
    ratios = market.edges[1:] / market.edges[:-1]
    assert ratios == pytest.approx(np.full(N_BINS, 1000 ** (1 / N_BINS)))
    assert [at for at, count in enumerate(market.counts) if count] == [0, 16, N_BINS - 1]


def test_the_share_below_a_price_runs_from_none_to_all():
    prices = np.geomspace(1, 100, 10_001)
    market = Market.of(prices, 1.0, 100.0)
    assert market.share_below(0) == 0
    assert market.share_below(10) == pytest.approx(0.5, abs=0.01)
    assert market.share_below(1e9) == 1


def test_prices_of_nothing_count_as_a_cent():
    assert Market.of(np.array([0.0, 5.0]), 0.0, 5.0).lowest == 0.01


@pytest.mark.parametrize(("prices", "lowest", "highest"), [([], 1, 9), ([5, 5], 5, 5), ([0, 0], 0, 0)])
def test_without_different_prices_there_is_no_market(prices, lowest, highest):
    assert Market.of(np.array(prices), lowest, highest) is None
    assert price_counts(prices, lowest, highest) == []


def test_a_trained_checkpoint_keeps_the_market_of_its_training_prices(tiny_checkpoint, items):
    market = verify(tiny_checkpoint).training.market
    prices = np.array([item.price for item in items[:120]])
    assert market == Market.of(prices, prices.min(), prices.max())


def test_an_older_checkpoint_has_none():
    assert TrainingData(3, {}, "", 1.0, 9.0).market is None


@pytest.mark.parametrize("counts", [[-1, 5], [1.5, 2], ["3"], [True, 2], [0, 0], "many", None])
def test_counts_that_cannot_be_meant_are_refused(tiny_checkpoint, tmp_path, counts):
    config = json.loads((tiny_checkpoint / CONFIG).read_text())
    config["training"]["price_counts"] = counts
    (tmp_path / CONFIG).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="other members than expected"):
        verify(tmp_path)


def test_counts_without_a_span_of_prices_are_refused():
    with pytest.raises(ValueError, match="span of prices"):
        TrainingData(3, {}, "", 5.0, 5.0, [3])

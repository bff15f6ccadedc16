"""What the peers are trained on and tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import gaussian_kde

from pricer.builtin import REAL_SOURCE, sources
from pricer.compact.pool import PoolConfig, without_neighbours
from pricer.compact.training_texts import read_training_data

RATIO_CAP = 20.0
FORMS = ("full", "summary")  # of an estimated item


@dataclass(frozen=True)
class Rows:
    """Priced texts, with how much each counts in training."""

    texts: list[str]
    prices: np.ndarray  # (n_texts,), dollars
    weights: np.ndarray  # (n_texts,)

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            self.texts + other.texts,
            np.concatenate([self.prices, other.prices]),
            np.concatenate([self.weights, other.weights]),
        )

    def take(self, chosen: np.ndarray) -> Rows:
        """The rows with these numbers."""
        return Rows([self.texts[row] for row in chosen], self.prices[chosen], self.weights[chosen])


@dataclass(frozen=True)
class Bench:
    """All rows of the comparison."""

    real: Rows  # training rows with real prices
    estimates: Rows  # the same kind of text with estimated prices, one row for each form of an item
    test: pd.DataFrame  # held-out rows: summary, price, category, text_form
    trained_on: list[str]  # the texts that the built-in model is trained on

    @property
    def test_texts(self) -> list[str]:
        return list(self.test["summary"])

    @property
    def test_prices(self) -> np.ndarray:
        """Dollars, shape (n_test,)."""
        return self.test["price"].to_numpy(dtype=np.float64)


def read_bench(folder: Path) -> Bench:
    """The rows in a folder with items.parquet, estimates.parquet and catalogue.parquet."""
    items = pd.read_parquet(folder / "items.parquet")
    own = items[items["source"] == REAL_SOURCE]
    train, test = own[own["split"] == "train"], own[own["split"] == "test"]
    real = Rows(list(train["summary"]), train["price"].to_numpy(dtype=np.float64), np.ones(len(train)))
    estimates = _estimates(pd.read_parquet(folder / "estimates.parquet"), real.prices)
    texts = without_neighbours(read_training_data(*sources(folder)), list(test["summary"]), PoolConfig())
    trained_on = [text.text for text in (*texts.real, *texts.validation, *texts.teacher, *texts.extra)]
    return Bench(real, estimates, test.reset_index(drop=True), trained_on)


def _estimates(table: pd.DataFrame, real_prices: np.ndarray) -> Rows:
    """Both forms of the estimated items, each form weighted to the real rows' prices by itself."""
    found = Rows([], np.zeros(0), np.zeros(0))
    for form in FORMS:
        there = table[table[form].fillna("").str.strip() != ""]
        prices = there["price_estimate"].to_numpy(dtype=np.float64)
        found += Rows(list(there[form]), prices, density_ratio(prices, real_prices))
    return found


def density_ratio(prices: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How much likelier each log price is among the wanted ones, capped, with a mean of 1; shape of ``prices``."""
    at = np.log1p(prices)
    ratio = np.minimum(gaussian_kde(np.log1p(wanted))(at) / gaussian_kde(at)(at), RATIO_CAP)
    return ratio / ratio.mean()


def effective_size(weights: Sequence[float] | np.ndarray) -> float:
    """How many equally weighted rows these weights are worth (Kish, 1965)."""
    values = np.asarray(weights)
    return float(values.sum() ** 2 / (values**2).sum())

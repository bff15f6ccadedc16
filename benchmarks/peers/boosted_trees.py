"""Boosted trees on words: LightGBM and XGBoost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from benchmarks.peers.peer import SEED, dollars, pickled_mb
from benchmarks.peers.words import tfidf

LIGHTGBM_SETTINGS: dict[str, Any] = {
    "n_estimators": 600,
    "num_leaves": 31,
    "learning_rate": 0.05,
    "random_state": SEED,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}


class LightgbmTfidf:
    """A fixed peer: LightGBM on TF-IDF."""

    name = "LightGBM, TF-IDF"
    source = "fixed peer: 600 trees, 31 leaves, rate 0.05, on log1p price; TF-IDF as the ridge's (Ke et al., 2017)"

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        from lightgbm import LGBMRegressor

        self._words = tfidf(dtype=np.float32)
        self._trees = LGBMRegressor(**LIGHTGBM_SETTINGS)
        self._trees.fit(self._words.fit_transform(texts), np.log1p(prices), sample_weight=weights)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return dollars(self._trees.booster_.predict(self._words.transform(texts)))

    def size_mb(self) -> float:
        return pickled_mb(self._words, self._trees)


class XgboostHashed:
    """A fixed peer: XGBoost on hashed words."""

    name = "XGBoost, 5,000 hashed words"
    source = "fixed peer: 800 trees, depth 6, rate 0.05, on log1p price (Chen & Guestrin, 2016)"

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        from xgboost import XGBRegressor

        self._words = HashingVectorizer(n_features=5000, alternate_sign=False, dtype=np.float32)
        self._trees = XGBRegressor(
            n_estimators=800, max_depth=6, learning_rate=0.05, tree_method="hist", random_state=SEED
        )
        self._trees.fit(self._words.transform(texts), np.log1p(prices), sample_weight=weights)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return dollars(self._trees.predict(self._words.transform(texts)))

    def size_mb(self) -> float:
        return pickled_mb(self._trees)

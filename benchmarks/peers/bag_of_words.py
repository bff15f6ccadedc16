"""Linear regression on counts of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression

from benchmarks.peers.peer import pickled_mb


class BagOfWords:
    """The course's baseline: dollars as a linear function of word counts, least squares without a penalty."""

    name = "bag of words, linear regression"
    source = "the course's baseline: counts of the 2,000 commonest words without stop words, least squares on dollars"

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        self._words = CountVectorizer(max_features=2000, stop_words="english", dtype=np.float64)
        self._linear = LinearRegression().fit(self._words.fit_transform(texts), prices, sample_weight=weights)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return np.maximum(self._linear.predict(self._words.transform(texts)), 0.0)

    def size_mb(self) -> float:
        return pickled_mb(self._words, self._linear)

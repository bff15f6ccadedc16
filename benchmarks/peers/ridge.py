"""Ridge regression on TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.peers.peer import dollars, pickled_mb
from benchmarks.peers.words import tfidf


class TfidfRidge:
    """A fixed peer: log price as a penalised linear function of TF-IDF.

    Parameters
    ----------
    alpha
        Strength of the penalty: 2 on the real rows alone, 0.5 with the estimates.
    """

    source = "fixed peer: TF-IDF of word 1–2-grams, min_df 2, sublinear; scikit-learn's Ridge on log1p price"

    def __init__(self, alpha: float) -> None:
        self.name = f"ridge, α {alpha:g}"
        self._alpha = alpha

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        self._words = tfidf()
        self._linear = Ridge(self._alpha)
        self._linear.fit(self._words.fit_transform(texts), np.log1p(prices), sample_weight=weights)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return dollars(self._linear.predict(self._words.transform(texts)))

    def size_mb(self) -> float:
        return pickled_mb(self._words, self._linear)

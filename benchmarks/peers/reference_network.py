"""The course's deep residual network, trained by Pricer's own runner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peers.peer import SEED
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.items import Item


class ReferenceNetwork:
    """`DeepNeuralNetworkRunner` as the notebooks use it, at any width.

    Its loop knows no weights: rows are repeated or left out in proportion to their weights instead.

    Parameters
    ----------
    hidden_size
        Width of every layer; 4,096 is the course's (289,128,449 parameters).
    epochs
        Passes over the training rows.
    """

    source = (
        "the course's network of 10 layers on 5,000 hashed words, setup() and train() of this project's runner; "
        "weights by repeating rows (systematic resampling)"
    )

    def __init__(self, hidden_size: int, epochs: int) -> None:
        size = "289 M parameters" if hidden_size == 4096 else f"{hidden_size} wide"
        self.name = f"reference network, {size}, {epochs} epoch{'s' if epochs > 1 else ''}"
        self._hidden_size, self._epochs = hidden_size, epochs

    def fit(self, texts: Sequence[str], prices: np.ndarray, weights: np.ndarray) -> None:
        rows = resampled(weights)
        items = [Item(summary=texts[row], price=float(prices[row])) for row in rows]
        self._runner = DeepNeuralNetworkRunner(items, hidden_size=self._hidden_size)
        self._runner.setup()
        self._runner.train(self._epochs)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        return self._runner.price(texts).price

    def size_mb(self) -> float:
        parameters = self._runner.checkpoint.network.parameters()
        return sum(each.numel() * each.element_size() for each in parameters) / 1e6


def resampled(weights: np.ndarray) -> np.ndarray:
    """Numbers of rows, each as often as its weight says, up to rounding: systematic resampling, a total kept."""
    edges = np.cumsum(weights) / weights.sum() * len(weights)
    start = np.random.default_rng(SEED).random()
    points = np.minimum(start + np.arange(len(weights)), np.nextafter(edges[-1], 0))
    return np.searchsorted(edges, points, side="right")

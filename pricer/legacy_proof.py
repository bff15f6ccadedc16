"""The course's code for pricing, as it was, and whether a checkpoint's prices are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from pricer.checkpoint import GOLDEN_TEXT
from pricer.target import Target

State = Mapping[str, torch.Tensor]

TOLERANCE = 1e-4  # relative, between the original's price and ours
SAMPLE_TEXTS = (  # where no data are given
    GOLDEN_TEXT,
    "Cordless drill, 20 V, two batteries, carrying case",
    "Wireless over-ear headphones with active noise cancelling, 30 hours of battery",
    "Set of four ceramic mugs, dishwasher safe",
    "27 inch monitor, 4K, with a height-adjustable stand",
)


@dataclass(frozen=True)
class Proof:
    """Prices of the same texts by the original code and by the checkpoint, each (n_texts,), dollars."""

    original: np.ndarray
    ours: np.ndarray

    @property
    def differences(self) -> np.ndarray:
        """Relative differences, (n_texts,); a thousandth of a cent counts as none."""
        apart = np.abs(self.original - self.ours)
        return np.where(apart < 1e-5, 0.0, apart / np.maximum(np.abs(self.original), 1e-9))

    @property
    def holds(self) -> bool:
        return bool((self.differences <= TOLERANCE).all())  # NaN fails

    def lines(self) -> list[str]:
        """The comparison as a table."""
        rows = zip(self.original, self.ours, self.differences, strict=True)
        head = f"{'text':>4}  {'original':>12}  {'checkpoint':>12}  difference"
        return [head, *(f"{n:>4}  {a:>12,.4f}  {b:>12,.4f}  {d:.1e}" for n, (a, b, d) in enumerate(rows, start=1))]


def original_prices(state: State, target: Target, texts: Sequence[str]) -> np.ndarray:
    """Prices (n_texts,) in dollars as the course's code computes them: text by text, densely, in fp32."""
    from sklearn.feature_extraction.text import HashingVectorizer

    n_words = state["input_layer.0.weight"].shape[1]
    vectorizer = HashingVectorizer(n_features=n_words, stop_words="english", binary=True)
    found = []
    for text in texts:
        words = torch.FloatTensor(vectorizer.transform([text]).toarray())
        standardised = float(_original_forward(state, words)[0, 0])
        found.append(max(0.0, float(np.exp(standardised * target.std + target.mean) - 1)))
    return np.array(found)


@torch.inference_mode()
def _original_forward(state: State, x: torch.Tensor) -> torch.Tensor:
    """The course's network, layer by layer; dropout does nothing when pricing."""

    def linear(name: str, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(name: str, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])

    x = F.relu(norm("input_layer.1", linear("input_layer.0", x)))
    n_blocks = len({name.split(".")[1] for name in state if name.startswith("residual_blocks.")})
    for block in (f"residual_blocks.{number}.block" for number in range(n_blocks)):
        inner = F.relu(norm(f"{block}.1", linear(f"{block}.0", x)))
        x = F.relu(norm(f"{block}.5", linear(f"{block}.4", inner)) + x)
    return linear("output_layer", x)

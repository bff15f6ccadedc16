"""Generated product texts: as long and as varied as real ones, with prices that depend on their words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pricer.items import Item

SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vo", "pel", "dur", "shi", "gan", "ble", "nor", "quin", "fex", "ta", "zu"]
VOCABULARY = 30_000
WORDS_PER_TEXT = 50  # about 350 characters


def words(generator: np.random.Generator) -> np.ndarray:
    """A vocabulary of pronounceable words."""
    return np.array(["".join(generator.choice(SYLLABLES, size=generator.integers(2, 5))) for _ in range(VOCABULARY)])


def items(n_items: int, seed: int = 42) -> Iterator[Item]:
    """Items whose words follow Zipf's law (exponent 1.1) and whose prices come from their words' worth."""
    generator = np.random.default_rng(seed)
    vocabulary = words(generator)
    worth = generator.normal(0, 0.5, VOCABULARY)
    for _ in range(n_items):
        chosen = np.minimum(generator.zipf(1.1, WORDS_PER_TEXT) - 1, VOCABULARY - 1)
        price = float(np.exp(3.5 + worth[chosen].mean() * 4 + generator.normal(0, 0.3)))
        yield Item(summary=" ".join(vocabulary[chosen]), price=min(price, 999.0))

"""Generated product texts: as long and as varied as real ones, with prices that depend on their words."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from pricer.items import Item

CATALOGUE = Path(__file__).parents[1] / "catalogue" / "everyday.csv"
SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vo", "pel", "dur", "shi", "gan", "ble", "nor", "quin", "fex", "ta", "zu"]
VOCABULARY = 30_000
WORDS_PER_TEXT = 50
TEXT_CHARS = 350  # of texts from the catalogue's names, about
CHARS_PER_NAME = 41  # of a name, with its share of invented words
INVENTED = 0.2  # share of their words that are invented: brands and models
BEYOND_ASCII = 0.3  # share of them that have a sign beyond ASCII, as listings do
SIGNS = ("™", "®", "–", "é", "“", "°")


def words(generator: np.random.Generator, size: int = VOCABULARY) -> np.ndarray:
    """A vocabulary of pronounceable words."""
    return np.array(["".join(generator.choice(SYLLABLES, size=generator.integers(2, 5))) for _ in range(size)])


def items(n_items: int, seed: int = 42) -> Iterator[Item]:
    """Items of invented words by Zipf's law (exponent 1.1), whose prices come from their words' worth."""
    generator = np.random.default_rng(seed)
    vocabulary = words(generator)
    worth = generator.normal(0, 0.5, VOCABULARY)
    for _ in range(n_items):
        chosen = np.minimum(generator.zipf(1.1, WORDS_PER_TEXT) - 1, VOCABULARY - 1)
        price = float(np.exp(3.5 + worth[chosen].mean() * 4 + generator.normal(0, 0.3)))
        yield Item(summary=" ".join(vocabulary[chosen]), price=min(price, 999.0))


def catalogue_items(n_items: int, seed: int = 42, chars: int = TEXT_CHARS) -> Iterator[Item]:
    """Items of names from our everyday catalogue and invented words, about so many characters each.

    The built-in model knows most of their words, as it does of real listings; the price is the first name's.
    """
    draw = random.Random(seed)
    names, invented = _catalogue(), words(np.random.default_rng(seed), 5000).tolist()
    coined = INVENTED / (1 - INVENTED)  # for each word of a name
    for _ in range(n_items):
        chosen = draw.choices(names, k=max(1, round(chars / CHARS_PER_NAME)))
        parts = [
            " ".join([*draw.choices(invented, k=int(coined * (name.count(" ") + 1) + draw.random())), name])
            for name, _ in chosen
        ]
        sign = draw.choice(SIGNS) if draw.random() < BEYOND_ASCII else ""
        yield Item(summary=", ".join(parts) + sign, price=chosen[0][1])


@cache
def _catalogue() -> list[tuple[str, float]]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return [(row["summary"], float(row["price"])) for row in csv.DictReader(file)]

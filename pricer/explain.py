"""What each word adds to a price: by leaving it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MAX_WORDS = 300  # later words are not explained; models read fewer
SCALES = (0.5, 2.0)  # effects are shrunk and stretched by no more than this to fill the gap to the base price

_WORD = re.compile(r"\w[^\s|/()\[\]{}<>]*")
_LABEL = re.compile(r"^\s*(Title|Category|Brand|Description|Details|Summary|Weight)\s*:", re.IGNORECASE | re.MULTILINE)
_EDGES = ".,;:!?\"'”“’"


@dataclass(frozen=True)
class WordEffect:
    """What one word adds."""

    word: str  # as it stands in the text
    effect_usd: float  # dollars that it adds to the price
    effect_percent: float  # by how much it multiplies the price, percent

    def to_dict(self) -> dict[str, str | float]:
        """A member of `price --json --explain`."""
        return {"word": self.word, "effect_usd": self.effect_usd, "effect_percent": self.effect_percent}


@dataclass(frozen=True)
class Explanation:
    """Base price + effects + remainder = price; dollars."""

    price: float
    base_price: float  # of a text without any words
    words: list[WordEffect]  # in the order of the text
    remainder_usd: float  # what the words do only together


def explain(text: str, log_prices: Callable[[Sequence[str]], np.ndarray]) -> Explanation:
    """What each word or number of a text adds to its price.

    A word's effect is the difference of log price between the text and the text without it (leave one out).  All
    variants are priced at once.  The effects are scaled so that, together, they lead from the base price to the price;
    what a scale within `SCALES` cannot bring about is the remainder.  Log effects become dollars by the
    logarithmic mean of base price and price, which keeps sums (additive log-mean decomposition: Ang 2004).

    Parameters
    ----------
    text
        A text that can be priced.
    log_prices
        Gives log1p prices (n_texts,) of texts, of the empty text too.
    """
    labels = {found.start(1) for found in _LABEL.finditer(text)}
    words = [found for found in _WORD.finditer(text) if found.start() not in labels]
    places = [(found.start(), _end(found)) for found in words[:MAX_WORDS]]
    variants = [text, "", *(f"{text[:start]} {text[end:]}" for start, end in places)]
    logs = np.asarray(log_prices(variants), dtype=np.float64)
    price, base = np.maximum(np.expm1(logs[:2]), 0.0)
    effects = logs[0] - logs[2:]
    total, gap = float(effects.sum()), float(logs[0] - logs[1])
    effects *= float(np.clip(gap / total, *SCALES)) if total else 1.0
    usd = effects * _log_mean(float(price), float(base))
    effects_of_words = [
        WordEffect(text[start:end], float(dollars), float(100 * np.expm1(effect)))
        for (start, end), dollars, effect in zip(places, usd, effects, strict=True)
    ]
    return Explanation(float(price), float(base), effects_of_words, float(price - base - usd.sum()))


def _end(found: re.Match[str]) -> int:
    """Where a word ends without the punctuation behind it; an inch sign after a digit stays."""
    word = found[0]
    plain = word.rstrip(_EDGES)
    if word[len(plain) :].startswith(('"', "”")) and plain[-1:].isdigit():
        plain = word[: len(plain) + 1]
    return found.start() + len(plain)


def _log_mean(price: float, base: float) -> float:
    """Dollars per unit of log1p price between two prices: their logarithmic mean, of 1 + dollars."""
    gap = np.log1p(price) - np.log1p(base)
    return float((price - base) / gap) if abs(gap) > 1e-9 else 1 + price

"""What each word adds to a price: by leaving it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MAX_WORDS = 300  # later words are not explained; models read fewer
SCALES = (0.5, 2.0)  # effects are shrunk and stretched by no more than this to fill the gap to the base price

_WORD = re.compile(r"\w[^\s|/()\[\]{}<>]*")
_LABEL = re.compile(
    r"^[^\S\n]*(Title|Category|Brand|Description|Details|Summary|Weight)[^\S\n]*:", re.IGNORECASE | re.MULTILINE
)
_EDGES = ".,;:!?\"'”“’"


@dataclass(frozen=True)
class WordEffect:
    """What one word adds."""

    word: str  # as it stands in the text
    effect_usd: float  # dollars that it adds to the price
    effect_percent: float  # by how much it multiplies the price, percent
    start: int = 0  # where it stands in the text, characters

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

    def __repr__(self) -> str:
        from pricer.notebook import explanation_line

        return explanation_line(self)

    def _repr_html_(self) -> str:
        from pricer.notebook import explanation_html

        return explanation_html(self)


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
    places = word_places(text)
    logs = np.asarray(log_prices([text, "", *(without(text, place) for place in places)]), dtype=np.float64)
    price, base = np.maximum(np.expm1(logs[:2]), 0.0)
    usd, effects, remainder = share_out(logs[0] - logs[2:], float(logs[1]), float(logs[0]))
    effects_of_words = [
        WordEffect(text[start:end], float(dollars), float(100 * np.expm1(effect)), start)
        for (start, end), dollars, effect in zip(places, usd, effects, strict=True)
    ]
    return Explanation(float(price), float(base), effects_of_words, remainder)


def word_places(text: str) -> list[tuple[int, int]]:
    """Start and end of the words that are explained: all but the labels of lines, at most `MAX_WORDS`."""
    labels = {found.start(1) for found in _LABEL.finditer(text)}
    words = [found for found in _WORD.finditer(text) if found.start() not in labels]
    return [(found.start(), _end(found)) for found in words[:MAX_WORDS]]


def without(text: str, place: tuple[int, int]) -> str:
    """The text without what stands at a place."""
    return f"{text[: place[0]]} {text[place[1] :]}"


def share_out(effects: np.ndarray, log_from: float, log_to: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Effects on log price as shares of the way from one log1p price to another.

    Parameters
    ----------
    effects
        Effect of each word by itself, log dollars, shape (n_words,).

    Returns
    -------
    usd, effects, remainder_usd : array (n_words,), array (n_words,), float
        Dollars and scaled log dollars of each word; the dollars of the way that no scale within `SCALES` accounts for.
    """
    total, gap = float(effects.sum()), log_to - log_from
    effects = effects * (float(np.clip(gap / total, *SCALES)) if total else 1.0)
    start, end = (max(float(np.expm1(log)), 0.0) for log in (log_from, log_to))
    usd = effects * _log_mean(end, start)
    return usd, effects, end - start - float(usd.sum())


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

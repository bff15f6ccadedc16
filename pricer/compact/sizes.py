"""Sizes: how prices grow with amounts, and views of items in other sizes, so that more is known to cost more."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pricer.compact.training_texts import CATALOGUE, PLAIN, TITLE, TrainingText
from pricer.tokens import Amount, amounts, plain

_FACTORS = (0.25, 0.5, 2.0, 4.0)  # by which amounts are changed
_LEAST_STEP = 1.15  # ratio of amounts from which two sizes of a product tell an elasticity


@dataclass(frozen=True)
class SizesConfig:
    """How views in other sizes are made."""

    weight: float = 0.25  # what an item's weight is multiplied by for a view in another size
    prior_pairs: float = 10.0  # pairs of evidence that a unit's elasticity is that of all units


def elasticities(texts: Sequence[TrainingText], config: SizesConfig) -> dict[str, float]:
    """How log1p price grows with the logarithm of an amount, by the unit that amounts are compared in.

    Taken from texts that differ in nothing but one amount: the median over neighbouring sizes, shrunk towards that of
    all units.  Empty where there are no such texts.
    """
    ladders: dict[tuple[str, str], dict[float, float]] = defaultdict(dict)
    for text in texts:
        found = _only_amount(text)
        if found:
            words, amount = found
            ladders[words[: amount.start] + "#" + words[amount.end :], amount.base][amount.size] = text.price
    slopes: dict[str, list[float]] = defaultdict(list)
    for (_, base), prices in ladders.items():
        for (size, price), (larger, dearer) in pairwise(sorted(prices.items())):
            if larger >= _LEAST_STEP * size:
                slopes[base].append(float(np.log((1 + dearer) / (1 + price)) / np.log(larger / size)))
    if not slopes:
        return {}
    usual = float(np.median(np.concatenate(list(slopes.values()))))
    return {
        base: (len(own) * float(np.median(own)) + config.prior_pairs * usual) / (len(own) + config.prior_pairs)
        for base, own in slopes.items()
    }


def resized(texts: Sequence[TrainingText], slopes: dict[str, float]) -> tuple[list[TrainingText], list[int]]:
    """Views of short texts in another size, at the price that their unit's elasticity tells, and their numbers.

    A view is left out where its price is beyond those of the texts.
    """
    lowest, highest = (end((text.price for text in texts), default=0.0) for end in (min, max))
    views, numbers = [], []
    for number, text in enumerate(texts):
        found = _only_amount(text)
        view = found and found[1].base in slopes and _view(text, *found, slopes[found[1].base])
        if view and lowest <= view.price <= highest:
            views.append(view)
            numbers.append(number)
    return views, numbers


def _only_amount(text: TrainingText) -> tuple[str, Amount] | None:
    """The plain words of a short text and the one amount in them; None where there is not exactly one."""
    if text.form != TITLE and (text.kind != CATALOGUE or text.form != PLAIN):
        return None
    words = plain(text.text)
    found = amounts(words)
    return (words, found[0]) if len(found) == 1 else None


def _view(text: TrainingText, words: str, amount: Amount, slope: float) -> TrainingText | None:
    """The text with its amount changed by a factor that depends on the words alone."""
    draw = hashlib.sha256(words.encode()).digest()[0] % len(_FACTORS)
    before = float(words[amount.start : amount.end].replace(",", ""))
    after = float(f"{before * _FACTORS[draw]:.2g}")
    after = max(1.0, round(after)) if before == round(before) else after
    if after == before:
        return None
    price = float(np.expm1(np.log1p(text.price) + slope * np.log(after / before)))
    return replace(text, text=f"{words[: amount.start]}{_written(after)}{words[amount.end :]}", price=price)


def _written(number: float) -> str:
    """A number without an exponent or empty decimals."""
    return f"{number:.6f}".rstrip("0").rstrip(".")

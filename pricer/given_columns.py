"""Texts, prices and weights in whatever column an estimator is given them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d

from pricer.errors import TextError, TrainingError
from pricer.items import price_problem


def texts_of(given: Any) -> list[Any]:
    """The texts as a list, whatever they came in."""
    if isinstance(given, str | bytes):
        raise TextError("Expected a list of texts, found a single one: put it in brackets, [text].")
    shape = getattr(given, "shape", None)
    if shape is not None and len(shape) != 1:
        raise TextError(
            f"Expected texts in one dimension, found the shape {tuple(shape)}: give one column, "
            "such as frame['summary']."
        )
    try:
        return given.tolist() if hasattr(given, "tolist") else list(given)
    except TypeError as error:
        raise TextError(f"Expected a list of texts, found {type(given).__name__}.") from error


def prices_of(given: Any, n_texts: int) -> np.ndarray:
    """Prices as float64 of shape (n_texts,), finite and from 0 up."""
    if given is None:
        raise TrainingError("PriceRegressor requires y to be passed, but the target y is None: give the texts' prices.")
    prices = _numbers(given, "prices", n_texts)
    for at in np.flatnonzero(~(np.isfinite(prices) & (prices >= 0)))[:1]:
        raise TrainingError(f"Price {at + 1} of {n_texts} cannot be learned: {price_problem(float(prices[at]))}.")
    return prices


def weights_of(given: Any, n_texts: int) -> np.ndarray | None:
    """Weights as float64 of shape (n_texts,), finite and from 0 up; None where none are given."""
    if given is None:
        return None
    weights = _numbers(given, "weights", n_texts)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise TrainingError("A weight is negative or not finite: expected numbers from 0 up.")
    return weights


def _numbers(given: Any, name: str, n_texts: int) -> np.ndarray:
    """Numbers as float64 of shape (n_texts,)."""
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The {name} are no numbers: expected one number for each text.") from error
    if numbers.shape == (n_texts, 1):
        numbers = column_or_1d(numbers, warn=True)  # with scikit-learn's own warning
    if numbers.shape != (n_texts,):
        raise TrainingError(f"Found {n_texts} texts, and {name} of the shape {numbers.shape}: expected ({n_texts},).")
    return numbers

"""The runner's models as a scikit-learn estimator: texts in, prices in dollars out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import sklearn.exceptions
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import TrainingData
from pricer.compact.recipe import Fitted, RecipeConfig, fit_compact, fit_fallback, make_pool
from pricer.compact.training_texts import REAL, TrainingText, TrainingTexts, form_of
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.device import pick_device
from pricer.errors import NotReadyError, SettingError, TrainingError
from pricer.given_columns import prices_of, texts_of, weights_of
from pricer.items import Item, check_texts
from pricer.networks import describe_network
from pricer.presets import Description, checkpoint_of
from pricer.training import TrainingConfig
from pricer.training_splits import HELD_OUT_EVERY

PRESETS = ("compact", "ridge", "reference")
_PRESET_OF = {"compact": "compact", "ridge": "ridge", "deep": "reference"}  # by the kind of network


class NotFittedError(NotReadyError, sklearn.exceptions.NotFittedError):
    """A regressor was asked to price before it was fitted."""


class PriceRegressor(RegressorMixin, BaseEstimator):
    """Prices of texts, learned from texts with prices: any text column, dollars or another currency.

    Parameters
    ----------
    preset
        "compact": the network of the built-in model, for anything from dozens of texts up.  "ridge": the linear model
        that is its fallback, the quickest to fit.  "reference": the course's network, for hundreds of thousands of
        texts; every tenth is held out to calibrate the ranges on.
    epochs
        Passes over the texts; None: 4, or up to 12 where texts are few (compact), or 5 (reference).  The ridge takes
        none.
    hidden_size
        Width of the hidden layers; None: 64 (compact) or 4,096 (reference).  The ridge takes none.
    random_state
        Seed of all that is drawn, or a generator to draw it from, or None.  The same whole number gives the same model
        on one machine.
    device
        Where the reference network is trained and prices, as in `pick_device`; the others do on the CPU.

    Attributes
    ----------
    runner_
        What prices: a `DeepNeuralNetworkRunner`, which also explains a price.

    Examples
    --------
    >>> texts = [f"{colour} {noun}" for noun in ("kettle", "laptop") for colour in ("red", "blue", "green", "black")]
    >>> regressor = PriceRegressor("ridge").fit(texts, [30, 32, 31, 29, 800, 750, 820, 790])
    >>> kettle, laptop = regressor.predict(["white kettle", "white laptop"])
    >>> bool(kettle < laptop)
    True
    >>> regressor.predict_interval(["white kettle"], coverage=0.9).shape
    (1, 2)
    """

    def __init__(
        self,
        preset: str = "compact",
        *,
        epochs: int | None = None,
        hidden_size: int | None = None,
        random_state: Any = 42,
        device: str = "auto",
    ) -> None:
        self.preset = preset
        self.epochs = epochs
        self.hidden_size = hidden_size
        self.random_state = random_state
        self.device = device

    @classmethod
    def from_pretrained(
        cls, source: str | Path | None = None, revision: str | None = None, device: str = "auto"
    ) -> Self:
        """A fitted regressor of a checkpoint; parameters and errors as in `DeepNeuralNetworkRunner.from_pretrained`."""
        runner = DeepNeuralNetworkRunner.from_pretrained(source, revision, device)
        kind = describe_network(runner.checkpoint.network)["kind"]
        regressor = cls(_PRESET_OF[kind], device=device)
        regressor.runner_ = runner
        return regressor

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn prices.

        Parameters
        ----------
        X
            Texts: a list, a one-dimensional array, or a Series of pandas or polars, of shape (n_texts,).
        y
            Their prices in dollars from 0 up, shape (n_texts,).
        sample_weight
            How much each text counts, shape (n_texts,), not for the reference preset; one of weight 0 is left out.

        Raises
        ------
        TextError
            A text is empty, too long or no text, or the texts are no list.
        TrainingError
            There are too few texts, or prices or weights are unusable or of another number.
        SettingError
            A parameter has a value that this preset does not take.
        """
        texts = texts_of(X)
        check_texts(texts)
        prices, weights = prices_of(y, len(texts)), weights_of(sample_weight, len(texts))
        self._check_parameters(weights)
        if weights is None:
            weights = np.ones(len(texts))
        counting = np.flatnonzero(weights)
        if len(counting) < 2:
            among = f" with a weight above zero among {len(texts)}" if len(texts) > 1 else ""
            count = ("no sample", "one sample")[len(counting)]
            raise TrainingError(f"Found {count}{among}: expected at least two texts with different prices.")
        chosen = [texts[at] for at in counting]
        fit = self._fit_reference if self.preset == "reference" else self._fit_compact
        self.runner_ = fit(chosen, prices[counting], weights[counting])
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Prices of texts in dollars, shape (n_texts,).

        Raises
        ------
        NotFittedError
            The regressor has no model yet.
        TextError
            A text is empty, too long or no text, or the texts are no list.
        """
        return self._runner.price(texts_of(X)).price

    def predict_interval(self, X: Any, coverage: float = 0.8) -> np.ndarray:  # noqa: N803
        """Lower and upper ends of ranges made to hold this share of true prices, dollars, shape (n_texts, 2).

        Raises
        ------
        SettingError
            The coverage is not within 0.5 to 0.95.
        NotFittedError, TextError
            As in `predict`.
        """
        found = self._runner.price(texts_of(X), coverage)
        return np.column_stack([found.low, found.high])

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model as a checkpoint folder, which the page, the command line and `from_pretrained` read."""
        self._runner.save_pretrained(folder)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "runner_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.target_tags.positive_only = True
        return tags

    @property
    def _runner(self) -> DeepNeuralNetworkRunner:
        if not hasattr(self, "runner_"):
            raise NotFittedError("This PriceRegressor has no model yet: call fit(), or make it by from_pretrained().")
        return self.runner_

    def _check_parameters(self, weights: np.ndarray | None) -> None:
        if self.preset not in PRESETS:
            raise SettingError(f"The preset is {self.preset!r}: expected one of {', '.join(PRESETS)}.")
        for name in ("epochs", "hidden_size"):
            value = getattr(self, name)
            if value is None:
                continue
            if self.preset == "ridge":
                raise SettingError(f"The ridge has no {name}: leave it at None.")
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise SettingError(f"{name} is {value!r}: expected a whole number above 0, or None.")
        if weights is not None and self.preset == "reference":
            raise SettingError("The reference preset takes no sample_weight: leave it out, or choose the compact one.")

    def _fit_compact(self, texts: list[str], prices: np.ndarray, weights: np.ndarray) -> DeepNeuralNetworkRunner:
        """Also fits the ridge, on the same rows."""
        started = time.perf_counter()
        rows = [
            TrainingText(text, price, REAL, form_of(text), str(number), weight)
            for number, (text, price, weight) in enumerate(zip(texts, prices.tolist(), weights.tolist(), strict=True))
        ]
        config = self._recipe()
        fit: Callable[..., Fitted] = fit_fallback if self.preset == "ridge" else fit_compact
        fitted = fit(make_pool(rows, config=config.pool), config, _quietly)
        description = Description(f"{self.preset} model")
        checkpoint = checkpoint_of(fitted, TrainingTexts(rows, []), description, None, started)
        return DeepNeuralNetworkRunner.of_checkpoint(checkpoint)

    def _recipe(self) -> RecipeConfig:
        usual, seed = RecipeConfig(), self._seed()
        optimise = replace(
            usual.optimise,
            seeds=tuple(seed + number for number in range(len(usual.optimise.seeds))),
            epochs=self.epochs,
            hidden=self.hidden_size or usual.optimise.hidden,
        )
        return replace(usual, pool=replace(usual.pool, seed=seed), optimise=optimise)

    def _fit_reference(self, texts: list[str], prices: np.ndarray, _: np.ndarray) -> DeepNeuralNetworkRunner:
        items = [Item(summary=text, price=price) for text, price in zip(texts, prices.tolist(), strict=True)]
        validation = items[::HELD_OUT_EVERY]
        train = [item for number, item in enumerate(items) if number % HELD_OUT_EVERY]
        sizes = {"hidden_size": self.hidden_size} if self.hidden_size else {}
        trainer = DeepNeuralNetworkRunner(train, validation, **sizes)
        trainer.device = pick_device(self.device)
        with _own_randomness():
            trainer.setup(TrainingConfig(seed=self._seed()))
            trainer.train(self.epochs or 5, quiet=True)
        return DeepNeuralNetworkRunner.of_checkpoint(_noted(trainer.checkpoint, len(train)))

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _noted(checkpoint: Checkpoint, n_train: int) -> Checkpoint:
    training: TrainingData = replace(checkpoint.config.training, sources={"training items": n_train})
    checkpoint.config = replace(checkpoint.config, training=training)
    return checkpoint


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Within: what is seeded and drawn leaves the caller's generators as they were."""
    state = np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        np.random.set_state(state)


def _quietly(stage: str, share: float) -> None:
    """A report that nobody reads."""


__all__ = ["NotFittedError", "PriceRegressor"]

"""The compact recipe: priced texts of several kinds to a fitted model with calibrated ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from scipy.sparse import csr_matrix

from pricer.compact.neighbours import folds_of, near
from pricer.compact.network import CompactNetwork
from pricer.compact.optimise import OptimiseConfig, fit_network, predict
from pricer.compact.training_texts import LABELLED, TITLE, TrainingText
from pricer.compact.weighting import WeightingConfig, weights_of
from pricer.errors import TrainingError
from pricer.featurizer import Featurizer, FeaturizerConfig, title_of
from pricer.intervals import Calibration


@dataclass(frozen=True)
class RecipeConfig:
    """Every choice of the compact recipe."""

    featurizer: FeaturizerConfig = field(default_factory=FeaturizerConfig)
    weighting: WeightingConfig = field(default_factory=WeightingConfig)
    optimise: OptimiseConfig = field(default_factory=OptimiseConfig)
    folds: int = 4  # parts that the real texts are held out in, in turn, to calibrate
    most_cross_fitted: int = 20_000  # with more real texts than this, the validation texts alone are held out, once
    similarity: float = 0.5  # cosine above which a text counts as a near-duplicate of a held-out one
    shift_prior_rows: float = 50.0  # rows of evidence that texts in labelled lines need no shift


@dataclass(frozen=True)
class FittedCompact:
    """What the recipe gives."""

    featurizer: Featurizer
    network: CompactNetwork
    target_mean: float  # mean of log1p price over the weighted training texts, log dollars
    target_std: float  # standard deviation of the same, log dollars
    calibration: Calibration  # ranges of log1p price, from held-out real texts
    held_out: list[TrainingText]  # the real texts that were held out
    held_out_log_price: np.ndarray  # (n_held_out,) their log1p price by a network that had not seen them
    held_out_scale: np.ndarray  # (n_held_out,) scale of its residual, log dollars
    counts: dict[str, int]  # items of each kind that the final network was trained on

    def predict(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Log1p price and scale of its residual in log dollars, each of shape (n_texts,)."""
        outputs = predict(self.network, self.featurizer.transform(texts))
        return outputs[:, 0] * self.target_std + self.target_mean, np.exp(outputs[:, 1])


def fit_compact(
    real: Sequence[TrainingText],
    teacher: Sequence[TrainingText] = (),
    extra: Sequence[TrainingText] = (),
    validation: Sequence[TrainingText] = (),
    config: RecipeConfig | None = None,
    report: Callable[[str, float], None] = lambda stage, share: None,
) -> FittedCompact:
    """Fit the compact network, and calibrate it on real texts that were held out in turn.

    The held-out parts give what the final network cannot tell about itself: the quantiles of its ranges, and the
    shift of texts in labelled lines. No part's network has seen a near-duplicate of its texts.

    Parameters
    ----------
    real, validation
        Texts of the kind that the model is for; both are trained on, and held out in turn.
    teacher
        Texts with estimated prices; never held out.
    extra
        Texts of other sources; never held out.
    config
        Every choice; the defaults are those of the built-in model.
    report
        Told the stage and the share of it that is done, 0-1.

    Raises
    ------
    TrainingError
        Fewer than two real texts, or all of one price.
    """
    config = config or RecipeConfig()
    own = [*real, *validation]
    if len({text.price for text in own}) < 2:
        raise TrainingError(f"found {len(own)} real texts of one price; expected at least two of different prices")
    with _deterministic():
        pool = _Pool(own, [*own, *teacher, *extra], config)
        held_out, outputs = pool.cross_fit(len(validation), report)
        network = pool.fit(np.ones(len(pool.texts), dtype=bool), lambda share: report("final network", share))
    return _calibrated(pool, network, [own[row] for row in held_out], outputs)


class _Pool:
    """All texts and views, featurised and weighted, that networks are fitted on."""

    def __init__(self, own: Sequence[TrainingText], texts: Sequence[TrainingText], config: RecipeConfig) -> None:
        self.config = config
        self.n_own = len(own)
        self.featurizer = Featurizer(config.featurizer)
        self.texts = [*texts, *_titles(texts)]
        self.rows: csr_matrix = self.featurizer.transform([text.text for text in self.texts])
        self.weights = weights_of(self.texts, config.weighting)
        self._log_prices = np.log1p([text.price for text in self.texts])
        self.mean = float(np.average(self._log_prices, weights=self.weights))
        self.std = float(np.average((self._log_prices - self.mean) ** 2, weights=self.weights) ** 0.5)
        numbers = {item: number for number, item in enumerate(dict.fromkeys(text.item for text in self.texts))}
        self._items = np.array([numbers[text.item] for text in self.texts])

    def fit(self, chosen: np.ndarray, progress: Callable[[float], None]) -> CompactNetwork:
        """A network fitted on the chosen texts; ``chosen`` is a mask of shape (n_texts,)."""
        target = (self._log_prices[chosen] - self.mean) / self.std
        network = fit_network(
            self.rows[chosen], target, self.weights[chosen], self.featurizer, self.config.optimise, progress
        )
        network.log_unit.fill_(np.log(self.std))
        return network

    def cross_fit(self, n_validation: int, report: Callable[[str, float], None]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the held-out real texts, and the outputs of networks that had not seen them, (n_held_out, 2)."""
        parts = self._parts(n_validation)
        outputs = []
        for number, (part, alike) in enumerate(parts, start=1):
            stage = f"held-out part {number} of {len(parts)}"
            network = self.fit(self._apart_from(part, alike), partial(report, stage))
            outputs.append(predict(network, self.rows[part]))
        return np.concatenate([part for part, _ in parts]), np.concatenate(outputs)

    def _parts(self, n_validation: int) -> list[tuple[np.ndarray, csr_matrix]]:
        """Numbers of the real texts of each held-out part, and which texts are like them, (n_part, n_texts)."""
        own = np.arange(self.n_own)
        if self.n_own > self.config.most_cross_fitted:
            size = min(n_validation or self.n_own // 10, self.config.most_cross_fitted // self.config.folds)
            return [(own[-size:], near(self.rows[own[-size:]], self.rows, self.config.similarity))]
        alike = near(self.rows[: self.n_own], self.rows, self.config.similarity)
        fold = folds_of(alike[:, : self.n_own], self.config.folds, self.config.optimise.seed)
        if len(np.unique(fold)) < 2:
            fold = own % min(2, self.n_own)
        return [(own[fold == number], alike[fold == number]) for number in np.unique(fold)]

    def _apart_from(self, part: np.ndarray, alike: csr_matrix) -> np.ndarray:
        """Mask of the texts whose items are neither in the part nor like one of it; never empty."""
        barred = np.zeros(self._items.max() + 1, dtype=bool)
        barred[self._items[np.unique(alike.indices)]] = True
        barred[self._items[part]] = True
        chosen = ~barred[self._items]
        return chosen if chosen.any() else ~np.isin(np.arange(len(self.texts)), part)


def _calibrated(pool: _Pool, network: CompactNetwork, texts: list[TrainingText], outputs: np.ndarray) -> FittedCompact:
    """The network with its shift of labelled lines and its ranges, from the outputs (n_texts, 2) of held-out texts."""
    log_price, scale = outputs[:, 0] * pool.std + pool.mean, np.exp(outputs[:, 1])
    residuals = np.log1p([text.price for text in texts]) - log_price
    labelled = np.array([text.form == LABELLED for text in texts])
    shift = float(residuals[labelled].sum() / (labelled.sum() + pool.config.shift_prior_rows))
    network.form_shift.fill_(shift / pool.std)
    return FittedCompact(
        featurizer=pool.featurizer,
        network=network,
        target_mean=pool.mean,
        target_std=pool.std,
        calibration=Calibration.fit(residuals - shift * labelled, scale),
        held_out=texts,
        held_out_log_price=log_price + shift * labelled,
        held_out_scale=scale,
        counts=dict(Counter({text.item: text.kind for text in pool.texts}.values())),
    )


def _titles(texts: Sequence[TrainingText]) -> list[TrainingText]:
    """Each item once more by its title alone, so that short texts are priced well too."""
    titles: dict[str, TrainingText] = {}
    for text in texts:
        title = title_of(text.text)
        if title and title != text.text.strip() and text.item not in titles:
            titles[text.item] = replace(text, text=title, form=TITLE)
    return list(titles.values())


@contextmanager
def _deterministic() -> Iterator[None]:
    """Within: torch's deterministic algorithms, so that two runs on one machine give equal weights."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)

"""The compact recipe: priced texts of several kinds to a fitted model with calibrated ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch

from pricer.compact.network import CompactConfig, CompactNetwork, joined
from pricer.compact.optimise import OptimiseConfig, fit_network
from pricer.compact.pool import Pool, PoolConfig
from pricer.compact.ridge import RidgeConfig, RidgeNetwork, fit_ridge
from pricer.compact.training_texts import LABELLED, TrainingText
from pricer.errors import TrainingError
from pricer.featurizer import Featurizer
from pricer.inference import Predictions, predict
from pricer.target import Target

Report = Callable[[str, float], None]


@dataclass(frozen=True)
class RecipeConfig:
    """Every choice of the compact recipe."""

    pool: PoolConfig = field(default_factory=PoolConfig)
    optimise: OptimiseConfig = field(default_factory=OptimiseConfig)
    shift_prior_rows: float = 50.0  # rows of evidence that texts in labelled lines need no shift
    ridge_alpha: float = 0.5  # penalty of the fallback's coefficients


@dataclass(frozen=True)
class HeldOut:
    """Real texts with what a network that had not seen them makes of them."""

    texts: list[TrainingText]
    found: Predictions

    @property
    def actual(self) -> np.ndarray:
        """True prices, dollars, shape (n_texts,)."""
        return np.array([text.price for text in self.texts])


@dataclass(frozen=True)
class Fitted:
    """What the recipe gives."""

    featurizer: Featurizer
    network: CompactNetwork | RidgeNetwork
    target: Target
    held_out: HeldOut  # to calibrate on
    counts: dict[str, int]  # items of each kind that the final network was trained on


def make_pool(
    real: Sequence[TrainingText],
    teacher: Sequence[TrainingText] = (),
    extra: Sequence[TrainingText] = (),
    validation: Sequence[TrainingText] = (),
    config: PoolConfig | None = None,
) -> Pool:
    """The pool that models are fitted on.

    Parameters
    ----------
    real, validation
        Texts of the kind that the model is for; both are trained on, and held out in turn.
    teacher
        Texts with estimated prices; never held out.
    extra
        Texts of other sources; never held out.

    Raises
    ------
    TrainingError
        Fewer than two real texts, or all of one price.
    """
    own = [*real, *validation]
    if len({text.price for text in own}) < 2:
        raise TrainingError(
            f"Found {len(own)} real texts with {len({text.price for text in own})} different prices: "
            "expected at least two texts with different prices."
        )
    return Pool(own, [*teacher, *extra], len(validation), config or PoolConfig())


def fit_compact(pool: Pool, config: RecipeConfig, report: Report) -> Fitted:
    """Fit the compact network, and price real texts that were held out in turn, to calibrate it on.

    The held-out parts give what the final network cannot tell about itself: the quantiles of its ranges, and the
    shift of texts in labelled lines.  No part's network has seen a near-duplicate of its texts.

    Parameters
    ----------
    report
        Told the stage and the share of it that is done, 0-1.
    """

    def fit(chosen: np.ndarray, stage: str) -> CompactNetwork:
        return _compact_network(pool, chosen, config.optimise, lambda share: report(stage, share))

    with _deterministic():
        held_out = _cross_fit(pool, fit)
        network = fit(pool.everything, "final network")
    shift = _labelled_shift(held_out, config.shift_prior_rows)
    network.form_shift.fill_(shift / pool.target.std)
    shifted = held_out.found.log_price + shift * _labelled(held_out)
    return _fitted(pool, network, replace(held_out, found=held_out.found._replace(log_price=shifted)))


def fit_fallback(pool: Pool, config: RecipeConfig, report: Report) -> Fitted:
    """Fit a ridge on the same rows, with the same texts held out; parameters as in `fit_compact`."""

    def fit(chosen: np.ndarray, stage: str) -> RidgeNetwork:
        report(f"fallback, {stage}", 0.0)
        network = _ridge_network(pool, chosen, config.ridge_alpha)
        report(f"fallback, {stage}", 1.0)
        return network

    held_out = _cross_fit(pool, fit)
    return _fitted(pool, fit(pool.everything, "final network"), held_out)


def _compact_network(
    pool: Pool, chosen: np.ndarray, config: OptimiseConfig, progress: Callable[[float], None]
) -> CompactNetwork:
    """A network fitted on a mask of texts (n_texts,)."""
    kept, counts = pool.choose_columns(chosen)
    words, form = pool.config.featurizer.word_buckets, pool.featurizer.form_column
    sizes = (config.members, config.width, config.hidden)
    data = (pool.rows[chosen], pool.standardised[chosen], pool.weights[chosen])
    parts = []
    for done, seed in enumerate(config.seeds):
        network = CompactNetwork(CompactConfig(pool.featurizer.n_features, words, form, len(kept), *sizes))
        network.columns.choose(kept, counts, int(chosen.sum()))
        network.log_unit.fill_(np.log(pool.target.std))
        part_of = partial(_part_of, progress, done, len(config.seeds))
        parts.append((network, fit_network(network, *data, config, seed, part_of)))
    return joined(parts)


def _part_of(progress: Callable[[float], None], done: int, parts: int, share: float) -> None:
    progress((done + share) / parts)


def _ridge_network(pool: Pool, chosen: np.ndarray, alpha: float) -> RidgeNetwork:
    """A ridge fitted on a mask of texts (n_texts,)."""
    kept, counts = pool.choose_columns(chosen)
    network = RidgeNetwork(RidgeConfig(pool.featurizer.n_features, pool.config.featurizer.word_buckets, len(kept)))
    network.columns.choose(kept, counts, int(chosen.sum()))
    fit_ridge(network, pool.rows[chosen], pool.standardised[chosen], pool.weights[chosen], alpha)
    return network


def _cross_fit(pool: Pool, fit: Callable[[np.ndarray, str], CompactNetwork | RidgeNetwork]) -> HeldOut:
    """The real texts of each held-out part by a network fitted on what is apart from it."""
    parts = pool.parts()
    found = []
    for number, (part, apart) in enumerate(parts, start=1):
        network = fit(apart, f"held-out part {number} of {len(parts)}")
        rows = pool.rows[part]
        found.append((part, *predict(network, pool.target, rows, torch.device("cpu"))))
    numbers, *predictions = map(np.concatenate, zip(*found, strict=True))
    return HeldOut([pool.own[number] for number in numbers], Predictions(*predictions))


def _labelled_shift(held_out: HeldOut, prior_rows: float) -> float:
    """Median residual of texts in labelled lines, log dollars, shrunk towards none."""
    residuals = (np.log1p(held_out.actual) - held_out.found.log_price)[_labelled(held_out)]
    return float(np.median(residuals) * len(residuals) / (len(residuals) + prior_rows)) if len(residuals) else 0.0


def _labelled(held_out: HeldOut) -> np.ndarray:
    """Which texts are in labelled lines, bool, shape (n_texts,)."""
    return np.array([text.form == LABELLED for text in held_out.texts])


def _fitted(pool: Pool, network: CompactNetwork | RidgeNetwork, held_out: HeldOut) -> Fitted:
    return Fitted(
        featurizer=pool.featurizer,
        network=network,
        target=pool.target,
        held_out=held_out,
        counts=dict(Counter({text.item: text.kind for text in pool.texts}.values())),
    )


@contextmanager
def _deterministic() -> Iterator[None]:
    """Within: torch's deterministic algorithms, so that two runs on one machine give equal weights."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)

"""How much each text counts: by its kind, and a teacher's by how likely its price is among real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pricer.compact.training_texts import CATALOGUE, LABELLED, PLAIN, REAL, SHOP, TEACHER, TITLE, TrainingText

_GRID = np.linspace(-1.0, 14.0, 751)  # log1p dollars at which densities are taken


@dataclass(frozen=True)
class WeightingConfig:
    """Weights of the kinds of text."""

    real: float = 2.0  # weight of a real text
    teacher: float = 0.7  # mean weight of a teacher's text
    teacher_labelled: float = 0.4  # what a teacher's weight is multiplied by for a text in labelled lines
    shop: float = 0.3  # weight of a text of another source
    catalogue: float = 1.0  # weight of a text of an extra file
    title: float = 0.3  # what a weight is multiplied by for a title alone
    ratio_cap: float = 20.0  # largest ratio of densities by which a teacher's text is raised
    bandwidth: float = 0.25  # width of the kernel of the densities, in log dollars
    least_form_rows: int = 50  # real texts of a form needed to match a teacher's prices to that form


def weights_of(texts: Sequence[TrainingText], config: WeightingConfig) -> np.ndarray:
    """Weight of each text, shape (n_texts,).

    Within each form, a teacher's texts are weighted by the density of their log price among the real texts of
    that form, relative to their own (importance weighting under covariate shift: Shimodaira, 2000), so that
    neither the teacher's choice of items nor the form of a text is read as a price.
    """
    by_kind = {REAL: config.real, TEACHER: config.teacher, SHOP: config.shop, CATALOGUE: config.catalogue}
    weights = np.array([by_kind[text.kind] for text in texts], dtype=np.float64)
    forms = np.array([text.form for text in texts])
    prices = np.log1p([text.price for text in texts])
    real, teacher = (np.array([text.kind == kind for text in texts]) for kind in (REAL, TEACHER))
    weights[forms == TITLE] *= config.title
    weights[teacher & (forms == LABELLED)] *= config.teacher_labelled
    for form in (PLAIN, LABELLED, TITLE):
        chosen = teacher & (forms == form)
        same_form = real & (forms == (PLAIN if form == TITLE else form))
        matched = same_form if same_form.sum() >= config.least_form_rows else real
        if chosen.any() and matched.any():
            weights[chosen] *= _ratio(prices[chosen], prices[matched], config)
    return weights * [text.weight for text in texts]


def _ratio(prices: np.ndarray, wanted: np.ndarray, config: WeightingConfig) -> np.ndarray:
    """Ratio of the densities of two sets of log prices at the first ones, capped, with a mean of 1."""
    ratio = _density(prices, wanted, config.bandwidth) / np.maximum(_density(prices, prices, config.bandwidth), 1e-9)
    ratio = np.minimum(ratio, config.ratio_cap)
    return ratio / max(float(ratio.mean()), 1e-9)


def _density(at: np.ndarray, sample: np.ndarray, bandwidth: float) -> np.ndarray:
    """Density of the sample at these points: a histogram on the grid, smoothed by a Gaussian."""
    step = _GRID[1] - _GRID[0]
    counts, _ = np.histogram(sample, bins=np.append(_GRID, _GRID[-1] + step) - step / 2)
    reach = int(np.ceil(4 * bandwidth / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / bandwidth) ** 2)
    return np.interp(at, _GRID, np.convolve(counts / len(sample), kernel / kernel.sum() / step, mode="same"))

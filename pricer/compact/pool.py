"""The pool: all texts to train on with their views, featurised and weighted, and how parts of them are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_matrix

from pricer.compact.columns import ColumnsConfig, kept_columns
from pricer.compact.neighbours import folds_of, near
from pricer.compact.sizes import SizesConfig, elasticities, resized
from pricer.compact.training_texts import TITLE, TrainingText, TrainingTexts
from pricer.compact.weighting import WeightingConfig, weights_of
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.target import Target
from pricer.tokens import title_of


@dataclass(frozen=True)
class PoolConfig:
    """How texts become rows, which columns are kept, and how parts are held out."""

    featurizer: FeaturizerConfig = field(default_factory=FeaturizerConfig)
    weighting: WeightingConfig = field(default_factory=WeightingConfig)
    sizes: SizesConfig = field(default_factory=SizesConfig)
    columns: ColumnsConfig = field(default_factory=ColumnsConfig)
    folds: int = 4  # parts that the real texts are held out in, in turn
    most_cross_fitted: int = 20_000  # with more real texts than this, the validation texts alone are held out, once
    similarity: float = 0.5  # cosine above which a text counts as a near-duplicate of a held-out one
    seed: int = 42  # seed of the folds


class Pool:
    """All texts and views, featurised and weighted.

    Parameters
    ----------
    own
        Texts of the kind that the model is for; held out in turn.
    others
        Texts that are never held out.
    n_validation
        How many of the last of `own` are validation texts.
    """

    def __init__(
        self, own: Sequence[TrainingText], others: Sequence[TrainingText], n_validation: int, config: PoolConfig
    ) -> None:
        self.config = config
        self.own = own
        self.n_validation = n_validation
        self.featurizer = Featurizer(config.featurizer)
        self.texts, self.weights = _with_views([*own, *others], config)
        self.rows: csr_matrix = self.featurizer.transform([text.text for text in self.texts])
        self._log_prices = np.log1p([text.price for text in self.texts])
        mean = float(np.average(self._log_prices, weights=self.weights))
        std = float(np.average((self._log_prices - mean) ** 2, weights=self.weights) ** 0.5)
        self.target = Target(mean, std)
        numbers = {item: number for number, item in enumerate(dict.fromkeys(text.item for text in self.texts))}
        self._items = np.array([numbers[text.item] for text in self.texts])

    @property
    def standardised(self) -> np.ndarray:
        """Standardised log1p prices, shape (n_texts,)."""
        return (self._log_prices - self.target.mean) / self.target.std

    @property
    def everything(self) -> np.ndarray:
        """Mask of all texts, shape (n_texts,)."""
        return np.ones(len(self.texts), dtype=bool)

    def choose_columns(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns to keep for a mask of texts (n_texts,), and how many of them each is in; both (n_kept,)."""
        counts = np.bincount(self.rows[chosen].indices, minlength=self.rows.shape[1])
        kept = kept_columns(counts, self.config.featurizer.word_buckets, self.config.columns)
        return kept, counts[kept]

    def parts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Numbers of the own texts of each held-out part, and the mask (n_texts,) of what may be trained on without it.

        No text of the mask belongs to an item of the part, or is a near-duplicate of one.
        """
        own = np.arange(len(self.own))
        if len(own) > self.config.most_cross_fitted:
            size = min(self.n_validation or len(own) // 10, self.config.most_cross_fitted // self.config.folds)
            part = own[-size:]
            return [(part, self._apart_from(part, near(self.rows[part], self.rows, self.config.similarity)))]
        alike = near(self.rows[: len(own)], self.rows, self.config.similarity)
        fold = folds_of(alike[:, : len(own)], self.config.folds, self.config.seed)
        if len(np.unique(fold)) < 2:
            fold = own % min(2, len(own))
        return [
            (own[fold == number], self._apart_from(own[fold == number], alike[fold == number]))
            for number in np.unique(fold)
        ]

    def _apart_from(self, part: np.ndarray, alike: csr_matrix) -> np.ndarray:
        """Mask of the texts whose items are neither in the part nor like one of it; never empty."""
        barred = np.zeros(self._items.max() + 1, dtype=bool)
        barred[self._items[np.unique(alike.indices)]] = True
        barred[self._items[part]] = True
        chosen = ~barred[self._items]
        return chosen if chosen.any() else ~np.isin(np.arange(len(self.texts)), part)


def without_neighbours(texts: TrainingTexts, unseen: Sequence[str], config: PoolConfig) -> TrainingTexts:
    """The training texts without the items of near-duplicates of these texts, which are to stay unseen."""
    everything = [*texts.real, *texts.validation, *texts.teacher, *texts.extra]
    featurizer = Featurizer(config.featurizer)
    alike = near(
        featurizer.transform(unseen), featurizer.transform([text.text for text in everything]), config.similarity
    )
    barred = {everything[number].item for number in np.unique(alike.indices)}

    def kept(kind: list[TrainingText]) -> list[TrainingText]:
        return [text for text in kind if text.item not in barred]

    return replace(
        texts,
        real=kept(texts.real),
        validation=kept(texts.validation),
        teacher=kept(texts.teacher),
        extra=kept(texts.extra),
    )


def _with_views(texts: list[TrainingText], config: PoolConfig) -> tuple[list[TrainingText], np.ndarray]:
    """The texts followed by their views, and the weight of each, shape (n_texts,)."""
    texts = [*texts, *_titles(texts)]
    weights = weights_of(texts, config.weighting)
    views, numbers = resized(texts, elasticities(texts, config.sizes))
    return [*texts, *views], np.concatenate([weights, config.sizes.weight * weights[numbers]])


def _titles(texts: Sequence[TrainingText]) -> list[TrainingText]:
    """Each item once more by its title alone, so that short texts are priced well too."""
    titles: dict[str, TrainingText] = {}
    for text in texts:
        title = title_of(text.text)
        if title and title != text.text.strip() and text.item not in titles:
            titles[text.item] = replace(text, text=title, form=TITLE)
    return list(titles.values())

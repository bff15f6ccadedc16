"""What the texts of a batch are compared with: texts that the model was made for, counted by length and the like."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

FEWEST_BINS = 5  # where ties leave fewer bins of a tenth each, the measure's usual edges are taken


@dataclass(frozen=True)
class Measure:
    """Something that is measured of each priced text.

    Values are counted at the nearest mark: what is kept is small whatever the number of rows, and sums exactly.
    """

    name: str  # member of JSON documents, with the unit
    noun: str  # in sentences
    marks: np.ndarray  # values that rows are counted at, ascending, shape (n_marks,)
    usual_edges: tuple[float, ...]  # of bins, where the reference has too many ties for tenths
    words: Callable[[float], str]  # a value with its unit

    def count(self, values: np.ndarray) -> np.ndarray:
        """How many of the values (n,) lie nearest to each mark, int64, shape (n_marks,)."""
        nearest = np.searchsorted((self.marks[1:] + self.marks[:-1]) / 2, values)
        return np.bincount(nearest, minlength=len(self.marks)).astype(np.int64)

    def median(self, counts: np.ndarray) -> float:
        """The (lower) median of counted values, to within a mark; NaN without any."""
        total = counts.sum()
        return float(self.marks[np.searchsorted(2 * np.cumsum(counts), total)]) if total else math.nan

    def shares(self, counts: np.ndarray, edges: Sequence[float]) -> np.ndarray:
        """Share of counted values in each bin, shape (n_edges + 1,); a bin contains its upper edge."""
        bin_of = np.searchsorted(edges, self.marks)
        return np.bincount(bin_of, weights=counts, minlength=len(edges) + 1) / max(1, counts.sum())


MEASURES = (
    Measure(
        "length_words",
        "text length",
        np.unique(np.round(np.r_[0:201, np.geomspace(200, 200_000, 301)])),
        (2, 5, 10, 20, 40, 80, 160, 320),
        lambda words: f"{words:,.0f} word{'s' * (words != 1)}",
    ),
    Measure(
        "familiarity",
        "familiarity",
        np.arange(1001) / 1000,
        (0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95),
        lambda share: f"{100 * share:.3g}%",
    ),
    Measure(
        "price_usd",
        "predicted price",
        np.unique(np.round(np.r_[0, np.geomspace(0.01, 1e6, 801)], 2)),  # 2.3% apart
        (5, 10, 20, 50, 100, 200, 500, 1000),
        lambda price: f"${price:,.{0 if price >= 10 else 2}f}",
    ),
)


def text_lengths(texts: Iterable[str]) -> np.ndarray:
    """Words of each text, between white space, shape (n_texts,)."""
    return np.fromiter(map(len, map(str.split, texts)), dtype=np.float64)


@dataclass(frozen=True)
class DriftCounts:
    """How many texts have which length, familiarity and price; counts of parts of a batch add up to the whole's."""

    at_marks: tuple[np.ndarray, ...] = field(
        default_factory=lambda: tuple(np.zeros(len(each.marks), dtype=np.int64) for each in MEASURES)
    )  # for each of MEASURES, int64, shape (n_marks,)

    def __post_init__(self) -> None:
        for counts, measure in zip(self.at_marks, MEASURES, strict=True):
            if counts.dtype != np.int64 or counts.shape != measure.marks.shape or (counts < 0).any():
                raise ValueError(f"the counts of {measure.name} are no whole numbers at {len(measure.marks)} marks")
        if len({int(counts.sum()) for counts in self.at_marks}) > 1:
            raise ValueError("the measures were counted on different numbers of texts")

    @classmethod
    def of(cls, lengths: np.ndarray, familiarity: np.ndarray, prices: np.ndarray) -> DriftCounts:
        """Counts of texts by length in words, familiarity (0-1) and predicted price in dollars, each (n,)."""
        values = (lengths, familiarity, prices)
        return cls(tuple(measure.count(each) for measure, each in zip(MEASURES, values, strict=True)))

    @property
    def n_rows(self) -> int:
        """Texts that were counted."""
        return int(self.at_marks[0].sum())

    def __add__(self, other: DriftCounts) -> DriftCounts:
        return DriftCounts(tuple(ours + theirs for ours, theirs in zip(self.at_marks, other.at_marks, strict=True)))

    def to_dict(self) -> dict[str, list[int]]:
        """The counts as JSON-able values."""
        return {measure.name: counts.tolist() for measure, counts in zip(MEASURES, self.at_marks, strict=True)}

    @classmethod
    def from_dict(cls, values: dict[str, list[int]]) -> DriftCounts:
        """The counts that `to_dict` described; ValueError if they cannot be meant."""
        if values.keys() != {measure.name for measure in MEASURES}:
            raise ValueError(f"found counts of {', '.join(values)}")
        return cls(tuple(np.array(values[measure.name]) for measure in MEASURES))


@dataclass(frozen=True)
class Bins:
    """How the reference spreads over one measure; the first and the last bin have no outer end."""

    edges: tuple[float, ...]  # between the bins, ascending; a bin contains its upper edge
    shares: tuple[float, ...]  # of the reference's texts in each bin, one more than edges
    median: float  # of the reference's texts, to within a mark

    def __post_init__(self) -> None:
        numbers = [*self.edges, *self.shares, self.median]
        if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
            raise TypeError("a reference's bins are no numbers")
        ascending = len(self.edges) > 0 and (np.diff(self.edges) > 0).all()
        if not (np.isfinite(numbers).all() and ascending and len(self.shares) == len(self.edges) + 1):
            raise ValueError("a reference's bins are not finite or not in order")
        if min(self.shares) < 0 or not math.isclose(sum(self.shares), 1, abs_tol=1e-6):
            raise ValueError("a reference's shares do not add up to 1")

    @classmethod
    def of(cls, measure: Measure, counts: np.ndarray) -> Bins:
        """Bins of about a tenth of the counted texts each; equal edges become one."""
        reached = np.cumsum(counts)
        tenths = np.unique(np.searchsorted(10 * reached, np.arange(1, 10) * reached[-1]))
        edges: Sequence[float] = measure.marks[tenths[reached[tenths] < reached[-1]]].tolist()
        if len(edges) + 1 < FEWEST_BINS:
            edges = measure.usual_edges
        return cls(tuple(edges), tuple(measure.shares(counts, edges).tolist()), measure.median(counts))


@dataclass(frozen=True)
class Reference:
    """Texts that the model was made for, but had not seen: what the texts of a batch are compared with."""

    n_rows: int  # texts that the shares were taken from
    length_words: Bins
    familiarity: Bins  # familiarity, 0-1
    price_usd: Bins  # predicted, dollars

    def __post_init__(self) -> None:
        if isinstance(self.n_rows, bool) or not isinstance(self.n_rows, int):
            raise TypeError("a reference's number of texts is no whole number")
        if self.n_rows < 1:
            raise ValueError(f"a reference of {self.n_rows} texts; expected at least one")

    @classmethod
    def of(cls, lengths: np.ndarray, familiarity: np.ndarray, prices: np.ndarray) -> Reference:
        """The reference of held-out texts; parameters as in `DriftCounts.of`.

        Raises
        ------
        ValueError
            There are no texts.
        """
        counts = DriftCounts.of(lengths, familiarity, prices)
        if not counts.n_rows:
            raise ValueError("found no held-out texts to compare batches with; expected at least one")
        return cls(counts.n_rows, *(Bins.of(*each) for each in zip(MEASURES, counts.at_marks, strict=True)))

    @property
    def bins(self) -> tuple[Bins, ...]:
        """The bins of each of MEASURES."""
        return self.length_words, self.familiarity, self.price_usd

    def to_dict(self) -> dict[str, Any]:
        """The reference as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Reference:
        """The reference that `to_dict` described; an unknown or missing key is an error."""
        members = dict(values)
        for measure in MEASURES:
            members[measure.name] = _bins(members[measure.name])
        return cls(**members)


def _bins(values: Any) -> Bins:
    """Bins of JSON members; lists become tuples."""
    if not isinstance(values, dict):
        raise TypeError("a reference's bins are no JSON object")
    tuples: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Bins(**tuples)

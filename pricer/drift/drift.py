"""Drift: whether the texts of a batch are like those that the model was made for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtri

from pricer.drift.reference import MEASURES, Bins, DriftCounts, Measure, Reference

LEAST_ROWS = 100  # fewer are not judged
SHIFTED_FROM, DIFFERENT_ABOVE = 0.1, 0.25  # population stability, by the usual reading
TOO_FEW, STABLE, SHIFTED, DIFFERENT = "too few rows", "stable", "some shift", "a different population"
CHANCE = 0.01  # how often a batch of the reference's own population may exceed the critical value
LEAST_SHARE = 1e-4  # floor of a share, so that its logarithm stays finite


@dataclass(frozen=True)
class MeasureDrift:
    """How far the batch is from the reference in one measure."""

    measure: Measure
    psi: float  # population stability index, 0 where the two are equal
    critical_psi: float  # exceeded by chance alone in one of 100 batches of this size
    verdict: str  # TOO_FEW, STABLE, SHIFTED or DIFFERENT
    median: float  # of the batch, in the measure's unit, to within a mark
    shares: tuple[float, ...]  # of the batch's texts in each of the reference's bins
    reference: Bins

    @classmethod
    def of(cls, measure: Measure, counts: np.ndarray, reference: Bins, reference_rows: int) -> MeasureDrift:
        """Compare counted texts, shape (n_marks,), with the reference."""
        n_rows = int(counts.sum())
        shares = measure.shares(counts, reference.edges)
        psi = population_stability(_floored(reference.shares, reference_rows), _floored(shares, n_rows))
        critical = critical_stability(len(shares), n_rows, reference_rows)
        verdict = _verdict(psi, critical) if n_rows >= LEAST_ROWS else TOO_FEW
        return cls(measure, psi, critical, verdict, measure.median(counts), tuple(shares.tolist()), reference)

    @property
    def bin_names(self) -> list[str]:
        """The bins in words, as on an axis: "≤ 5 words", …, "> 80 words"."""
        edges, words = self.reference.edges, self.measure.words
        return [*(f"≤ {words(edge)}" for edge in edges), f"> {words(edges[-1])}"]

    @property
    def line(self) -> str:
        """One sentence for the command line."""
        found = f"Drift in {self.measure.noun}: {self.verdict} (PSI {self.psi:.2f})."
        median, usual = map(self.measure.words, (self.median, self.reference.median))
        if np.searchsorted(self.reference.edges, self.median) != np.searchsorted(
            self.reference.edges, self.reference.median
        ):
            return f"{found} The median is {median}, usually {usual}."
        moved = int(np.argmax(np.abs(np.subtract(self.shares, self.reference.shares))))
        share, usual_share = self.shares[moved], self.reference.shares[moved]
        return f"{found} {share:.0%} of the texts have {self._bin_words(moved)}, usually {usual_share:.0%}."

    def _bin_words(self, number: int) -> str:
        edges, words = self.reference.edges, self.measure.words
        if number == len(edges):
            return f"more than {words(edges[-1])}"
        return f"{words(edges[number])} or less" + (f", but more than {words(edges[number - 1])}" if number else "")

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-able values."""
        return {
            "psi": self.psi,
            "critical_psi": self.critical_psi,
            "verdict": self.verdict,
            "median": self.median,
            "reference_median": self.reference.median,
            "edges": list(self.reference.edges),
            "shares": list(self.shares),
            "reference_shares": list(self.reference.shares),
        }


@dataclass(frozen=True)
class DriftReport:
    """Whether the priced texts of a batch are like those that the model was made for."""

    n_rows: int  # priced texts of the batch
    reference_rows: int  # texts of the reference
    measures: tuple[MeasureDrift, ...]  # one for each of MEASURES

    @classmethod
    def of(cls, reference: Reference, counts: DriftCounts) -> DriftReport:
        """Compare a batch, of at least one text, with the reference of its checkpoint."""
        parts = zip(MEASURES, counts.at_marks, reference.bins, strict=True)
        measures = tuple(MeasureDrift.of(*each, reference.n_rows) for each in parts)
        return cls(counts.n_rows, reference.n_rows, measures)

    @property
    def shifted(self) -> list[MeasureDrift]:
        """The measures in which the batch differs."""
        return [each for each in self.measures if each.verdict in {SHIFTED, DIFFERENT}]

    @property
    def verdict(self) -> str:
        """The verdict of the measure that differs most."""
        return max((each.verdict for each in self.measures), key=(TOO_FEW, STABLE, SHIFTED, DIFFERENT).index)

    def passed(self, threshold: float) -> list[MeasureDrift]:
        """The measures whose index is above a threshold, and above what chance explains; none where rows are too few.

        At `DIFFERENT_ABOVE` these are the measures in which the batch is a different population.
        """
        judged = [each for each in self.measures if each.verdict != TOO_FEW]
        return [each for each in judged if each.psi > threshold and each.psi >= each.critical_psi]

    @property
    def summary(self) -> str:
        """One plain sentence."""
        if self.n_rows < LEAST_ROWS:
            return f"Too few priced rows ({self.n_rows}) to tell drift: at least {LEAST_ROWS} are needed."
        if not self.shifted:
            return "No drift: these texts are like those that the accuracy was measured on."
        found = ", ".join(f"{each.measure.noun} ({each.verdict})" for each in self.shifted)
        return f"These texts differ from those that the accuracy was measured on, in {found}: it may not apply here."

    def lines(self) -> list[str]:
        """The report in plain sentences: one for each measure that differs, else one in all."""
        return [each.line for each in self.shifted] or [self.summary]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values: shares as fractions 0-1, medians in the unit that the name tells."""
        return {
            "n": self.n_rows,
            "reference_n": self.reference_rows,
            **{each.measure.name: each.to_dict() for each in self.measures},
        }


def population_stability(expected: np.ndarray, actual: np.ndarray) -> float:
    """Population stability index of positive shares (n_bins,): the sum of (actual - expected) ln(actual / expected).

    The usual reading (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 stable, up to 0.25 some shift, above it a
    different population.
    """
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def critical_stability(n_bins: int, n_rows: int, reference_rows: int) -> float:
    """The index that two samples of one population exceed with the probability CHANCE.

    It is distributed as (1/n + 1/m) times chi-squared with n_bins - 1 degrees of freedom (Yurdakul, Statistical
    Properties of Population Stability Index, 2018): in small batches chance alone exceeds the usual thresholds.
    """
    return float((1 / n_rows + 1 / reference_rows) * chdtri(n_bins - 1, CHANCE))


def _verdict(psi: float, critical: float) -> str:
    if psi < max(SHIFTED_FROM, critical):
        return STABLE
    return DIFFERENT if psi > DIFFERENT_ABOVE else SHIFTED


def _floored(shares: Sequence[float] | np.ndarray, n_rows: int) -> np.ndarray:
    """Shares (n_bins,) of at least half a row each, and never quite 0."""
    return np.maximum(shares, max(LEAST_SHARE, 0.5 / n_rows))

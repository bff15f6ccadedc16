"""The drift report of a batch, for people as one HTML file and for programs as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from pricer.drift import LEAST_ROWS, MeasureDrift
from pricer.figures import drift_shares, price_histogram
from pricer.report_page import cards, document, notes, plot, section, table
from pricer.words import money

if TYPE_CHECKING:
    from pricer.batch import BatchProgress
    from pricer.reported_model import ReportedModel

NOT_KNOWN = "not known"  # the verdict where there is nothing to compare
_READING = (
    "The population stability index (PSI) is 0 where the two are alike: below 0.1 stable, up to 0.25 some shift, above "
    "it a different population (Siddiqi, 2006). What chance alone exceeds in one of a hundred batches of this size "
    "counts as stable."
)
_SPREAD = "How the texts of this batch spread, beside those that the accuracy was measured on."


@dataclass(frozen=True)
class ReportedBatch:
    """A finished batch, as its report tells of it."""

    source: str  # name of the file that was priced
    output: str  # name of the file that was written
    progress: BatchProgress
    coverage: float  # that the ranges are made for
    threshold: float  # population stability from which a measure counts as passed; see `DriftReport.passed`
    model: ReportedModel

    @property
    def passed(self) -> list[MeasureDrift]:
        """The measures that have passed the threshold."""
        return self.progress.drift.passed(self.threshold) if self.progress.drift else []

    @property
    def summary(self) -> str:
        """One plain sentence on the drift."""
        if self.progress.drift:
            return self.progress.drift.summary
        if not self.model.has_reference:
            return "Drift is not known: this checkpoint holds no texts to compare a batch with. Train it again."
        return "Drift is not known: no row was priced."

    @property
    def verdict(self) -> str:
        """The verdict of the measure that differs most, or that there is none."""
        return self.progress.drift.verdict if self.progress.drift else NOT_KNOWN

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able values: prices in dollars, shares as fractions 0-1."""
        progress = self.progress
        return {
            "input": self.source,
            "output": self.output,
            "rows": progress.rows_total,
            "priced": progress.priced,
            "unpriced": progress.rows_total - progress.priced,
            "median_price": progress.prices.median if progress.priced else None,
            "coverage": self.coverage,
            "model": self.model.to_dict(),
            "notices": list(progress.notices),
            "threshold_psi": self.threshold,
            "threshold_passed": bool(self.passed),
            "passed": [each.measure.name for each in self.passed],
            "verdict": self.verdict,
            "summary": self.summary,
            "drift": progress.drift.to_dict() if progress.drift else None,
        }

    def to_html(self) -> str:
        """The report as one HTML file that opens offline."""
        progress, title = self.progress, f"Drift of {self.source}"
        judged = self._judged()
        figures = {each.measure.name: drift_shares(each) for each in judged}
        if progress.priced:
            figures["prices"] = price_histogram(progress.prices)
        passed, model = threshold_line(self.passed, self.threshold), escape(str(self.model))
        body = "\n".join(
            [
                f"<header><h1>{escape(title)}</h1><p>Model: {model}. All prices in US dollars.</p></header>",
                notes([passed] if passed else [], "caution") + notes([self.summary, *progress.notices]),
                cards(self._figures()),
                section("Measures", _READING, table(*_measure_table(judged))) if judged else "",
                section("Shares", _SPREAD, _plots(judged, figures)) if figures else "",
                "<footer>Made by Pricer. This file is complete: it opens without a network.</footer>",
            ]
        )  # fmt: skip
        return document(title, body, figures)

    def _judged(self) -> Sequence[MeasureDrift]:
        drift = self.progress.drift
        return drift.measures if drift and drift.n_rows >= LEAST_ROWS else ()

    def _figures(self) -> list[tuple[str, str, str]]:
        progress, drift = self.progress, self.progress.drift
        unpriced = progress.rows_total - progress.priced
        return [
            ("Drift", self.verdict, f"threshold: PSI {self.threshold:g}"),
            ("Rows", f"{progress.rows_total:,}", f"all of them in {self.output}"),
            ("Priced", f"{progress.priced:,}", "with a price and a range"),
            ("Not priced", f"{unpriced:,}", "see price_note" if unpriced else "nothing was left out"),
            ("Median price", money(progress.prices.median), "half of the rows are below"),
            ("Compared with", f"{drift.reference_rows:,}" if drift else "–", "texts that the accuracy was measured on"),
        ]


def threshold_line(passed: Sequence[MeasureDrift], threshold: float) -> str:
    """Which measures have passed the threshold, a sentence; empty if none has."""
    found = ", ".join(f"{each.measure.noun} (PSI {each.psi:.2f})" for each in passed)
    return f"The drift threshold of PSI {threshold:g} was passed: {found}." if found else ""


def _measure_table(judged: Sequence[MeasureDrift]) -> tuple[Sequence[str], list[list[str]], list[int]]:
    """Columns, rows, and which of the rows differ."""
    columns = ("Measure", "Verdict", "PSI", "By chance alone, up to", "Median here", "Usually")
    rows = [
        [
            each.measure.noun.capitalize(), each.verdict, f"{each.psi:.3f}", f"{each.critical_psi:.3f}",
            each.measure.words(each.median), each.measure.words(each.reference.median),
        ]
        for each in judged
    ]  # fmt: skip
    return columns, rows, [at for at, each in enumerate(judged) if each.verdict != "stable"]


def _plots(judged: Sequence[MeasureDrift], figures: Mapping[str, Any]) -> str:
    places = [plot(each.measure.name, each.measure.noun.capitalize(), each.line) for each in judged]
    if "prices" in figures:
        places.append(plot("prices", "Prices", "How many rows got which price, on a log scale."))
    return f'<div class="pair">{"".join(places)}</div>'

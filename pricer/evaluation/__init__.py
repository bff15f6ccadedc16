"""How wrong prices are: measured, in words, tables and figures, beside peers, as a report."""

from pricer.evaluation.evaluation import BANDS, COVERAGE, SMALLEST_CATEGORY, Evaluation

__all__ = ["BANDS", "COVERAGE", "SMALLEST_CATEGORY", "Evaluation"]

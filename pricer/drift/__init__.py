"""Drift: whether a batch is like what the model was made for."""

from pricer.drift.drift import DIFFERENT_ABOVE, LEAST_ROWS, DriftReport, MeasureDrift

__all__ = ["DIFFERENT_ABOVE", "LEAST_ROWS", "DriftReport", "MeasureDrift"]

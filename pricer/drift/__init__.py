"""Drift: whether a batch is like what the model was made for."""

from pricer.drift.drift import LEAST_ROWS, DriftReport, MeasureDrift

__all__ = ["LEAST_ROWS", "DriftReport", "MeasureDrift"]

"""Ranges that hold what they promise."""

import json

import numpy as np
import pytest

from pricer.intervals import COVERAGES, Calibration


@pytest.fixture
def rows():
    """Residuals whose spread is known: the first half to calibrate on, the second to check with."""
    generator = np.random.default_rng(3)
    scale = generator.uniform(0.2, 1.0, 8000)
    residuals = generator.laplace(0.1, scale)
    return residuals, scale


def _fitted(rows):
    residuals, scale = rows
    return Calibration.fit(residuals, np.zeros(len(residuals)), scale, np.ones(len(residuals)))


@pytest.mark.parametrize("coverage", [0.5, 0.62, 0.8, 0.95])
def test_coverage_on_new_rows_is_the_promised_one(rows, coverage):
    residuals, scale = rows
    calibration = Calibration.fit(residuals[:4000], np.zeros(4000), scale[:4000], np.ones(4000))
    low, high = calibration.bounds(np.zeros(4000), scale[4000:], np.ones(4000), coverage)
    inside = (low <= residuals[4000:]) & (residuals[4000:] <= high)
    assert inside.mean() == pytest.approx(coverage, abs=0.025)


def test_a_range_contains_its_prediction_and_grows_with_coverage(rows):
    calibration = Calibration.fit(rows[0][:60], np.zeros(60), rows[1][:60], np.ones(60))
    ends = [calibration.bounds(np.ones(1), np.ones(1), np.ones(1), coverage) for coverage in COVERAGES]
    assert all(low[0] <= 1 <= high[0] for low, high in ends)
    widths = [float(high[0] - low[0]) for low, high in ends]
    assert widths == sorted(widths)


def test_a_wider_scale_gives_a_wider_range(rows):
    low, high = _fitted(rows).bounds(np.zeros(2), np.array([0.2, 0.9]), np.ones(2), 0.8)
    assert high[1] - low[1] == pytest.approx(4.5 * (high[0] - low[0]))


@pytest.mark.parametrize("coverage", [0.49, 0.96, 1.0, 0.0])
def test_a_coverage_that_was_not_calibrated_is_refused(rows, coverage):
    with pytest.raises(ValueError, match=r"between 0\.5 and 0\.95"):
        _fitted(rows).bounds(np.zeros(1), np.ones(1), np.ones(1), coverage)


def test_json_brings_it_back(rows):
    calibration = _fitted(rows)
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_nothing_to_calibrate_on_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        Calibration.fit(*[np.array([])] * 4)


def test_a_text_that_the_model_does_not_know_gets_the_range_of_all_prices(rows):
    calibration = _fitted(rows)
    low, high = calibration.bounds(np.zeros(3), np.full(3, 0.01), np.array([0.9, 0.5, 0.1]), 0.8)
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()
    inside = (low[2] <= rows[0]) & (rows[0] <= high[2])
    assert inside.mean() == pytest.approx(0.8, abs=0.01)


def test_where_texts_are_little_known_at_all_the_least_known_of_them_count_as_unknown():
    familiarity = np.linspace(0, 0.2, 1001)
    calibration = Calibration.fit(np.ones(1001), np.ones(1001), np.ones(1001), familiarity)
    assert calibration.known_from == pytest.approx(0.01)

"""Drift: a batch like the reference is stable, another one is not, and parts of a batch add up."""

import json

import numpy as np
import pytest

from pricer.drift.drift import (
    DIFFERENT,
    LEAST_ROWS,
    SHIFTED,
    STABLE,
    DriftReport,
    critical_stability,
    population_stability,
)
from pricer.drift.reference import MEASURES, Bins, DriftCounts, Reference, text_lengths


def _texts(n, seed, words=30.0, known=9.0, price=40.0):
    """Lengths, familiarities and prices of n texts around the given middles."""
    generator = np.random.default_rng(seed)
    return (
        np.ceil(generator.lognormal(np.log(words), 0.5, n)),
        generator.beta(known, 1.0, n),
        generator.lognormal(np.log(price), 1.0, n),
    )


def _report(reference, texts):
    return DriftReport.of(reference, DriftCounts.of(*texts))


@pytest.fixture(scope="module")
def reference():
    return Reference.of(*_texts(3000, seed=0))


def test_the_index_is_the_one_computed_by_hand():
    # (0.8 - 0.5) ln(0.8 / 0.5) + (0.2 - 0.5) ln(0.2 / 0.5)
    index = population_stability(np.array([0.5, 0.5]), np.array([0.8, 0.2]))
    assert index == pytest.approx(0.3 * 0.4700036 + 0.3 * 0.9162907, abs=1e-6)


def test_the_critical_value_is_that_of_chi_squared():
    # the 99% quantile of chi-squared with 9 degrees of freedom is 21.666
    assert critical_stability(10, 200, 1000) == pytest.approx(21.666 * (1 / 200 + 1 / 1000), rel=1e-4)


def test_a_bin_that_one_side_leaves_empty_keeps_the_index_finite(reference):
    report = _report(reference, (np.full(500, 3.0), np.zeros(500), np.full(500, 9000.0)))
    assert all(np.isfinite(each.psi) and each.verdict == DIFFERENT for each in report.measures)


def test_the_bins_hold_about_a_tenth_each(reference):
    for bins in reference.bins:
        assert len(bins.shares) == 10
        assert max(bins.shares) < 0.15


def test_ties_at_the_top_make_one_bin():
    bins = Reference.of(np.arange(1, 101), np.minimum(np.arange(1, 101) / 50, 1.0), np.ones(100)).familiarity
    assert bins.edges == (0.2, 0.4, 0.6, 0.8)
    assert bins.shares == (0.1, 0.1, 0.1, 0.1, 0.6)


def test_where_nearly_all_are_equal_the_usual_edges_still_show_a_shift():
    constant = Reference.of(np.full(1000, 9), np.ones(1000), np.full(1000, 30.0))
    assert [each.edges for each in constant.bins] == [measure.usual_edges for measure in MEASURES]
    report = _report(constant, (np.full(500, 60), np.full(500, 0.6), np.full(500, 300.0)))
    assert [each.verdict for each in report.measures] == [DIFFERENT] * 3


def test_the_reference_itself_has_no_drift(reference):
    report = _report(reference, _texts(3000, seed=0))
    assert [each.psi for each in report.measures] == [0, 0, 0]
    assert [each.median for each in report.measures] == [each.median for each in reference.bins]
    assert report.lines() == [report.summary]
    assert "No drift" in report.summary


@pytest.mark.parametrize("n", [100, 300, 3000])
def test_other_texts_of_the_same_population_are_stable_however_few(reference, n):
    verdicts = [each.verdict for seed in range(1, 21) for each in _report(reference, _texts(n, seed)).measures]
    assert verdicts.count(STABLE) >= 58


def test_a_small_shift_and_a_large_one_are_told_apart(reference):
    lengths, familiarity, prices = _report(reference, _texts(2000, 1, words=36, price=120)).measures
    assert (lengths.verdict, familiarity.verdict, prices.verdict) == (SHIFTED, STABLE, DIFFERENT)


def test_only_what_shifted_is_said_with_both_medians(reference):
    report = _report(reference, _texts(2000, seed=1, price=200))
    (line,) = report.lines()
    assert line.startswith("Drift in predicted price: a different population (PSI ")
    assert line.endswith(f"usually ${reference.price_usd.median:,.0f}.")
    assert "predicted price (a different population)" in report.summary


def test_where_the_medians_are_equal_the_bin_that_moved_most_is_said():
    usual = Reference.of(np.full(1000, 9), np.r_[np.full(100, 0.625), np.full(900, 1.0)], np.full(1000, 30.0))
    batch = (np.full(1000, 9), np.r_[np.full(400, 0.625), np.full(600, 1.0)], np.full(1000, 30.0))
    (line,) = _report(usual, batch).lines()
    assert line.endswith("40% of the texts have 70% or less, but more than 50%, usually 10%.")


def test_medians_are_those_of_the_values(reference):
    texts = _texts(2000, seed=2)
    lengths, familiarity, prices = _report(reference, texts).measures
    assert lengths.median == np.quantile(texts[0], 0.5, method="inverted_cdf")
    assert familiarity.median == pytest.approx(np.median(texts[1]), abs=0.001)
    assert prices.median == pytest.approx(np.median(texts[2]), rel=0.02)


def test_too_few_rows_are_not_judged(reference):
    report = _report(reference, _texts(LEAST_ROWS - 1, seed=1, price=5000))
    assert not report.shifted
    assert report.lines() == ["Too few priced rows (99) to tell drift: at least 100 are needed."]


def test_parts_of_a_batch_add_up_to_the_whole():
    texts = _texts(1000, seed=3)
    whole, parts = DriftCounts.of(*texts), DriftCounts()
    for part in zip(*(np.array_split(each, 7) for each in texts), strict=True):
        parts += DriftCounts.from_dict(json.loads(json.dumps(DriftCounts.of(*part).to_dict())))
    assert parts.to_dict() == whole.to_dict()
    assert parts.n_rows == 1000


@pytest.mark.parametrize(
    "change", [{"price_usd": [1]}, {"price_usd": None}, {"surprise": []}, {"familiarity": [0.5] * 1001}]
)
def test_counts_that_cannot_be_meant_are_refused(change):
    with pytest.raises(ValueError):
        DriftCounts.from_dict(DriftCounts().to_dict() | change)


def test_measures_counted_on_different_texts_are_refused():
    with pytest.raises(ValueError, match="different numbers"):
        DriftCounts.of(np.ones(3), np.ones(2), np.ones(3))


@pytest.mark.parametrize("value", [0.0, 1e12, -1.0, np.inf])
def test_a_value_beyond_the_marks_counts_at_the_outermost(value):
    assert DriftCounts.of(*[np.array([value])] * 3).n_rows == 1


def test_words_are_what_white_space_parts():
    assert text_lengths(["steel kettle", "  a\n1.7 l\tkettle ", ""]).tolist() == [2, 4, 0]


def test_json_brings_the_reference_back(reference):
    assert Reference.from_dict(json.loads(json.dumps(reference.to_dict()))) == reference


def test_no_texts_make_no_reference():
    with pytest.raises(ValueError, match="at least one"):
        Reference.of(np.array([]), np.array([]), np.array([]))


@pytest.mark.parametrize(
    "change",
    [
        {"edges": (2.0, 1.0)},
        {"edges": (1.0, 1.0)},
        {"edges": (1.0,)},
        {"edges": ("1", "2")},
        {"edges": (1.0, np.inf)},
        {"shares": (0.2, 0.2, 0.5)},
        {"shares": (-0.5, 0.5, 1.0)},
        {"shares": (False, False, True)},
        {"median": np.nan},
        {"median": None},
    ],
)
def test_bins_that_cannot_be_meant_are_refused(change):
    with pytest.raises((TypeError, ValueError), match="a reference's"):
        Bins(**{"edges": (1.0, 2.0), "shares": (0.25, 0.25, 0.5), "median": 1.0, **change})


@pytest.mark.parametrize(
    "change",
    [{"n_rows": 0}, {"n_rows": 2.5}, {"surprise": 1}, {"familiarity": None}, {"price_usd": {"edges": [1.0]}}],
)
def test_a_reference_that_cannot_be_meant_is_refused(reference, change):
    with pytest.raises((TypeError, ValueError)):
        Reference.from_dict(reference.to_dict() | change)


def test_a_missing_measure_is_refused(reference):
    members = reference.to_dict()
    del members["length_words"]
    with pytest.raises(KeyError, match="length_words"):
        Reference.from_dict(members)


def test_the_report_is_json_with_all_that_a_picture_needs(reference):
    members = json.loads(json.dumps(_report(reference, _texts(200, seed=1)).to_dict(), allow_nan=False))
    assert list(members) == ["n", "reference_n", "length_words", "familiarity", "price_usd"]
    assert (members["n"], members["reference_n"]) == (200, 3000)
    price = members["price_usd"]
    assert len(price["shares"]) == len(price["reference_shares"]) == len(price["edges"]) + 1
    assert price["verdict"] == STABLE

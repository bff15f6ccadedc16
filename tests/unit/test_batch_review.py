"""What is gathered while a batch runs: reasons, extremes, and the file's own prices."""

from types import SimpleNamespace

import numpy as np
import pytest

import pricer.batch.batch
from pricer.batch import price_file
from pricer.batch.extremes import Extremes
from pricer.batch.labelled_rows import LabelledRows, ReviewedRow
from pricer.batch.review import BatchReview, reason_of
from pricer.evaluator import evaluate_runner


def _row(number, text=None):
    return ReviewedRow(number, text or f"text {number}", 10.0, 5.0, 20.0)


def test_extremes_are_those_of_a_full_sort_whatever_the_chunks():
    keys = np.random.default_rng(0).permutation(500).astype(float)
    extremes = Extremes(7)
    for start in range(0, 500, 60):
        extremes.add(keys[start : start + 60], lambda at, start=start: _row(start + at))
    assert [row.number for row in extremes.rows] == np.argsort(-keys)[:7].tolist()


def test_extremes_show_no_text_twice_and_pass_over_rows_without_a_key():
    extremes = Extremes(3)
    extremes.add(np.array([1.0, 9.0, np.nan, 9.0]), lambda at: _row(at, "ab"[at % 2]))
    extremes.add(np.array([9.0, 2.0]), lambda at: _row(10 + at, "bc"[at]))
    assert [(row.number, row.text) for row in extremes.rows] == [(1, "b"), (11, "c"), (0, "a")]


def test_extremes_ask_only_for_rows_that_may_stay():
    extremes, asked = Extremes(2), []
    extremes.add(np.array([5.0, 6.0]), _row)
    extremes.add(np.arange(5.0), asked.append)
    assert asked == []


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("", ""),
        ("To this model, which reads English, no word is familiar: take this price as a guess", ""),
        ("not priced: no text", "no text"),
        ("row has 1 of 2 cells; not priced: no text", "no text"),
        ("not priced: text has 20,001 characters, at most 20,000 are priced", "text of more than 20,000 characters"),
    ],
)
def test_like_reasons_are_told_alike(note, reason):
    assert reason_of(note) == reason


@pytest.fixture
def labelled(tmp_path, items, tiny_runner, monkeypatch):
    """A review of 40 rows in chunks of 8, of which some have no text or no usable price."""
    monkeypatch.setattr(pricer.batch.batch, "CHUNK_ROWS", 8)
    lines = [f'"{item.summary}",{item.price}' for item in items[:40]]
    lines[3], lines[4], lines[5] = ",12", f'"{items[4].summary}",cheap', '"zqx vbn",'
    (tmp_path / "in.csv").write_text("summary,Price\n" + "\n".join(lines) + "\n")
    review = BatchReview(tiny_runner.checkpoint.seen_texts)
    list(price_file(tiny_runner, tmp_path / "in.csv", tmp_path / "out.csv", review=review))
    return review


def test_a_batch_with_prices_is_evaluated_as_the_evaluator_does(labelled, items, tiny_runner):
    kept = [item for at, item in enumerate(items[:40]) if at not in {3, 4, 5}]
    *_, (_, whole) = evaluate_runner(tiny_runner, kept)
    found = labelled.labelled.evaluation()
    assert (found.n, labelled.labelled.n_rows) == (37, 37)
    assert found.mae == pytest.approx(whole.mae, abs=0.01)  # a batch's prices are rounded to cents
    assert found.mae_ci95 == pytest.approx(whole.mae_ci95, abs=0.01)
    assert found.median_ae == pytest.approx(whole.median_ae, abs=0.01)
    assert found.within_20_percent == whole.within_20_percent
    assert found.seen.sum() == 37  # all of them were trained on, and it is told


def test_the_prices_that_stand_out_most_come_first(labelled, items, tiny_runner):
    kept = [at for at in range(40) if at not in {3, 4, 5}]
    ratio = {at + 1: tiny_runner.price([items[at].summary]).price[0] / items[at].price for at in kept}
    by_ratio = sorted(ratio, key=ratio.__getitem__)
    over, under = labelled.labelled.overpriced.rows, labelled.labelled.underpriced.rows
    assert [row.number for row in over] == [number for number in by_ratio if ratio[number] < 1][: len(over)]
    assert [row.number for row in under] == [number for number in by_ratio[::-1] if ratio[number] > 1][: len(under)]
    assert over[0].actual == items[over[0].number - 1].price


def test_skipped_rows_are_counted_by_reason_and_unlike_texts_are_found(labelled):
    assert labelled.skipped == {"no text": 1}
    assert labelled.n_unfamiliar == 1


def test_the_most_certain_rows_have_the_narrowest_ranges(labelled):
    def width(row):
        return (row.high - row.low) / row.price

    narrow, wide = labelled.most_certain.rows, labelled.least_certain.rows
    assert [width(row) for row in narrow] == sorted(width(row) for row in narrow)
    assert [width(row) for row in wide] == sorted((width(row) for row in wide), reverse=True)
    assert width(narrow[-1]) <= width(wide[-1])


def test_a_file_without_prices_has_nothing_to_evaluate(tmp_path):
    review = BatchReview()
    review.begin(SimpleNamespace(columns=["summary", "cost"]), [0])
    assert review.labelled is None


def test_beyond_the_most_rows_a_fair_sample_is_kept():
    labelled = LabelledRows(most=500)
    for start in range(0, 20_000, 700):
        number = np.arange(start, min(start + 700, 20_000), dtype=float)
        labelled.add(np.column_stack([number, number + 1, number, number]), _row, lambda chosen: chosen < 0)
    found = labelled.evaluation()
    assert (labelled.n_rows, found.n) == (20_000, 500)
    assert len(set(found.actual)) == 500
    assert found.actual.mean() == pytest.approx(10_000, rel=0.1)
    assert found.mae == 1


def test_nothing_to_measure_gives_no_evaluation():
    assert LabelledRows().evaluation() is None

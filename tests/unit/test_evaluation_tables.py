"""Tables of an evaluation: in words, and as a file that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from pricer.evaluation import Evaluation
from pricer.evaluation.comparison import Score, published_scores
from pricer.evaluation.tables import (
    FILE_COLUMNS,
    group_table,
    held_table,
    item_table,
    peer_table,
    published_table,
    write_items,
)


@pytest.fixture
def evaluation():
    actual, predicted = np.array([10.0, 200.0, 0.0]), np.array([12.0, 100.0, 1.0])
    texts = ["=HYPERLINK(1)", "a lamp,\nsteel", "w" * 1000]
    familiarity, held = np.array([0.5, 1.0, 0.25]), {0.8: 2}
    return Evaluation(
        texts, ["tools", "-1+2", None], actual, predicted, predicted / 2, predicted * 2,
        np.array([False, True, False]), 1, 0.1, 0.8, familiarity, held,
    )  # fmt: skip


def test_items_are_told_with_their_number_range_and_error(evaluation):
    rows = item_table(evaluation, evaluation.worst(3), text_chars=20).rows
    assert rows[0] == ["2", "a lamp, steel", "$200.00", "$100.00", "$50.00 to $200.00", "$100.00 (50%)"]
    assert rows[2][1] == "w" * 19 + "…"
    assert rows[2][5] == "$1.00 (–)"


def test_every_group_and_every_coverage_has_its_n_and_interval(evaluation):
    assert [row[:2] for row in group_table(evaluation).rows] == [["below $25", "2"], ["$200 and above", "1"]]
    assert group_table(evaluation).rows[1][2] == "$100.00 ($100.00 to $100.00)"
    assert held_table(evaluation).rows == [["80%", "66.7%", "20.8% to 93.9%", "3"]]


def test_peers_mark_this_model_and_leave_out_what_nobody_measured():
    ours = Score("ours", "9 items", 450, 84.9, (74.0, 97.0), 0.75, 0.49, ours=True)
    peer = Score("ridge", "real rows", 450, 97.9, None, 0.82, float("nan"), 13.0, (7.0, 19.0))
    columns, rows, marked = peer_table([ours, peer])
    assert marked == (0,)
    assert rows[0] == ["ours (this model)", "9 items", "$84.90 ($74.00 to $97.00)", "450", "0.750", "0.49", "–"]
    assert rows[1][2:] == ["$97.90", "450", "0.820", "–", "$13.00 ($7.00 to $19.00)"]
    assert len(columns) == len(rows[0])


def test_published_scores_have_their_n():
    rows = published_table(published_scores()).rows
    assert ["human", "–", "$87.62", "100"] in rows


def test_the_file_has_every_item_and_no_formula(evaluation, tmp_path):
    write_items(evaluation, tmp_path / "items.csv")
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FILE_COLUMNS
    assert [row["text"] for row in rows] == ["'=HYPERLINK(1)", "a lamp,\nsteel", "w" * 1000]
    assert [row["category"] for row in rows] == ["tools", "'-1+2", ""]
    assert rows[1] | {"text": ""} == dict(
        zip(
            FILE_COLUMNS,
            ["2", "", "'-1+2", "200.00", "100.00", "50.00", "200.00", "100.00", "50.0", "1", "1.0000", "1", "red"],
            strict=True,
        )
    )
    assert rows[2]["error_percent"] == ""

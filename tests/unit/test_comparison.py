"""A model beside its peers and beside published scores."""

from __future__ import annotations

import math

from pricer.checkpoint_config import CheckpointConfig, TrainingData
from pricer.evaluation.comparison import peer_scores, published_scores

PEER = {
    "name": "ridge", "rows": "real rows", "n": 450, "mae": 97.9, "mae_ci95": [86.0, 111.0], "rmsle": 0.82, "r2": 0.32,
    "mae_above_ours": 13.0, "mae_above_ours_ci95": [7.0, 19.0],
}  # fmt: skip
ACCURACY = {"n": 450, "mae": 84.9, "mae_ci95": [74.0, 97.0], "rmsle": 0.75, "r2": 0.49, "data": "held out"}


def config(**members):
    return CheckpointConfig("ours", {}, {}, {}, TrainingData(1000, {}, "", 1, 99), **members)


def test_peers_stand_beside_the_model_on_the_same_rows_the_best_first():
    worse = {**PEER, "name": "constant", "mae": 137.0}
    ours, ridge, constant = peer_scores(config(accuracy=ACCURACY, peers=[worse, PEER]))
    assert (ours.name, ours.trained_on, ours.n, ours.mae_ci95, ours.ours) == (
        "ours",
        "1,000 items",
        450,
        (74, 97),
        True,
    )
    assert (ridge.name, ridge.n, ridge.above_ours, ridge.above_ours_ci95, ridge.ours) == (
        "ridge",
        450,
        13,
        (7, 19),
        False,
    )
    assert constant.mae == 137.0


def test_without_peers_or_accuracy_there_is_no_comparison():
    assert peer_scores(config(peers=[PEER])) == []
    assert peer_scores(config(accuracy=ACCURACY)) == []


def test_published_scores_say_their_n_and_who_was_trained():
    scores = {score.name: score for score in published_scores()}
    assert (scores["human"].mae, scores["human"].n, scores["human"].trained_on) == (87.62, 100, "–")
    assert (scores["GPT 5.1"].mae, scores["GPT 5.1"].n) == (44.74, 200)
    assert "800,000" in scores["deep network"].trained_on
    assert all(math.isnan(score.rmsle) for score in scores.values())
    assert [score.mae for score in published_scores()] == sorted(score.mae for score in scores.values())

"""A model beside others: its peers on the same rows, and scores that were published on other rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricer.evaluation.published import PUBLISHED

if TYPE_CHECKING:
    from pricer.checkpoint_config import CheckpointConfig


@dataclass(frozen=True)
class Score:
    """One model's mean absolute error."""

    name: str
    trained_on: str
    n: int  # test items
    mae: float  # dollars
    mae_ci95: tuple[float, float] | None = None  # dollars; None where nobody said
    rmsle: float = math.nan
    r2: float = math.nan
    above_ours: float = math.nan  # dollars by which its mean error is above this model's, paired over the items
    above_ours_ci95: tuple[float, float] | None = None  # dollars
    ours: bool = False


def peer_scores(config: CheckpointConfig) -> list[Score]:
    """This model and its peers on the same held-out rows, the best first; empty where nobody measured."""
    accuracy = config.accuracy
    if not config.peers or not accuracy.get("n") or "mae" not in accuracy:
        return []
    items = f"{config.training.items:,} items"
    ours = Score(
        config.name, items, accuracy["n"], accuracy["mae"], _pair(accuracy.get("mae_ci95")),
        accuracy.get("rmsle", math.nan), _number(accuracy.get("r2")), ours=True,
    )  # fmt: skip
    peers = [
        Score(
            peer["name"], peer["rows"], peer["n"], peer["mae"], _pair(peer.get("mae_ci95")), peer["rmsle"], peer["r2"],
            peer["mae_above_ours"], _pair(peer.get("mae_above_ours_ci95")),
        )
        for peer in config.peers
    ]  # fmt: skip
    return sorted([ours, *peers], key=lambda score: score.mae)


def published_scores() -> list[Score]:
    """Scores of people, of language models and of others on the course's own test items, the best first."""
    rows = {True: "the course's 800,000 items", False: "–"}
    scores = [Score(each.name, rows[each.trained], each.n, each.mae) for each in PUBLISHED]
    return sorted(scores, key=lambda score: score.mae)


def _pair(ends: list[float] | None) -> tuple[float, float] | None:
    return (ends[0], ends[1]) if ends else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value

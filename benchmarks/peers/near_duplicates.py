"""Whether a test row has a near-duplicate among the training texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.peers.bootstrap import mean_ci95
from benchmarks.peers.rows import Bench
from pricer.evaluation import Evaluation

LEVELS = (0.5, 0.7, 0.9)  # cosines
CHUNK_ROWS = 50


def highest_similarity(bench: Bench) -> np.ndarray:
    """Highest TF-IDF cosine (single words, sublinear) of each test row to any training text, shape (n_test,)."""
    training = bench.trained_on
    words = TfidfVectorizer(sublinear_tf=True, dtype=np.float32)
    columns = words.fit_transform(training).T.tocsr()
    rows = words.transform(bench.test_texts).tocsr()
    parts = [rows[start : start + CHUNK_ROWS] @ columns for start in range(0, rows.shape[0], CHUNK_ROWS)]
    return np.concatenate([part.max(axis=1).toarray().ravel() for part in parts])


def near_duplicates(ours: Evaluation, bench: Bench) -> dict[str, Any]:
    """How many test rows are alike to a training text, and the error without those above the first level."""
    highest = highest_similarity(bench)
    apart = ours.errors[highest <= LEVELS[0]]
    return {
        "above": {str(level): int((highest > level).sum()) for level in LEVELS},
        "training_texts": len(bench.trained_on),
        "n_apart": len(apart),
        "mae_apart": float(apart.mean()) if len(apart) else None,
        "mae_apart_ci95": mean_ci95(apart) if len(apart) else None,
    }

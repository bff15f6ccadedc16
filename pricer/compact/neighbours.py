"""Near-duplicates among texts, so that nothing is tested on what it was trained on."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

_CHUNK_ROWS = 500


def near(rows: csr_matrix, others: csr_matrix, least: float) -> csr_matrix:
    """Which texts are much alike: 1 where the cosine of two rows' idf-weighted columns is at least ``least``.

    Columns in more than 1% of all texts (and in at least 20) say little of likeness and are left out.

    Parameters
    ----------
    rows, others : csr_matrix of shape (n_rows, n_features), (n_others, n_features)

    Returns
    -------
    csr_matrix of shape (n_rows, n_others)
    """
    n_all = rows.shape[0] + others.shape[0]
    counts = np.bincount(rows.indices, minlength=rows.shape[1]) + np.bincount(others.indices, minlength=rows.shape[1])
    idf = np.where(counts <= max(20, n_all // 100), np.log((1 + n_all) / (1 + counts)), 0.0)
    left, right = _unit(rows, idf), _unit(others, idf).T.tocsr()
    parts = []
    for start in range(0, left.shape[0], _CHUNK_ROWS):
        part = left[start : start + _CHUNK_ROWS] @ right
        part.data = (part.data >= least).astype(np.float32)
        part.eliminate_zeros()
        parts.append(part)
    return csr_matrix(vstack(parts, format="csr")) if parts else csr_matrix((0, others.shape[0]), dtype=np.float32)


def folds_of(alike: csr_matrix, n_folds: int, seed: int) -> np.ndarray:
    """Fold of each text, shape (n_rows,); texts linked by a chain of near-duplicates share a fold.

    Parameters
    ----------
    alike : csr_matrix of shape (n_rows, n_rows)
        What ``near`` gives for the texts and themselves.
    """
    n_groups, group = connected_components(alike, directed=False)
    return (np.random.default_rng(seed).permutation(n_groups) % n_folds)[group]


def _unit(rows: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """The rows' filled columns in idf weights, scaled to unit length; without those of weight 0."""
    values = idf[rows.indices].astype(np.float32)
    weighted = csr_matrix((values, rows.indices, rows.indptr), shape=rows.shape, copy=True)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted.data /= np.repeat(np.maximum(lengths, 1e-6), np.diff(weighted.indptr)).astype(np.float32)
    weighted.eliminate_zeros()
    return weighted

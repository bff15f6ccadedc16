"""The fallback: a linear model on the compact network's columns, the best simple peer of its size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn
from torch.nn import functional as F

from pricer.compact.columns import KeptColumns
from pricer.inference import Prepared, bags


@dataclass(frozen=True)
class RidgeConfig:
    """Shape of a ridge network."""

    n_features: int  # columns of the featurizer's rows
    word_buckets: int  # the first columns, which hold single words
    n_kept: int  # columns that have a coefficient


class RidgeNetwork(nn.Module):
    """Sparse rows to a standardised log price: the sum of the coefficients of a row's tf-idf columns."""

    block_rows = 4096  # of each pass; see `pricer.inference`
    is_small = True
    is_exact = False

    def __init__(self, config: RidgeConfig) -> None:
        super().__init__()
        self.config = config
        self.columns = KeptColumns(config.n_features, config.word_buckets, config.n_kept)
        self.coefficients = nn.Parameter(torch.zeros(config.n_kept, 1), requires_grad=False)
        self.intercept = nn.Parameter(torch.zeros(1), requires_grad=False)

    def prepare(self, rows: csr_matrix) -> Prepared:
        """The rows' kept columns in tf-idf weights, shape (n_texts, n_kept), and how familiar each text is."""
        return self.columns.prepared(rows)

    def embed(self, entries: csr_matrix, device: torch.device) -> Tensor:
        """Sums of the coefficients, shape (n_texts, 1); `entries` are the kept columns in tf-idf weights."""
        indices, offsets, weights = bags(entries, device)
        return F.embedding_bag(indices, self.coefficients, offsets, mode="sum", per_sample_weights=weights)

    def head(self, embedded: Tensor) -> Tensor:
        """Standardised log1p price, shape (n_texts, 1)."""
        return embedded + self.intercept


def fit_ridge(network: RidgeNetwork, rows: csr_matrix, target: np.ndarray, weight: np.ndarray, alpha: float) -> None:
    """Set the coefficients to the least squares with an L2 penalty (Hoerl and Kennard, 1970).

    Parameters
    ----------
    rows : csr_matrix of shape (n_rows, n_features)
    target, weight : arrays of shape (n_rows,)
        Standardised log1p price, and how much each row counts.
    """
    from sklearn.linear_model import Ridge  # here, as pricing does not need it

    model = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3)
    model.fit(network.columns.weighted(rows), target, sample_weight=weight / weight.mean())
    network.coefficients.copy_(torch.from_numpy(model.coef_.astype(np.float32))[:, None])
    network.intercept.fill_(float(model.intercept_))

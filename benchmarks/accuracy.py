"""The built-in model beside the ridge peer, trained on the same rows, on held-out real listings.

python benchmarks/accuracy.py FOLDER     (with items.parquet, estimates.parquet; not part of a user's clone)

The peer is TF-IDF (1,2) ridge: on the real rows alone, and with the estimates weighted by the ratio of densities of
log price (capped at 20).  Differences are paired over the same items, with a 95% bootstrap interval.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
from scipy.stats import gaussian_kde
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluator import BANDS, Evaluation, bootstrap_ci95
from pricer.items import Item

RATIO_CAP = 20.0


def ridge(train: pd.DataFrame, test: pd.DataFrame, alpha: float, weights: np.ndarray | None = None) -> np.ndarray:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    rows = vectorizer.fit_transform(train["summary"])
    model = Ridge(alpha).fit(rows, np.log1p(train["price"]), sample_weight=weights)
    return np.maximum(np.expm1(model.predict(vectorizer.transform(test["summary"]))), 0)


def density_ratio(estimates: np.ndarray, real: np.ndarray) -> np.ndarray:
    """How much likelier each estimate's log price is among the real ones, capped, with a mean of 1."""
    wanted, given = gaussian_kde(np.log1p(real)), gaussian_kde(np.log1p(estimates))
    ratio = np.minimum(wanted(np.log1p(estimates)) / given(np.log1p(estimates)), RATIO_CAP)
    return ratio / ratio.mean()


def evaluation(test: pd.DataFrame, price: np.ndarray, low: np.ndarray, high: np.ndarray) -> Evaluation:
    nothing = np.zeros(len(test), dtype=bool)
    return Evaluation(
        list(test["summary"]), [None] * len(test), test["price"].to_numpy(), price, low, high, nothing, 0, 0
    )


def line(name: str, found: Evaluation, ours: Evaluation) -> str:
    low, high = found.mae_ci95
    difference = found.errors - ours.errors
    least, most = bootstrap_ci95(difference) if found is not ours else (0.0, 0.0)
    paired = f"+{difference.mean():.1f} ({least:.1f} to {most:.1f})" if found is not ours else "–"
    return (
        f"| {name} | {found.mae:.1f} ({low:.1f} to {high:.1f}) | {found.median_ae:.1f} | {found.rmsle:.3f} "
        f"| {found.smape:.1f} | {found.r2:.2f} | {paired} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The built-in model beside the ridge peer, on held-out real listings.")
    parser.add_argument("folder", type=Path, help="folder with items.parquet and estimates.parquet")
    folder = parser.parse_args().folder
    items = pd.read_parquet(folder / "items.parquet")
    items = items[items["source"] == "amazon2023"]
    train, test = (items[items["split"] == split] for split in ("train", "test"))
    estimates = pd.read_parquet(folder / "estimates.parquet")
    estimates = pd.DataFrame({"summary": estimates["full"], "price": estimates["price_estimate"]})
    both = pd.concat([train[["summary", "price"]], estimates], ignore_index=True)
    weights = np.concatenate([np.ones(len(train)), density_ratio(estimates["price"].to_numpy(), train["price"])])

    runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    ours = evaluation(test, *runner.price(list(test["summary"])))
    peers = {
        "ridge, real rows, α 2": ridge(train, test, 2.0),
        "ridge, real rows and estimates, α 0.5": ridge(both, test, 0.5, weights),
    }
    print(f"n = {len(test)} held-out real listings; dollars; 95% intervals\n")
    print("| model | MAE | median error | RMSLE | SMAPE % | r² | MAE above ours, paired |")
    print("|---|---|---|---|---|---|---|")
    print(line("**built-in**", ours, ours))
    for name, price in peers.items():
        print(line(name, evaluation(test, price, price, price), ours))
    forms = test["text_form"].to_numpy()
    print(
        "\nMedian of predicted over actual: "
        + ", ".join(
            f"{form} {np.median((ours.predicted / ours.actual)[forms == form]):.2f} (n = {(forms == form).sum()})"
            for form in pd.unique(forms)
        )
    )
    print(f"True price inside the 80% range: {ours.inside.mean():.0%}. By predicted price:")
    for low, high in BANDS:
        chosen = (ours.predicted >= low) & (ours.predicted < high)
        print(f"  ${low:.0f} to ${high:.0f}: {ours.inside[chosen].mean():.0%} (n = {chosen.sum()})")
    catalogue = Item.from_file(runner.checkpoint.test_split)
    ratio = runner.price([item.summary for item in catalogue]).price / np.array([item.price for item in catalogue])
    within = np.mean((ratio > 0.5) & (ratio < 2))
    print(f"Built-in test split (no listings): {within:.0%} within a factor of two (n = {len(catalogue):,})")


if __name__ == "__main__":
    main()

"""Rows per second of the built-in model beside a TF-IDF ridge with pandas, on the same generated file.

python benchmarks/speed.py [ROWS]        (default 50,000)

Both read a CSV, price every row and write a CSV, in turn, three times; the ratio is taken pair by pair.
"""

from __future__ import annotations

import csv
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.texts import items
from pricer.batch import price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner

PAIRS = 3
TRAINING_ITEMS = 20_000


def ridge() -> Pipeline:
    """What a user would pick instead, trained on generated items."""
    train = list(items(TRAINING_ITEMS, seed=1))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), Ridge(2.0))
    return model.fit([item.summary for item in train], np.log1p([item.price for item in train]))


def with_ridge(model: Pipeline, source: Path, output: Path) -> None:
    for number, chunk in enumerate(pd.read_csv(source, chunksize=10_000)):
        chunk["predicted_price"] = np.expm1(model.predict(chunk["summary"])).round(2)
        chunk.to_csv(output, mode="a" if number else "w", header=not number, index=False)


def with_pricer(runner: DeepNeuralNetworkRunner, source: Path, output: Path) -> None:
    for _ in price_file(runner, source, output):
        pass


def seconds(work, *arguments) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def main() -> None:
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    runner, model = DeepNeuralNetworkRunner.from_pretrained(device="cpu"), ridge()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "items.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "summary"])
            writer.writerows([number, item.summary] for number, item in enumerate(items(n_rows)))
        pairs = [
            (
                seconds(with_pricer, runner, source, Path(folder) / "pricer.csv"),
                seconds(with_ridge, model, source, Path(folder) / "ridge.csv"),
            )
            for _ in range(PAIRS)
        ]
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {n_rows:,} rows\n")
    print("| | rows/s, median | ratio to ridge, median (min to max) |")
    print("|---|---|---|")
    ours, theirs = (n_rows / statistics.median(each) for each in zip(*pairs, strict=True))
    ratios = sorted(peer / own for own, peer in pairs)
    print(f"| pricer batch | {ours:,.0f} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |")
    print(f"| TF-IDF (1,2) ridge, pandas chunks | {theirs:,.0f} | 1 |")


if __name__ == "__main__":
    main()

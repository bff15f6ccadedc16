"""What a user would pick instead of Pricer's batch: TF-IDF and ridge, with pandas in chunks; a program of its own.

python benchmarks/opponents/ridge.py MODEL INPUT OUTPUT        (MODEL was written by `save`)
"""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.texts import catalogue_items

TRAINING_ITEMS = 20_000
CHUNK_ROWS = 10_000


def save(path: Path) -> None:
    """Train the ridge on generated items and keep it."""
    train = list(catalogue_items(TRAINING_ITEMS, seed=1))
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), Ridge(2.0))
    joblib.dump(model.fit([item.summary for item in train], np.log1p([item.price for item in train])), path)


def main() -> None:
    model, source, output = joblib.load(sys.argv[1]), sys.argv[2], sys.argv[3]
    for number, chunk in enumerate(pd.read_csv(source, chunksize=CHUNK_ROWS)):
        chunk["predicted_price"] = np.expm1(model.predict(chunk["summary"])).round(2)
        chunk.to_csv(output, mode="a" if number else "w", header=not number, index=False)


if __name__ == "__main__":
    main()

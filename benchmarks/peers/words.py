"""The TF-IDF columns that several peers read."""

from __future__ import annotations

from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer


def tfidf(**options: Any) -> TfidfVectorizer:
    """Word 1–2-grams met in at least two texts, sublinear, one-letter words and digits included."""
    settings = {"ngram_range": (1, 2), "min_df": 2, "sublinear_tf": True, "token_pattern": r"(?u)\b\w+\b"}
    return TfidfVectorizer(**{**settings, **options})

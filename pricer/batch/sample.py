"""Files to begin with: a labelled sample of a checkpoint's test split, and a template to fill in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pricer.items import Item

SAMPLE_ITEMS = 250
COLUMNS = ("sku", "summary", "price")


def write_sample(test_split: Path, path: Path, most: int = SAMPLE_ITEMS) -> int:
    """Write items of a test split, drawn by a fixed seed, with their true prices; gives how many."""
    items = Item.from_file(test_split, skip_invalid=True)
    chosen = np.sort(np.random.default_rng(42).choice(len(items), min(most, len(items)), replace=False))
    _write(path, [[f"S{at + 1:04}", items[at].summary, f"{items[at].price:.2f}"] for at in chosen])
    return len(chosen)


def write_template(path: Path) -> None:
    """Write a file to fill in: two rows show what belongs where; a price is only needed to compare with."""
    _write(
        path,
        [
            ["A-001", "Cordless drill, 20 V, two batteries, charger and carrying case", "89.00"],
            ["A-002", "Stainless steel water bottle, 750 ml, double walled, keeps drinks cold", ""],
        ],
    )


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])

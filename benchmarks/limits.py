"""What this machine can do: bytes read a second, operations a second, rows of a CSV a second."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import torch

from benchmarks.measure import seconds

WIDTH = 4096


@cache
def bytes_per_second() -> float:
    """Memory read by all threads, bytes a second."""
    numbers = torch.ones(1 << 28)
    numbers.sum()
    return numbers.numel() * 4 / min(seconds(numbers.sum) for _ in range(5))


@cache
def operations_per_second(dtype: torch.dtype = torch.float32, rows: int = 1024) -> float:
    """Multiplications and additions of a large matrix product, a second."""
    left, right = torch.rand(rows, WIDTH).to(dtype), torch.rand(WIDTH, WIDTH).to(dtype)
    left @ right
    return 2 * rows * WIDTH * WIDTH / min(seconds(lambda: left @ right) for _ in range(5))


def csv_seconds(path: Path) -> float:
    """Reading and writing the same CSV by polars, the fastest reader."""
    import polars as pl

    with tempfile.TemporaryDirectory() as folder:
        return seconds(
            lambda: pl.read_csv(path, infer_schema=False).write_csv(Path(folder, "copy.csv")),
        )

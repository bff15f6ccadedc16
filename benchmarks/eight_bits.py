"""What 8 bits cost in accuracy by onnxruntime: errors on real rows beside those in floats, pair by pair.

python benchmarks/eight_bits.py DATA [CHECKPOINT ...]       DATA: the folder of items.parquet
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import table
from benchmarks.peers.bootstrap import mean_ci95
from pricer.builtin import REAL_SOURCE
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.hub import BUILT_IN, FALLBACK


def main() -> None:
    parser = argparse.ArgumentParser(description="What 8 bits cost in accuracy.")
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="*")
    chosen = parser.parse_args()
    texts, prices = _test_rows(chosen.data)
    rows = [_row(folder, texts, prices) for folder in (BUILT_IN, FALLBACK, *chosen.checkpoints)]
    header = ["model", "MAE by torch in fp32", "MAE by onnxruntime in int8", "difference, paired", "of the MAE"]
    print(f"{len(texts)} real rows, in dollars, 95% intervals.\n\n{table(header, rows)}")


def _row(folder: Path, texts: list[str], prices: np.ndarray) -> tuple[str, ...]:
    engines = (("torch", "fp32"), ("onnx", "int8"))
    fp32, int8 = (
        np.abs(
            DeepNeuralNetworkRunner.from_pretrained(folder, None, "cpu", precision, runtime).price(texts).price - prices
        )
        for runtime, precision in engines
    )
    difference = int8 - fp32
    return (
        folder.name,
        f"{fp32.mean():.3f} ({_interval(fp32, '.1f')})",
        f"{int8.mean():.3f} ({_interval(int8, '.1f')})",
        f"{difference.mean():+.4f} ({_interval(difference, '+.4f')})",
        f"{difference.mean() / fp32.mean():+.4%}",
    )


def _interval(values: np.ndarray, digits: str) -> str:
    return " to ".join(f"{end:{digits}}" for end in mean_ci95(values))


def _test_rows(data: Path) -> tuple[list[str], np.ndarray]:
    """Held-out real listings of the kind that the built-in model is for."""
    import pandas as pd

    rows = pd.read_parquet(data / "items.parquet")
    rows = rows[(rows["source"] == REAL_SOURCE) & (rows["split"] == "test")]
    return rows["summary"].tolist(), rows["price"].to_numpy()


if __name__ == "__main__":
    main()

"""Peak memory of `setup()` with the reference network, on generated items.

python benchmarks/memory.py [ITEMS]      (default 800,000, the size of the course's full dataset)
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.texts import items
from pricer.deep_neural_network import DeepNeuralNetworkRunner

N_FEATURES = 5000


def peak_gb() -> float:
    """Largest resident memory of this process so far, in gigabytes (10^9 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 800_000
    train = list(items(n_items))
    before = peak_gb()
    runner = DeepNeuralNetworkRunner(train, train[:1000])
    started = time.perf_counter()
    runner.setup()
    seconds = time.perf_counter() - started
    rows = runner._trainer.train_split.rows
    sparse = (rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes) / 1e9
    print("| items | before setup, GB | peak with setup, GB | sparse rows, GB | as a dense matrix, GB | seconds |")
    print("|---|---|---|---|---|---|")
    dense = n_items * N_FEATURES * 4 / 1e9
    print(f"| {n_items:,} | {before:.2f} | {peak_gb():.2f} | {sparse:.2f} | {dense:.1f} | {seconds:.0f} |")


if __name__ == "__main__":
    main()

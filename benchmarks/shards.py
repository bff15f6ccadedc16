"""Peak memory of training the reference network from a folder of shards, beside that from one list.

python benchmarks/shards.py [SHARDS]      (default 20, of 50,000 generated items each; the same ten, again and again)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd

from benchmarks.texts import items

ITEMS_EACH, DIFFERENT = 50_000, 10
BATCH_SIZE, HIDDEN_SIZE = 4096, 64  # small, so that the items' share of the memory shows
STATUS = Path("/proc/self/status")  # Linux


def memory_gb(entry: str) -> float:
    """An entry of this process's status, gigabytes (10^9 bytes): VmHWM is the peak, RssAnon what is in no file."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(entry))
    return int(line.split()[1]) * 1024 / 1e9


def make(folder: Path, n_shards: int) -> None:
    generated = items(ITEMS_EACH * min(DIFFERENT, n_shards))
    for number in range(n_shards):
        path = folder / f"part-{number:05}.parquet"
        if number >= DIFFERENT:
            shutil.copyfile(folder / f"part-{number % DIFFERENT:05}.parquet", path)
            continue
        rows = [(item.summary, item.price) for _, item in zip(range(ITEMS_EACH), generated, strict=False)]
        pd.DataFrame(rows, columns=["summary", "price"]).to_parquet(path)


def train(folder: Path, how: str) -> None:
    """Train for one epoch in this process and print a line of the table."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.item_stream import Shards
    from pricer.items import Items
    from pricer.training import TrainingConfig
    from pricer.training_splits import stream_splits

    before = memory_gb("VmHWM")
    if how == "streamed":
        splits = stream_splits(str(folder), lite_mode=False)
    else:
        every = Items(Shards(folder).split("train"))
        splits = (every, every[::10][:50_000])
    runner = DeepNeuralNetworkRunner(*splits, hidden_size=HIDDEN_SIZE)
    anonymous = [0.0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            anonymous.append(memory_gb("RssAnon"))

    threading.Thread(target=watch, daemon=True).start()
    started = time.perf_counter()
    runner.setup(TrainingConfig.of_batch(BATCH_SIZE))
    ready = time.perf_counter()
    runner.train(epochs=1)
    done = time.perf_counter()
    stop.set()
    n_items = len(runner._trainer.train_split)
    print(
        f"| {how} | {n_items:,} | {before:.2f} | {max(anonymous):.2f} | {memory_gb('VmHWM'):.2f} "
        f"| {ready - started:.0f} | {done - ready:.0f} |",
        flush=True,
    )


def main() -> None:
    if len(sys.argv) > 2:
        train(Path(sys.argv[2]), sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 20)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e9
        print(f"{size:.2f} GB of Parquet\n")
        print("| items | trained on | before, GB | own memory, GB | with mapped files, GB | reading, s | an epoch, s |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for how in ("streamed", "in one list"):
            subprocess.run([sys.executable, __file__, how, folder], check=True)


if __name__ == "__main__":
    main()

"""Speed of the built-in model beside what a user would pick instead, on the same inputs in the same run.

python benchmarks/speed.py [--rows N ...] [--pairs N]        (default: 100,000 and 1,000,000 rows, 5 pairs)

Batches are whole programs, from the shell to the finished file, ours and the ridge's in turn; the ratio is taken pair
by pair.  Peak memory is that of all processes of a program together.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks import opponents
from benchmarks.texts import items
from pricer.deep_neural_network import DeepNeuralNetworkRunner

ROOT = Path(__file__).parents[1]
CALLS = 500
SAMPLE_SECONDS = 0.05
SUMMARY = (
    "Title: Acoustic Guitar with Case\nCategory: Musical Instruments\nBrand: Northwind\nDescription: Full-size "
    "dreadnought with a solid spruce top, mahogany back and sides, and a slim neck for easy playing.\n"
    "Details: 41 inch, 20 frets, bone nut, chrome tuners, comes with a padded case, a strap and two picks."
)


def one_item() -> list[str]:
    """Milliseconds of one price and of one explanation, in this process."""
    runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    lines = ["| one text, in process | p50, ms | p99, ms |", "|---|---|---|"]
    for name, call in (("price", lambda: runner.price([SUMMARY])), ("explain", lambda: runner.explain(SUMMARY))):
        taken = [seconds(call) * 1e3 for _ in range(CALLS)]
        lines.append(f"| {name} | {np.percentile(taken, 50):.2f} | {np.percentile(taken, 99):.2f} |")
    return lines


def command_line() -> list[str]:
    """Seconds of whole commands."""
    commands = {"--help": ["--help"], "price": ["price", "steel kettle"]}
    lines = ["| python -m pricer … | seconds, median of 5 |", "|---|---|"]
    for name, options in commands.items():
        taken = [seconds(lambda options=options: run(["-m", "pricer", *options])) for _ in range(5)]
        lines.append(f"| {name} | {statistics.median(taken):.2f} |")
    return lines


def batches(sizes: list[int], pairs: int) -> list[str]:
    """Rows a second and peak memory of whole batches, ours and the ridge's in turn."""
    lines = [
        f"| batch of a CSV, {pairs} pairs | rows/s | ratio to the ridge, median (min to max) | peak memory, MB |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        model, source, output = (Path(folder, name) for name in ("ridge.joblib", "items.csv", "priced.csv"))
        opponents.save(model)
        programs = {
            "pricer": ["-m", "pricer", "batch", str(source), str(output)],
            "ridge": [str(ROOT / "benchmarks" / "opponents.py"), str(model), str(source), str(output)],
        }
        for size in sizes:
            write_items(source, size)
            found = [{name: measured(program) for name, program in programs.items()} for _ in range(pairs)]
            ratios = sorted(pair["ridge"][0] / pair["pricer"][0] for pair in found)
            for name in programs:
                taken, memory = zip(*(pair[name] for pair in found), strict=True)
                ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
                lines.append(
                    f"| {name}, {size:,} rows | {size / statistics.median(taken):,.0f} "
                    f"| {ratio if name == 'pricer' else '1'} | {max(memory):,.0f} |"
                )
    return lines


def write_items(path: Path, n_rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "summary"])
        writer.writerows([number, item.summary] for number, item in enumerate(items(n_rows)))


def measured(program: list[str]) -> tuple[float, float]:
    """Seconds of a Python program, and the peak of the memory of it and its children, MB."""
    peak, over = [0.0], threading.Event()
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, *program], cwd=ROOT, stderr=subprocess.DEVNULL) as process:

        def watch() -> None:
            while not over.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], memory_mb(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = process.wait()
    taken = time.perf_counter() - started
    over.set()
    watcher.join()
    if code:
        raise RuntimeError(f"{program} ended with {code}")
    return taken, peak[0]


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children (Linux), MB; shared pages count for each."""
    total = 0.0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        total += pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(memory_mb(int(child)) for child in (task / "children").read_text().split())
    except OSError:  # it has just ended
        pass
    return total


def run(program: list[str]) -> None:
    subprocess.run([sys.executable, *program], cwd=ROOT, check=True, capture_output=True)


def seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the built-in model beside what a user would pick instead.")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes of the batches")
    parser.add_argument("--pairs", type=int, default=5, help="times that each batch is run")
    chosen = parser.parse_args()
    print(
        f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        "generated texts of 50 words, about 350 characters.\n"
    )
    for table in (one_item(), command_line(), batches(chosen.rows, chosen.pairs)):
        print("\n".join(table) + "\n", flush=True)


if __name__ == "__main__":
    main()

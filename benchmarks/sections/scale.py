"""Batches of a folder by Ray, as whole programs: one worker, two workers and the local engine on one core, in turn.

A program's start costs the same whatever the size, so the pace is what more rows take: the difference of two sizes.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.measure import Run, ratio, run, table
from benchmarks.sections.batches import write_items

PARTS, PART_ROWS, ROUNDS = 6, (10_000, 60_000), 3
ONE_CORE = """
import sys
from pathlib import Path
from pricer import DeepNeuralNetworkRunner
from pricer.batch import BatchOptions, price_file
runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
for part in Path(sys.argv[1]).iterdir():
    list(price_file(runner, part, Path(sys.argv[2], part.name), BatchOptions(processes=1)))
"""


def report(part_rows: tuple[int, int] = PART_ROWS, rounds: int = ROUNDS) -> str:
    found: dict[str, list[float]] = {"local engine, one core": [], "ray, 1 worker": [], "ray, 2 workers": []}
    runs: dict[str, list[Run]] = {name: [] for name in found}
    with tempfile.TemporaryDirectory() as folder:
        sources = [Path(folder, str(rows)) for rows in part_rows]
        for source, rows in zip(sources, part_rows, strict=True):
            _write_parts(source, rows)
        for _ in range(rounds):
            for name, paces in found.items():
                few, many = (_run(name, source, Path(folder, "out")) for source in sources)
                paces.append(PARTS * (part_rows[1] - part_rows[0]) / (many.seconds - few.seconds))
                runs[name].append(many)
    one = found["ray, 1 worker"]
    rows = [
        (
            name,
            f"{statistics.median(paces):,.0f}",
            str(ratio(paces, one)),
            f"{statistics.median(each.seconds for each in runs[name]):.1f}",
            f"{statistics.median(each.memory_mb for each in runs[name]):,.0f}",
        )
        for name, paces in found.items()
    ]
    n_rows = PARTS * part_rows[1]
    header = [f"{PARTS} CSV parts, {rounds} rounds", "rows/s", "over 1 worker's, median (min to max)"]
    return table([*header, f"seconds for {n_rows:,} rows", "peak MB, all processes"], rows)


def _write_parts(folder: Path, rows: int) -> None:
    folder.mkdir()
    write_items(folder / "part-0.csv", rows)
    for number in range(1, PARTS):
        shutil.copyfile(folder / "part-0.csv", folder / f"part-{number}.csv")


def _run(name: str, source: Path, output: Path) -> Run:
    shutil.rmtree(output, ignore_errors=True)
    if name.startswith("local"):
        output.mkdir()
        return run(["-c", ONE_CORE, str(source), str(output)], OMP_NUM_THREADS="1", POLARS_MAX_THREADS="1")
    workers = name.split()[1]
    return run(["-m", "pricer", "batch", str(source), str(output), "--engine", "ray", "--workers", workers])

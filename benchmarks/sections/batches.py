"""Batches of a CSV: whole programs, from the shell to the finished file, ours and the ridge's in turn."""

from __future__ import annotations

import csv
import statistics
import tempfile
from pathlib import Path

from benchmarks import limits
from benchmarks.measure import Run, ratio, run, table
from benchmarks.opponents import ridge
from benchmarks.texts import TEXT_CHARS, catalogue_items

SIZES, PAIRS = (100_000, 1_000_000), 5


def report(sizes: tuple[int, ...] = SIZES, pairs: int = PAIRS) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        model, source, output = (Path(folder, name) for name in ("ridge.joblib", "items.csv", "priced.csv"))
        ridge.save(model)
        programs = {
            "pricer": ["-m", "pricer", "batch", str(source), str(output)],
            "ridge": ["benchmarks/opponents/ridge.py", str(model), str(source), str(output)],
        }
        for size in sizes:
            write_items(source, size)
            found = {name: list[Run]() for name in programs}
            for _ in range(pairs):
                for name, program in programs.items():
                    found[name].append(run(program))
            bare = limits.csv_seconds(source)
            rows += [_row(name, size, runs, found["ridge"]) for name, runs in found.items()]
            rows.append((f"reading and writing alone, {size:,} rows", f"{size / bare:,.0f}", "", "", ""))
    header = [f"batch of a CSV, {pairs} pairs", "rows/s", "over the ridge's, median (min to max)", "peak MB", "bar"]
    return table(header, rows)


def _row(name: str, size: int, runs: list[Run], theirs: list[Run]) -> tuple[str, ...]:
    taken = [each.seconds for each in runs]
    over = ratio([each.seconds for each in theirs], taken)
    return (
        f"{name}, {size:,} rows",
        f"{size / statistics.median(taken):,.0f}",
        str(over) if name == "pricer" else "1",
        f"{statistics.median(each.memory_mb for each in runs):,.0f}",
        "≥ 2; ≤ 1,500 MB" if name == "pricer" and size >= 1_000_000 else "",
    )


def write_items(path: Path, n_rows: int, chars: int = TEXT_CHARS) -> None:
    """A CSV of so many generated items."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "summary"])
        writer.writerows([number, item.summary] for number, item in enumerate(catalogue_items(n_rows, chars=chars)))

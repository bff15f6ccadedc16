"""What was tried against Pricer and what happened: makes the README's table and `docs/tried.md`.

python benchmarks/proof.py [--minutes 5] [--load FILE ...] [--tests FILE ...]

Runs the tests of nasty files, faults, attacks and limits, then `benchmarks/load.py`, and writes down what came of them.
A test that fails is in the table as one that failed.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import ROOT, machine, table

BEGIN, END = "<!-- proof: made by `make proof` -->\n", "<!-- /proof -->\n"
AREAS = {"files": "Files that people have", "faults": "Faults", "attacks": "Attacks", "load": "Limits and endings"}


@dataclass(frozen=True)
class Tried:
    """The tests of one file."""

    what: str  # first sentence of its docstring
    passed: int
    failed: int
    skipped: int

    @property
    def outcome(self) -> str:
        words = [f"{self.passed} passed"]
        words += [f"**{self.failed} failed**"] if self.failed else []
        words += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description="What was tried, and what happened.")
    parser.add_argument("--minutes", type=float, default=5, help="of load; 0: none is tried")
    parser.add_argument("--load", metavar="FILE", nargs="+", help="what benchmarks/load.py wrote by --json, with and "
                        "without --mixed; none is tried anew")  # fmt: skip
    parser.add_argument("--tests", metavar="FILE", nargs="+", help="what pytest wrote by --junitxml, the last run last")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports = [Path(each) for each in chosen.tests or [_tested(Path(folder, "tests.xml"))]]
        found = {area: _tried(area, reports) for area in AREAS}
        if not chosen.load and chosen.minutes:
            chosen.load = [_loaded(chosen.minutes, Path(folder, "load.json"))]
        load = [json.loads(Path(each).read_text(encoding="utf-8")) for each in chosen.load or ()]
    rows = _summary(found) + [_load_row(each["phases"][-1]) for each in load]
    summary = table(["tried", "how", "what happened"], rows)
    _write_between(ROOT / "README.md", f"\n{summary}\nOne by one: [docs/tried.md](docs/tried.md).\n\n")
    (ROOT / "docs" / "tried.md").write_text(_page(found, load), encoding="utf-8")
    print(summary)


def _tested(report: Path) -> Path:
    command = [sys.executable, "-m", "pytest", *(f"tests/{area}" for area in AREAS), "-q", f"--junitxml={report}"]
    subprocess.run(command, cwd=ROOT, check=False, stdout=sys.stderr)
    return report


def _tried(area: str, reports: list[Path]) -> list[Tried]:
    """What came of each file of an area, in the order of their names."""
    counts: dict[str, list[int]] = {}
    cases = {
        (case.attrib["classname"], case.attrib["name"]): case
        for report in reports
        for case in ElementTree.parse(report).getroot().iter("testcase")
    }
    for case in cases.values():
        name = case.attrib["classname"].partition(f"tests.{area}.")[2].split(".")[0]
        if not name:
            continue
        kinds = {child.tag for child in case}
        of_file = counts.setdefault(name, [0, 0, 0])
        of_file[1 if kinds & {"failure", "error"} else 2 if "skipped" in kinds else 0] += 1
    return [Tried(_sentence(ROOT / "tests" / area / f"{name}.py"), *counts[name]) for name in sorted(counts)]


def _sentence(path: Path) -> str:
    return (
        (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem)
        .split("\n\n")[0]
        .replace("\n", " ")
    )


def _loaded(minutes: float, report: Path) -> Path:
    command = [sys.executable, "benchmarks/load.py", "--minutes", str(minutes), "--json", str(report)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return report


def _summary(found: dict[str, list[Tried]]) -> list[tuple[str, str, str]]:
    from tests.files.test_files import GROUPS, READ, REFUSED

    sums = {
        area: (sum(each.passed for each in tried), sum(each.failed for each in tried)) for area, tried in found.items()
    }
    outcome = {area: f"{passed:,} of {passed + failed:,} checks passed" for area, (passed, failed) in sums.items()}
    names = ", ".join(group.__name__.rpartition(".")[2].replace("_", " ") for group in GROUPS)
    return [
        (
            f"{len(READ) + len(REFUSED)} files as people have them",
            f"{names}; tables in every dialect; random and mutated bytes",
            f"{len(READ)} come back cell by cell, {len(REFUSED)} are refused with row or byte; {outcome['files']}",
        ),
        (
            "faults",
            "killed at every file operation; disk full, gone, locked; memory; input, workers, training, downloads, "
            "Hub, weights flipped byte by byte, a GPU's memory",
            f"told, nothing half written, gone on with, no wrong price; {outcome['faults']}",
        ),
        (
            "attacks",
            "paths, uploads, others' results, addresses, markup, formulas, patterns, bodies, origins, logins, tokens",
            f"refused or shown to the letter ([SECURITY.md](SECURITY.md)); {outcome['attacks']}",
        ),
        ("limits and endings", "one visitor taking all, a full queue, a full disk, SIGTERM, SIGKILL", outcome["load"]),
    ]


def _load_row(phase: dict[str, Any]) -> tuple[str, str, str]:
    """What people did for how long, and what came of it."""
    prices = next(each for each in phase["kinds"] if each["kind"] == "price")
    requests, busy = (sum(each[key] for each in phase["kinds"]) for key in ("requests", "busy"))
    failed = sum(sum(each["failures"].values()) for each in phase["kinds"])
    if phase["phase"] == "mixed":
        how = "doing all that the page can, in sessions that come and go"
        memory = [look["rss_mb"] for look in phase["looks"]]
        asked = "three prices in a row"
        also = f"the app's memory between {min(memory):.0f} and {max(memory):.0f} MB, {_grown(phase)}"
    else:
        asked = "one price"
        how = f"with a price each 8 s and {phase['files']} with files of 100,000 rows"
        also = f"{phase['batch_rows_per_second']:,} rows/s of batches"
    return (
        "load",
        f"{phase['people']} people {how}, {phase['minutes']:.0f} min, 2 cores",
        f"{requests:,} requests: {failed} failed, {busy} told to wait; {asked} p50 {prices['p50']:.2f} s, p95 "
        f"{prices['p95']:.2f} s; {also}",
    )


def _grown(phase: dict[str, Any]) -> str:
    growth = phase["growth_rss_mb"]
    return "too short to tell growth" if growth is None else f"{growth:+.0f} MB from the second quarter to the last"


def _page(found: dict[str, list[Tried]], load: list[dict[str, Any]]) -> str:
    parts = ["# What was tried, and what happened", f"Made by `make proof`. {machine()}."]
    for area, title in AREAS.items():
        parts += [f"## {title}", table(["what holds", "tests"], [(each.what, each.outcome) for each in found[area]])]
    if load:
        phases = [phase for each in load for phase in each["phases"]]
        rows = [
            (phase["phase"], each["kind"], each["requests"], sum(each["failures"].values()), each["busy"], each["p50"],
             each["p95"], each["p99"])
            for phase in phases for each in phase["kinds"]
        ]  # fmt: skip
        heads = ["phase", "requests of", "n", "failed", "busy", "p50 s", "p95 s", "p99 s"]
        parts += ["## Load", table(heads, rows)]
        parts += [f"The app's memory, {phase['phase']}: {_grown(phase)}." for phase in phases if phase["files"]]
        parts += [
            f"Asked to end by SIGTERM, the app was gone after {each['stop']['seconds']} s with exit code "
            f"{each['stop']['exit_code']}; {each['left_on_disk']['files']} temporary files were left."
            for each in load
        ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _write_between(path: Path, text: str) -> None:
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    path.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()

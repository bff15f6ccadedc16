"""Many visitors at once: single prices and large files through the page of a running app, beside an echo as the floor.

python benchmarks/load.py [--minutes 5] [--people 64] [--files 4] [--mixed] [--json FILE]      (Linux)

Phases in turn: an echo function behind the same server with the same people; prices alone; prices beside the files.
`--mixed` instead: all that visitors do, in sessions that come and go, to see whether memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crowd.footprint import Footprint, footprint, on_disk
from benchmarks.crowd.mixed import mixed
from benchmarks.crowd.people import Crowd
from benchmarks.crowd.session import Page, client, own_seconds
from benchmarks.measure import ROOT, machine, table
from benchmarks.sections.batches import write_items

ROWS = 100_000
SEED = 7
ADDRESS = re.compile(r"open at (http://\S+)")
# As on a public address behind one proxy: everyone's address is told by it.
PUBLIC = {"PRICER_PUBLIC": "true", "PRICER_TRUSTED_PROXY": "true"}


def main() -> None:
    chosen = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the app ends too
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        found = asyncio.run(_measured(chosen, Path(folder)))
    print(f"{machine()}, load average before {found['load_before']}.\n")
    _print(found)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=2), encoding="utf-8")


async def _measured(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"load_before": list(os.getloadavg()), "phases": [], "looks": []}
    sources = []
    for number in range(chosen.files):
        sources.append(folder / f"items-{number}.csv")
        write_items(sources[-1], ROWS)
    short = min(1.0, chosen.minutes / 3)
    if not chosen.mixed:
        with _served(["benchmarks/opponents/echo.py"], folder / "echo") as (address, process):
            found["phases"].append(await _phase("echo", address, process, folder / "echo", short, chosen.people, []))
    temporary = folder / "app"
    with _served(["app.py", *chosen.app], temporary) as (address, process):
        if chosen.mixed:
            phase = await _phase(
                "mixed", address, process, temporary, chosen.minutes, chosen.people, sources[:1], mixed
            )
            found["phases"].append(phase)
        else:
            for name, minutes, files in (("prices", short, []), ("prices beside files", chosen.minutes, sources)):
                phase = await _phase(name, address, process, temporary, minutes, chosen.people, files)
                found["phases"].append(phase)
        found["stop"] = _stopped(process)
    files, size = on_disk(temporary)
    found["left_on_disk"] = {"files": files, "mb": round(size / 1e6, 3)}
    return found


async def _phase(
    name: str,
    address: str,
    process: subprocess.Popen[bytes],
    temporary: Path,
    minutes: float,
    people: int,
    sources: Sequence[Path],
    kind: Callable[..., Any] | None = None,
) -> dict[str, Any]:
    """People at a page for so many minutes, and what became of them and it."""
    started, ours = time.monotonic(), own_seconds()
    looks: list[Footprint] = []
    async with client() as pool:
        crowd = Crowd(pool, await Page.found(pool, address), started + 60 * minutes, SEED)
        watched = asyncio.create_task(_watch(process.pid, temporary, started, looks))
        await crowd.run(people, list(sources), kind)
        watched.cancel()
    taken = time.monotonic() - started
    looks.append(footprint(process.pid, temporary, taken / 60))
    return {
        "phase": name,
        "minutes": round(taken / 60, 2),
        "people": people,
        "files": len(sources),
        "kinds": [tally.to_dict() for tally in crowd.tallies.values()],
        "batch_rows_per_second": round(crowd.rows / taken),
        "client_share_of_a_core": round((own_seconds() - ours) / taken, 3),
        "growth_rss_mb": _growth(looks),
        "looks": [look.to_dict() for look in looks],
    }


async def _watch(pid: int, temporary: Path, started: float, looks: list[Footprint]) -> None:
    while True:
        await asyncio.sleep(15 if not looks else 60)
        looks.append(await asyncio.to_thread(footprint, pid, temporary, (time.monotonic() - started) / 60))


def _growth(looks: Sequence[Footprint]) -> float | None:
    """The app's own memory in the last quarter over that in the second, MB; None for runs too short to tell."""
    if len(looks) < 8:
        return None
    quarter = len(looks) // 4
    second, last = looks[quarter : 2 * quarter], looks[-quarter:]
    return round(median(look.rss_mb for look in last) - median(look.rss_mb for look in second), 1)


@contextmanager
def _served(program: Sequence[str], temporary: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A program that serves its page, with a folder of its own for all temporary files."""
    temporary.mkdir()
    environment = os.environ | PUBLIC | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(temporary)}
    log = (temporary.parent / f"{temporary.name}.log").open("wb")
    with (
        log,
        subprocess.Popen(
            [sys.executable, *program], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield (
                next(found[1] for line in process.stdout if (found := ADDRESS.search(line.decode()))).rstrip("/"),
                process,
            )
        finally:
            process.kill()
            log.close()
            print(Path(log.name).read_text(errors="replace")[-2000:], file=sys.stderr)


def _stopped(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """End the app as a process manager does."""
    started = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    code = process.wait(60)
    return {"exit_code": code, "seconds": round(time.perf_counter() - started, 2)}


def _print(found: dict[str, Any]) -> None:
    rows = [
        (phase["phase"], phase["minutes"], each["kind"], each["requests"], sum(each["failures"].values()), each["busy"],
         each["p50"], each["p95"], each["p99"])
        for phase in found["phases"] for each in phase["kinds"]
    ]  # fmt: skip
    print(table(["phase", "min", "requests of", "n", "failed", "busy", "p50 s", "p95 s", "p99 s"], rows))
    for phase in found["phases"]:
        print(
            f"{phase['phase']}: {phase['batch_rows_per_second']:,} rows/s of batches; the visitors took "
            f"{phase['client_share_of_a_core']:.0%} of a core; memory grew by {phase['growth_rss_mb']} MB."
        )
        for failure in (f"{words} ({n})" for each in phase["kinds"] for words, n in each["failures"].items()):
            print(f"  failed: {failure}")
        looks = [list(each.values()) for each in phase["looks"]]
        print(table([*phase["looks"][0]], looks))
    print(f"SIGTERM: {found['stop']}. Left on disk: {found['left_on_disk']}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Many visitors at once.")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--files", type=int, default=4, help=f"visitors with files of {ROWS:,} rows, over and over")
    parser.add_argument("--mixed", action="store_true", help="mixed use instead of prices")
    parser.add_argument("--json", metavar="FILE", help="write everything there too")
    parser.add_argument("app", nargs="*", help="options of app.py, after --")
    return parser


if __name__ == "__main__":
    main()

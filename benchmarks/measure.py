"""Times and memory: what runs in turn, in one process or as whole programs."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Ratio:
    """How many times as long one thing took as another, pair by pair."""

    values: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.values):.2f} to {max(self.values):.2f})"


@dataclass(frozen=True)
class Run:
    """A program that has ended."""

    seconds: float
    memory_mb: float  # peak of it and its children together


def machine() -> str:
    """This machine, in a line."""
    model = ""
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    import torch

    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores ({torch.backends.cpu.get_cpu_capability()}"
        f"{', AMX' if torch.cpu._is_amx_tile_supported() else ''}), {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(works: dict[str, Callable[[], object]], rounds: int = 5, warm_up: bool = True) -> dict[str, list[float]]:
    """Seconds of each, in turn: what disturbs one round disturbs all of it."""
    if warm_up:
        for work in works.values():
            work()
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(seconds(work))
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Ours over theirs, round by round."""
    return Ratio([one / other for one, other in zip(ours, theirs, strict=True)])


def run(program: Sequence[str], **environment: str) -> Run:
    """Run a Python program from the shell to its end."""
    peak, over = [0.0], threading.Event()
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
    ) as process:

        def watch() -> None:
            while not over.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], memory_mb(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, problem = process.communicate()
    taken = time.perf_counter() - started
    over.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{program} ended with {process.returncode}: {problem.decode()[-500:]}")
    return Run(taken, peak[0])


def memory_mb(pid: int) -> float:
    """Memory of a process and its children (Linux), MB; pages that processes share count once (PSS)."""
    total = 0.0
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(memory_mb(int(child)) for child in (task / "children").read_text().split())
    except OSError:  # it has just ended
        pass
    return total


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"

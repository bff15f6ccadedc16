"""What a process and its children take of the machine, and what it leaves on disk (Linux)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """One look at an app."""

    minute: float  # since people came
    rss_mb: float  # of the app alone
    pss_mb: float  # of it and its children; shared pages count once
    children: int
    threads: int  # of the app
    descriptors: int  # that the app holds open
    temp_mb: float
    temp_files: int

    def to_dict(self) -> dict[str, float]:
        """All members, rounded."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def footprint(pid: int, folder: Path, minute: float) -> Footprint:
    """A look at a running app whose temporary files all lie in a folder."""
    status = dict(line.partition(":")[::2] for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    family = [pid, *children(pid)]
    files, size = on_disk(folder)
    return Footprint(
        minute,
        int(status["VmRSS"].split()[0]) / 1024,
        sum(map(_pss_mb, family)),
        len(family) - 1,
        int(status["Threads"]),
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        size / 1e6,
        files,
    )


def on_disk(folder: Path) -> tuple[int, int]:
    """Files below a folder, and their bytes."""
    files = size = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                files, size = files + 1, size + path.stat().st_size
        except OSError:  # gone meanwhile
            continue
    return files, size


def children(pid: int) -> list[int]:
    """The ids of a process's children, and of theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return [each for child in found for each in (child, *children(child))] if found else []


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

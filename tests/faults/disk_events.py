"""What this process is about to do to the files below a folder, by Python's audit events: to look on, or to fail it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pricer.errors import UserError

CHANGES = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "ctypes.dlsym"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

_watched: list[tuple[str, Callable[[str, tuple], None]]] = []
_busy = threading.Lock()  # what a watcher does itself is no event


def _hook(event: str, arguments: tuple) -> None:
    if not _watched or event not in CHANGES or not _busy.acquire(blocking=False):
        return
    try:
        folder, heard = _watched[-1]
        if _concerns(event, arguments, folder):
            heard(event, arguments)
    finally:
        _busy.release()


def _concerns(event: str, arguments: tuple, folder: str) -> bool:
    if event == "ctypes.dlsym":
        return arguments[1] == "renameat2"
    paths = [os.fsdecode(each) for each in arguments[:2] if isinstance(each, str | bytes | os.PathLike)]
    below_a_descriptor = (
        event in {"os.remove", "os.rmdir"} and not Path(paths[0]).is_absolute()
    )  # as rmtree goes about it
    return below_a_descriptor or any(path.startswith(folder) for path in paths)


sys.addaudithook(_hook)


@contextmanager
def watching(folder: Path, heard: Callable[[str, tuple], None]) -> Iterator[None]:
    """Within: `heard` is called before every event below the folder; what it raises, the event raises."""
    _watched.append((str(folder), heard))
    try:
        yield
    finally:
        _watched.pop()


def is_written(event: str, arguments: tuple) -> bool:
    """Whether an event needs room on the disk: a file is made or written, a folder made, a name given."""
    if event == "open":
        return bool(arguments[2] & _WRITING)
    return event in {"os.rename", "os.mkdir"}


def moments(folder: Path, copies: Path, work: Callable[[], object]) -> list[Path]:
    """Do the work; gives copies of the folder as a kill would have left it, before each event and at the end.

    What the process holds in buffers is not in them, as it is lost to a kill.  Equal moments are given once.
    """
    found: dict[str, Path] = {}

    def keep(*_: object) -> None:
        state = _digest(folder)
        if state not in found:
            found[state] = copies / f"{len(found):03d}"
            shutil.copytree(folder, found[state])

    copies.mkdir(exist_ok=True)
    with watching(folder, keep):
        work()
    keep()
    return list(found.values())


def failing(folder: Path, number: int, error: Callable[[], Exception]) -> tuple[Callable[[str, tuple], None], list]:
    """A watcher that fails the event of a number (from 0) among those that need room, and whether it has yet."""
    seen: list[str] = []

    def heard(event: str, arguments: tuple) -> None:
        if is_written(event, arguments):
            seen.append(event)
            if len(seen) == number + 1:
                raise error()

    return heard, seen


def failure(work: Callable[..., object], *arguments: object) -> str:
    """What the work says as it fails by our own error; empty if it does not."""
    try:
        work(*arguments)
    except UserError as error:
        return str(error)
    return ""


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        if path.is_file():
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()

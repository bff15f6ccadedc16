"""How much disk uploads and results may take together, and what goes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from pricer.errors import BusyError
from pricer.ui.run_folders import RunFolders

YOUNG_SECONDS = 600  # a file of this age may just have been uploaded to be priced
NO_ROOM = "The page is busy: there is no room for another file. Try again in a few minutes."


class _Stored(NamedTuple):
    path: Path
    size_bytes: int
    changed: float  # seconds since the epoch


class Disk:
    """Watches over an app's folders: the oldest uploads go first, and new ones may have to wait."""

    def __init__(
        self, folders: RunFolders, most_bytes: int, kept_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._folders, self._most_bytes, self._kept_seconds, self._clock = folders, most_bytes, kept_seconds, clock
        self._coming, self._lock = 0, Lock()  # bytes of uploads that are under way

    def sweep(self) -> list[Path]:
        """Remove uploads and fetched results that are too old, or too many; gives what was removed."""
        now, removed = self._clock(), []
        used = sum(each.size_bytes for each in _stored(self._folders.root))
        for each in sorted(_stored(self._folders.cache), key=lambda each: each.changed):
            age = now - each.changed
            if age > self._kept_seconds or (used > self._most_bytes and age > YOUNG_SECONDS):
                with suppress(OSError):
                    each.path.unlink()
                    used -= each.size_bytes
                    removed.append(each.path)
        _remove_empty(self._folders.cache, now - YOUNG_SECONDS)
        return removed

    @contextmanager
    def room(self, size_bytes: int) -> Iterator[None]:
        """Within: an upload of this size is under way.

        Raises
        ------
        BusyError
            There is no room for it.
        """
        with self._lock:
            if self._used() + self._coming + size_bytes > self._most_bytes:
                self.sweep()
                if self._used() + self._coming + size_bytes > self._most_bytes:
                    raise BusyError(NO_ROOM)
            self._coming += size_bytes
        try:
            yield
        finally:
            with self._lock:
                self._coming -= size_bytes

    def check(self) -> None:
        """For whoever writes a file whose size is only told by writing it, between its steps.

        Raises
        ------
        BusyError
            There is no room left.
        """
        if self._used() > self._most_bytes:  # what is under way is there by and by
            raise BusyError(NO_ROOM)

    def _used(self) -> int:
        return sum(each.size_bytes for each in _stored(self._folders.root))


def _stored(folder: Path) -> Iterator[_Stored]:
    for path in folder.rglob("*"):
        with suppress(OSError):  # gone meanwhile
            found = path.lstat()
            if not path.is_dir():
                yield _Stored(path, found.st_size, found.st_ctime)


def _remove_empty(folder: Path, before: float) -> None:
    for path in [each for each in folder.iterdir() if each.is_dir()]:
        with suppress(OSError):  # it has files, or is gone
            if path.stat().st_mtime < before:
                path.rmdir()

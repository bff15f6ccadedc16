"""The app's own folder for temporary files: everything in it goes with the app, however the app ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX, LOCK = "pricer-", "in-use-by"  # a folder of ours has this file, locked while its app lives


class RunFolders:
    """One folder of the app's own, with one below it for every run; each vanishes with its run, all with the app.

    An app that was killed leaves its folder behind: the next one to start removes it.
    """

    def __init__(self) -> None:
        remove_abandoned()
        self.root = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._remove = weakref.finalize(self, _removed, self.root, _marked(self.root))  # at exit at the latest
        self.runs = self.root / "runs"  # what runs work in
        self.cache = self.root / "cache"  # uploads, and results that can be fetched
        self.kept = self.root / "kept"  # finished batches that may be asked for again
        self.samples = self.root / "samples"  # files to begin with
        for folder in (self.runs, self.cache, self.kept, self.samples):
            folder.mkdir()

    @contextmanager
    def new(self) -> Iterator[Path]:
        """A fresh folder, removed at the end however the run ends."""
        folder = Path(tempfile.mkdtemp(dir=self.runs))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything; nothing of the app may use it any more."""
        self._remove()


def remove_abandoned() -> None:
    """Remove folders of apps that were killed: those that have our mark, and whose lock nobody holds."""
    for mark in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):  # another user's, or another app removes it just now
            descriptor = os.open(mark, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)
            finally:
                os.close(descriptor)


def _marked(root: Path) -> int:
    """A descriptor that holds the lock of a folder for as long as this process lives.

    The mark gets its name when it is locked: else another app that starts just now could take it for an abandoned one.
    """
    unnamed = root / f"{LOCK}.new"
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    unnamed.rename(root / LOCK)
    return descriptor


def _removed(root: Path, descriptor: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    os.close(descriptor)

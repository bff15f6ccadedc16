"""Files and folders that appear whole or not at all: written, synchronised with the disk, and only then named."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux's renameat2


def put(unfinished: Path, final: Path) -> None:
    """Give a finished file its name, in the same folder system; one that has the name is replaced.

    The file's bytes reach the disk before its name does, and the name before this returns: not even a power cut leaves
    a file that is named and not whole.
    """
    sync(unfinished)
    unfinished.replace(final)
    sync(final.parent)


@contextmanager
def fresh_file(path: Path) -> Iterator[Path]:
    """A name beside this one to write a file under; the file takes its place when all has gone well."""
    fresh = path.with_name(f".{path.name}.partial")
    try:
        yield fresh
        put(fresh, path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def put_folder(fresh: Path, folder: Path) -> None:
    """Give a finished folder its name; one that has the name changes places with it, where the system can do that.

    So there is no moment without a whole folder of that name, except on systems without such an exchange (and there it
    takes two renames, between which the older folder lies beside `fresh`).
    """
    for each in (*fresh.rglob("*"), fresh):
        sync(each)
    if folder.exists() and not _exchanged(fresh, folder):
        folder.replace(fresh.with_name("old"))
    if fresh.exists() and not folder.exists():
        fresh.replace(folder)
    sync(folder.parent)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two paths change places at once; False where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)  # glibc's, since 2.28
    paths = os.fsencode(one), os.fsencode(other)
    return rename is not None and rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0

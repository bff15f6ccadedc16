"""The file that a batch prices, which must not change meanwhile."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pricer.checkpoint_config import sha256
from pricer.errors import TableError


class SourceFile:
    """A batch's input, as it was when the batch began.

    A change shows in the size or the time of the last change of its content.  Where only its place on the disk or its
    names and rights changed, as when it was put back from a copy, its digest tells whether it is the same.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._content, self._place = self._look()

    @cached_property
    def sha256(self) -> str:
        """Hex digest of its content."""
        return sha256(self.path)

    def has_changed(self) -> bool:
        """Whether it is another file by now, or none."""
        try:
            content, place = self._look()
            return content != self._content or (place != self._place and sha256(self.path) != self.sha256)
        except OSError:
            return True

    def check(self) -> None:
        """Refuse a file that has changed.

        Raises
        ------
        TableError
            It has.
        """
        if self.has_changed():
            raise self.changed()

    def changed(self) -> TableError:
        """What is said of a file that has."""
        if not self.path.exists():
            return TableError(f"{self.path.name} vanished while it was priced: put it back and run it again.")
        return TableError(f"{self.path.name} changed while it was priced: run it again from the start.")

    def _look(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        found = self.path.stat()
        return (found.st_size, found.st_mtime_ns), (found.st_dev, found.st_ino, found.st_ctime_ns)

"""How many processes price in the background: about one a core, however many batches run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class SharedCores:
    """Counts what the batches of this process have taken together."""

    def __init__(self) -> None:
        self._taken, self._lock = 0, Lock()

    @contextmanager
    def some(self, most: int) -> Iterator[int]:
        """Within: so many are taken: all that are left of the most, at least one."""
        with self._lock:
            mine = max(1, most - self._taken)
            self._taken += mine
        try:
            yield mine
        finally:
            with self._lock:
                self._taken -= mine


BACKGROUND = SharedCores()

"""Who may stop a run of the page."""

from __future__ import annotations

import secrets
import threading

MOST_FLAGS = 1000  # of runs that were asked for; a page that was closed in between leaves one behind


class StopFlags:
    """A flag for every run that was asked for, by an id that only its page knows."""

    def __init__(self) -> None:
        self._flags: dict[str, threading.Event] = {}

    def new(self) -> str:
        """The id of a run that is about to wait for its turn."""
        while len(self._flags) >= MOST_FLAGS:
            self._flags.pop(next(iter(self._flags)), None)
        name = secrets.token_urlsafe(16)
        self._flags[name] = threading.Event()
        return name

    def get(self, name: str) -> threading.Event:
        """The flag of a run; a fresh one if it is not known any more."""
        return self._flags.get(name) or threading.Event()

    def knows(self, name: str) -> bool:
        """Whether a run is still wanted."""
        return name in self._flags

    def drop(self, name: str) -> None:
        """Forget a run that is over, or not wanted any more."""
        self._flags.pop(name, None)

"""What can be had for a while, each by whoever holds its token."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class _Kept(Generic[Value]):
    value: Value
    size_bytes: int
    until: float  # seconds since the epoch


class TokenStore(Generic[Value]):
    """Keeps values; nothing lists them, and a token is all that leads to one.

    A value goes when its time is over, and the oldest go while all together take too much room; the last one stays.

    Parameters
    ----------
    seconds
        How long each is kept.
    most_bytes
        Of all values together.
    clock
        Seconds since the epoch.
    dropped
        Is told of each value that has gone.
    """

    def __init__(
        self,
        seconds: float,
        most_bytes: int,
        clock: Callable[[], float] = time.time,
        dropped: Callable[[Value], None] = lambda _: None,
    ) -> None:
        self._seconds, self._most_bytes, self._clock, self._dropped = seconds, most_bytes, clock, dropped
        self._kept: dict[str, _Kept[Value]] = {}  # by token, the oldest first
        self._lock = threading.Lock()

    def keep(self, value: Value, size_bytes: int) -> str:
        """Take over a value; gives the token, which cannot be guessed."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._kept[token] = _Kept(value, size_bytes, self._clock() + self._seconds)
        self.sweep()
        return token

    def get(self, token: str | None) -> Value | None:
        """The value of a token; None if it has gone, or the token is none of ours."""
        self.sweep()
        with self._lock:
            found = self._kept.get(token or "")
        return found.value if found else None

    def drop(self, token: str | None) -> None:
        """Forget a value before its time is over."""
        with self._lock:
            found = self._kept.pop(token or "", None)
        if found:
            self._dropped(found.value)

    def sweep(self) -> None:
        """Forget values whose time is over, and the oldest of those that take too much room together."""
        with self._lock:
            used, now = sum(each.size_bytes for each in self._kept.values()), self._clock()
            for token, each in list(self._kept.items()):
                if each.until <= now or (used > self._most_bytes and len(self._kept) > 1):
                    used -= each.size_bytes
                    del self._kept[token]
                    self._dropped(each.value)

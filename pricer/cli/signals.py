"""Signals that ask a command to end: heard as Ctrl-C is, so that what it keeps is told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HEARD = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class EndedError(KeyboardInterrupt):
    """The command was asked to end by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.name = signal.Signals(number).name


@contextmanager
def heard() -> Iterator[None]:
    """Within: a signal to end raises `EndedError`; one that is ignored, as under nohup, stays so."""
    if threading.current_thread() is not threading.main_thread():  # others cannot say what a signal does
        yield
        return
    before = {number: signal.getsignal(number) for number in HEARD}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)


def _raise(number: int, _: Any) -> None:
    raise EndedError(number)

"""Finished batches that can still be had for a while, each by whoever holds its token."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pricer.batch import BatchProgress
from pricer.batch.report import ReportedBatch
from pricer.batch.review import BatchReview
from pricer.errors import TableError
from pricer.evaluator import Evaluation
from pricer.tables import Table, open_table
from pricer.words import count

KEPT_SECONDS = 3600
MOST_BYTES = 4 << 30  # of all results together; the oldest give way


@dataclass(frozen=True)
class KeptResult:
    """A priced file with what is shown of it."""

    output: Path
    progress: BatchProgress
    review: BatchReview
    until: float  # seconds since the epoch
    report: ReportedBatch | None = None  # on drift

    @cached_property
    def table(self) -> Table:
        """The priced file, opened once."""
        return open_table(self.output)

    @cached_property
    def evaluation(self) -> Evaluation | None:
        """Predictions against the file's own prices; None where it has none."""
        return self.review.labelled.evaluation() if self.review.labelled else None


class KeptResults:
    """Keeps results in a folder; nothing lists them, and a token is all that leads to one.

    No path ever comes from a caller.  A result goes, with its file, when its time is over.
    """

    def __init__(
        self,
        folder: Path,
        seconds: float = KEPT_SECONDS,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._seconds, self._most_bytes, self._clock = folder, seconds, most_bytes, clock
        self._results: dict[str, KeptResult] = {}  # by token, the oldest first
        self._lock = threading.Lock()

    def keep(
        self, output: Path, progress: BatchProgress, review: BatchReview, report: ReportedBatch | None = None
    ) -> str:
        """Take over a finished file; gives the token, which cannot be guessed."""
        kept = Path(tempfile.mkdtemp(dir=self._folder)) / output.name
        output.replace(kept)
        token = secrets.token_urlsafe(32)
        until = self._clock() + self._seconds
        with self._lock:
            self._results[token] = KeptResult(kept, replace(progress, preview=[]), review, until, report)
        self.sweep()
        return token

    def get(self, token: str | None) -> KeptResult:
        """The result of a token.

        Raises
        ------
        TableError
            There is none: its time is over, or the token is none of ours.
        """
        self.sweep()
        with self._lock:
            found = self._results.get(token or "")
        if found is None:
            raise TableError(
                f"This result is no longer kept: it can be had for {count(round(self._seconds / 60), 'minute')}, "
                "and in the browser that it was made in. Price the file again."
            )
        return found

    def sweep(self) -> None:
        """Remove results whose time is over, and the oldest of those that take too much room together."""
        with self._lock:
            sizes = {token: each.output.stat().st_size for token, each in self._results.items()}
            for token in list(self._results):
                over = self._results[token].until <= self._clock()
                if over or (sum(sizes.values()) > self._most_bytes and len(sizes) > 1):
                    del sizes[token]
                    shutil.rmtree(self._results.pop(token).output.parent, ignore_errors=True)

"""Finished batches that can still be had for a while, each by whoever holds its token."""

from __future__ import annotations

import shutil
import tempfile
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
from pricer.ui.token_store import TokenStore
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
    """Keeps results in a folder, as a `TokenStore` keeps values; a result goes with its file.

    No path ever comes from a caller.
    """

    def __init__(
        self,
        folder: Path,
        seconds: float = KEPT_SECONDS,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._seconds, self._clock = folder, seconds, clock
        self._store: TokenStore[KeptResult] = TokenStore(seconds, most_bytes, clock, _remove)

    def keep(
        self, output: Path, progress: BatchProgress, review: BatchReview, report: ReportedBatch | None = None
    ) -> str:
        """Take over a finished file; gives the token, which cannot be guessed."""
        kept = Path(tempfile.mkdtemp(dir=self._folder)) / output.name
        output.replace(kept)
        until = self._clock() + self._seconds
        result = KeptResult(kept, replace(progress, preview=[]), review, until, report)
        return self._store.keep(result, kept.stat().st_size)

    def get(self, token: str | None) -> KeptResult:
        """The result of a token.

        Raises
        ------
        TableError
            There is none: its time is over, or the token is none of ours.
        """
        found = self._store.get(token)
        if found is None:
            raise TableError(
                f"This result is no longer kept: it can be had for {count(round(self._seconds / 60), 'minute')}, "
                "and in the browser that it was made in. Price the file again."
            )
        return found

    def sweep(self) -> None:
        """Remove results whose time is over, and the oldest of those that take too much room together."""
        self._store.sweep()


def _remove(result: KeptResult) -> None:
    shutil.rmtree(result.output.parent, ignore_errors=True)

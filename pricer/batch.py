"""A table of any size in, prices out: every row, in order, resumable after an interruption."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pricer.batch_state import BatchState
from pricer.checkpoint_config import sha256
from pricer.chunk_pricer import ChunkPricer, chunk_pricer
from pricer.drift import DriftReport
from pricer.drift_reference import DriftCounts
from pricer.errors import TableError
from pricer.items import find_text_columns
from pricer.priced_chunk import ADDED_COLUMNS, PricedChunk
from pricer.tables import Chunk, Table, Writer, cell_text, check_file, format_of, open_table, open_writer, priced_text

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

CHUNK_ROWS = 4096  # fixed: a resumed run cuts the table at the same rows
PREVIEW_ROWS = 100


@dataclass(frozen=True)
class BatchOptions:
    """What a user may choose about a batch."""

    text_columns: Sequence[str] = ()  # columns that hold the text; empty: the usual ones are looked for
    coverage: float = 0.8  # share of true prices that the ranges should contain, 0.5-0.95
    resume: bool = False  # go on from an interrupted run's state
    max_rows: int | None = None  # refuse larger tables; None: no limit
    processes: int | None = None  # that price side by side; 1: this one alone; None: one a core, where they pay


@dataclass
class PriceHistogram:
    """Counts of prices in fixed bins of equal width in log dollars: small, whatever the number of rows."""

    edges: np.ndarray = field(default_factory=lambda: np.geomspace(0.1, 100_000, 601))  # dollars
    counts: np.ndarray = field(default_factory=lambda: np.zeros(600, dtype=np.int64))
    total_usd: float = 0.0  # sum of all prices

    def add(self, prices: np.ndarray) -> None:
        """Count prices (n,), dollars; those beyond the edges go into the outermost bins."""
        self.counts += np.histogram(np.clip(prices, self.edges[0], self.edges[-1]), self.edges)[0]
        self.total_usd += float(prices.sum())

    @property
    def median(self) -> float:
        """Median price in dollars, to within a bin's width (2.3%); NaN without prices."""
        if not self.counts.sum():
            return float("nan")
        middle = int(np.searchsorted(np.cumsum(self.counts), self.counts.sum() / 2))
        return float(np.sqrt(self.edges[middle] * self.edges[middle + 1]))


@dataclass
class BatchProgress:
    """How far a batch has come; the same object grows with every chunk."""

    rows_total: int
    columns: list[str]  # of the output
    notices: list[str]  # how the input was read
    rows_done: int = 0
    priced: int = 0  # rows with a price
    resumed_rows: int = 0  # rows that an earlier run had priced
    seconds: float = 0.0  # time spent in this run
    finished: bool = False  # the output is in place
    prices: PriceHistogram = field(default_factory=PriceHistogram)
    preview: list[list[str]] = field(default_factory=list)  # first rows of the output, as text
    counts: DriftCounts = field(default_factory=DriftCounts)  # of priced rows, where the checkpoint has a reference
    drift: DriftReport | None = None  # when finished; None without priced rows or a reference to compare them with

    @property
    def seconds_left(self) -> float:
        """Estimated from this run's pace; NaN before it has one."""
        done = self.rows_done - self.resumed_rows
        return self.seconds / done * (self.rows_total - self.rows_done) if done else float("nan")


def price_file(
    runner: DeepNeuralNetworkRunner, source: str | Path, output: str | Path, options: BatchOptions | None = None
) -> Iterator[BatchProgress]:
    """Price every row of a file and write it with four more columns.

    The output appears only when it is complete.  Until then the run's state lives in `OUTPUT.partial/`: the prices of
    finished chunks and a manifest of what they belong to.

    Parameters
    ----------
    runner
        What prices.
    source, output
        Files; each one's suffix says its format.
    options
        See `BatchOptions`.

    Yields
    ------
    BatchProgress
        At the start, after each chunk, and with `finished` at the end.  Closing the generator stops the run.

    Raises
    ------
    TableError
        The input cannot be read in full, lacks a text column, or the output cannot be written.
    """
    options = options or BatchOptions()
    source, output = Path(source), Path(output)
    check_paths(source, output)
    with chunk_pricer(runner, options.coverage, source.stat().st_size, options.processes) as pricer:
        yield from _price_table(runner, pricer, open_table(source), output, options)


def _price_table(
    runner: DeepNeuralNetworkRunner, pricer: ChunkPricer, table: Table, output: Path, options: BatchOptions
) -> Iterator[BatchProgress]:
    if options.max_rows is not None and table.n_rows > options.max_rows:
        raise TableError(
            f"{table.path.name} has {table.n_rows:,} rows: at most {options.max_rows:,} are taken here. "
            "Split the file, or use the command line: python -m pricer batch."
        )
    text_columns = find_text_columns(table, options.text_columns)
    progress = BatchProgress(table.n_rows, [*table.columns, *_added_names(table.columns)], list(table.notices))
    try:
        state = BatchState(output, _fingerprint(runner, table, text_columns, options), options.resume)
        with closing(state):
            yield progress
            with _written(table, output, state, progress) as writer:
                for chunk, priced in _priced_chunks(pricer, table, text_columns, state, progress):
                    writer.write(chunk, priced.added)
                    yield progress
                progress.notices += pricer.notices
            state.remove()
    except OSError as error:
        raise TableError(
            f"{output.name} cannot be written ({error.strerror or type(error).__name__}): "
            "make room or choose another folder, then run it again (a command goes on with --resume)."
        ) from error
    reference = runner.checkpoint.reference
    progress.drift = DriftReport.of(reference, progress.counts) if reference and progress.priced else None
    progress.finished = True
    yield progress


def _priced_chunks(
    pricer: ChunkPricer, table: Table, text_columns: Sequence[int], state: BatchState, progress: BatchProgress
) -> Iterator[tuple[Chunk, PricedChunk]]:
    """Every chunk in order with its prices, which are kept in the state and counted in the progress."""
    started = time.perf_counter()
    chunks = (
        ((number, kept is not None), chunk, kept)
        for number, chunk in enumerate(table.chunks(CHUNK_ROWS))
        for kept in [state.read(number, with_counts=pricer.counts)]
    )
    for (number, was_kept), chunk, priced in pricer.in_order(chunks, text_columns):
        if was_kept:
            progress.resumed_rows += len(chunk)
        else:
            state.write(number, priced)
        _count(progress, chunk, priced)
        progress.seconds = time.perf_counter() - started
        yield chunk, priced


def _count(progress: BatchProgress, chunk: Chunk, priced: PricedChunk) -> None:
    prices = priced.prices[0][np.isfinite(priced.prices[0])]
    progress.prices.add(prices)
    progress.priced += len(prices)
    progress.rows_done += len(chunk)
    if priced.counts is not None:
        progress.counts += priced.counts
    if len(progress.preview) == PREVIEW_ROWS:
        return
    missing = PREVIEW_ROWS - len(progress.preview)
    for row, *extra in islice(zip(chunk.rows, *priced.added, strict=True), missing):
        progress.preview.append([cell_text(cell) for cell in row] + [priced_text(cell) for cell in extra])


def _added_names(columns: Sequence[str]) -> list[str]:
    """Names of our columns; one that the input has already gets a suffix."""
    return [_free_name(name, columns) for name in ADDED_COLUMNS]


def _free_name(name: str, columns: Sequence[str]) -> str:
    return _free_name(f"{name}_pricer", columns) if name in columns else name


def check_paths(source: Path, output: Path) -> None:
    """Refuse an input that is not there and an output that cannot be, before anything is loaded.

    Raises
    ------
    TableError
        With what is wrong about which of the two.
    """
    check_file(source)
    format_of(output)
    if not output.parent.is_dir():
        raise TableError(f"There is no folder {output.parent}: make it, or choose another output.")
    if output.is_dir():
        raise TableError(f"{output} is a folder: give the output a file name.")
    if output.exists() and output.samefile(source):
        raise TableError(f"{output.name} is the input: choose another name for the output.")


@contextmanager
def _written(table: Table, output: Path, state: BatchState, progress: BatchProgress) -> Iterator[Writer]:
    """What writes the rows with their prices; the file is put in place at once when all are there."""
    unfinished, before = state.folder / output.name, table.path.stat()
    with open_writer(unfinished, table.columns, _added_names(table.columns), table) as writer:
        yield writer
    after = table.path.stat()
    if progress.rows_done != table.n_rows or (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
        raise TableError(f"{table.path.name} changed while it was priced: run it again from the start.")
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(output)


def _fingerprint(
    runner: DeepNeuralNetworkRunner, table: Table, text_columns: Sequence[int], options: BatchOptions
) -> dict[str, Any]:
    """What finished chunks belong to: this input, this model, these options."""
    return {
        "input_sha256": sha256(table.path),
        "model_sha256": runner.checkpoint.digest,
        "device": runner.device.name,
        "precision": runner.precision,
        "text_columns": list(text_columns),
        "coverage": options.coverage,
        "chunk_rows": CHUNK_ROWS,
    }

"""A table of any size in, prices out: every row, in order, resumable after an interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pricer import durable
from pricer.batch.chunk_pricer import ChunkPricer, chunk_pricer
from pricer.batch.priced_chunk import ADDED_COLUMNS, PricedChunk
from pricer.batch.review import BatchReview
from pricer.batch.source_file import SourceFile
from pricer.batch.state import BatchState, digest_of
from pricer.batch.stopped import stopped_chunk
from pricer.drift import DriftReport
from pricer.drift.reference import DriftCounts
from pricer.errors import TableError, UserError
from pricer.items import find_text_columns
from pricer.memory import ran_out
from pricer.tables import (
    NO_LIMITS,
    Chunk,
    Limits,
    SpreadsheetSafeWriter,
    Table,
    Writer,
    cell_text,
    check_file,
    format_of,
    open_table,
    open_writer,
    priced_text,
)

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
    limits: Limits = NO_LIMITS  # refuse larger tables
    spreadsheet_safe: bool = False  # text that a spreadsheet might run as a formula gets an apostrophe before it
    processes: int | None = None  # that price side by side; 1: this one alone; None: one a core, where they pay
    served_until: threading.Event | None = None  # of a server, which leaves pricing to other processes; set: give up


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
    precision: str = ""  # that the machines of a cluster have chosen; empty where a runner of this process prices
    stopped_rows: int = 0  # rows that were left unpriced because the run was stopped
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
    runner: DeepNeuralNetworkRunner,
    source: str | Path,
    output: str | Path,
    options: BatchOptions | None = None,
    *,
    stop: threading.Event | None = None,
    review: BatchReview | None = None,
) -> Generator[BatchProgress, None, None]:
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
    stop
        Once it is set, chunks that are not begun are written without prices, and a note says so: the output has every
        row in order, and the run finishes.
    review
        Gathers what is worth knowing about the priced rows.

    Yields
    ------
    BatchProgress
        At the start, after each chunk, and with `finished` at the end.  Closing the generator abandons the run.
        Should the runner have to compute otherwise midway, as GPU memory ran out, all rows are priced anew, so that
        equal texts keep equal prices: then a fresh one begins at 0 rows.

    Raises
    ------
    TableError
        The input cannot be read in full, lacks a text column or changed meanwhile, the output cannot be written, or
        memory ran out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pricer import DeepNeuralNetworkRunner
    >>> runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    >>> with TemporaryDirectory() as folder:
    ...     source, output = Path(folder, "in.csv"), Path(folder, "out.csv")
    ...     _ = source.write_text("sku,summary\\nA-1,Steel kettle\\nA-2,\\n")
    ...     *_, last = price_file(runner, source, output)
    ...     print(output.read_text().splitlines()[0])
    sku,summary,predicted_price,price_low,price_high,price_note
    >>> last.rows_done, last.priced, last.finished
    (2, 1, True)
    """
    options = options or BatchOptions()
    output = Path(output)
    check_paths(Path(source), output)
    given = SourceFile(Path(source))
    with (
        _explained(given, output),
        chunk_pricer(
            runner, options.coverage, given.path.stat().st_size, options.processes, options.served_until
        ) as pricer,
    ):
        table = open_table(given.path, options.limits)
        try:
            yield from _price_table(runner, pricer, given, table, output, options, stop, review)
        except ComputedOtherwiseError:
            pricer.notices.append(
                f"GPU memory ran short: all rows were priced anew, on {runner.device.name} in {runner.precision}."
            )
            options = replace(options, resume=False)
            yield from _price_table(runner, pricer, given, table, output, options, stop, review)


class ComputedOtherwiseError(Exception):
    """The runner has gone over to another device or another size of block since the run began."""


@contextmanager
def _explained(source: SourceFile, output: Path) -> Iterator[None]:
    """Within: what the machine denies, and what comes of an input that changed, is told as such."""
    try:
        yield
    except Exception as error:
        if source.has_changed():
            raise source.changed() from error
        if isinstance(error, UserError):
            raise
        if isinstance(error, OSError):
            raise TableError(
                f"{output.name} cannot be written ({error.strerror or error}): "
                "make room or choose another folder, then run it again (a command goes on with --resume)."
            ) from error
        if ran_out(error):
            raise TableError(
                f"Memory ran out while {source.path.name} was priced: end other programs, or split the file, "
                "then run it again (a command goes on with --resume)."
            ) from error
        raise


def _price_table(
    runner: DeepNeuralNetworkRunner,
    pricer: ChunkPricer,
    source: SourceFile,
    table: Table,
    output: Path,
    options: BatchOptions,
    stop: threading.Event | None,
    review: BatchReview | None,
) -> Iterator[BatchProgress]:
    """As `price_file`, for a table that was opened and checked."""
    text_columns = find_text_columns(table, options.text_columns)
    progress = BatchProgress(table.n_rows, [*table.columns, *added_names(table.columns)], list(table.notices))
    fingerprint = _fingerprint(runner, source, text_columns, options)
    with closing(BatchState(output, fingerprint, options.resume)) as state:
        yield progress
        if review is not None:
            review.begin(table, text_columns)
        with _written(source, table, output, state, progress, options.spreadsheet_safe) as writer:
            for chunk, priced in _priced_chunks(runner, pricer, table, text_columns, state, progress, stop):
                writer.write(chunk, priced.added)
                if review is not None:
                    review.add(chunk, priced)
                yield progress
            progress.notices += pricer.notices
        state.remove()
    reference = runner.checkpoint.reference
    progress.drift = DriftReport.of(reference, progress.counts) if reference and progress.priced else None
    progress.finished = True
    yield progress


def _priced_chunks(
    runner: DeepNeuralNetworkRunner,
    pricer: ChunkPricer,
    table: Table,
    text_columns: Sequence[int],
    state: BatchState,
    progress: BatchProgress,
    stop: threading.Event | None,
) -> Iterator[tuple[Chunk, PricedChunk]]:
    """Every chunk in order with its prices, which are kept in the state and counted in the progress."""
    started, computed_by = time.perf_counter(), _computed_by(runner)

    def known_chunks() -> Iterator[tuple[tuple[int, bytes, str], Chunk, list[str], PricedChunk | None]]:
        for number, chunk in enumerate(_read(table)):
            texts = chunk.texts(text_columns)
            digest = digest_of(texts, chunk.notes)
            if (kept := state.read(number, digest, with_counts=pricer.counts)) is not None:
                yield (number, digest, "resumed"), chunk, texts, kept
            elif stop is not None and stop.is_set():
                yield (number, digest, "stopped"), chunk, texts, stopped_chunk(chunk, with_counts=pricer.counts)
            else:
                yield (number, digest, "priced"), chunk, texts, None

    for (number, digest, how), chunk, priced in pricer.in_order(known_chunks()):
        if _computed_by(runner) != computed_by:
            raise ComputedOtherwiseError
        if how == "priced":
            state.write(number, digest, priced)
        progress.resumed_rows += len(chunk) * (how == "resumed")
        progress.stopped_rows += len(chunk) * (how == "stopped")
        count(progress, chunk, priced)
        progress.seconds = time.perf_counter() - started
        yield chunk, priced


def _read(table: Table) -> Iterator[Chunk]:
    try:
        yield from table.chunks(CHUNK_ROWS)
    except OSError as error:
        raise TableError(
            f"{table.path.name} cannot be read to its end ({error.strerror or error}): "
            "check its disk, then run it again (a command goes on with --resume)."
        ) from error


def count(progress: BatchProgress, chunk: Chunk, priced: PricedChunk) -> None:
    """Count a chunk's rows and prices in the progress."""
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


def added_names(columns: Sequence[str]) -> list[str]:
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
    if source.is_dir():
        raise TableError(
            f"{source} is a folder: give one file of it, or price all of them by a command's --engine ray."
        )
    check_file(source)
    if output.is_dir():
        raise TableError(f"{output} is a folder: give the output a file name.")
    format_of(output)
    if not output.parent.is_dir():
        raise TableError(f"There is no folder {output.parent}: make it, or choose another output.")
    if output.exists() and output.samefile(source):
        raise TableError(f"{output.name} is the input: choose another name for the output.")


@contextmanager
def _written(
    source: SourceFile, table: Table, output: Path, state: BatchState, progress: BatchProgress, spreadsheet_safe: bool
) -> Iterator[Writer]:
    """What writes the rows with their prices; the file is put in place at once when all are there."""
    unfinished = state.folder / output.name
    open_one = SpreadsheetSafeWriter if spreadsheet_safe else open_writer
    with open_one(unfinished, table.columns, added_names(table.columns), table) as writer:
        yield writer
    if isinstance(writer, SpreadsheetSafeWriter):
        progress.notices.append(writer.notice)
    source.check()
    if progress.rows_done != table.n_rows:
        raise source.changed()
    durable.put(unfinished, output)


def _fingerprint(
    runner: DeepNeuralNetworkRunner, source: SourceFile, text_columns: Sequence[int], options: BatchOptions
) -> dict[str, Any]:
    """What finished chunks belong to: this input, this model, these options."""
    return {
        "input_sha256": source.sha256,
        "model_sha256": runner.checkpoint.digest,
        **_computed_by(runner),
        "text_columns": list(text_columns),
        "coverage": options.coverage,
        "chunk_rows": CHUNK_ROWS,
    }


def _computed_by(runner: DeepNeuralNetworkRunner) -> dict[str, Any]:
    """What a price depends on besides the model and the text."""
    block_size = runner.checkpoint.network.block_rows
    return {
        "device": runner.device.name,
        "precision": runner.precision,
        "runtime": runner.runtime,
        "block_size": block_size,
    }

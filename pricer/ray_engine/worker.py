"""What is done on the machines of a cluster: parts are looked at, priced and written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pricer.batch.batch import BatchProgress, added_names, count
from pricer.batch.priced_chunk import PricedChunk
from pricer.checkpoint_config import sha256
from pricer.drift.reference import DriftCounts
from pricer.errors import CheckpointError, TableError
from pricer.items import find_text_columns
from pricer.ray_engine.job import Item, Job, Part
from pricer.ray_engine.state import JobState
from pricer.ray_engine.storage import Storage
from pricer.tables import Chunk, SpreadsheetSafeWriter, Table, open_table, open_writer

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

Files = dict[str, bytes]  # of a checkpoint, by name


class Scorer:
    """Prices units, one after another; holds one model."""

    def __init__(self, job: Job, model: Files) -> None:
        self._job, self._state = job, JobState(job.state)
        self._runner = _runner(model, job.model_sha256, job.device, job.precision)
        self._opened: tuple[int, Table] | None = None
        self._resources = ExitStack()

    def __call__(self, item: Item) -> dict[str, int]:
        """Price what is not priced yet; gives the numbers of rows that were priced, and that had been before."""
        rows = {"priced_rows": 0, "resumed_rows": 0}
        missing = []
        for number in range(item.first_unit, item.end_unit):
            kept = self._state.unit(item.part, number)
            if kept is None:
                missing.append(number)
            else:
                rows["resumed_rows"] += len(kept.notes)
        for number, chunks in self._units(item.part, missing):
            priced = self._priced(item.part, chunks)
            self._state.keep_unit(item.part, number, priced)
            rows["priced_rows"] += len(priced.notes)
        return rows

    def _units(self, part: int, numbers: Sequence[int]) -> Iterator[tuple[int, Iterator[Chunk]]]:
        """Units of a part, ascending, each with its chunks."""
        if not numbers:
            return
        at, length = 0, self._job.unit_chunks
        with closing(self._table(part).chunks(self._job.chunk_rows)) as chunks:  # type: ignore[type-var]
            for number in numbers:
                is_last = number == self._job.n_units(part) - 1  # it has whatever is left: large rows make more chunks
                yield number, islice(chunks, number * length - at, None if is_last else (number + 1) * length - at)
                at = (number + 1) * length

    def _priced(self, part: int, chunks: Iterator[Chunk]) -> PricedChunk:
        columns = self._job.parts[part].text_columns
        return _joined(
            [PricedChunk.of(self._runner, each.texts(columns), each.notes, self._job.coverage) for each in chunks]
        )

    def _table(self, part: int) -> Table:
        """A part, opened; the last one stays so."""
        if self._opened is None or self._opened[0] != part:
            self._resources.close()
            path = self._resources.enter_context(Storage(self._job.source).local(self._job.parts[part].name))
            self._opened = part, _opened(path, self._job.parts[part])
        return self._opened[1]


def looked_at(job: Job, number: int) -> dict[str, Any]:
    """What is found in a part: its hash, rows, columns, and how it is read."""
    part = job.parts[number]
    with Storage(job.source).local(part.name) as path:
        table = open_table(path)
        return {
            "sha256": sha256(path),
            "n_rows": table.n_rows,
            "chunk_rows": table.rows_at_once(job.chunk_rows),
            "text_columns": find_text_columns(table, job.text_columns),
            "columns": [*table.columns, *added_names(table.columns)],
            "notices": table.notices,
        }


def chosen_by(model: Files, digest: str, device: str, precision: str) -> str:
    """The precision in which a machine of the cluster prices, if it has the device."""
    return _runner(model, digest, device, precision).precision


def write_part(job: Job, number: int) -> None:
    """Write a part, all of whose units are priced, as the local engine writes a file, and keep a record of it."""
    part, state, output = job.parts[number], JobState(job.state), Storage(job.output, unfinished=job.state)
    record = state.part(number)
    if record is not None and output.size_bytes(part.output) == record["size_bytes"]:
        return
    with Storage(job.source).local(part.name) as path, tempfile.TemporaryDirectory(prefix="pricer-") as folder:
        table, written = _opened(path, part), Path(folder, Path(part.output).name)
        record = _write(job, number, table, written) | {"size_bytes": written.stat().st_size, "sha256": sha256(written)}
        output.upload(written, part.output)
    state.keep_part(number, record)


def _write(job: Job, number: int, table: Table, path: Path) -> dict[str, Any]:
    """Write the rows of a part with their prices; gives what is worth knowing about them."""
    progress = BatchProgress(table.n_rows, [], [])
    open_one = SpreadsheetSafeWriter if job.spreadsheet_safe else open_writer
    with open_one(path, table.columns, added_names(table.columns), table) as writer:
        for chunk, priced in _priced_chunks(job, number, table):
            writer.write(chunk, priced.added)
            count(progress, chunk, priced)
    if isinstance(writer, SpreadsheetSafeWriter):
        progress.notices.append(writer.notice)
    return {
        "n_rows": progress.rows_done,
        "priced": progress.priced,
        "total_usd": progress.prices.total_usd,
        "prices": progress.prices.counts.tolist(),
        "drift": progress.counts.to_dict(),
        "notices": progress.notices,
    }


def _priced_chunks(job: Job, part: int, table: Table) -> Iterator[tuple[Chunk, PricedChunk]]:
    """The chunks of a part with their prices; the counts of a unit are with its first chunk.

    Raises
    ------
    TableError
        There are not as many prices as rows: they may be those of other rows.
    """
    units, rest = _units_of(job, part), _joined([])
    for chunk in table.chunks(job.chunk_rows):
        length = len(chunk)
        while len(rest.notes) < length:
            unit = next(units, None)
            if unit is None:
                raise _miscounted(job, part, "fewer")
            rest = _joined([rest, unit])
        yield chunk, PricedChunk(rest.prices[:, :length], rest.notes[:length], rest.counts)
        rest = PricedChunk(rest.prices[:, length:], rest.notes[length:], None)
    if rest.notes or any(unit.notes for unit in units):
        raise _miscounted(job, part, "more")


def _miscounted(job: Job, part: int, found: str) -> TableError:
    return TableError(
        f"{job.state} has {found} prices than {job.parts[part].name} has rows: run without --resume to start afresh."
    )


def _units_of(job: Job, part: int) -> Iterator[PricedChunk]:
    state = JobState(job.state)
    for number in range(job.n_units(part)):
        if (unit := state.unit(part, number)) is None:
            raise TableError(f"{job.state} has lost prices that were kept there: run again with --resume.")
        yield unit


def _joined(chunks: Sequence[PricedChunk]) -> PricedChunk:
    counts = [each.counts for each in chunks if each.counts is not None]
    return PricedChunk(
        np.hstack([np.empty((3, 0)), *(each.prices for each in chunks)]),
        [note for each in chunks for note in each.notes],
        sum(counts, DriftCounts()) if counts else None,
    )


def _opened(path: Path, part: Part) -> Table:
    """A part, which has to be what it was when it was looked at."""
    if sha256(path) != part.sha256:
        raise TableError(f"{part.name} changed while it was priced: run it again from the start.")
    return open_table(path)


def _runner(model: Files, digest: str, device: str, precision: str) -> DeepNeuralNetworkRunner:
    """A runner of a checkpoint, whose files are kept on this machine once, whatever the number of its workers."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    folder = Path(tempfile.gettempdir(), f"pricer-model-{os.getuid()}-{digest[:32]}")
    if not folder.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="pricer-model-"))
        for name, content in model.items():
            (fresh / name).write_bytes(content)
        try:
            fresh.rename(folder)
        except OSError:  # another worker was quicker
            shutil.rmtree(fresh)
    runner = DeepNeuralNetworkRunner.from_pretrained(folder, device=device, precision=precision)
    if runner.checkpoint.digest != digest:
        raise CheckpointError(f"{folder} on a machine of the cluster is another model: remove it.")
    return runner

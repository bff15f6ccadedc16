"""Leads a cluster through a batch: parts are listed, looked at, priced in units, and written."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pricer.batch import CHUNK_ROWS, BatchOptions, BatchProgress
from pricer.checkpoint_config import CONFIG, REFERENCE, file_names, verify
from pricer.drift import DriftReport
from pricer.drift.reference import DriftCounts, Reference
from pricer.errors import TableError
from pricer.precision import pick_precision
from pricer.ray_engine.cluster import Cluster
from pricer.ray_engine.job import UNIT_CHUNKS, Job, Part
from pricer.ray_engine.state import JobState
from pricer.ray_engine.storage import Storage, Stored, absolute, beside, is_within, split_address
from pricer.tables import SUFFIXES, format_of

RECORD = "_pricer.json"  # put last into a folder of results: what its parts are


@dataclass(frozen=True)
class RayOptions:
    """What a user may choose about the cluster's work."""

    workers: int | None = None  # that price side by side, one model each; None: one a core, or one a GPU
    device: str = "cpu"  # of each worker: "cpu", or "cuda" for a GPU each
    precision: str = "auto"  # as in `pick_precision`; chosen once for all workers
    chunk_rows: int = CHUNK_ROWS  # as in the local engine, so that Parquet has its row groups
    unit_chunks: int = UNIT_CHUNKS  # chunks that are kept together


def price_with_ray(
    model: Path,
    source: str,
    output: str,
    options: BatchOptions | None = None,
    ray_options: RayOptions | None = None,
) -> Generator[BatchProgress, None, None]:
    """Price every row of a file, or of every file in a folder, on the machines of a Ray cluster.

    A folder gives a folder of files of the same names; each has the bytes that the local engine would write.

    Parameters
    ----------
    model
        Folder of a checkpoint on this machine; workers get it from here.
    source, output
        Paths or URIs (file://, s3://, gs://, …) that every machine reaches.
    options, ray_options
        See `BatchOptions` and `RayOptions`.

    Yields
    ------
    BatchProgress
        When the input was looked at, after each piece of work, and with `finished` at the end; without a preview.

    Raises
    ------
    UserError
        The input cannot be read in full, the output is in the way, there is no cluster or no Ray.
    """
    options, ray_options = options or BatchOptions(), ray_options or RayOptions()
    config = verify(model)
    files = {name: (model / name).read_bytes() for name in (CONFIG, *file_names(config))}
    job = _listed(absolute(source), absolute(output), config.digest, options, ray_options)
    state = JobState(job.state)
    cluster = Cluster(ray_options.workers, gpus=int(ray_options.device == "cuda"))
    shared = cluster.share(files)
    job = _begun(cluster, shared, config.network, job, state, options.resume)
    progress = BatchProgress(job.n_rows, list(job.parts[0].columns), list(_notices(job)), precision=job.precision)
    yield progress
    for rows in cluster.priced(job, shared, list(job.items(cluster.workers))):
        progress.rows_done += sum(rows.values())
        progress.resumed_rows += rows["resumed_rows"]
        yield progress
    from pricer.ray_engine.worker import write_part

    for _ in cluster.each(write_part, job, range(len(job.parts))):
        pass
    _finish(job, state, progress)
    if REFERENCE in config.files and progress.priced:
        reference = Reference.from_dict(json.loads(files[REFERENCE]))
        progress.drift = DriftReport.of(reference, progress.counts)
    progress.finished = True
    yield progress


def _listed(source: str, output: str, digest: str, options: BatchOptions, ray_options: RayOptions) -> Job:
    """The job, its parts only listed."""
    whole = Storage(source)
    single = whole.is_file
    folder, name = split_address(source) if single else (source, "")
    found = [each for each in Storage(folder).listed() if each.name == name] if single else _visible(whole.listed())
    if not found:
        raise TableError(f"There is no file or folder of files at {source}. Check the path.")
    to_file = split_address(output)[1].lower().endswith(SUFFIXES)
    if to_file and not single:
        raise TableError(f"{source} is a folder, and {output} ends like a file: give the output a folder's name.")
    if is_within(output, source):
        raise TableError(f"{output} is the input or in it: choose another folder for the output.")
    out_folder, out_name = split_address(output) if to_file else (output, "")
    for each in found:
        format_of(Path(each.name))
    return Job(
        source=folder,
        output=out_folder,
        state=beside(output, ".partial"),
        model_sha256=digest,
        device=ray_options.device,
        precision=ray_options.precision,
        text_columns=tuple(options.text_columns),
        coverage=options.coverage,
        spreadsheet_safe=options.spreadsheet_safe,
        chunk_rows=ray_options.chunk_rows,
        unit_chunks=ray_options.unit_chunks,
        is_single=to_file,
        parts=tuple(Part(each.name, out_name or each.name, each.size_bytes, each.modified_ns) for each in found),
    )


def _visible(found: list[Stored]) -> list[Stored]:
    """Without what Hadoop, Spark and others hide: names that start with a dot or an underscore."""
    return [each for each in found if not any(word.startswith((".", "_")) for word in each.name.split("/"))]


def _begun(cluster: Cluster, model: object, network: dict[str, Any], job: Job, state: JobState, resume: bool) -> Job:
    """The job with what is known of its parts: from an earlier run, or looked at now."""
    from pricer.ray_engine.worker import chosen_by, looked_at

    if job.device == "cuda":  # this machine may have no GPU, or another kind
        precision = cluster.ask(chosen_by, model, job.model_sha256, job.device, job.precision)
    else:
        precision = pick_precision(job.precision, job.device, network)
    job = replace(job, precision=precision)
    if resume and (found := state.job(job)) is not None:
        return found
    if not job.is_single and Storage(job.output).listed():
        raise TableError(f"{job.output} is not empty: choose another folder for the output, or empty it.")
    known = dict(cluster.each(looked_at, job, range(len(job.parts))))
    parts = tuple(part.looked_at(known[number]) for number, part in enumerate(job.parts))
    job = replace(job, parts=parts)
    state.begin(job)
    return job


def _notices(job: Job) -> Iterator[str]:
    for part in job.parts:
        yield from part.notices if len(job.parts) == 1 else (f"{part.name}: {notice}" for notice in part.notices)


def _finish(job: Job, state: JobState, progress: BatchProgress) -> None:
    """Add up the records of the parts, put the record of a folder, and forget the state."""
    written = []
    for number, part in enumerate(job.parts):
        record = state.part(number)
        if record is None:
            raise TableError(f"{job.state} has lost the record of {part.name}: run again with --resume.")
        progress.priced += record["priced"]
        progress.prices.counts += np.array(record["prices"])
        progress.prices.total_usd += record["total_usd"]
        progress.counts += DriftCounts.from_dict(record["drift"])
        progress.notices += record["notices"]
        written.append({"name": part.output, **{name: record[name] for name in ("n_rows", "priced", "sha256")}})
    if not job.is_single:
        hidden = {"source", "output", "state", "parts", "cuts"}
        members = {name: value for name, value in asdict(job).items() if name not in hidden}
        Storage(job.output, unfinished=job.state).write(
            RECORD, json.dumps({**members, "parts": written}, indent=1).encode()
        )
    state.clear()

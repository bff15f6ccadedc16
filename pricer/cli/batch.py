"""`pricer batch`: every row of a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import add_command, add_coverage, add_model, positive, runner_of
from pricer.cli.streams import say
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.batch import BatchOptions, BatchProgress


def add(commands: Any) -> None:
    """Add the command to the parser."""
    batch = add_command(commands, "batch", _batch, "price every row of a file")
    batch.add_argument("input", metavar="INPUT", help="CSV, TSV, JSONL (also .gz), Parquet or XLSX")
    batch.add_argument("output", metavar="OUTPUT", help="file to write; its suffix says its format")
    batch.add_argument(
        "--text-column",
        metavar="NAME",
        nargs="+",
        default=[],
        action="extend",
        help="columns that hold the text (default: summary, text, description or title)",
    )
    batch.add_argument("--resume", action="store_true", help="go on from an interrupted run")
    batch.add_argument(
        "--spreadsheet-safe", action="store_true", help="put an apostrophe before text that starts like a formula"
    )
    batch.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: on many machines, also folders and s3://… (default: local)",
    )
    batch.add_argument(
        "--workers", metavar="N", type=positive, help="with --engine ray: models side by side (default: one a core)"
    )
    add_coverage(batch)
    add_model(batch)
    batch.set_defaults(refuse=batch.error)


def _batch(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pricer.batch import BatchOptions, check_paths

    _check_usage(chosen)
    if chosen.engine == "local":
        check_paths(Path(chosen.input), Path(chosen.output))
    options = BatchOptions(chosen.text_column, chosen.coverage, chosen.resume, spreadsheet_safe=chosen.spreadsheet_safe)
    state = Path(f"{chosen.output}.partial")
    if state.is_dir() and not chosen.resume:
        say(f"Starting over: the prices that {state.name} kept are dropped (--resume would have gone on from them).")
    run = _on_many_machines if chosen.engine == "ray" else _on_this_machine
    try:
        with tqdm(unit="row", desc="Pricing") as bar:
            for progress in run(chosen, options):
                bar.total = progress.rows_total
                bar.update(progress.rows_done - bar.n)
    except KeyboardInterrupt:
        say(f"Finished rows are kept in {chosen.output}.partial: add --resume to go on.")
        raise
    for notice in progress.notices:
        say(notice)
    unpriced = progress.rows_total - progress.priced
    say(
        f"Wrote {progress.rows_total:,} rows to {chosen.output}: {progress.priced:,} priced"
        + (f", {unpriced:,} not (see price_note)." if unpriced else ".")
    )
    for line in progress.drift.lines() if progress.drift else ():
        say(line)


def _check_usage(chosen: argparse.Namespace) -> None:
    if chosen.engine == "local" and chosen.workers:
        chosen.refuse("--workers needs --engine ray: one machine's cores are used as they are")
    if chosen.engine == "ray" and chosen.device == "mps":
        chosen.refuse("--engine ray takes --device cpu or cuda")


def _on_this_machine(chosen: argparse.Namespace, options: BatchOptions) -> Iterator[BatchProgress]:
    from pricer.batch import price_file

    yield from price_file(runner_of(chosen), chosen.input, chosen.output, options)


def _on_many_machines(chosen: argparse.Namespace, options: BatchOptions) -> Iterator[BatchProgress]:
    from pricer.hub import locate
    from pricer.ray_engine import RayOptions, price_with_ray

    settings = Settings.from_environment()
    model, name = locate(chosen.model or settings.model)
    device = chosen.device or settings.device
    device = "cpu" if device == "auto" else device
    say(f"Model: {name}. Device: {device}, of each worker.")
    ray_options = RayOptions(chosen.workers, device, chosen.precision or settings.precision)
    yield from price_with_ray(model, chosen.input, chosen.output, options, ray_options)

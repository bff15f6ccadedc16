"""`pricer batch`: every row of a file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import above_zero, add_command, add_coverage, add_model, positive, runner_of
from pricer.cli.streams import say
from pricer.errors import SettingError
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.batch import BatchOptions, BatchProgress
    from pricer.reported_model import ReportedModel

    # The steps of a batch, and what priced it, which is known when it is done.
    Run = tuple[Iterator[BatchProgress], Callable[[BatchProgress], ReportedModel]]

DRIFTED = 4  # exit code


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
        "--report",
        metavar="FILE.html",
        type=Path,
        help="write the drift report, also as FILE.json",
    )
    batch.add_argument(
        "--drift-threshold",
        metavar="PSI",
        type=above_zero,
        help="exit code 4 where a measure's PSI is above this (default: 0.25 with --report, else none)",
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


def _batch(chosen: argparse.Namespace) -> int:
    from tqdm import tqdm

    from pricer.batch import BatchOptions, check_paths

    _check_usage(chosen)
    if chosen.engine == "local":
        check_paths(Path(chosen.input), Path(chosen.output))
    if chosen.report:
        _check_report(chosen.report)
    options = BatchOptions(chosen.text_column, chosen.coverage, chosen.resume, spreadsheet_safe=chosen.spreadsheet_safe)
    state = Path(f"{chosen.output}.partial")
    if state.is_dir() and not chosen.resume:
        say(f"Starting over: the prices that {state.name} kept are dropped (--resume would have gone on from them).")
    run, priced_by = (_on_many_machines if chosen.engine == "ray" else _here)(chosen, options)
    try:
        with tqdm(unit="row", desc="Pricing") as bar:
            for progress in run:
                bar.total = progress.rows_total
                bar.update(progress.rows_done - bar.n)
    except KeyboardInterrupt:  # by Ctrl-C or another signal
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
    return _judge(chosen, priced_by(progress), progress) if chosen.report or chosen.drift_threshold else 0


def _check_report(path: Path) -> None:
    from pricer.report_page import check_path

    check_path(path)
    if path.with_suffix(".json").is_dir():
        raise SettingError(f"{path.with_suffix('.json')} is a folder: give the report another name.")


def _judge(chosen: argparse.Namespace, model: ReportedModel, progress: BatchProgress) -> int:
    """Write the report that was asked for; gives the exit code."""
    from pricer.batch.report import ReportedBatch, threshold_line
    from pricer.drift import DIFFERENT_ABOVE

    threshold = chosen.drift_threshold or DIFFERENT_ABOVE
    names = Path(chosen.input).name, Path(chosen.output).name
    batch = ReportedBatch(*names, progress, chosen.coverage, threshold, model)
    if progress.drift is None:
        say(batch.summary)
    if chosen.report:
        from pricer.report_page import write

        beside = chosen.report.with_suffix(".json")
        write(chosen.report, batch.to_html())
        write(beside, json.dumps(batch.to_dict(), ensure_ascii=False, indent=2) + "\n")
        say(f"Wrote the report {chosen.report}, and {beside.name} beside it.")
    if not batch.passed:
        return 0
    say(threshold_line(batch.passed, threshold))
    return DRIFTED


def _check_usage(chosen: argparse.Namespace) -> None:
    if chosen.engine == "local" and chosen.workers:
        chosen.refuse("--workers needs --engine ray: one machine's cores are used as they are")
    if chosen.engine == "ray" and chosen.device == "mps":
        chosen.refuse("--engine ray takes --device cpu or cuda")
    if chosen.engine == "ray" and chosen.runtime == "onnx":
        chosen.refuse("--engine ray computes with torch")


def _here(chosen: argparse.Namespace, options: BatchOptions) -> Run:
    from pricer.batch import price_file
    from pricer.reported_model import ReportedModel

    runner = runner_of(chosen)
    return price_file(runner, chosen.input, chosen.output, options), lambda _: ReportedModel.of(runner)


def _on_many_machines(chosen: argparse.Namespace, options: BatchOptions) -> Run:
    """No runner here: this machine may have neither the workers' device nor the memory for the model."""
    from pricer.checkpoint_config import read_config
    from pricer.hub import locate
    from pricer.ray_engine import RayOptions, price_with_ray
    from pricer.reported_model import ReportedModel

    settings = Settings.from_environment()
    model, name = locate(chosen.model or settings.model)
    config = read_config(model)
    device = chosen.device or settings.device
    device = "cpu" if device == "auto" else device
    say(f"Model: {name}. Device: {device}, of each worker.")
    ray_options = RayOptions(chosen.workers, device, chosen.precision or settings.precision)
    run = price_with_ray(model, chosen.input, chosen.output, options, ray_options)
    return run, lambda progress: ReportedModel.elsewhere(config, name, device, progress.precision)

"""`pricer batch`: every row of a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pricer.cli.arguments import add_command, add_coverage, add_model, runner_of
from pricer.cli.streams import say


def add(commands: Any) -> None:
    """Add the command to the parser."""
    batch = add_command(commands, "batch", _batch, "price every row of a file")
    batch.add_argument("input", metavar="INPUT", type=Path, help="CSV, TSV, JSONL (also .gz), Parquet or XLSX")
    batch.add_argument("output", metavar="OUTPUT", type=Path, help="file to write; its suffix says its format")
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
    add_coverage(batch)
    add_model(batch)


def _batch(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pricer.batch import BatchOptions, check_paths, price_file

    check_paths(chosen.input, chosen.output)
    options = BatchOptions(chosen.text_column, chosen.coverage, chosen.resume, spreadsheet_safe=chosen.spreadsheet_safe)
    state = Path(f"{chosen.output}.partial")
    if state.is_dir() and not chosen.resume:
        say(f"Starting over: the prices that {state.name} kept are dropped (--resume would have gone on from them).")
    runner = runner_of(chosen)
    try:
        with tqdm(unit="row", desc="Pricing") as bar:
            for progress in price_file(runner, chosen.input, chosen.output, options):
                bar.total = progress.rows_total
                bar.update(progress.rows_done - bar.n)
    except KeyboardInterrupt:  # by Ctrl-C or another signal
        say(f"Finished rows are kept in {state}: add --resume to go on.")
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

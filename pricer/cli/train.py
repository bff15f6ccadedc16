"""`pricer train`: a model of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pricer.cli.arguments import DEVICES, add_command, positive
from pricer.cli.streams import say
from pricer.device import pick_device
from pricer.settings import Settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    train = add_command(commands, "train", _train, "train a model of your own")
    train.add_argument("--data", metavar="FILE|FOLDER|HUB_ID", required=True, help="items (columns summary, price)")
    train.add_argument(
        "--stream", action="store_true", help="for data larger than memory; reference preset only (a folder always is)"
    )
    train.add_argument("--teacher", metavar="FILE", type=Path, help="texts with estimated prices (price_estimate)")
    train.add_argument("--extra", metavar="FILE", type=Path, nargs="+", default=[], help="more items, of other kinds")
    train.add_argument("--preset", choices=("compact", "reference"), default="compact", help="(default: compact)")
    train.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the checkpoint")
    train.add_argument("--epochs", type=positive, help="passes over the data; reference preset only (default: 5)")
    train.add_argument("--hidden-size", type=positive, help="width; reference preset only (default: 4096)")
    train.add_argument("--batch-size", type=positive, help="items a step; reference preset only (default: 64)")
    train.add_argument("--device", choices=DEVICES, help="where to compute; compact trains on the CPU (default: auto)")
    train.set_defaults(usage_error=train.error)


def _train(chosen: argparse.Namespace) -> None:
    from pricer.presets import train_compact, train_reference
    from pricer.training_splits import read_splits, stream_splits

    _check_preset_options(chosen)
    settings = Settings.from_environment()
    device = pick_device(chosen.device or settings.device).name
    if chosen.preset == "reference":
        sizes = {"hidden_size": chosen.hidden_size} if chosen.hidden_size else {}
        read = stream_splits if chosen.stream or Path(chosen.data).is_dir() else read_splits
        splits = read(chosen.data, settings.lite_mode)
        accuracy = train_reference(
            splits, chosen.out, chosen.epochs or 5, device, batch_size=chosen.batch_size or 64, **sizes
        )
    else:
        accuracy, skipped = train_compact(
            chosen.data, chosen.teacher, chosen.extra, chosen.out, lite_mode=settings.lite_mode
        )
        if skipped:
            say(f"Left out {skipped:,} rows without a text or a usable price.")
    low, high = accuracy["mae_ci95"]
    say(
        f"Mean absolute error on {accuracy['n']:,} {accuracy['data']}: "
        f"${accuracy['mae']:,.2f} (95% interval ${low:,.2f} to ${high:,.2f})."
    )
    say(f"Wrote the checkpoint {chosen.out}.")


def _check_preset_options(chosen: argparse.Namespace) -> None:
    """Options of the other preset are wrong usage: passing them over would mislead."""
    foreign = ("epochs", "hidden_size", "batch_size", "stream") if chosen.preset == "compact" else ("teacher", "extra")
    for name in foreign:
        if getattr(chosen, name):
            chosen.usage_error(f"--{name.replace('_', '-')} does not belong to the {chosen.preset} preset")

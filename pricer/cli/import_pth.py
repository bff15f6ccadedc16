"""`pricer import-pth`: the course's weights made into a checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import add_command
from pricer.cli.streams import print_line, say
from pricer.errors import SettingError
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.target import Target


def add(commands: Any) -> None:
    """Add the command to the parser."""
    importing = add_command(
        commands, "import-pth", _import, "make a checkpoint of the course's weights (deep_neural_network.pth)"
    )
    importing.add_argument("file", metavar="FILE", type=Path, help="bare state dict, as torch.save wrote it")
    importing.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the checkpoint")
    importing.add_argument(
        "--data", metavar="FILE|FOLDER|HUB_ID", help="items it was trained on, and validation items for the ranges"
    )
    importing.add_argument("--mean", type=float, help="of the training items' log1p prices (default: from --data)")
    importing.add_argument("--std", type=float, help="their standard deviation (default: from --data)")
    importing.set_defaults(usage_error=importing.error)


def _import(chosen: argparse.Namespace) -> None:
    from pricer.legacy import import_state_dict
    from pricer.legacy_proof import TOLERANCE
    from pricer.training_splits import streams_of

    target = _target(chosen)
    train, validation = streams_of(chosen.data, Settings.from_environment().lite_mode) if chosen.data else (None, [])
    done = import_state_dict(chosen.file, chosen.out, train, validation, target)
    for line in done.proof.lines():
        print_line(line)
    say(f"The checkpoint prices these {len(done.proof.ours)} texts as the original code does, to {TOLERANCE:.2%}.")
    say(f"Mean and deviation of log1p prices: {done.target.mean:.4f}, {done.target.std:.4f}.")
    if done.calibrated_on:
        low, high = done.accuracy["mae_ci95"]
        say(
            f"Ranges are calibrated on {done.calibrated_on:,} validation items; mean absolute error on these: "
            f"${done.accuracy['mae']:,.2f} (95% interval ${low:,.2f} to ${high:,.2f})."
        )
    else:
        say("There were no validation items: ranges are as wide as the spread of all training prices.")
    say(f"Wrote the checkpoint {chosen.out}.")


def _target(chosen: argparse.Namespace) -> Target | None:
    from pricer.target import Target

    if (chosen.mean is None) != (chosen.std is None):
        chosen.usage_error("--mean and --std belong together: give both or neither")
    if chosen.mean is None:
        return None
    try:
        return Target(chosen.mean, chosen.std)
    except ValueError as error:
        raise SettingError(f"Found {error}.") from error

"""Arguments that several commands take, and the runner that they ask for."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pricer.cli.streams import say
from pricer.device import CHOICES as DEVICES
from pricer.precision import PRECISIONS
from pricer.runtime import RUNTIMES
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    command.set_defaults(run=run)
    return command


def add_coverage(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--coverage", type=share, default=0.8, help="share of true prices in the range, 0.5-0.95 (default: 0.8)"
    )


def add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="DIR|REPO[@REVISION]", help="checkpoint (default: the built-in one)")
    command.add_argument("--device", choices=DEVICES, help="where to compute (default: auto)")
    command.add_argument("--precision", choices=PRECISIONS, help="number format (default: auto)")
    command.add_argument("--runtime", choices=RUNTIMES, help="what computes (default: the faster one, if installed)")


def share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = -1.0
    if not 0.5 <= share <= 0.95:
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a share from 0.5 to 0.95")
    return share


def positive(word: str) -> int:
    number = int(word) if word.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a whole number above 0")
    return number


def above_zero(word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a number above 0")
    return number


def runner_of(chosen: argparse.Namespace) -> DeepNeuralNetworkRunner:
    """The runner that the options and the environment ask for; says on stderr what it is."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    settings = Settings.from_environment()
    runner = DeepNeuralNetworkRunner.from_pretrained(
        chosen.model or settings.model,
        None,
        chosen.device or settings.device,
        chosen.precision or settings.precision,
        chosen.runtime or settings.runtime,
    )
    if runner.notice:
        say(runner.notice)
    say(f"Model: {runner.source}. Device: {runner.device}. Precision: {runner.precision}. Runtime: {runner.runtime}.")
    return runner

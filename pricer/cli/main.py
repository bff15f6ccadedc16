"""Runs a command and turns whatever happens into an exit code."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence

from pricer.cli import batch, evaluate, export, hub, import_pth, price, signals, space, train
from pricer.cli.streams import say
from pricer.errors import UserError
from pricer.memory import ran_out

USER_MISTAKE, OUR_FAULT, INTERRUPTED = 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code.

    0 done, 1 the user's mistake, 2 usage, 3 ours, 4 a drift threshold passed, 128 + a signal's number.
    """
    chosen = _parser().parse_args(arguments)
    try:
        _load_dotenv()
        with signals.heard():
            return chosen.run(chosen) or 0
    except UserError as error:
        say(f"pricer: {error}")
        return USER_MISTAKE
    except KeyboardInterrupt as error:
        say(f"pricer: ended by {error.name}." if isinstance(error, signals.EndedError) else "pricer: interrupted.")
        return 128 + error.number if isinstance(error, signals.EndedError) else INTERRUPTED
    except ModuleNotFoundError as error:
        say(
            f"pricer: this Python lacks the package {error.name}: install Pricer again, or, in a clone, "
            "run `make app` once and use .venv/bin/python."
        )
        return USER_MISTAKE
    except Exception as error:  # whatever else it is, it is a fault of ours: show where
        if ran_out(error):
            say("pricer: memory ran out: end other programs, or give less at once.")
            return USER_MISTAKE
        traceback.print_exc()
        say("pricer: this is a fault of Pricer's. Please report it with the lines above.")
        return OUR_FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pricer", description="Tells what a product should cost from its words.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for each in (price, batch, evaluate, train, hub, import_pth, export, space):
        each.add(commands)
    return parser


def _load_dotenv() -> None:
    from dotenv import load_dotenv

    load_dotenv(".env")

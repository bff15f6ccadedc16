"""`pricer space`: the page as a Hugging Face Space."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import add_command
from pricer.cli.streams import print_line, say
from pricer.errors import SettingError
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.space import SpaceModel


def add(commands: Any) -> None:
    """Add the command to the parser."""
    space = add_command(commands, "space", _space, "put the page on a Hugging Face Space")
    space.add_argument("repo", metavar="OWNER/NAME", help="the Space, new or one of yours")
    space.add_argument(
        "--dry-run", metavar="DIR", type=Path, help="write the files there, start them once, send nothing"
    )
    space.add_argument(
        "--install", action="store_true", help="in a dry run: start them with the packages that they require"
    )
    space.add_argument(
        "--model", metavar="DIR|REPO[@REVISION]", help="checkpoint to carry along or to preload (default: built-in)"
    )
    space.add_argument(
        "--hardware",
        help="cpu-basic, zero-a10g (ZeroGPU), or a GPU's name (default: the Space's own, cpu-basic for a new one)",
    )
    space.add_argument("--title", default="Pricer", help="(default: Pricer)")
    space.add_argument("--private", action="store_true", help="make a new Space private")
    space.add_argument("--overwrite", action="store_true", help="update even a Space that holds something else")


def _space(chosen: argparse.Namespace) -> None:
    from pricer.hub import parse_repo
    from pricer.space import SpaceModel, deploy, hardware_of, write_folder

    if chosen.install and not chosen.dry_run:
        raise SettingError("--install is of a dry run, which sends nothing: add --dry-run DIR, or leave it out.")
    repo, _ = parse_repo(chosen.repo)
    model = SpaceModel.of(chosen.model or Settings.from_environment().model)
    if chosen.dry_run:
        _try_out(chosen, repo, model)
        return
    with tempfile.TemporaryDirectory() as beside:
        folder = write_folder(Path(beside, "space"), model, chosen.hardware or hardware_of(repo), chosen.title)
        how = {"private": chosen.private, "overwrite": chosen.overwrite}
        print_line(deploy(folder, repo, model.variables, chosen.hardware, **how))
    say("If the model's repo is private, add HF_TOKEN to the secrets of the Space: secrets are never sent from here.")


def _try_out(chosen: argparse.Namespace, repo: str, model: SpaceModel) -> None:
    from pricer.space import differences, own_packages, try_out, write_folder
    from pricer.space.front_matter import CPU

    folder = write_folder(chosen.dry_run, model, chosen.hardware or CPU, chosen.title)
    for name, value in model.variables.items():
        say(f"The Space would have the variable {name}={value}.")
    if unlike := differences(folder, packages=not chosen.install):
        say(f"The Space would have, unlike this trial: {', '.join(unlike)}.")
    if chosen.install:
        say("Installing what the Space requires.")
    with own_packages(folder) if chosen.install else nullcontext(sys.executable) as python:
        say(f"It starts: {try_out(folder, repo, model.variables, python)}")
    print_line(str(folder))

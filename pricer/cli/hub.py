"""`pricer push` and `pricer pull`: checkpoints to the Hub and from it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pricer.cli.arguments import add_command
from pricer.cli.streams import print_line


def add(commands: Any) -> None:
    """Add the command to the parser."""
    push = add_command(commands, "push", _push, "upload a checkpoint to the Hub")
    push.add_argument("folder", metavar="DIR", type=Path, help="checkpoint")
    push.add_argument("repo", metavar="REPO", help="owner/name")
    push.add_argument("--private", action="store_true", help="make a new repo private")
    push.add_argument("--revision", metavar="BRANCH", help="branch to commit to, made if need be (default: main)")
    push.add_argument("--overwrite", action="store_true", help="upload even into a repo that holds something else")

    pull = add_command(commands, "pull", _pull, "download a checkpoint from the Hub")
    pull.add_argument("repo", metavar="REPO", help="owner/name, with an optional @revision")
    pull.add_argument("folder", metavar="DIR", type=Path, help="folder to put it in")


def _push(chosen: argparse.Namespace) -> None:
    from pricer.hub import push

    print_line(push(chosen.folder, chosen.repo, chosen.private, chosen.revision, chosen.overwrite))


def _pull(chosen: argparse.Namespace) -> None:
    from pricer.hub import pull

    repo, _, revision = chosen.repo.partition("@")
    print_line(str(pull(repo, chosen.folder, revision or None)))

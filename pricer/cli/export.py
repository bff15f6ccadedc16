"""`pricer export`: a checkpoint for other runtimes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pricer.cli.arguments import add_command
from pricer.cli.streams import print_line, say
from pricer.errors import UserError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    export = add_command(commands, "export", _export, "write a checkpoint for other languages and runtimes")
    export.add_argument("source", metavar="DIR", help='checkpoint: a folder, a Hub repo, or "built-in"')
    export.add_argument("out", metavar="OUT", type=Path, help="folder to write")
    export.add_argument("--format", choices=("onnx",), required=True, help="onnx: a graph that many runtimes compute")
    export.add_argument("--precision", choices=("fp32", "int8"), default="fp32", help="of its weights (default: fp32)")


def _export(chosen: argparse.Namespace) -> None:
    from pricer.checkpoint import Checkpoint
    from pricer.hub import BUILT_IN_NAME, locate
    from pricer.onnx.export import check_exportable, export

    out = chosen.out.expanduser()
    check_exportable(out)
    folder, source = locate(None if chosen.source == BUILT_IN_NAME else chosen.source)
    if out.resolve() == folder.resolve():
        raise UserError(f"{out} is the checkpoint itself: name another folder.")
    say(f"Exporting {source} in {chosen.precision}.")
    export(Checkpoint.load(folder), out, chosen.precision)
    print_line(str(out))

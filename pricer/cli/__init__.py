"""The command line: `python -m pricer …`; a file per command."""

from pricer.cli.main import main

__all__ = ["main"]

"""Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_line(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(line + "\n")


def print_json(document: dict[str, Any]) -> None:
    """The result as one JSON document."""
    print_line(json.dumps(document, ensure_ascii=False, indent=2))


def say(line: str) -> None:
    """A notice: stdout belongs to results."""
    sys.stderr.write(line + "\n")

"""Whole commands, from the shell to their end; the page, from the shell to its first complete answer."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import ROOT, in_turn, run, table

ROUNDS = 5
ADDRESS = re.compile(r"open at (http://\S+)")


def report() -> str:
    programs = {
        "--help": ["-m", "pricer", "--help"],
        "price": ["-m", "pricer", "price", "steel kettle"],
        "import of torch and gradio alone": ["-c", "import torch, gradio"],
    }
    works = {name: lambda program=program: run(program) for name, program in programs.items()}
    works["app.py to the first complete page"] = lambda: _first_page(["app.py"])
    taken = {name: statistics.median(each) for name, each in in_turn(works, ROUNDS).items()}
    over = taken["app.py to the first complete page"] - taken["import of torch and gradio alone"]
    bars = {"--help": "≤ 0.4", "price": "≤ 3", "app.py to the first complete page": "≤ 8"}
    rows = [(name, f"{each:.2f}", bars.get(name, "")) for name, each in taken.items()]
    rows.append(("app.py, over the imports alone", f"{over:.2f}", "≤ 1.5"))
    return table([f"from the shell, median of {ROUNDS} in turn", "seconds", "bar"], rows)


@contextmanager
def served(program: list[str]) -> Iterator[str]:
    """The address at which a program serves its page, until the end."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield next(found[1] for line in process.stdout if (found := ADDRESS.search(line.decode()))).rstrip("/")
        finally:
            process.terminate()


def _first_page(program: list[str]) -> None:
    with served(program) as address:
        for path in ("/", "/config", "/theme.css"):
            urllib.request.urlopen(f"{address}{path}").read()

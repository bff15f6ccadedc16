"""Every command of the pages in docs/: run where the files that a test can give suffice, else checked word by word.

Commands on `your-catalogue.csv`, `your-items.csv` and `your-folder` are run, in a folder that has them, in the order
in which they stand; those on object stores, Hub repos and clusters are parsed by the real command line.
"""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pricer.cli.main import _parser
from tests.documented_commands import ROOT, commands_of

PAGES = sorted((ROOT / "docs").glob("*.md"))
COMMANDS = [command for page in PAGES for command in commands_of(page)]
PRICER = ("python", "-m", "pricer")
ELSEWHERE = re.compile(r"\w+://|RAY_ADDRESS|\bowner/name\b|--device cuda")  # what no test has here
OTHER_PROGRAMS = ("ray", "pip", "export", "source")


def _is_run(command):
    return command.program[:3] == PRICER and "your-" in command.line and not ELSEWHERE.search(command.line)


def _id(command):
    return f"{command.page}: {command.line.strip()}"[:90]


@pytest.fixture
def folder(tmp_path):
    """Where the pages' files are."""
    rows = [["A steel kettle", "25"], ["A cordless drill", "80"], ["A desk lamp", "20"]]
    (tmp_path / "your-folder").mkdir()
    for name in ("your-catalogue.csv", "your-items.csv", "your-folder/part-1.csv", "your-folder/part-2.csv"):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([["summary", "price"], *rows])
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=_id)
def test_a_command_is_one_that_there_is(command):
    program = command.program
    if not program or program[0] in OTHER_PROGRAMS:
        assert not program or program[0] != "ray" or shutil.which("ray", path=Path(sys.executable).parent)
    elif program[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{program[1]}:", makefile, re.MULTILINE)
    elif program[:3] == PRICER:
        assert callable(_parser().parse_args(program[3:]).run)
    else:
        assert program[0] == "python"
        assert (ROOT / program[1]).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_files_of_ones_own_run(page, folder):
    wanted = [command for command in commands_of(page) if _is_run(command)]
    if any("--engine ray" in command.line for command in wanted):
        pytest.importorskip("ray")
    for command in wanted:
        done = subprocess.run(
            [sys.executable, *command.program[1:]],
            cwd=folder,
            env=_environment() | command.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command.line}\n{done.stderr}"


def _environment():
    import os

    return os.environ | {"PYTHONPATH": str(ROOT)}

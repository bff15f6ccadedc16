"""Every command of the README and of the other pages: run where a test can give its files, else read word by word.

Commands on files named `your-…` are run, in a folder that has them, in the order in which they stand; those on object
stores, Hub repos and clusters are parsed by the real command line.
"""

import csv
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pricer.checkpoint_config import verify
from pricer.cli.main import _parser
from pricer.hub import BUILT_IN
from tests.documented_commands import ROOT, commands_of

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = [command for page in PAGES for command in commands_of(page)]
PRICER = ("python", "-m", "pricer")
ELSEWHERE = re.compile(r"\w+://|\bowner/name\b|--device cuda")  # what no test has here
IN_TEST_RAY = "--engine ray"  # run there, on a cluster that is started once
FILES = (
    "your-catalogue.csv",
    "your-items.csv",
    "your-estimates.csv",
    "your-more-items.csv",
    "your-folder/part-1.csv",
    "your-folder/part-2.csv",
)
OTHER_PROGRAMS = ("ray", "pip", "export", "source")


def _is_run(command):
    return (
        command.program[:3] == PRICER
        and "your-" in command.line
        and not (ELSEWHERE.search(command.line) or IN_TEST_RAY in command.line)
    )


def _id(command):
    return f"{command.page}: {command.line.strip()}"[:90]


@pytest.fixture
def folder(tmp_path, items):
    """Where the pages' files are."""
    (tmp_path / "your-folder").mkdir()
    for name in FILES:
        price = "price_estimate" if "estimates" in name else "price"
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([["summary", price], *([item.summary, item.price] for item in items)])
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


def test_the_commands_of_every_page_are_found():
    found = {command.page for command in COMMANDS}
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "use.md", "deploy.md"} <= found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_files_of_ones_own_run(page, folder):
    wanted = [command for command in commands_of(page) if _is_run(command)]
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_of_python_run(page, folder, items, monkeypatch):
    monkeypatch.chdir(folder)
    names = {"texts": [item.summary for item in items], "prices": [item.price for item in items]}
    for block in re.findall(r"```python\n(from pricer.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        code = compile(block, page.name, "exec")
        if "from_hub" not in block:  # those are run by the tests of the course's notebooks, against a Hub on loopback
            exec(code, names)


def test_make_check_does_what_contributing_says():
    (does,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    (said,) = re.findall(r"^make check +# (.*)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    tools = set(re.findall(r"\$\(BIN\)/(?:python -m tests\.)?(\w+)", does))
    assert tools == {"ruff", "mypy", "audit"}
    assert [tool for tool in tools if tool not in said] == []


def test_the_limits_count_the_models_that_the_card_lists():
    numbers = {16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}
    assert f"best of {numbers[1 + len(verify(BUILT_IN).peers)]} models" in (ROOT / "docs" / "limits.md").read_text()


def test_the_page_is_started_where_its_file_is():
    use = (ROOT / "docs" / "use.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert list(project["scripts"]) == ["pricer"], "one that opens the page would make the sentence untrue"
    assert re.search(r"The page is not\s+among what is installed: its `app.py` is started in the clone", use)


def _environment():
    import os

    return os.environ | {"PYTHONPATH": str(ROOT)}

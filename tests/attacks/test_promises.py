"""SECURITY.md names a test for each threat, and each of these is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)


def test_every_threat_names_a_test():
    rows = [row for row in TEXT.partition("## Threats")[2].partition("\n## ")[0].splitlines() if row.startswith("| ")][
        1:
    ]
    assert len(rows) >= 12
    assert not [row for row in rows if "`tests/" not in row and not row.startswith("|--")]


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_every_test_that_is_named_is_there(path, name):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not name or name in functions


def test_every_file_of_attacks_is_named():
    files = {f"tests/attacks/{path.name}" for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
    assert files == {path for path, _ in NAMED if path.startswith("tests/attacks/")}

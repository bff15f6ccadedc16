"""Nothing of the package runs text as code, unpickles or asks a shell; no release that is known as unsafe is taken."""

from __future__ import annotations

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "pricer").rglob("*.py"))]
UNSAFE_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "joblib",
    "code",
    "pty",
    "jsonpickle",
}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "system",
    "popen",
    "getoutput",
    "getstatusoutput",
    "unpack_archive",
}
UNSAFE_ATTRIBUTES = {"system", "popen", "getoutput", "getstatusoutput", "unpack_archive", "extractall", "mktemp"}


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    """The called function, such as `torch.load`."""
    return ast.unparse(call.func)


def found_in(source: str) -> list[str]:
    """What is unsafe in a file's code."""
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [name for name in names if name.partition(".")[0] in UNSAFE_MODULES]
    for call in calls(tree):
        name, options = name_of(call), {each.arg: ast.unparse(each.value) for each in call.keywords}
        last = name.rpartition(".")[2]
        unsafe = name in UNSAFE_CALLS or ("." in name and last in UNSAFE_ATTRIBUTES)
        unsafe |= options.get("shell", "False") != "False" or options.get("allow_pickle", "False") != "False"
        unsafe |= options.get("trust_remote_code", "False") != "False"
        unsafe |= name == "torch.load" and options.get("weights_only") != "True"
        unsafe |= name in {
            "yaml.load",
            "yaml.unsafe_load",
            "pandas.read_pickle",
            "pd.read_pickle",
            "numpy.load",
            "np.load",
        }
        found += [name] * unsafe
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_runs_text_or_unpickles(path):
    assert found_in(path.read_text(encoding="utf-8")) == []


UNSAFE = """import pickle; from pickle import loads; eval('1'); exec(x); os.system(x); subprocess.run(x, shell=True)
torch.load(x); torch.load(x, weights_only=False); yaml.load(x); np.load(x); __import__(x); import joblib
load_dataset(x, trust_remote_code=True); archive.extractall(x); x.read(allow_pickle=True)"""
SAFE = "torch.load(x, weights_only=True); network.eval(); re.compile(x); run(x); import ast"


@pytest.mark.parametrize("source", re.split(r"[;\n] ?", UNSAFE))
def test_the_search_finds_what_it_is_for(source):
    assert found_in(source)


@pytest.mark.parametrize("source", SAFE.split("; "))
def test_the_search_lets_pass_what_is_safe(source):
    assert not found_in(source)


# The first releases without a known advisory that concerns a server of this kind, as SECURITY.md lists them.
FLOORS = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("name", "floor"), FLOORS)
def test_requirements_and_what_is_installed_are_not_below_a_fixed_release(name, floor):
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    stated = re.search(rf"^{re.escape(name)}[=>]=([\d.]+)", wanted, re.MULTILINE | re.IGNORECASE)
    assert stated, f"{name} is not in requirements.txt"
    assert _numbers(stated[1]) >= _numbers(floor)
    assert _numbers(version(name)) >= _numbers(floor)


def test_there_are_floors():
    assert len(FLOORS) >= 8


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", release.partition("+")[0])))

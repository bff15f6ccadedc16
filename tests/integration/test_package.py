"""Pricer as a package: built as it would be published, installed elsewhere, used without Gradio."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pricer import DeepNeuralNetworkRunner

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCES = ("pricer", "weights", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md")
ABSENT = ("gradio", "plotly", "datasets")  # as if they were not installed
USE = """
import json, sys
import pricer
from pricer import DeepNeuralNetworkRunner, Item, PriceRegressor
item = Item(summary="A steel kettle, 1.7 litres", price=35)
runner = DeepNeuralNetworkRunner.from_pretrained()
print(json.dumps({
    "file": pricer.__file__, "source": runner.source, "notice": runner.notice, "price": runner.inference(item),
    "fallback": float(DeepNeuralNetworkRunner.from_pretrained(sys.argv[1]).price([item.summary]).price[0]),
    "regressor": float(PriceRegressor.from_pretrained().predict([item.summary])[0]),
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that a wheel, built from the source distribution, was installed in."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    source.mkdir()
    for path in [*map(ROOT.joinpath, SOURCES), ROOT / "app.py", *ROOT.glob("requirements*.txt")]:
        if path.is_dir():
            shutil.copytree(path, source / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(path, source / path.name)
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(folder)!r})"
    _run(source, "-c", build)
    (archive,) = folder.glob("pricer-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    unpacked = archive.with_name(archive.name.removesuffix(".tar.gz"))
    offline = ("--no-deps", "--no-index", "--disable-pip-version-check", "--quiet")
    _run(folder, "-m", "pip", "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder, unpacked)
    (wheel,) = folder.glob("pricer-*.whl")
    _run(folder, "-m", "pip", "install", *offline, "--target", folder / "site", wheel)
    absent = "".join(f"sys.modules[{name!r}] = None\n" for name in ABSENT)
    (folder / "site" / "sitecustomize.py").write_text(f"import sys\n{absent}")
    return folder / "site"


def _run(folder, *arguments, command=sys.executable, environment=None):
    """Run Python in a folder; gives what it printed."""
    done = subprocess.run(
        [command, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _environment(site):
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONPATH": str(site)}


def test_the_built_in_model_prices_from_an_installed_package_without_gradio_and_plotly(installed, tmp_path):
    fallback = installed / "pricer" / "weights" / "fallback"
    found = json.loads(_run(tmp_path, "-c", USE, fallback, environment=_environment(installed)))
    assert Path(found["file"]).is_relative_to(installed)
    assert (found["source"], found["notice"]) == ("built-in", "")
    assert found["price"] == found["regressor"]
    assert found["price"] != found["fallback"] > 0


def test_the_installed_command_gives_the_price_of_the_clone(installed, tmp_path):
    text = "Cordless drill, 20 V, two batteries, carrying case"
    environment = _environment(installed)
    command = installed / "bin" / "pricer"
    there = json.loads(_run(tmp_path, "price", text, "--json", command=command, environment=environment))
    here = DeepNeuralNetworkRunner.from_pretrained().price([text])
    assert [there["price"], there["low"], there["high"]] == [each[0] for each in here]


def test_the_installed_command_prices_a_file(installed, tmp_path):
    (tmp_path / "in.csv").write_text("summary\nA steel kettle\nA lamp\n")
    command = installed / "bin" / "pricer"
    _run(tmp_path, "batch", "in.csv", "out.csv", command=command, environment=_environment(installed))
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3


def test_what_is_installed_is_typed_and_whole(installed):
    assert (installed / "pricer" / "py.typed").is_file()
    assert [each.name for each in installed.iterdir() if each.name in {"weights", "tests", "app.py"}] == []
    files = {
        each.relative_to(ROOT).as_posix()
        for each in (ROOT / "pricer").rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }
    assert not [name for name in sorted(files) if not (installed / name).is_file()]


def test_what_an_installation_needs_is_what_the_requirements_list():
    asked_for, _, _ = (ROOT / "requirements.txt").read_text(encoding="utf-8").partition("#")  # then floors of others
    listed = asked_for.split()
    assert sorted(listed) == sorted(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["app"])


def test_the_core_depends_on_all_that_it_imports_and_not_on_gradio():
    names = {_normal(re.split(r"[\[<>=~ ]", line)[0]) for line in PROJECT["dependencies"]}
    assert "gradio" not in names
    distributions = {}
    for module, owners in packages_distributions().items():
        distributions[module] = {_normal(owner) for owner in owners}
    missing = {
        module
        for path in (ROOT / "pricer").rglob("*.py")
        if "ui" not in path.relative_to(ROOT).parts
        for module in _imported_when_loaded(ast.parse(path.read_text(encoding="utf-8")))
        if module not in sys.stdlib_module_names and module != "pricer" and not distributions.get(module, set()) & names
    }
    assert missing == set()


def _normal(name):
    return name.lower().replace("_", "-")


def _imported_when_loaded(tree):
    """Top-level modules that a file imports outside of its functions and type checks."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]

"""The course notebook's lines, exactly as they stand, in a process of their own against the loopback Hub."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_datasets import parquet
from tests.loopback_hub import TOKEN

IMPORTS = """
import os
from dotenv import load_dotenv
from huggingface_hub import login
from pricer.items import Item
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.evaluator import evaluate
"""

# As in DESIGN.md; not a character of this may change.
NOTEBOOK = """
load_dotenv(override=True); hf_token = os.environ["HF_TOKEN"]; login(hf_token, add_to_git_credential=True)
dataset = f"{username}/items_lite" if LITE_MODE else f"{username}/items_full"
train, val, test = Item.from_hub(dataset)
runner = DeepNeuralNetworkRunner(train, val[:1000])
runner.setup(); runner.train(epochs=5); runner.save("deep_neural_network.pth"); runner.load("deep_neural_network.pth")
def deep_neural_network(item): return runner.inference(item)
evaluate(deep_neural_network, test)          # progress bar, "Mean Absolute Error: $45.23", returns that float
"""

# A notebook runs statement by statement and shows the value of an expression.
NARROW = """
from pricer.deep_neural_network import DeepNeuralNetwork
DeepNeuralNetwork.__init__.__defaults__ = (10, 16, 0.2)
"""
RUN = """
import ast, json, sys
shown = []
sys.displayhook = shown.append
cells = {"__name__": "__main__", "LITE_MODE": sys.argv[1] == "lite", "username": "tester"}
for statement in ast.parse(open("cells.txt").read()).body:
    exec(compile(ast.Interactive([statement]), "a cell", "single"), cells)
again = cells["DeepNeuralNetworkRunner"](cells["train"], cells["val"])
again.setup()
again.load("deep_neural_network.pth")
item = cells["test"][0]
found = {"mae": shown[-1], "sizes": [len(cells[each]) for each in ("train", "val", "test")]}
found |= {"price": cells["runner"].inference(item), "price_again": again.inference(item)}
open("found.json", "w").write(json.dumps(found))
"""


@pytest.fixture(scope="module")
def run_notebook(items, tmp_path_factory):
    """Runs the lines once per mode; gives the process and what the notebook's names held at the end."""
    done = {}

    def run(hub, mode):
        if mode in done:
            return done[mode]
        folder = tmp_path_factory.mktemp(mode)
        size = {"lite": 60, "full": 120}[mode]
        splits = {"train": items[:size], "validation": items[120:140], "test": items[140:]}
        rows = {name: parquet([item.to_dict() for item in part]) for name, part in splits.items()}
        files = {f"data/{name}-00000-of-00001.parquet": content for name, content in rows.items()}
        hub.publish(f"tester/items_{mode}", {"README.md": b"---\nlicense: mit\n---\n", **files}, kind="datasets")
        (folder / ".env").write_text(f"HF_TOKEN={TOKEN}\n")
        (folder / "cells.txt").write_text(IMPORTS + NOTEBOOK)
        (folder / "run.py").write_text(NARROW + RUN)
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "HF_TOKEN": "hf_overridden"}
        command = [sys.executable, "run.py", mode]
        process = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert process.returncode == 0, process.stderr[-3000:]
        done[mode] = process, json.loads((folder / "found.json").read_text())
        return done[mode]

    return run


@pytest.mark.parametrize(("mode", "sizes"), [("lite", [60, 20, 20]), ("full", [120, 20, 20])])
def test_the_lines_run_through_on_the_dataset_of_their_mode(hub, run_notebook, mode, sizes):
    assert run_notebook(hub, mode)[1]["sizes"] == sizes


@pytest.mark.parametrize("mode", ["lite", "full"])
def test_evaluate_prints_the_mean_absolute_error_that_it_returns(hub, run_notebook, mode):
    process, found = run_notebook(hub, mode)
    printed = re.findall(r"^Mean Absolute Error: \$([\d,.]+)$", process.stdout, re.MULTILINE)
    assert printed == [f"{found['mae']:,.2f}"]
    assert found["mae"] > 0


@pytest.mark.parametrize("mode", ["lite", "full"])
def test_saved_weights_price_the_same_in_another_runner(hub, run_notebook, mode):
    _, found = run_notebook(hub, mode)
    assert found["price_again"] == found["price"]


def test_the_token_is_not_shown(hub, run_notebook):
    process, _ = run_notebook(hub, "lite")
    assert TOKEN not in process.stdout + process.stderr

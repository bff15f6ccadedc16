"""The lines for other programs in `docs/use.md`, run as they stand there against the page."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT

PAGE = (ROOT / "docs" / "use.md").read_text(encoding="utf-8")
USUAL = "http://127.0.0.1:7860"


@pytest.fixture
def folder(tmp_path):
    """Where the page's files are."""
    rows = [["A steel kettle", "25"], ["A cordless drill", "80"], ["A desk lamp", "20"]]
    for name in ("your-catalogue.csv", "your-items.csv"):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([["summary", "price"], *rows])
    return tmp_path


def lines_with(word: str, url: str) -> str:
    """The page's block of code that has this word, for the page under test."""
    (block,) = [found for found in re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL) if word in found]
    return block.replace(USUAL, url.rstrip("/"))


def test_the_lines_for_python(url, folder, monkeypatch):
    monkeypatch.chdir(folder)
    names: dict = {}
    answers = []
    for line in lines_with("gradio_client", url).splitlines():
        if line.startswith("page.predict"):
            answers.append(eval(line, names))
        else:
            exec(line, names)
    names["page"].close()
    price, priced, evaluation = answers
    assert price["low"] < price["price"] < price["high"]
    with Path(priced).open(newline="") as file:
        assert len(list(csv.reader(file))) == 4
    assert evaluation["n"] == 3


def test_the_lines_for_curl(url, folder):
    done = subprocess.run(
        ["bash", "-euc", lines_with("curl", url)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ,
        check=True,
    )
    answers = [json.loads(found) for found in re.findall(r"event: complete\ndata: (.*)", done.stdout)]
    (price,), (priced,), (evaluation,) = answers
    assert price["low"] < price["price"] < price["high"]
    assert priced["orig_name"] == "your-catalogue-priced.csv"
    assert evaluation["n"] == 3

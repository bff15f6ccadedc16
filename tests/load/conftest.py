"""The app as its own process, with every temporary file in a folder that the test can look into."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from benchmarks.crowd.footprint import children

ROOT = Path(__file__).parents[2]
ROWS = 8_000


@dataclass(frozen=True)
class App:
    """A running `app.py`."""

    process: subprocess.Popen[bytes]
    address: str
    temporary: Path

    def health(self) -> dict:
        """What the health route says; raises where it does not answer 200."""
        return httpx.get(f"{self.address}/healthz").raise_for_status().json()

    def wait_for_helpers(self) -> list[int]:
        """The ids of the processes that price beside it, as soon as there are any."""
        while not (found := children(self.process.pid)):
            assert self.health()["queue"].get("long", {}).get("running") != 0
        return found


@contextmanager
def running(temporary: Path, *arguments: str, **environment: str) -> Iterator[App]:
    """Start the app on a free port; killed at the end, if it still runs."""
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "app.py", "--device", "cpu", *arguments]
    given = os.environ | {"TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"} | environment
    given.pop("GRADIO_TEMP_DIR", None)  # of a page that another test built
    with (
        (temporary.parent / "app.log").open("ab") as log,
        subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            said = process.stdout.readline().decode()
            yield App(process, re.search(r"open at (http://\S+?)/?$", said.strip())[1], temporary)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def endless(tmp_path_factory) -> Path:
    """A CSV that takes far longer than an app that is to end waits for."""
    path = tmp_path_factory.mktemp("endless") / "items.csv"
    texts = (f"stainless steel kettle, 1.7 litres, model {at}\n" for at in range(400_000))
    path.write_text("summary\n" + "".join(texts), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def large(tmp_path_factory) -> Path:
    """A CSV that other processes help to price."""
    path = tmp_path_factory.mktemp("large") / "items.csv"
    remark = "as good as new " * 70  # which makes it large and is not priced
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = ([at, f"stainless steel kettle, 1.7 litres, model {at}", remark] for at in range(ROWS))
        csv.writer(file).writerows([["sku", "summary", "remark"], *rows])
    return path

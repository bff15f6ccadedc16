"""The Hub's token is on no page, in no answer, file or line of the log; neither is the environment."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys

import pytest

from pricer import log
from tests.attacks.conftest import TOKEN, file
from tests.browser.conftest import ROOT

TABLE = b"summary,price\nSteel kettle,30\nDesk lamp,20\n"


def test_no_answer_of_the_server_has_it(caller):
    assert os.environ["HF_TOKEN"] == TOKEN
    told = [caller.http.get(route).text for route in ("/", "/config", "/theme.css", "/manifest.json", "/robots.txt")]
    told += [
        caller.get(route).text for route in ("info", "openapi.json", "queue/status", "token", "user", "startup-events")
    ]
    told += [
        caller.ask("price", ["${HF_TOKEN} {HF_TOKEN} %HF_TOKEN% $HF_TOKEN"]),
        caller.ask("explain", ["{0.__class__}"]),
    ]
    told += [
        caller.ask("evaluate", [None, "owner/private", 0, False]),
        caller.ask("batch", [file("/proc/self/environ"), []]),
    ]
    priced = caller.ask("batch", [file(caller.upload(TABLE)), []])
    told += [priced, caller.ask("evaluate", [file(caller.upload(TABLE)), "", 0, False])]
    assert not [text for text in told if TOKEN in text or "HF_HOME" in text]


@pytest.mark.parametrize("fault", ["unauthorized", "forbidden", "unavailable", "truncated", "wrong_content", "cut"])
def test_no_error_of_the_hub_has_it(hub, caller, fault):
    """Both a model and a dataset are asked for with the token, and what goes wrong is told without it."""
    from pricer.errors import UserError
    from pricer.hub.datasets import load_splits
    from pricer.hub.downloads import download

    hub.publish("owner/model", {"config.json": b"{}"})
    hub.publish("owner/model", {"data/train.csv": TABLE}, kind="datasets")
    hub.fault, hub.fault_path = fault, ""
    written = io.StringIO()
    log.configure(log.TEXTS, written)
    try:
        for ask in (download, load_splits):
            with contextlib.redirect_stderr(written), contextlib.redirect_stdout(written):
                with pytest.raises(UserError) as caught:
                    ask("owner/model")
                assert TOKEN not in str(caught.value)
                try:
                    ask("owner/model")
                except UserError:
                    log.failure("test")
    finally:
        log.configure(log.PROBLEMS)
    assert "test" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_no_report_and_no_checkpoint_has_it(context, tmp_path):
    (tmp_path / "items.csv").write_bytes(TABLE)
    command = [sys.executable, "-m", "pricer", "evaluate", "--data", str(tmp_path / "items.csv"), "--report"]
    done = subprocess.run(
        [*command, str(tmp_path / "report.html"), "--device", "cpu"], cwd=ROOT, capture_output=True, check=True,
        env={**os.environ, "HF_TOKEN": TOKEN},
    )  # fmt: skip
    context.runner.checkpoint.save(tmp_path / "checkpoint")
    contents = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(contents) > 3
    for content in [*contents, done.stdout, done.stderr]:
        assert TOKEN.encode() not in content


def test_a_server_that_starts_and_fails_says_nothing_of_it(tmp_path):
    started = subprocess.run(
        [sys.executable, "app.py", "--model", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "HF_TOKEN": TOKEN, "PRICER_LOG": "texts"},
    )  # fmt: skip
    assert started.returncode == 1
    assert TOKEN not in started.stdout + started.stderr

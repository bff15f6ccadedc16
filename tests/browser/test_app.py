"""`python app.py`, as a person or a Space starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.browser.conftest import ROOT


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_it_serves_on_the_port_given_and_leaves_no_files(checkpoint_folder, tmp_path):
    port = free_port()
    app = start("--port", str(port), "--model", str(checkpoint_folder), "--device", "cpu", TMPDIR=str(tmp_path))
    try:
        line = app.stdout.readline()
        assert f":{port}" in line, app.stderr.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert "Pricer" in answer.read().decode()
    finally:
        app.send_signal(signal.SIGTERM)
        _, said = app.communicate(timeout=60)
    assert "Model: " in said
    assert app.returncode == 0
    assert not list(tmp_path.glob("pricer-*"))


def test_a_users_mistake_is_one_line_and_exit_code_1(tmp_path):
    app = start("--model", str(tmp_path))
    _, said = app.communicate(timeout=60)
    assert app.returncode == 1
    assert said.startswith("pricer: ")
    assert said.count("\n") == 1


def test_a_port_in_use_and_no_port_are_told(checkpoint_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = start("--port", str(port), "--model", str(checkpoint_folder), "--device", "cpu")
        _, said = app.communicate(timeout=60)
    assert app.returncode == 1
    assert said == f"pricer: Port {port} is in use: choose another with --port.\n"
    app = start("--port", "65536")
    _, said = app.communicate(timeout=60)
    assert app.returncode == 2
    assert "from 1 to 65535" in said


def test_settings_come_from_the_environment_and_options_override_them():
    app = start("--device", "cpu", PRICER_PORT="none")
    _, said = app.communicate(timeout=60)
    assert app.returncode == 1
    assert "PRICER_PORT has an unusable value" in said


def test_a_model_that_the_hub_does_not_give_is_replaced_with_a_notice(hub, checkpoint_folder, monkeypatch):
    from app import make_context
    from pricer.settings import Settings

    monkeypatch.setattr("pricer.hub.checkpoints.BUILT_IN", Path(checkpoint_folder))
    context = make_context(Settings(model="nobody/nothing", device="cpu"))
    assert "prices come from the built-in model" in context.notice

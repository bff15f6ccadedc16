"""Starts a Space's folder here as the Hub would: an environment of its own, with a Space's variables set."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from pricer.errors import SettingError

PATIENCE_SECONDS = 300.0  # until the page must be open
OPEN = "Pricer is open at "


def try_out(folder: Path, repo: str, variables: Mapping[str, str]) -> str:
    """Start the folder's app until its page is open, and end it; gives what it says of its model.

    Its environment has the Space's variables and nothing of this one but the search path, so that neither a token nor
    a checkout that happens to be importable can help it; the packages are those of this Python.

    Raises
    ------
    SettingError
        It did not open; the message has its last line.
    """
    with tempfile.TemporaryDirectory() as home:
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder,
            env=_environment(repo, variables, home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            opened = _opens(app)
        finally:
            app.terminate()
            _, said = app.communicate()
    if not opened:
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        raise SettingError(f"The Space does not start: {last}")
    return next((line for line in said.splitlines() if line.startswith("Model: ")), "")


def _environment(repo: str, variables: Mapping[str, str], home: str) -> dict[str, str]:
    """What the Hub sets for a Space, by its documentation of helper environment variables."""
    owner, _, name = repo.partition("/")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",  # the folder stays as it was written
        "SYSTEM": "spaces",
        "SPACE_ID": repo,
        "SPACE_AUTHOR_NAME": owner,
        "SPACE_REPO_NAME": name,
        "SPACE_HOST": f"{owner}-{name}.hf.space",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(_free_port()),
        **_hub_of_this_machine(),
        **variables,
    }


def _hub_of_this_machine() -> dict[str, str]:
    """Where the Hub and its cache are for this process: a Space finds its preloaded model in the cache likewise."""
    from huggingface_hub import constants

    return {"HF_ENDPOINT": constants.ENDPOINT, "HF_HOME": constants.HF_HOME}


def _opens(app: subprocess.Popen[str]) -> bool:
    """Whether the app says that its page is open, before it ends and in time."""
    stdout = app.stdout
    assert stdout is not None
    answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(any(each.startswith(OPEN) for each in stdout)), daemon=True).start()
    try:
        return answer.get(timeout=PATIENCE_SECONDS)
    except queue.Empty:
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

"""Starts a Space's folder here much as the Hub would: with a Space's variables and, if asked to, its own packages."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from pricer.errors import SettingError
from pricer.space.front_matter import FrontMatter

PATIENCE_SECONDS = 300.0  # until the page must be open
OPEN = "Pricer is open at "


def differences(folder: Path, packages: bool = True) -> list[str]:
    """What a Space of this folder has otherwise than this Python, with or without its packages, in words."""
    from packaging.requirements import Requirement  # which the Hub's library and gradio bring along

    asked = [f"Python=={FrontMatter.python_version.rpartition('.')[0]}.*"]
    if packages:
        asked += (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for wanted in (Requirement(line) for line in asked if line and not line.startswith("#")):
        here = _version(wanted.name)
        if not here or not wanted.specifier.contains(here, prereleases=True):
            found.append(f"{wanted.name} {wanted.specifier} (here: {here or 'none'})")
    return found


def _version(name: str) -> str:
    """What is here of Python itself or of a package; empty for nothing."""
    try:
        return python_version() if name == "Python" else version(name)
    except PackageNotFoundError:
        return ""


@contextmanager
def own_packages(folder: Path) -> Iterator[str]:
    """Within: a fresh Python with what the folder requires, fetched by pip from where it is set to look.

    Raises
    ------
    SettingError
        It cannot be installed; the message has the last line that was said.
    """
    with tempfile.TemporaryDirectory() as home:
        python = str(Path(home, "Scripts" if os.name == "nt" else "bin", "python"))
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(folder / "requirements.txt")]
        for command in ([sys.executable, "-m", "venv", home], pip):
            done = subprocess.run(  # noqa: S603 - of our own words and paths
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
            if done.returncode:
                raise SettingError(f"The Space's packages cannot be installed: {_last_line(done.stdout)}")
        yield python


def try_out(folder: Path, repo: str, variables: Mapping[str, str], python: str = sys.executable) -> str:
    """Start the folder's app until its page is open, and end it; gives what it says of its model.

    Its environment has the Space's variables and nothing of this one but the search path, so that neither a token nor
    a checkout that happens to be importable can help it; the packages are those of `python`, by default this one.

    Raises
    ------
    SettingError
        It did not open; the message has its last line.
    """
    with tempfile.TemporaryDirectory() as home:
        app = subprocess.Popen(  # noqa: S603 - likewise
            [python, "app.py"],
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
        raise SettingError(f"The Space does not start: {_last_line(said)}")
    return next((line for line in said.splitlines() if line.startswith("Model: ")), "")


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it said nothing"])[-1]


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

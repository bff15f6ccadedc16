"""The app's own folder, and those of apps that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pricer.ui.run_folders import LOCK, RunFolders

ROOT = Path(__file__).parents[2]
OTHER = """
import sys
from pricer.ui.run_folders import RunFolders
folders = RunFolders()
(folders.cache / "upload.csv").write_text("x")
print(folders.root, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An empty folder in which all temporary files are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    monkeypatch.undo()
    tempfile.tempdir = None


@pytest.fixture
def other(temporary):
    """Another app, which has its own folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", OTHER], stdin=pipe, stdout=pipe, env=environment) as process:
        yield process, Path(process.stdout.readline().decode().strip())
        process.kill()


def test_the_folder_of_an_app_that_was_killed_goes_when_the_next_one_starts(other):
    process, root = other
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (root / "cache" / "upload.csv").is_file()
    ours = RunFolders()
    assert not root.exists()
    assert ours.runs.is_dir()
    ours.remove()


def test_the_folder_of_an_app_that_lives_stays(other):
    _, root = other
    RunFolders().remove()
    assert (root / "cache" / "upload.csv").is_file()


def test_what_is_not_marked_as_ours_stays_whatever_its_name(temporary):
    (temporary / "pricer-of-someone" / "cache").mkdir(parents=True)
    elsewhere = temporary / "precious"
    elsewhere.mkdir()
    (elsewhere / LOCK).write_text("1")
    (temporary / "pricer-link").mkdir()
    (temporary / "pricer-link" / LOCK).symlink_to(elsewhere / LOCK)
    RunFolders().remove()
    assert sorted(path.name for path in temporary.iterdir()) == ["precious", "pricer-link", "pricer-of-someone"]
    assert (elsewhere / LOCK).is_file()


def test_a_folder_that_is_removed_is_removed_once(temporary):
    folders = RunFolders()
    folders.remove()
    folders.remove()
    assert not list(temporary.iterdir())

"""What several tests of the Hub share."""

from __future__ import annotations

import uuid

import pytest

from pricer.hub import downloads, watch
from tests.loopback_hub import TOKEN


@pytest.fixture
def files(tiny_checkpoint):
    """The checkpoint's files by name."""
    return {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()}


@pytest.fixture
def repo():
    """The name of a repo that no other test uses, so that nothing of it is cached."""
    return f"tester/model-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def impatient(monkeypatch):
    """Deadlines of half a second instead of 8 and 9."""
    monkeypatch.setattr(downloads, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(watch, "STALL_SECONDS", 0.5)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return TOKEN

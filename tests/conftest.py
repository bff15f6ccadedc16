"""What all tests share: a home of their own, no network but a loopback Hub, generated items, a tiny checkpoint."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.loopback_hub import LoopbackHub

# Before anything imports torch, gradio or the Hub's libraries, which read these variables when imported.
_HOME = tempfile.mkdtemp(prefix="pricer-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
_HUB = LoopbackHub()
for _name in [name for name in os.environ if name.startswith(("PRICER_", "HF_")) or name == "LITE_MODE"]:
    del os.environ[_name]
os.environ |= {
    "HOME": _HOME,
    "HF_HOME": f"{_HOME}/huggingface",
    "HF_ENDPOINT": _HUB.url,
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "OMP_NUM_THREADS": "1",  # torch takes its number of threads from here, in subprocesses too
    "NO_PROXY": "127.0.0.1,localhost",
}

NOUNS = {"kettle": 35.0, "drill": 80.0, "lamp": 25.0, "headphones": 60.0, "backpack": 45.0, "monitor": 180.0}
ADJECTIVES = {"compact": 0.8, "professional": 1.9, "cordless": 1.3, "steel": 1.2, "basic": 0.6, "wireless": 1.4}


@pytest.fixture
def hub():
    """The loopback Hub, running and without faults; repos of other tests may be on it."""
    _HUB.reset()
    yield _HUB
    if _HUB.released.is_set():
        _HUB.start()
    _HUB.reset()


@pytest.fixture(scope="session")
def items():
    """160 generated items whose words tell their price."""
    from pricer.items import Item

    generator = random.Random(42)
    made = []
    for number in range(160):
        noun, adjective = generator.choice(list(NOUNS)), generator.choice(list(ADJECTIVES))
        price = round(NOUNS[noun] * ADJECTIVES[adjective] * generator.uniform(0.9, 1.1), 2)
        made.append(
            Item(
                title=f"{adjective} {noun}".title(),
                category="Generated",
                summary=f"A {adjective} {noun} for home and travel, model {number}.",
                price=price,
                id=number,
            )
        )
    return made


@pytest.fixture(scope="session")
def tiny_checkpoint(items, tmp_path_factory) -> Path:
    """The folder of a small reference checkpoint; read only."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    runner = DeepNeuralNetworkRunner(items[:120], items[120:], hidden_size=16, num_layers=3)
    runner.setup()
    runner.train(epochs=2)
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    runner.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium, else Playwright's own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # how long a state is waited for; two cores may be busy with others
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        running = playwright.chromium.launch(executable_path=found, args=options)
        yield running
        running.close()

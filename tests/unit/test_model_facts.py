"""What is told of the model and of the process that prices."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

from pricer.model_facts import Diagnostics, ModelFacts, resident_bytes


def test_the_facts_are_those_of_the_checkpoint_and_the_runner(tiny_runner, tiny_checkpoint):
    facts = ModelFacts.of(tiny_runner)
    config = json.loads((tiny_checkpoint / "config.json").read_text(encoding="utf-8"))
    assert (facts.name, facts.source) == (config["name"], "tiny")
    assert facts.parameters == sum(each.numel() for each in tiny_runner.checkpoint.network.parameters())
    assert facts.size_bytes == sum((tiny_checkpoint / name).stat().st_size for name in config["files"])
    assert (facts.device, facts.precision) == (str(tiny_runner.device), tiny_runner.precision)
    assert facts.trained_with == config["libraries"]
    assert facts.kind.startswith("deep")


def test_a_model_that_was_never_saved_has_no_size(trained_runner):
    facts = ModelFacts.of(trained_runner)
    assert facts.size_bytes == 0
    assert facts.parameters > 0


def test_diagnostics_time_a_price_and_name_the_versions(tiny_runner):
    found = Diagnostics.of(tiny_runner)
    assert found.price_ms > 0
    assert found.threads >= 1
    assert found.cores >= 1
    assert found.versions["torch"] == version("torch")
    assert found.versions["Python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_process_holds_memory_and_more_after_taking_some():
    before = resident_bytes()
    taken = b"x" * (64 * 1024 * 1024)
    assert len(taken) <= resident_bytes() - before + 32 * 1024 * 1024
    assert before > 10 * 1024 * 1024

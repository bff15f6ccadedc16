"""How long, and how many, evaluations can be looked into item by item."""

from __future__ import annotations

import time

import gradio as gr
import pytest

from pricer import DeepNeuralNetworkRunner
from pricer.evaluator import evaluate_runner
from pricer.items import Item
from pricer.settings import Settings
from pricer.ui.context import PageContext
from pricer.ui.evaluation_results import EvaluationResults, Measured
from pricer.ui.evaluation_tab import EvaluationTab


@pytest.fixture
def context(tiny_runner):
    context = PageContext(tiny_runner, Settings(kept_minutes=5))
    yield context
    context.folders.remove()


@pytest.fixture
def results(context):
    with gr.Blocks(analytics_enabled=False):
        return EvaluationResults(context)


@pytest.fixture
def evaluated(context, results, tmp_path):
    """Runs an evaluation and gives the token that its page keeps."""
    items = [Item(summary=f"Steel kettle {at} " + "of steel " * 100, price=20 + at) for at in range(20)]

    runner = context.runner

    def evaluate():
        *_, (_, evaluation) = evaluate_runner(runner, items)
        return results.filled(Measured(evaluation, runner, "mine", []), tmp_path)[results.kept]

    return evaluate


def _panel(results, token):
    """What the page shows for another scale."""
    return results._rescaled(token, "Linear")[1]


def test_items_can_be_looked_at_as_long_as_the_owner_says(context, results, evaluated, monkeypatch):
    token = evaluated()
    assert isinstance(token, str)
    assert "pr-warning" not in str(_panel(results, token))
    later = time.time() + 301
    monkeypatch.setattr(context.evaluations, "_clock", lambda: later)
    assert "no longer kept: their items can be looked at for 5 minutes" in _panel(results, token)
    assert "Run the evaluation again." in _panel(results, token)


def test_the_items_of_all_evaluations_take_no_more_memory_than_there_is_for_them(results, evaluated, monkeypatch):
    monkeypatch.setattr("pricer.ui.context.EVALUATIONS_BYTES", 60_000)  # an evaluation takes 23,000 bytes
    tokens = [evaluated() for _ in range(3)]
    assert ["no longer kept" in str(_panel(results, token)) for token in tokens] == [True, False, False]


def test_a_new_run_forgets_what_was_shown_before(context, evaluated):
    with gr.Blocks(analytics_enabled=False):
        tab = EvaluationTab(context)
    token = evaluated()
    tab._waiting("", token)
    assert context.evaluations.get(token) is None


def test_an_evaluation_is_of_the_model_that_priced_whatever_was_loaded_meanwhile(context, evaluated):
    priced_by = context.runner.checkpoint.digest
    context.runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    assert context.runner.checkpoint.digest != priced_by
    assert context.evaluations.get(evaluated()).digest == priced_by

"""The model that the page prices with: exchanged as a whole, kept when that fails."""

from __future__ import annotations

import threading

import pytest

from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import HubError, SettingError, UserError
from pricer.settings import Settings
from pricer.ui.context import PageContext


@pytest.fixture
def context(tiny_runner):
    return PageContext(tiny_runner, Settings(model_loading=True, device="cpu"), "an older notice")


@pytest.fixture
def published(hub, tiny_checkpoint):
    return hub.publish("someone/kettles", {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()})


def test_a_loaded_model_prices_from_now_on_and_whoever_follows_shows_it(context, published):
    context.follow("header", lambda: context.model_line)
    before = context.runner
    context.load(" someone/kettles ")
    assert context.runner is not before
    assert context.runner.source == f"someone/kettles@{published[:7]}"
    assert context.notice == ""
    assert context.followed() == {"header": context.model_line}
    assert published[:7] in context.model_line


def test_a_revision_can_be_named(context, published):
    context.load("someone/kettles", published)
    assert published[:7] in context.runner.source
    with pytest.raises(UserError, match="another revision"):
        context.load("someone/kettles@main", published)


def test_a_failure_keeps_the_model_and_its_notice(context, hub):
    before = context.runner
    with pytest.raises(HubError):
        context.load("nobody/nothing")
    assert (context.runner, context.notice) == (before, "an older notice")


def test_what_a_visitor_names_is_never_a_folder_of_this_machine(context, hub, tiny_checkpoint, monkeypatch):
    monkeypatch.chdir(tiny_checkpoint.parent.parent)
    inside = f"{tiny_checkpoint.parent.name}/{tiny_checkpoint.name}"
    for named in (str(tiny_checkpoint), inside):
        with pytest.raises(UserError):
            context.load(named)
    assert context.runner.source == "tiny"


def test_loading_is_off_unless_the_owner_allows_it(tiny_runner, hub, published):
    closed = PageContext(tiny_runner, Settings())
    with pytest.raises(SettingError, match="PRICER_MODEL_LOADING=true"):
        closed.load("someone/kettles")
    assert not hub.asked("someone/kettles")
    assert closed.runner is tiny_runner


def test_one_model_is_loaded_at_a_time(context, published, monkeypatch):
    begun, go_on, load = threading.Event(), threading.Event(), DeepNeuralNetworkRunner.from_hub

    def slow(*arguments):
        begun.set()
        go_on.wait(60)
        return load(*arguments)

    monkeypatch.setattr(DeepNeuralNetworkRunner, "from_hub", slow)
    first = threading.Thread(target=context.load, args=("someone/kettles",))
    first.start()
    begun.wait(60)
    with pytest.raises(SettingError, match="wait until it is there"):
        context.load("someone/kettles")
    go_on.set()
    first.join(60)
    assert context.runner.source.startswith("someone/kettles")
    context.load("someone/kettles")

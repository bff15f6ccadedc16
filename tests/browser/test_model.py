"""The model tab: what it tells, and another checkpoint loaded where the owner allows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gradio_client import Client
from playwright.sync_api import expect

from tests.browser.conftest import show_tab

PHONE = {"width": 375, "height": 800}


@pytest.fixture
def model(page):
    show_tab(page, "Model")
    return page


@pytest.fixture(scope="module")
def own(context):
    """A page of its own, whose owner lets visitors load checkpoints."""
    from pricer.ui import page
    from pricer.ui.context import PageContext

    allowed = PageContext(context.runner, replace(context.settings, model_loading=True))
    demo = page.build(allowed)
    _, address, _ = demo.launch(**page.launch_options(allowed), prevent_thread_lock=True, quiet=True)
    yield address, allowed
    demo.close()


@pytest.fixture
def loading(own, visitor, context):
    """The model tab of that page, with the model that it began with."""
    address, allowed = own
    allowed.runner = context.runner
    page = visitor.new_page()
    page.goto(address)
    page.get_by_role("textbox", name="Describe the product").wait_for()
    show_tab(page, "Model")
    yield page
    page.close()


def ask_for(page, repo: str, revision: str = "") -> None:
    page.get_by_label("Checkpoint on the Hugging Face Hub").fill(repo)
    page.get_by_label("Revision").fill(revision)
    page.get_by_role("button", name="Load", exact=True).click()


def answer(page):
    return page.locator("#model-loading-answer")


def test_it_tells_which_model_prices_how_well_and_what_it_is_not_for(model, context):
    config, checkpoint = context.runner.checkpoint.config, context.runner.checkpoint
    which = model.get_by_role("region", name="Which model")
    for said in (config.name, checkpoint.digest, context.runner.precision, str(context.runner.device), " MB"):
        expect(which).to_contain_text(said)
    accuracy = model.get_by_role("region", name="Accuracy", exact=True)
    expect(accuracy).to_contain_text(f"On {config.accuracy['n']:,}")
    expect(accuracy).to_contain_text("95% interval")
    expect(model.get_by_role("region", name="Training data")).to_contain_text(f"{config.training.items:,} items")
    expect(model.get_by_role("region", name="Limits")).to_contain_text("not an appraisal")


def test_it_measures_how_it_runs_here(model):
    model.get_by_role("button", name="Measure").click()
    for said in ("One price, warm", " ms", "Memory of the process", "torch", "gradio", "Python"):
        expect(model.locator("#model-diagnostics")).to_contain_text(said)


def test_another_model_cannot_be_loaded_unless_the_owner_allows_it(model, url):
    expect(model.get_by_role("region", name="Which model")).to_be_visible()
    expect(model.get_by_role("button", name="Load", exact=True)).to_have_count(0)
    assert not [each for each in Client(url, verbose=False).config["dependencies"] if each["api_name"] == "load"]


def test_a_checkpoint_of_the_hub_takes_over_the_whole_page(loading, own, hub, tiny_checkpoint, visitor):
    address, allowed = own
    commit = hub.publish("someone/kettles", {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()})
    expect(loading.locator("#model-loading")).to_contain_text("One model prices for everyone on this page")
    ask_for(loading, "someone/kettles", commit)
    expect(answer(loading)).to_contain_text("Another model prices now, for everyone")
    name = f"someone/kettles@{commit[:7]}"
    expect(loading.get_by_label("Model and device")).to_contain_text(name)
    expect(loading.get_by_role("region", name="Which model")).to_contain_text(name)
    expect(loading.get_by_role("region", name="Accuracy", exact=True)).to_contain_text("Nobody measured this model")
    text = "A steel kettle for travel"
    price = Client(address, verbose=False).predict(text=text, api_name="/price")["price"]
    assert price == float(allowed.runner.price([text]).price[0])
    assert allowed.runner.source == name
    show_tab(loading, "Evaluation")
    expect(loading.get_by_role("radio", name="Built-in test split")).to_have_count(0)
    show_tab(loading, "Batch")
    expect(loading.get_by_role("button", name="Download a template")).to_be_visible()
    expect(loading.get_by_role("button", name="Try a sample file")).to_be_hidden()
    show_tab(loading, "Price")
    expect(loading.get_by_role("textbox", name="Describe the product")).to_be_visible()
    expect(loading.get_by_text("How wrong is it usually?")).to_be_hidden()
    expect(loading.locator("#price-note")).not_to_contain_text("Amazon-style listings")
    other = visitor.new_page()
    other.goto(address)
    expect(other.get_by_label("Model and device")).to_contain_text(name)
    other.close()


@pytest.mark.parametrize(
    ("repo", "revision", "said"),
    [
        ("", "", "Which checkpoint?"),
        ("kettles", "", "expected a Hub repo (owner/name or owner/name@revision)"),
        ("nobody/nothing", "", "nobody/nothing"),
        ("/etc", "", "no model"),
        ("weights", "", "no model"),
        ("tests/data", "", "tests/data"),
    ],
)
def test_what_cannot_be_loaded_is_explained_and_the_model_stays(loading, own, hub, context, repo, revision, said):
    ask_for(loading, repo, revision)
    expect(answer(loading).get_by_role("alert")).to_contain_text(said)
    expect(answer(loading)).to_contain_text("Still pricing:")
    expect(loading.get_by_role("button", name="Load", exact=True)).to_be_enabled()
    assert own[1].runner is context.runner


def test_a_damaged_checkpoint_is_refused_and_the_model_stays(loading, own, hub, context, tiny_checkpoint):
    files = {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()}
    hub.publish("someone/damaged", files | {"model.safetensors": files["model.safetensors"][:-8] + b"\0" * 8})
    ask_for(loading, "someone/damaged")
    expect(answer(loading).get_by_role("alert")).to_contain_text("The model was not changed")
    assert own[1].runner is context.runner


def test_it_is_all_there_on_a_phone(open_page):
    page = open_page(viewport=PHONE, theme="dark")
    for name in ("Price", "Batch", "Evaluation", "Model"):
        expect(page.get_by_role("tab", name=name)).to_be_visible()
    show_tab(page, "Model")
    expect(page.get_by_role("region", name="Which model")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

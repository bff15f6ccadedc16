"""What axe-core calls serious or critical: nothing, on any tab, in either theme, on a phone or a laptop."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import accessibility_findings, checked, price_all, show_tab, summary


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture(params=[375, 1280])
def page(open_page, theme, request):
    """The page in a theme and at a width, without what a batch before has left."""
    page = open_page(theme=theme, viewport={"width": request.param, "height": 860})
    page.emulate_media(reduced_motion="reduce")  # a button that becomes able is not caught halfway
    page.evaluate("localStorage.clear()")
    yield page
    page.evaluate("localStorage.clear()")


def test_the_price_tab(page):
    assert accessibility_findings(page) == []
    page.get_by_role("button", name="Add title, brand, category, details").click()
    for text in ("Steel kettle, 1.7 litres, cordless", "Gold plated kettle, 1.7 litres, cordless"):
        page.get_by_role("textbox", name="Describe the product").fill(text)
        page.get_by_role("button", name="Price it").click()
        expect(page.get_by_role("link", name=text)).to_be_visible()
    expect(page.get_by_test_id("change")).to_be_visible()
    assert accessibility_findings(page) == []
    page.get_by_role("textbox", name="Describe the product").fill("")
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert accessibility_findings(page) == []


def test_the_batch_tab(page):
    show_tab(page, "Batch")
    assert accessibility_findings(page) == []
    page.get_by_role("button", name="Try a sample file").click()
    expect(checked(page)).to_contain_text("rows checked")
    assert accessibility_findings(page) == []
    price_all(page).click()
    expect(summary(page)).to_be_visible()
    expect(page.locator("#batch-histogram .main-svg").first).to_be_visible()
    assert accessibility_findings(page) == []


def test_the_evaluation_tab(page):
    show_tab(page, "Evaluation")
    assert accessibility_findings(page) == []
    page.get_by_role("radio", name="First 100", exact=True).check()
    page.get_by_role("button", name="Run evaluation").click()
    for name in ("scatter", "trend"):
        expect(page.locator(f"#evaluation-{name} .main-svg").first).to_be_visible()
    assert accessibility_findings(page) == []
    page.get_by_role("radio", name="My file").check()
    page.get_by_role("button", name="Run evaluation").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert accessibility_findings(page) == []


def test_the_model_tab(page):
    show_tab(page, "Model")
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#model-diagnostics")).to_contain_text("Versions")
    assert accessibility_findings(page) == []

"""Both themes, a phone, a wide screen: everything readable, nothing beyond the edge."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import show_tab

# Texts of less contrast than WCAG AA asks for; disabled controls are exempt.  A canvas turns any CSS colour to numbers.
FAINT_TEXTS = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = css; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (c) => {
    const [r, g, b] = c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("svg, [disabled], [aria-hidden=true], script, style, noscript")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(rgba(style.color)), luminance(background(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${walker.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


TABS = ("Price", "Batch", "Evaluation", "Model")


@pytest.fixture(params=["light", "dark"])
def filled(open_page, request):
    """The page with a price and an evaluation on it, in both themes."""
    page = open_page(theme=request.param)
    page.get_by_role("button", name="AA batteries").click()
    expect(page.get_by_test_id("price")).to_be_visible()
    show_tab(page, "Evaluation")
    page.get_by_role("button", name="Run evaluation").click()
    for name in ("scatter", "trend", "bands", "categories"):
        expect(page.locator(f"#evaluation-{name} .main-svg").first).to_be_visible()
    return page


def test_every_tab_is_readable_and_fits_from_a_phone_to_a_wide_screen(filled):
    for tab in TABS:
        show_tab(filled, tab)
        assert filled.evaluate(FAINT_TEXTS) == [], tab
        for width in (375, 768, 1280, 2560):
            filled.set_viewport_size({"width": width, "height": 900})
            assert filled.evaluate("document.documentElement.scrollWidth") <= width, f"{tab} scrolls sideways"


def test_plots_follow_the_theme(filled):
    title, *plots = filled.evaluate(
        """() => ["h1", "#evaluation-scatter .xtitle", "#evaluation-bands .annotation-text"].map((selector, at) =>
             getComputedStyle(document.querySelector(selector))[at ? "fill" : "color"])"""
    )
    assert plots == [title, title]


def test_a_price_does_not_move_what_is_around_it(page):
    footer = page.locator("footer")
    before = footer.bounding_box()["y"]
    page.get_by_role("button", name="AA batteries").click()
    expect(page.get_by_test_id("price")).to_be_visible()
    assert footer.bounding_box()["y"] == before


def test_the_keyboard_reaches_the_button_and_the_focus_is_seen(page):
    page.get_by_role("textbox", name="Describe the product").focus()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Price it")
    expect(button).to_be_focused()
    assert button.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"

"""The price tab, as a person uses it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

DOLLARS = re.compile(r"^\$[\d,]+(\.\d\d)?$")
LABELLED = re.compile(r"^Title: .*\nCategory: .*\nBrand: .*\nDescription: .*\nDetails: .*")
TEXT = "Stainless steel kettle, 1.7 litres, cordless"


def box(page):
    return page.get_by_role("textbox", name="Describe the product")


def answer(page):
    return page.get_by_label("Estimated price")


def price(page):
    return page.get_by_test_id("price")


def test_the_page_opens_with_the_cursor_in_the_box_and_says_how_to_begin(page):
    expect(box(page)).to_be_focused()
    expect(answer(page)).to_contain_text("No price yet")


def test_the_button_prices_with_a_range_and_familiarity(page):
    box(page).fill(TEXT)
    page.get_by_role("button", name="Price it").click()
    expect(price(page)).to_have_text(DOLLARS)
    expect(page.get_by_test_id("range")).to_contain_text("made to hold the price of 4 in 5 such products: $")
    expect(page.get_by_role("img", name="80% range from $")).to_be_visible()
    expect(answer(page)).to_contain_text("Familiar to the model")


def test_enter_prices(page):
    box(page).fill(TEXT)
    box(page).press("Enter")
    expect(price(page)).to_have_text(DOLLARS)
    expect(box(page)).to_have_value(TEXT)


def test_shift_enter_starts_a_new_line_and_does_not_price(page):
    box(page).fill("Title: kettle")
    box(page).press("End")
    box(page).press("Shift+Enter")
    page.keyboard.type("Brand: none")
    expect(box(page)).to_have_value("Title: kettle\nBrand: none")
    expect(answer(page)).to_contain_text("No price yet")


def test_an_edited_text_dims_the_old_price_until_the_new_one_is_there(page):
    def opacity():
        return price(page).evaluate("element => getComputedStyle(element).opacity")

    box(page).fill(TEXT)
    box(page).press("Enter")
    expect(price(page)).to_have_css("opacity", "1")
    height = answer(page).bounding_box()["height"]
    box(page).press("End")
    page.keyboard.type(" with a timer")
    expect(page.locator("#price-answer")).to_have_class(re.compile("pr-stale"))
    assert float(opacity()) < 0.5
    assert answer(page).bounding_box()["height"] == height
    box(page).press("Enter")
    expect(price(page)).to_have_css("opacity", "1")


def test_enter_pressed_twice_gives_one_price_and_no_error(page):
    box(page).fill(TEXT)
    box(page).press("Enter")
    box(page).press("Enter")
    expect(price(page)).to_have_text(DOLLARS)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_example_fills_the_box_and_prices(page):
    page.get_by_role("button", name="A labelled summary").click()
    expect(box(page)).to_have_value(LABELLED)
    expect(price(page)).to_have_text(DOLLARS)


def test_nothing_and_only_spaces_get_a_clear_message(page):
    for text in ("", "   \n "):
        box(page).fill(text)
        page.get_by_role("button", name="Price it").click()
        expect(page.get_by_role("alert")).to_contain_text("no text. Describe the product in words")
        box(page).fill(TEXT)
        box(page).press("Enter")
        expect(price(page)).to_have_text(DOLLARS)


def test_a_text_that_is_too_long_gets_a_clear_message(page):
    box(page).fill("kettle " * 4000)
    page.get_by_role("button", name="Price it").click()
    expect(page.get_by_role("alert")).to_contain_text("characters, at most 20,000 are priced")


def test_a_text_without_known_words_gets_a_warning(page):
    box(page).fill("zxqv wqqk pfjj kkzt")
    box(page).press("Enter")
    expect(answer(page)).to_contain_text("take this price as a guess")


def test_the_page_says_which_model_prices_on_which_device_and_how_wrong_it_is(page, context):
    line = page.get_by_label("Model and device")
    expect(line).to_contain_text(context.runner.checkpoint.config.name)
    expect(line).to_contain_text("device cpu")
    expect(line).to_contain_text("fp32")
    expect(answer(page)).to_contain_text(f"On {context.runner.checkpoint.config.accuracy['n']:,} ")
    expect(answer(page)).to_contain_text("95% interval")

"""The price tab, as a person uses it."""

from __future__ import annotations

import csv
import io
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

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


def why(page):
    return page.get_by_label("Why this price")


def what_if(page):
    return page.get_by_label("What if", exact=True)


def history(page):
    return page.get_by_label("Prices of this visit").locator("tbody tr")


def ask(page, text):
    """Type a text and press Enter; at the end the price of the text, and why, are shown."""
    box(page).fill(text)
    box(page).press("Enter")
    expect(history(page).first.get_by_role("link")).to_have_text(text[:89] + "…" if len(text) > 90 else text)


def kept_in_address(page):
    """The form that the address would fill in."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).fragment).items()}


def test_the_page_opens_with_the_cursor_in_the_box_and_says_how_to_begin(page):
    expect(box(page)).to_be_focused()
    expect(answer(page)).to_contain_text("No price yet")


def test_the_button_prices_with_a_range_and_familiarity(page):
    box(page).fill(TEXT)
    page.get_by_role("button", name="Price it").click()
    expect(price(page)).to_have_text(DOLLARS)
    expect(page.get_by_test_id("range")).to_contain_text("Usually between $")
    expect(page.get_by_test_id("range")).to_contain_text("made to hold the price of 4 in 5 such products")
    expect(page.get_by_test_id("range")).to_contain_text(re.compile(r"Typical error for items like this: ±\$\d"))
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


def test_the_old_price_stays_dim_while_the_new_one_is_sought_and_why_may_take_longer(page, context, monkeypatch):
    ask(page, TEXT)
    stale = re.compile("pr-stale")
    began, found, explained = threading.Event(), threading.Event(), threading.Event()
    quote_, explain = context.runner.quote, context.runner.explain
    monkeypatch.setattr(context.runner, "quote", lambda *given: (began.set(), found.wait(60), quote_(*given))[-1])
    monkeypatch.setattr(context.runner, "explain", lambda text: (explained.wait(60), explain(text))[-1])
    old = price(page).inner_text()
    box(page).fill("Gold ring")
    box(page).press("Enter")
    assert began.wait(60)
    expect(page.locator("#price-answer")).to_have_class(stale)
    expect(price(page)).to_have_text(old)
    found.set()
    expect(price(page)).not_to_have_text(old)
    expect(page.locator("#price-answer")).not_to_have_class(stale)
    expect(page.locator("#price-why")).to_have_class(stale)
    expect(page.get_by_test_id("words")).to_have_text(TEXT)
    explained.set()
    expect(page.get_by_test_id("words")).to_have_text("Gold ring")
    expect(page.locator("#price-why")).not_to_have_class(stale)


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


def test_a_fault_of_ours_is_told_in_plain_words_and_passes(page, context, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(context.runner, "quote", lambda *_: 1 / 0)
        box(page).fill(TEXT)
        box(page).press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side")
        expect(page.locator("body")).not_to_contain_text("ZeroDivisionError")
    box(page).press("Enter")
    expect(price(page)).to_have_text(DOLLARS)


def test_a_text_without_known_words_gets_a_warning(page):
    box(page).fill("zxqv wqqk pfjj kkzt")
    box(page).press("Enter")
    expect(answer(page)).to_contain_text("take this price as a guess")


def test_the_page_says_which_model_prices_on_which_device_and_how_wrong_it_is(page, context):
    line = page.get_by_label("Model and device")
    expect(line).to_contain_text(context.runner.checkpoint.config.name)
    expect(line).to_contain_text("device cpu")
    expect(line).to_contain_text("fp32")
    wrong = page.get_by_text("How wrong is it usually?").locator("..")
    expect(wrong).to_contain_text(f"On {context.runner.checkpoint.config.accuracy['n']:,} ")
    expect(wrong).to_contain_text("95% interval")


def test_the_price_stands_in_the_market_that_the_model_learned_from(page, context):
    market = context.runner.checkpoint.config.training.market
    ask(page, TEXT)
    expect(page.get_by_test_id("market")).to_contain_text(f"of the {market.n_items:,} products with known prices")
    assert page.locator(".pr-market rect").count() == sum(count > 0 for count in market.counts)
    inside = page.locator(".pr-market .pr-inside").count()
    page.get_by_role("radio", name="50%").click()
    expect(page.get_by_role("img", name="50% range from $")).to_be_visible()
    assert 0 < page.locator(".pr-market .pr-inside").count() < inside


def test_another_coverage_gives_another_range_around_the_same_price(page, context):
    ask(page, TEXT)
    shown = price(page).inner_text()
    for name, words in (("95%", "19 in 20"), ("90%", "9 in 10"), ("50%", "1 in 2")):
        page.get_by_role("radio", name=name).click()
        expect(page.get_by_test_id("range")).to_contain_text(f"made to hold the price of {words}")
        _, low, high = context.runner.price([TEXT], coverage=float(name.strip("%")) / 100)
        expect(page.get_by_test_id("range")).to_contain_text(f"between ${low[0]:,.2f} and ${high[0]:,.2f}")
        expect(price(page)).to_have_text(shown)
    expect(history(page)).to_have_count(1)


def test_a_coverage_without_a_text_asks_nothing(page):
    page.get_by_role("radio", name="95%").click()
    expect(page.get_by_role("radio", name="95%")).to_be_checked()
    expect(answer(page)).to_contain_text("No price yet")


def test_why_marks_the_words_and_ranks_them_in_dollars_and_percent(page, context):
    expect(why(page)).to_contain_text("Priced texts explain themselves here")
    ask(page, TEXT)
    effects = sorted(context.runner.explain(TEXT).words, key=lambda word: -abs(word.effect_usd))
    first = why(page).locator("tbody tr").first
    expect(first).to_contain_text(effects[0].word)
    sign = "−" if effects[0].effect_usd < 0 else "+"
    expect(first).to_contain_text(f"{sign}${abs(effects[0].effect_usd):,.2f}")
    expect(first).to_contain_text("%")
    expect(page.get_by_test_id("words")).to_have_text(TEXT)
    marks = page.get_by_test_id("words").locator("mark")
    assert marks.count() >= 1
    lines = {mark.evaluate("mark => getComputedStyle(mark).textDecorationStyle") for mark in marks.all()}
    assert lines <= {"solid", "dashed"}  # not by colour alone


def test_an_edited_text_is_compared_with_the_price_before(page, context):
    ask(page, "Steel kettle, 1.7 litres, cordless")
    expect(what_if(page)).to_contain_text("Try another version")
    ask(page, "Gold plated kettle, 1.7 litres, cordless")
    found = context.runner.compare("Steel kettle, 1.7 litres, cordless", "Gold plated kettle, 1.7 litres, cordless")
    expect(page.get_by_test_id("change")).to_contain_text(f"${found.before:,.2f}")
    expect(page.get_by_test_id("change")).to_contain_text(f"${found.after:,.2f}")
    sign = "−" if found.change_usd < 0 else "+"
    expect(page.get_by_test_id("change")).to_contain_text(f"{sign}${abs(found.change_usd):,.2f}")
    for word in ("− Steel", "+ Gold", "+ plated"):
        expect(what_if(page).get_by_role("row", name=word)).to_contain_text("$")
    ask(page, "Noise cancelling headphones with a microphone")
    expect(what_if(page)).to_contain_text("The text before was of another product")


def test_fields_build_the_text_in_the_form_that_the_model_knows(page, context):
    page.get_by_role("button", name="Add title, brand, category, details").click()
    for name, value in (("Title", "Cordless kettle"), ("Brand", "Acme"), ("Category", "Kitchen")):
        page.get_by_role("textbox", name=name, exact=True).fill(value)
    box(page).fill("Boils quickly\nand quietly.")
    page.get_by_role("textbox", name="Details", exact=True).fill("1.7 litres")
    page.get_by_role("textbox", name="Details", exact=True).press("Enter")
    text = (
        "Title: Cordless kettle\nCategory: Kitchen\nBrand: Acme\n"
        "Description: Boils quickly and quietly.\nDetails: 1.7 litres"
    )
    expect(price(page)).to_have_text(f"${context.runner.price([text]).price[0]:.2f}")
    expect(page.get_by_test_id("words")).to_have_text(text)


def test_a_pasted_listing_is_cleaned_before_the_eyes_of_the_visitor(page, context):
    box(page).fill("<ul><li>Steel kettle</li><li>1.7&nbsp;litres</li></ul>\n$39.99\nAdd to cart")
    box(page).press("Enter")
    cleaned = "Steel kettle\n1.7 litres"
    expect(box(page)).to_have_value(cleaned)
    expect(page.locator("#price-note")).to_contain_text("Cleaned.")
    expect(price(page)).to_have_text(f"${context.runner.price([cleaned]).price[0]:.2f}")
    ask(page, TEXT)
    expect(page.locator("#price-note")).not_to_contain_text("Cleaned.")


def test_the_history_is_newest_first_and_leads_back_to_a_text(page):
    ask(page, "Steel kettle")
    first = price(page).inner_text()
    ask(page, "Table lamp")
    assert history(page).get_by_role("link").all_inner_texts() == ["Table lamp", "Steel kettle"]
    page.get_by_role("link", name="Steel kettle").click()
    expect(box(page)).to_have_value("Steel kettle")
    expect(price(page)).to_have_text(first)
    expect(history(page)).to_have_count(3)


def test_the_history_is_downloaded_as_csv_without_asking_the_server(page, context):
    ask(page, 'Kettle, "steel"')
    ask(page, "Table lamp")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == "pricer-history.csv"
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert [row["text"] for row in rows] == ["Table lamp", 'Kettle, "steel"']
    assert [row["predicted_price"] for row in rows] == [
        f"{usd:.2f}" for usd in context.runner.price(["Table lamp", 'Kettle, "steel"']).price
    ]
    assert not [url for url in asked if "file=" in url]


def test_the_copied_link_opens_the_page_with_the_same_price(page, open_page):
    text = "Kettle & lid, 100% steel #1\n1.7 litres"
    page.get_by_role("radio", name="90%").click()
    box(page).fill(text)
    box(page).press("Enter")
    expect(page.get_by_test_id("range")).to_contain_text("9 in 10")
    shown = price(page).inner_text()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "__theme" not in link
    opened = open_page(fragment="#" + urlsplit(link).fragment)
    expect(box(opened)).to_have_value(text)
    expect(price(opened)).to_have_text(shown)
    expect(opened.get_by_role("radio", name="90%")).to_be_checked()


def test_the_address_keeps_what_was_priced_with_its_fields(page):
    page.get_by_role("button", name="Add title, brand, category, details").click()
    page.get_by_role("textbox", name="Brand", exact=True).fill("Acme")
    box(page).fill("Steel kettle")
    box(page).press("Enter")
    expect(price(page)).to_have_text(DOLLARS)
    page.wait_for_url(re.compile("#text=Steel%20kettle&brand=Acme$"))
    assert kept_in_address(page) == {"text": "Steel kettle", "brand": "Acme"}
    page.reload()
    expect(page.get_by_role("textbox", name="Brand", exact=True)).to_have_value("Acme")
    expect(price(page)).to_have_text(DOLLARS)


def test_an_address_that_is_followed_on_the_page_is_priced_too(page):
    ask(page, TEXT)
    page.evaluate("location.hash = '#text=Table%20lamp&coverage=0.123'")
    expect(box(page)).to_have_value("Table lamp")
    expect(history(page).first).to_contain_text("Table lamp")
    expect(page.get_by_role("radio", name="80%")).to_be_checked()


def test_an_address_cannot_carry_code_into_the_page(open_page):
    page = open_page(fragment="#text=" + quote("<img src=x onerror=alert(1)> ${7*7} `x`"))
    expect(page.get_by_test_id("words")).to_contain_text("${7*7}")
    assert page.locator("#price-why img, #price-history img").count() == 0


def test_the_price_is_copied(page):
    ask(page, TEXT)
    page.get_by_role("button", name="Copy price").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == price(page).inner_text()
    expect(page.get_by_role("button", name="Copy price")).to_be_visible()
    expect(page.locator(".pr-stale")).to_have_count(0)


def test_everything_is_reached_by_the_keyboard(page):
    page.keyboard.type(TEXT)
    page.keyboard.press("Enter")
    expect(price(page)).to_have_text(DOLLARS)
    expect(history(page)).to_have_count(1)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const at = document.activeElement;
              const style = getComputedStyle(at.type === "radio" ? at.closest("label") : at);
              const ringed = [at, at.closest("label")].some((each) => each && (
                getComputedStyle(each).outlineStyle !== "none" || getComputedStyle(each).boxShadow !== "none"));
              return [at.innerText || at.getAttribute("aria-label") || at.value || at.tagName, ringed];
            }"""
        )
        reached.append(seen[0])
        assert seen[1], f"no focus is seen on {seen[0]}"
        if "Download CSV" in reached:
            break
    order = ["Price it", "AA batteries", "Copy price", "Copy link", "0.8", "Download CSV"]
    assert [name for name in reached if name in order] == order
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("a/b")
    expect(box(page)).to_have_value("a/b")


def test_on_a_phone_the_price_comes_into_sight(open_page):
    page = open_page(viewport={"width": 375, "height": 667})
    page.emulate_media(reduced_motion="reduce")
    ask(page, TEXT)
    expect(price(page)).to_be_in_viewport()


def test_the_switch_turns_the_page_dark_and_light_again(page):
    title = page.get_by_role("heading", name="Pricer")
    ink = title.evaluate("title => getComputedStyle(title).color")
    switch = page.get_by_role("button", name="Switch between light and dark")
    switch.click()
    expect(title).not_to_have_css("color", ink)
    page.goto(page.url.partition("?")[0])  # an address that asks for neither keeps the visitor's choice
    expect(title).not_to_have_css("color", ink)
    switch.click()
    expect(title).to_have_css("color", ink)

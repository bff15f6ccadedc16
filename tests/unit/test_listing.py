"""Texts of fields, and pasted listings cleaned to their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricer.compact.training_texts import LABELLED, form_of
from pricer.listing import Listing, clean

PASTED = """<div class="a-section"><h1>Acme <b>drill</b></h1><script>track("$9")</script>
<ul><li>20&nbsp;V &amp; light</li><li>Two batteries</li></ul></div>
Visit the Acme Store
4.6 out of 5 stars
1,204 ratings
List Price: $149.00
$129.99
About this item
• Keyless chuck
  - Carrying case
Add to Cart"""


def test_a_pasted_page_becomes_the_words_of_the_product():
    assert clean(PASTED) == "Acme drill\n20 V & light\nTwo batteries\nKeyless chuck\nCarrying case"


@pytest.mark.parametrize(
    "text",
    [
        "Pack of 24 AA alkaline batteries, long lasting, 1.5 V",
        "  two  spaces\n\n and an empty line ",
        "height < 5 in and > 2 in, R&D grade, AT&T phone",
        "size <M> fits most",
        "Gift card $50 value for a shop",
        "-20 °C freezer\n3-in-1 tool - strong",
        "Title: Kettle\nCategory: Kitchen\nBrand: Acme\nDescription: Steel.\nDetails: 1.7 l",
        "",
    ],
)
def test_a_text_that_is_no_page_stays_as_it_is(text):
    assert clean(text) == text


def test_what_was_escaped_twice_is_read():
    assert clean("Ben &amp;amp; Jerry &amp;lt;br&amp;gt; pint") == "Ben & Jerry\npint"


def test_invisible_characters_go():
    assert clean("ket\u200btle \u00adset") == "kettle set"


@given(st.lists(st.sampled_from(["<b>", "</p>", "&amp;", "lt;", "• ", "- ", "$5", "\n", " ", "kettle", "price: "])))
def test_a_cleaned_text_stays_as_it_is(parts):
    once = clean("".join(parts))
    assert clean(once) == once


def test_a_text_too_long_to_be_priced_is_not_read():
    text = "<b>" * 10_000
    assert clean(text) is text


def test_a_description_alone_is_the_text_to_the_letter():
    assert Listing(description=" A kettle\nof steel ").summary() == " A kettle\nof steel "
    assert Listing(title="Kettle").summary() == "Kettle"
    assert Listing().summary() == ""


def test_fields_become_the_five_lines_that_models_were_trained_on():
    text = Listing("Kettle", "Kitchen", "Acme", "Steel,\n cordless", "1.7 l").summary()
    assert text == "Title: Kettle\nCategory: Kitchen\nBrand: Acme\nDescription: Steel, cordless\nDetails: 1.7 l"
    assert form_of(text) == LABELLED


def test_unknown_fields_keep_their_labels_and_a_title_is_found():
    text = Listing(brand="Acme", description="Steel kettle\nwith a long cord").summary()
    assert text == "Title: Steel kettle\nCategory:\nBrand: Acme\nDescription: Steel kettle with a long cord\nDetails:"
    assert form_of(text) == LABELLED

"""The cards beside a price: why, what if, history."""

import csv
import io
import math
from datetime import UTC, datetime

import pytest

from pricer.explain import Explanation, WordEffect
from pricer.ui.history import COLUMNS, MOST_ENTRIES, Entry, added, history_card, to_csv, version_before
from pricer.ui.price_card import Quote
from pricer.ui.what_if_card import what_if_card
from pricer.ui.why_card import marked, strength, why_card
from pricer.what_if import Comparison, WordChange

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def _entry(text: str, price: float = 10.0) -> Entry:
    return Entry(text, Quote(price, price / 2, price * 2, 0.8, 0.934, ["One.", "Two."]), NOON)


@pytest.mark.parametrize(
    ("percent", "steps"), [(0, 0), (1.9, 0), (2.1, 1), (9, 2), (21, 3), (-1.9, 0), (-2.1, 1), (-8, 2), (-17, 3)]
)
def test_half_a_price_weighs_as_much_as_twice(percent, steps):
    assert strength(percent) == steps


def test_words_are_marked_in_place_and_the_text_stays_as_it_is():
    text = "gold, plated\nring"
    found = marked(
        text, [WordEffect("gold", 9.0, 50.0, 0), WordEffect("plated", -5.0, -30.0, 6), WordEffect("ring", 0.1, 1.0, 13)]
    )
    assert found.startswith(
        '<mark class="pr-up pr-up-3" title="gold: +&#36;9.00, +50%">gold</mark>, <mark class="pr-down'
    )
    assert found.endswith(">plated</mark>\nring")


def test_the_sum_of_why_adds_up_and_leaves_out_what_is_nothing():
    card = why_card("gold", Explanation(30, 10, [WordEffect("gold", 15.0, 80.0)], 5))
    for said in (
        "&#36;10.00 for a text without words",
        "+&#36;15.00 by the words",
        "+&#36;5.00 by what they say only together",
    ):
        assert said in card
    assert "together" not in why_card("gold", Explanation(25, 10, [WordEffect("gold", 15.0, 80.0)], 0.001))


def test_weaker_words_are_one_click_away():
    words = [WordEffect(f"w{number}", float(number), 1.0) for number in range(12)]
    card = why_card(" ", Explanation(1, 1, words, 0)).partition("Strongest words")[2]
    assert card.index(">w11<") < card.index("3 weaker words") < card.index(">w0<")


def test_a_change_is_told_with_its_words():
    words = [WordChange("steel", False, -2.0, -5.0), WordChange("gold", True, 22.0, 70.0)]
    card = what_if_card(Comparison(40, 65, words, 5, 0.8))
    for said in ("&#36;40.00", "&#36;65.00", "+&#36;25.00", "(+62%)", "+ gold", "− steel", "+&#36;5.00 more"):
        assert said in card
    assert card.index("+ gold") < card.index("− steel")


def test_another_product_is_not_compared():
    assert "Nothing to compare" in what_if_card(Comparison(40, 65, [], 25, 0.1))


def test_the_history_is_newest_first_and_repricing_a_text_replaces_its_entry():
    history = added(_entry("b", 3), added(_entry("b", 2), added(_entry("a"), ())))
    assert [(entry.text, entry.quote.price) for entry in history] == [("b", 3), ("a", 10)]
    assert version_before("b", history) == "a"
    assert version_before("b", history[:1]) is None


def test_the_history_forgets_its_oldest_entries():
    history = ()
    for number in range(MOST_ENTRIES + 5):
        history = added(_entry(str(number)), history)
    assert [history[0].text, history[-1].text, len(history)] == [str(MOST_ENTRIES + 4), "5", MOST_ENTRIES]


def test_the_csv_holds_every_price_with_its_range():
    text = 'two lines,\n"quoted"'
    header, row = csv.reader(io.StringIO(to_csv((_entry(text),)), newline=""))
    assert header == list(COLUMNS)
    assert row == ["2026-01-02T12:00:00+00:00", text, "10.00", "5.00", "20.00", "0.8", "0.934", "One. Two."]


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-A1", "@x", "\tx", "\rx"])
def test_no_text_is_a_formula_in_a_spreadsheet(text):
    *_, row = csv.reader(io.StringIO(to_csv((_entry(text),)), newline=""))
    assert row[1] == "'" + text


def test_a_price_without_a_range_leaves_its_cells_empty():
    entry = Entry("x", Quote(10, math.nan, math.nan, 0.8, 1, []), NOON)
    assert '"10.00","","","0.8"' in to_csv((entry,))


def test_entries_link_to_the_page_with_their_text_and_coverage():
    assert 'href="#text=R%26D%20%22lab%22%20%23%201&amp;coverage=0.8"' in history_card((_entry('R&D "lab" # 1'),))

"""The page's HTML snippets and words: escaped, readable, right at the edges."""

from __future__ import annotations

import html
import math
from dataclasses import replace

import numpy as np
import pytest

from pricer import words
from pricer.checkpoint_config import CheckpointConfig, TrainingData
from pricer.evaluation import Evaluation
from pricer.explain import Explanation, WordEffect
from pricer.model_facts import Diagnostics, ModelFacts
from pricer.ui import cards, model_cards
from pricer.ui.evaluation_cards import items_list, notes, peers, yardsticks
from pricer.ui.history import Entry, history_card
from pricer.ui.item_card import choice_label, item_card
from pricer.ui.log_scale import LogScale
from pricer.ui.price_card import Quote, accuracy_line, price_card, scope_line
from pricer.ui.what_if_card import what_if_card
from pricer.ui.why_card import why_card
from pricer.what_if import Comparison, WordChange
from tests.unit.test_comparison import ACCURACY, PEER

TRAINING = TrainingData(3, {}, "", 0.99, 999, [1, 0, 2])
BAND = {"band": "below $25", "n": 77, "mae": 17.1, "coverage": 0.74}
EVIL = "<img src=x onerror=alert(1)> ${7*7} {{7*7}} `x`"


@pytest.mark.parametrize(
    "snippet",
    [
        cards.header(EVIL),
        cards.message("error", EVIL, EVIL),
        cards.table(EVIL, [EVIL], [[EVIL]]),
        cards.facts([(EVIL, EVIL)]),
        cards.metrics([(EVIL, EVIL, EVIL)], EVIL),
        cards.progress(EVIL, 0.5, EVIL, EVIL),
        cards.empty(EVIL, EVIL),
        cards.heading(EVIL, EVIL),
        price_card(Quote(1, 1, 1, 0.8, 1, [EVIL]), TRAINING),
        why_card(EVIL, Explanation(2, 1, [WordEffect(EVIL, 1.0, 100.0)], 0)),
        what_if_card(Comparison(1, 2, [WordChange(EVIL, True, 1.0, 100.0)], 0, 1)),
        history_card((Entry.now(EVIL, Quote(1, 1, 1, 0.8, 1, [])),)),
        accuracy_line({"n": 3, "mae": 2.0, "data": EVIL}),
    ],
)
def test_no_snippet_lets_code_through(snippet):
    assert "<img" not in snippet
    assert "${" not in snippet
    assert "{{" not in snippet
    assert "`" not in snippet


@pytest.mark.parametrize(
    ("usd", "shown"),
    [(0.5, "$0.50"), (12.345, "$12.35"), (999.994, "$999.99"), (1234.5, "$1,234"), (math.nan, "–"), (None, "–")],
)
def test_money(usd, shown):
    assert words.money(usd) == shown


@pytest.mark.parametrize(("usd", "shown"), [(4.2, "+$4.20"), (-1234.0, "−$1,234"), (0, "+$0.00")])
def test_signed_money(usd, shown):
    assert words.signed_money(usd) == shown


@pytest.mark.parametrize(
    ("percent", "shown"), [(12.4, "+12%"), (-3.2, "−3%"), (-0.2, "+0%"), (900, "×10"), (math.inf, "–")]
)
def test_signed_percent(percent, shown):
    assert words.signed_percent(percent) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (4.26, "4.3 s"), (12.2, "12 s"), (125, "2 min 5 s"), (3720, "1 h 2 min"), (math.nan, "–")],
)
def test_duration(seconds, shown):
    assert words.duration(seconds) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.5, "1 in 2"), (0.8, "4 in 5"), (0.9, "9 in 10"), (0.95, "19 in 20")])
def test_odds(share, shown):
    assert words.odds(share) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(820, "820 B"), (58_700, "57.3 KB"), (1_400_000, "1.3 MB"), (2e9, "1.9 GB")]
)
def test_size(number, shown):
    assert words.size(int(number)) == shown


def test_a_long_text_is_cut_to_one_line():
    assert words.cut("two\n  words", 20) == "two words"
    assert words.cut("x" * 1000, 10) == "x" * 9 + "…"


def test_the_price_card_tells_price_range_error_and_familiarity():
    card = price_card(Quote(86.65, 26.55, 297.76, 0.8, 0.93, ["Take care."], 31.2), TRAINING)
    for said in ("86", ".65", "4 in 5", "26.55", "297.76", "±&#36;31", "93%", "Take care."):
        assert said in card


def test_the_price_card_places_the_price_in_the_market():
    training = TrainingData(100, {}, "", 1, 100, [60, 40])
    assert "dearer than <b>80%</b> of the 100 products" in price_card(Quote(10**1.5, 20, 50, 0.8, 1, []), training)
    assert "cheaper than <b>70%</b> of the 100 products" in price_card(Quote(10**0.5, 2, 5, 0.8, 1, []), training)
    bars = price_card(Quote(10**1.5, 20, 50, 0.8, 1, []), training)
    assert bars.count("<rect") == 2
    assert bars.count("pr-inside") == 1


def test_an_older_model_has_a_range_without_a_market():
    card = price_card(Quote(50, 20, 90, 0.8, 1, []), TrainingData(3, {}, "", 1, 999))
    assert "pr-band" in card
    assert "market" not in card


def test_a_model_without_ranges_says_so():
    card = price_card(Quote(10, math.nan, math.nan, 0.8, 1, []), TRAINING)
    assert "no calibrated ranges" in card
    assert "nan" not in card


def test_the_scale_runs_between_round_prices_and_holds_the_range():
    assert LogScale.around(0.99, 999, 20, 40) == LogScale(1, 1000)
    assert LogScale.around(0.5, 999, 20, 4000) == LogScale(0.5, 5000)
    assert LogScale(0.5, 5000).ticks() == [1, 10, 100, 1000]
    scale = LogScale.around(0, 0, 0, 5)
    assert 0 <= scale.share(0) <= scale.share(5) <= 1


def test_accuracy_is_told_with_its_n_interval_and_data():
    line = accuracy_line({"n": 450, "mae": 97.4, "mae_ci95": [85.0, 110.0], "median_ae": 49.2, "data": "real listings"})
    for said in ("450 real listings", "97", "85", "110", "95% interval", "49"):
        assert said in line
    assert accuracy_line({}) == ""


def test_the_scope_says_what_the_model_learned_from():
    built_in = html.unescape(scope_line(TrainingData(3, {}, "", 0.5, 999), True))
    assert "$0.50 to $999: not for cars, homes or services" in built_in
    own = html.unescape(scope_line(TrainingData(3, {}, "", 20, 80), False))
    assert "$20 to $80" in own
    assert "Amazon" not in own
    assert scope_line(TrainingData(), False) == ""


def test_the_ends_of_the_scale_keep_their_labels_inside():
    card = price_card(Quote(50, 20, 90, 0.8, 1, []), TrainingData(3, {}, "", 1, 1000))
    assert "left:0.00%;transform:translateX(-0%)" in card
    assert "left:100.00%;transform:translateX(-100%)" in card


def test_only_the_built_in_split_is_described_as_one():
    config = CheckpointConfig("own", {}, {}, {})
    assert "built-in test split" not in yardsticks(False, config)
    assert "without a test split" in yardsticks(False, config)
    split = CheckpointConfig("own", {}, {}, {}, test_split="Generated items.")
    assert "Generated items." in yardsticks(True, split)
    assert "Generated items." not in yardsticks(False, split)


@pytest.mark.parametrize(
    ("seen", "said"),
    [([0, 0], ""), ([1, 0], "on 1 of these 2 items: their errors"), ([1, 1], "on all of these items")],
)
def test_items_that_were_trained_on_are_told(seen, said):
    usd, trained = np.array([10.0, 20.0]), np.array(seen, dtype=bool)
    found = Evaluation(["a", "b"], [None, None], usd, usd, usd, usd, trained, 0, 0.1)
    shown = notes(found, [])
    assert said in shown
    assert ("too low" in shown) == bool(said)


@pytest.fixture
def one_item():
    usd, shares = np.array([100.0]), np.array([0.75])
    return Evaluation(
        [EVIL], [EVIL], usd, usd * 1.5, usd * 1.2, usd * 3, np.ones(1, bool), 0, 0.1, 0.8, shares, {0.8: 0}
    )


def test_an_item_is_shown_with_its_error_its_range_and_what_its_words_add(one_item):
    effects = [WordEffect("steel", 12.5, 9.0), WordEffect("used", -30.0, -20.0), WordEffect(EVIL, 0.0, 0.0)]
    shown = html.unescape(item_card(one_item, 0, Explanation(150.0, 40.0, effects, 0.0)))
    for said in ("$100.00", "$150.00", "$50.00 (50%)", "75%", "80% range <b>$120.00</b> to <b>$300.00</b> misses"):
        assert said in shown
    assert shown.index("used") < shown.index("steel")
    for said in ("<td>−$30.00</td><td>−20%</td>", "<td>+$12.50</td><td>+9%</td>", "Beside $40.00 for a text without"):
        assert said in shown


def test_an_item_without_ranges_or_words_is_shown_all_the_same(one_item):
    none = np.array([math.nan])
    found = replace(one_item, low=none, high=none, familiarity=None)
    shown = item_card(found, 0, Explanation(150.0, 40.0, [], 0.0))
    assert "range" not in shown
    assert "What its words add" not in shown


def test_a_list_of_items_names_each_by_a_button(one_item):
    shown = items_list("Furthest off", one_item, one_item.worst(5))
    assert shown.count("<button") == 1
    assert 'data-item="1" aria-label="Show item 1"' in shown
    assert choice_label(one_item, 0).endswith("off by $50.00")


def test_peers_are_shown_with_what_they_were_measured_on():
    assert peers(CheckpointConfig("own", {}, {}, {})) == ""
    shown = html.unescape(peers(CheckpointConfig("own", {}, {}, {}, accuracy=ACCURACY, peers=[PEER])))
    assert "450 held out" in shown
    assert "<tr class=pr-marked><td>own (this model)</td>" in shown


def model_cards_of(config):
    facts = ModelFacts(EVIL, EVIL, EVIL, EVIL, 10, 2048, EVIL, EVIL, {EVIL: EVIL})
    yield model_cards.identity(facts)
    yield from (make(config) for make in (model_cards.accuracy, model_cards.training, model_cards.limits_card))


def test_the_model_is_told_with_n_interval_training_and_limits():
    training = TrainingData(1000, {"real": 700, "catalogue": 300}, "Research only.", 1, 99)
    config = CheckpointConfig("own", {}, {}, {}, training, ACCURACY | {"by_price_band": [BAND]})
    shown = html.unescape("".join(model_cards_of(config)))
    for said in ("On 450 held out", "$84.90 (95% interval $74.00 to $97.00)", "below $25", "Research only.", "$99"):
        assert said in shown
    assert shown.index("real") < shown.index("catalogue")
    assert "2.0 KB" in shown


def test_a_model_that_says_little_of_itself_is_told_as_such():
    shown = "".join(model_cards_of(CheckpointConfig("own", {}, {}, {})))
    assert "Nobody measured this model" in shown
    assert "does not say" in shown


def test_no_snippet_of_an_evaluation_or_a_model_lets_code_through(one_item):
    evil = CheckpointConfig(
        EVIL, {}, {}, {}, TrainingData(1, {EVIL: 1}, EVIL, 1, 2), ACCURACY | {"data": EVIL}, [PEER | {"name": EVIL}]
    )
    snippets = [
        item_card(one_item, 0, Explanation(1.0, 1.0, [WordEffect(EVIL, 1.0, 1.0)], 0.0)),
        items_list(EVIL, one_item, one_item.worst(1)),
        notes(one_item, [EVIL]),
        peers(evil),
        yardsticks(True, evil),
        model_cards.diagnostics(Diagnostics({EVIL: EVIL}, 1, 1, None, 1.0)),
        *model_cards_of(evil),
    ]
    for snippet in snippets:
        assert "<img" not in snippet
        assert "${" not in snippet
        assert "{{" not in snippet
        assert "`" not in snippet

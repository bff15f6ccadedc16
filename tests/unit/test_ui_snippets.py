"""The page's HTML snippets and words: escaped, readable, right at the edges."""

from __future__ import annotations

import math

import pytest

from pricer.ui import cards, words
from pricer.ui.price_card import LogScale, Quote, accuracy_line, price_card

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
        price_card(Quote(1, 1, 1, 0.8, 1, [EVIL]), 1, 999, ""),
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
    ("number", "shown"), [(820, "820 B"), (58_700, "59 KB"), (1_400_000, "1.4 MB"), (2e9, "2.0 GB")]
)
def test_size(number, shown):
    assert words.size(int(number)) == shown


def test_a_long_text_is_cut_to_one_line():
    assert words.cut("two\n  words", 20) == "two words"
    assert words.cut("x" * 1000, 10) == "x" * 9 + "…"


def test_the_price_card_tells_price_range_and_familiarity():
    card = price_card(Quote(86.65, 26.55, 297.76, 0.8, 0.93, ["Take care."]), 0.99, 999, "")
    for said in ("86", ".65", "4 in 5", "26.55", "297.76", "93%", "Take care."):
        assert said in card


def test_a_model_without_ranges_says_so():
    card = price_card(Quote(10, math.nan, math.nan, 0.8, 1, []), 1, 999, "")
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

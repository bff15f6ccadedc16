"""What each word adds to a price."""

import numpy as np
import pytest

from pricer.explain import explain

WORTH = {"gold": 1.0, "ring": 0.5, "plated": -0.7}


def _log_prices(texts):
    """A model whose log price is the sum of its words' worth."""
    return np.array([3.0 + sum(WORTH.get(word.strip(".,"), 0.0) for word in text.split()) for text in texts])


@pytest.mark.parametrize("text", ["gold ring", "gold, plated ring.", "ring", "nothing known", "gold gold", "plated"])
def test_base_and_effects_and_remainder_are_the_price(text):
    found = explain(text, _log_prices)
    effects = sum(word.effect_usd for word in found.words)
    assert found.base_price + effects + found.remainder_usd == pytest.approx(found.price)
    assert found.price == pytest.approx(np.expm1(_log_prices([text])[0]))


def test_an_additive_models_words_get_exactly_their_worth():
    found = explain("gold plated ring", _log_prices)
    assert [word.word for word in found.words] == ["gold", "plated", "ring"]
    assert [word.effect_percent for word in found.words] == pytest.approx(
        [100 * np.expm1(WORTH[word]) for word in ("gold", "plated", "ring")]
    )
    assert found.remainder_usd == pytest.approx(0)


def test_words_that_work_only_together_go_to_the_remainder():
    def both_needed(texts):
        return np.array([5.0 if "gold" in text or "ring" in text else 1.0 for text in texts])

    found = explain("gold ring", both_needed)
    assert [word.effect_usd for word in found.words] == [0, 0]
    assert found.remainder_usd == pytest.approx(np.expm1(5) - np.expm1(1))


def test_punctuation_is_no_part_of_a_word_but_an_inch_sign_is():
    words = [word.word for word in explain('A 55" TV, (black) 2.5-lb.', _log_prices).words]
    assert words == ["A", '55"', "TV", "black", "2.5-lb"]


def test_the_runner_explains_the_price_that_it_gives(tiny_runner):
    text = "A professional steel monitor for home"
    found = tiny_runner.explain(text)
    assert found.price == tiny_runner.price([text]).price[0]
    assert {word.word for word in found.words} == set(text.split())


def test_labels_of_lines_are_no_words_of_the_product():
    words = explain("Title: gold ring\nCategory: Rings", _log_prices).words
    assert [word.word for word in words] == ["gold", "ring", "Rings"]

"""What the words that two texts do not share do to the price."""

import numpy as np
import pytest

from pricer.errors import TextError
from pricer.what_if import compare

WORTH = {"gold": 1.0, "ring": 0.5, "plated": -0.7}


def _log_prices(texts):
    """A model whose log price is the sum of its words' worth."""
    return np.array([3.0 + sum(WORTH.get(word.strip(".,").lower(), 0.0) for word in text.split()) for text in texts])


@pytest.mark.parametrize(
    ("before", "after"),
    [("gold ring", "gold plated ring"), ("gold ring", "ring gold"), ("ring", "lamp"), ("ring", "ring"), ("a", "gold")],
)
def test_before_and_effects_and_remainder_are_the_price_after(before, after):
    found = compare(before, after, _log_prices)
    effects = sum(word.effect_usd for word in found.words)
    assert found.before + effects + found.remainder_usd == pytest.approx(found.after)
    assert [found.before, found.after] == pytest.approx(np.expm1(_log_prices([before, after])))
    assert found.change_usd == pytest.approx(found.after - found.before)


def test_an_additive_models_words_get_exactly_their_worth():
    found = compare("gold ring, boxed", "plated ring, boxed", _log_prices)
    assert [(word.word, word.added) for word in found.words] == [("gold", False), ("plated", True)]
    assert [word.effect_percent for word in found.words] == pytest.approx([100 * np.expm1(-1.0), 100 * np.expm1(-0.7)])
    assert found.remainder_usd == pytest.approx(0)
    assert found.change_percent == pytest.approx(100 * (found.after / found.before - 1))


def test_capitals_and_punctuation_make_no_other_word():
    found = compare("Gold ring.", "gold, RING", _log_prices)
    assert found.words == []
    assert found.shared == 1


def test_other_texts_share_nothing():
    assert compare("gold ring", "steel kettle", _log_prices).shared == 0


def test_labels_of_lines_are_no_words():
    found = compare("ring", "Title: ring\nBrand: gold", _log_prices)
    assert [word.word for word in found.words] == ["gold"]


def test_a_price_that_was_nothing_rises_without_end():
    assert (
        compare("x", "gold", lambda texts: np.array([float("gold" in text) for text in texts])).change_percent == np.inf
    )


def test_the_runner_compares_the_prices_that_it_gives(tiny_runner):
    texts = ["A professional steel monitor", "A basic steel monitor"]
    found = tiny_runner.compare(*texts)
    assert [found.before, found.after] == list(tiny_runner.price(texts).price)
    assert [(word.word, word.added) for word in found.words] == [("professional", False), ("basic", True)]
    with pytest.raises(TextError, match="Text 2 of 2"):
        tiny_runner.compare("kettle", " ")

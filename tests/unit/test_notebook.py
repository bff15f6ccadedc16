"""What a notebook shows: short, escaped, with its intervals, never a formula."""

import re
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest

from pricer.deep_neural_network import DeepNeuralNetworkRunner, Prices
from pricer.errors import SettingError
from pricer.evaluation import Evaluation
from pricer.explain import Explanation, WordEffect
from pricer.what_if import Comparison, WordChange

EVIL = "<script>alert(1)</script>"
ALLOWED = {"table", "thead", "tbody", "tr", "th", "td", "caption"}


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def shown(value):
    """The words that a notebook shows of a value; nothing but a table may be there."""
    found = Tags(value._repr_html_())
    assert {tag for tag, _ in found.tags} <= ALLOWED
    assert found.tags[0] == ("table", {"class": "tex2jax_ignore mathjax_ignore"})
    return found.words


@pytest.fixture(scope="module")
def evaluation(tiny_runner, items):
    return tiny_runner.evaluate(items[100:])


def test_a_runner_says_what_it_is_before_and_after_it_has_a_network(tiny_runner):
    assert repr(DeepNeuralNetworkRunner()) == "<DeepNeuralNetworkRunner: no network yet>"
    assert repr(tiny_runner) == "<DeepNeuralNetworkRunner: reference network (tiny) on cpu, fp32>"
    assert "120 items" in shown(tiny_runner)


def test_the_built_in_one_tells_its_error_with_n_and_interval():
    words = " ".join(shown(DeepNeuralNetworkRunner.from_pretrained()))
    assert re.search(r"Mean error \$[\d.]+ \(95% interval \$[\d.]+ to \$[\d.]+, n = \d+\)", words)


def test_prices_are_listed_up_to_a_length(tiny_runner, items):
    prices = tiny_runner.price([item.summary for item in items])
    assert len(repr(prices)) < 200
    assert repr(prices).endswith("and 157 more>")
    assert "The first ones; 140 more follow." in shown(prices)
    assert len(shown(tiny_runner.price(["a kettle"]))) == 5
    assert repr(Prices(*np.empty((3, 0)))) == "<Prices: none>"


def test_quotes_carry_their_warnings(tiny_runner):
    quotes = tiny_runner.quote(["xyzzy plugh"])
    assert quotes.warnings[0][0] in shown(quotes)
    assert repr(quotes).startswith("<Quotes: $")


def test_words_of_a_text_are_escaped_and_beyond_some_summed_up():
    words = [WordEffect(f"{EVIL}{at}", 1.0, 1.0) for at in range(30)]
    explanation = Explanation(50.0, 19.0, words, 1.0)
    assert f"{EVIL}0" in shown(explanation)
    assert [word for word in shown(explanation) if word in {"10 more", "+$10.00"}] == ["10 more", "+$10.00"]
    assert repr(Explanation(2.0, 1.0, words[:1], 0.0)) == f"<Explanation: $2.00, '{EVIL}0' +$1.00>"


def test_a_comparison_leads_from_one_price_to_the_other():
    comparison = Comparison(20.0, 30.0, [WordChange(EVIL, True, 10.0, 50.0)], 0.0, 0.5)
    assert repr(comparison) == "<Comparison: $20.00 to $30.00 (+$10.00, +50%)>"
    assert f"+ {EVIL}" in shown(comparison)


def test_an_evaluation_shows_its_figures_and_what_to_beware_of(evaluation):
    assert re.fullmatch(
        r"<Evaluation: mean error \$[\d.]+ \(95% interval \$[\d.]+ to \$[\d.]+\), n = 60>", repr(evaluation)
    )
    words = " ".join(shown(evaluation))
    assert "Mean error" in words
    assert "The model was trained on 20 of these 60 items" in words


def test_an_evaluation_draws_its_figures_and_writes_its_report(evaluation, tiny_runner, tmp_path):
    figures = evaluation.figures()
    assert {"scatter", "residuals", "trend", "bands"} <= figures.keys()
    assert all(isinstance(figure, go.Figure) for figure in figures.values())
    evaluation.save_report(tmp_path / "report.html", tiny_runner, "my items")
    assert "How wrong prices are: my items" in (tmp_path / "report.html").read_text(encoding="utf-8")
    with pytest.raises(SettingError, match=r"ends in \.html"):
        evaluation.save_report(tmp_path / "report.txt", tiny_runner)


def test_nothing_is_left_to_draw_where_categories_are_unknown():
    ones = np.ones(3)
    evaluation = Evaluation(["a"] * 3, [None] * 3, ones, ones, ones, ones, np.zeros(3, bool), 0, 0.1)
    assert "categories" not in evaluation.figures()

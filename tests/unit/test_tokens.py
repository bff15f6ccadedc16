"""Texts to tokens: words, numbers and sizes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricer.tokens import LEVEL_OF_ONE, Tokenizer, cut_few, cut_many, in_labelled_lines, measure, plain, title_of


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(max_words=128, title_words=16, bins_per_doubling=2)


@pytest.mark.parametrize(
    ("token", "measured"),
    [
        ("16 ounces", ("16oz", "oz", 16.0)),
        ("2-pound", ("2lb", "oz", 32.0)),
        ("1,000 sheets", ("1000pk", "pk", 1000.0)),
        ("pack of 12", ("12pk", "pk", 12.0)),
        ("4tb", ("4tb", "gb", 4096.0)),
        ('55"', ("55in", "in", 55.0)),
        ("3-in-1", ("3-in-1", "", 0.0)),
        ("i7", ("i7", "", 0.0)),
        ("0 oz", ("0oz", "", 0.0)),
        ("1.2.3 oz", ("1.2.3oz", "", 0.0)),
    ],
)
def test_numbers_with_units_are_measured(token, measured):
    assert measure(token) == measured


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café “Crème” 55″", ["cafe", "creme", '55"']),
        ("3-in-1 charger, 2 x 500GB", ["3-in-1", "charger", "2", "x", "500gb"]),
        ("AT&T 1.5 Liters", ["at", "t", "1.5 liters"]),
        ("Tesla™ 9,5", ["tesla", "9,5"]),
        ("Чайник стальной", ["чаиник", "стальнои"]),
    ],
)
def test_texts_are_cut_where_people_would(text, words):
    assert cut_few([plain(text)])[1] == words


@settings(deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=8))
def test_tokens_do_not_depend_on_the_other_texts(texts):
    tokenizer = Tokenizer(max_words=12, title_words=3, bins_per_doubling=2)
    together = tokenizer(texts)
    for number, text in enumerate(texts):
        alone, mine = tokenizer([text]), together.rows == number
        for name in ("words", "sizes", "units", "levels", "in_title"):
            assert (getattr(alone, name) == getattr(together, name)[mine]).all()


PIECES = [
    "pack of ",
    "12",
    " ",
    "-",
    "1.5",
    "oz",
    "é",
    '55"',
    "''",
    "3-in-1",
    "x",
    "\n",
    "in",
    "_",
    "a",
    "中",
    "٣",
    ",",
    "lbs",
]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join), max_size=6))
def test_both_engines_cut_alike(texts):
    parts = [plain(text) for text in texts]
    few, many = cut_few(parts), cut_many(parts)
    assert few[0].tolist() == many[0].tolist()
    assert few[1] == [many[1][number] for number in many[2]]


def test_larger_amounts_have_higher_levels(tokenizer):
    levels = [int(tokenizer([text]).levels[0]) for text in ("1gb", "2gb", "512gb", "1tb")]
    assert levels == [LEVEL_OF_ONE, LEVEL_OF_ONE + 2, LEVEL_OF_ONE + 18, LEVEL_OF_ONE + 20]


def test_only_the_first_words_are_read(tokenizer):
    tokens = tokenizer(["word " * 500, "Title of it [New]"])
    assert (tokens.rows == 0).sum() == 128
    assert tokens.in_title.tolist() == [True] * 16 + [False] * 112 + [True] * 3 + [False]


def test_labelled_lines_are_told_from_other_texts():
    assert in_labelled_lines("title: kettle\nbrand: acme\ndescription: steel")
    assert not in_labelled_lines("title: kettle")


def test_the_title_is_the_first_line_without_its_label():
    assert title_of("Title: Steel kettle\nBrand: Acme") == "Steel kettle"
    assert title_of("Steel kettle [Acme] 1.7 l") == "Steel kettle"
    assert title_of("a " * 30) == "a " * 19 + "a"


@pytest.mark.parametrize("n_texts", [1, 300])
def test_a_tokenizer_that_forgets_cuts_as_one_that_remembers(n_texts):
    texts = [f"kettle {number} of {number * 7} litres, 2 lb" for number in range(n_texts)]
    forgetful, remembering = Tokenizer(128, 16, 2, capacity=3), Tokenizer(128, 16, 2)
    for _ in range(2):
        found, wanted = forgetful(texts), remembering(texts)
        for name in ("words", "sizes", "units", "levels", "rows", "places", "in_title"):
            assert np.array_equal(getattr(found, name), getattr(wanted, name))


def test_threads_may_share_a_tokenizer():
    texts = [
        [f"word{number * 31 % 977} pot{number % 53} {number} cm" for number in range(at, at + 400)] for at in range(8)
    ]
    alone = [Tokenizer(128, 16, 2)(each).words for each in texts]
    shared = Tokenizer(128, 16, 2, capacity=500)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            together = list(pool.map(lambda each: shared(each).words, texts))
            assert all(map(np.array_equal, together, alone))

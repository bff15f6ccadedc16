"""What a model has seen."""

import numpy as np

from pricer.seen import KnownWords, SeenTexts


def test_a_text_is_recognised_up_to_case_and_space():
    seen = SeenTexts.of(["A steel  kettle\n", "a drill"])
    assert seen.contains(["a STEEL kettle", "a drill", "a lamp"]).tolist() == [True, True, False]


def test_hashes_are_the_same_on_every_machine():
    assert SeenTexts.of(["a drill"]).hashes.tolist() == [1399247234761939954]


def test_the_known_share_is_that_of_different_words():
    words = KnownWords.of(["steel kettle", "steel kettle", "rare"])
    assert words.share(["steel kettle kettle", "steel xyzzy", "xyzzy rare", ""]).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_nothing_is_known_of_no_texts():
    assert KnownWords.of(["a"]).share([]).shape == (0,)
    assert np.array_equal(SeenTexts.of([]).contains(["a"]), [False])

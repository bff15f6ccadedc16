"""Words to sparse rows."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from pricer.featurizer import Featurizer, FeaturizerConfig

TEXTS = ["A steel kettle, the 1.7 liters one", "Title: Drill\nBrand: Acme", "12 AA batteries", "café “crème” 55”", "?!"]


@pytest.fixture(scope="module")
def compact():
    return Featurizer(FeaturizerConfig())


def _columns(featurizer, text):
    return set(featurizer.transform([text]).indices.tolist())


def test_the_reference_features_are_the_courses_to_the_bit():
    original = HashingVectorizer(n_features=5000, stop_words="english", binary=True)
    ours = Featurizer(FeaturizerConfig.reference()).transform(TEXTS)
    assert ours.shape == (len(TEXTS), 5000)
    assert np.array_equal(ours.toarray(), original.transform(TEXTS).toarray().astype(np.float32))


@pytest.mark.parametrize("config", [FeaturizerConfig(), FeaturizerConfig.reference()])
def test_no_texts_give_no_rows(config):
    assert Featurizer(config).transform([]).shape[0] == 0


def test_a_row_does_not_depend_on_the_other_texts(compact):
    together = compact.transform(TEXTS)
    for row, text in enumerate(TEXTS):
        alone = Featurizer(compact.config).transform([text])
        assert (together[row] != alone).nnz == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("olive oil 16 ounces", "olive oil 16oz"),
        ("monitor 27 inches", 'monitor 27"'),
        ("TV 55\u202finch", "tv 55 inch"),
        ("Wi\u2011Fi router", "wi-fi router"),
    ],
)
def test_spellings_of_the_same_thing_share_their_columns(compact, one, other):
    assert _columns(compact, one) == _columns(compact, other)


def test_amounts_are_told_apart(compact):
    assert _columns(compact, "pack of 12 batteries") != _columns(compact, "pack of 48 batteries")


def test_a_text_without_words_has_an_empty_row(compact):
    assert compact.transform(["?!"]).nnz == 0


def test_the_hash_is_the_same_on_every_machine(compact):
    assert sorted(_columns(compact, "steel kettle"))[:2] == [837489, 904316]


def test_a_bare_string_is_refused(compact):
    with pytest.raises(TypeError, match="sequence of strings"):
        compact.transform("kettle")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'magic'"):
        Featurizer(FeaturizerConfig(kind="magic"))

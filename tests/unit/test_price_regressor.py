"""The estimator: texts and prices as scikit-learn's tools hand them on, and its own checks."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from pricer import DeepNeuralNetworkRunner, PriceRegressor
from pricer.errors import NotReadyError, SettingError, TextError, TrainingError
from pricer.featurizer import FeaturizerConfig


class SmallRegressor(PriceRegressor):
    """With a few thousand columns, not millions, so that a fit takes milliseconds."""

    def _recipe(self):
        usual = super()._recipe()
        featurizer = FeaturizerConfig(word_buckets=2**12, phrase_buckets=2**12)
        return replace(usual, pool=replace(usual.pool, featurizer=featurizer))


@pytest.fixture(scope="module")
def texts(items):
    return [item.summary for item in items]


@pytest.fixture(scope="module")
def prices(items):
    return [item.price for item in items]


@pytest.fixture(scope="module")
def ridge(texts, prices):
    return SmallRegressor("ridge").fit(texts, prices)


@pytest.fixture(scope="module")
def compact(texts, prices):
    return SmallRegressor().fit(texts, prices)


def test_it_learns_that_words_tell_prices(ridge, compact, texts, prices):
    assert ridge.score(texts, prices) > 0.9
    assert compact.score(texts, prices) > 0.7


def test_the_reference_network_is_fitted_alike(texts, prices):
    regressor = PriceRegressor("reference", hidden_size=32, epochs=20, device="cpu").fit(texts, prices)
    assert regressor.score(texts, prices) > 0.4
    assert (regressor.predict_interval(texts)[:, 0] < regressor.predict(texts)).all()


def test_ranges_have_a_row_for_each_text_and_grow_with_their_coverage(ridge, texts):
    narrow, wide = ridge.predict_interval(texts, coverage=0.5), ridge.predict_interval(texts, coverage=0.95)
    assert narrow.shape == (len(texts), 2)
    assert (narrow[:, 0] <= ridge.predict(texts)).all()
    assert (ridge.predict(texts) <= narrow[:, 1]).all()
    assert (np.diff(narrow) < np.diff(wide)).all()


def test_one_seed_gives_one_model_and_another_one_another(compact, texts, prices):
    few = slice(0, 60)
    first, again, other = (
        SmallRegressor(epochs=1, random_state=seed).fit(texts[few], prices[few]).predict(texts) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_fitting_the_reference_network_leaves_the_callers_random_numbers_alone(texts, prices):
    def drawn(work):
        np.random.seed(7)
        work()
        return np.random.rand()

    regressor = PriceRegressor("reference", hidden_size=4, epochs=1, device="cpu")
    assert drawn(lambda: regressor.fit(texts[:30], prices[:30])) == drawn(lambda: None)


@pytest.mark.parametrize(
    "given",
    [tuple, np.array, lambda texts: np.array(texts, dtype=object), pd.Series, pl.Series,
     lambda texts: pd.Series(texts, dtype=object, index=range(5, 5 + len(texts)))],
)  # fmt: skip
def test_texts_and_prices_may_come_in_any_column(ridge, texts, prices, given):
    regressor = SmallRegressor("ridge").fit(given(texts), given(prices) if given is not np.array else np.array(prices))
    assert (regressor.predict(given(texts)) == ridge.predict(texts)).all()


def test_a_text_counts_by_its_weight_and_not_at_all_without_any(texts, prices):
    doubled = np.array([*prices, *(10 * np.array(prices))])
    weights = np.repeat([1.0, 0.0], len(texts))
    weighted = SmallRegressor("ridge").fit([*texts, *texts], doubled, sample_weight=weights)
    assert (weighted.predict(texts) == SmallRegressor("ridge").fit(texts, prices).predict(texts)).all()
    dearer = SmallRegressor("ridge").fit([*texts, *texts], doubled, sample_weight=np.repeat([0.1, 1.0], len(texts)))
    assert np.median(dearer.predict(texts) / weighted.predict(texts)) > 3


def test_it_is_searched_and_cross_validated_as_any_estimator(texts, prices):
    search = GridSearchCV(SmallRegressor(epochs=1), {"preset": ["compact"], "hidden_size": [4, 8]}, cv=2)
    search.fit(texts[:60], prices[:60])
    assert search.best_params_["hidden_size"] in {4, 8}
    scores = cross_val_score(SmallRegressor("ridge"), pd.Series(texts), pd.Series(prices), cv=3, scoring="r2")
    assert scores.min() > 0.7


def test_it_ends_a_pipeline(texts, prices):
    lower = FunctionTransformer(lambda column: [text.lower() for text in column])
    pipeline = make_pipeline(lower, SmallRegressor("ridge")).fit(texts, prices)
    assert pipeline.predict([texts[0].upper()]) == pipeline.predict([texts[0]])


def test_a_clone_has_its_parameters_and_no_model():
    regressor = PriceRegressor("reference", epochs=3, random_state=7)
    copy = clone(regressor.set_params(epochs=2))
    assert copy.get_params() == {
        "preset": "reference", "epochs": 2, "hidden_size": None, "random_state": 7, "device": "auto"
    }  # fmt: skip


@pytest.mark.parametrize("fitted", ["ridge", "compact"])
def test_a_pickled_one_prices_the_same_and_is_small(fitted, texts, request):
    regressor = request.getfixturevalue(fitted)
    kept = pickle.dumps(regressor)
    assert (pickle.loads(kept).predict(texts) == regressor.predict(texts)).all()
    assert len(kept) < 1_000_000


@pytest.mark.parametrize("fitted", ["ridge", "compact"])
def test_a_saved_one_is_a_checkpoint_that_the_runner_and_it_read(fitted, texts, request, tmp_path):
    regressor = request.getfixturevalue(fitted)
    regressor.save_pretrained(tmp_path / "model")
    again = PriceRegressor.from_pretrained(tmp_path / "model")
    assert again.preset == fitted
    assert (again.predict(texts) == regressor.predict(texts)).all()
    assert (
        DeepNeuralNetworkRunner.from_pretrained(tmp_path / "model").price(texts).price == again.predict(texts)
    ).all()
    assert again.runner_.explain(texts[0]).price == pytest.approx(again.predict(texts[:1])[0])
    training = again.runner_.checkpoint.config.training
    assert training.seconds > 0
    assert re.search(rf"It took [\d,]+ seconds on {re.escape(training.hardware)}\.", again.runner_.checkpoint.card)


@pytest.mark.parametrize(
    ("texts", "prices", "error", "said"),
    [
        ("a kettle", [1], TextError, "put it in brackets"),
        (3, [1], TextError, "found int"),
        (np.array([["kettle"], ["lamp"]]), [1, 2], TextError, r"the shape \(2, 1\): give one column"),
        (pd.DataFrame({"summary": ["kettle"]}), [1], TextError, "give one column"),
        (pl.DataFrame({"summary": ["kettle"]}), [1], TextError, "give one column"),
        ([["kettle"], ["lamp"]], [1, 2], TextError, "Text 1 of 2 cannot be priced: expected text, found list"),
        (["kettle", None], [1, 2], TextError, "Text 2 of 2 cannot be priced: no text"),
        (["kettle", " "], [1, 2], TextError, "Text 2 of 2"),
        (pd.Series(["kettle", float("nan")], dtype=object), [1, 2], TextError, "found float"),
        ([], [], TrainingError, "Found no sample: expected"),
        (["kettle"], [1], TrainingError, "Found one sample: expected"),
        (["kettle", "lamp"], [1], TrainingError, r"Found 2 texts, and prices of the shape \(1,\)"),
        (["kettle", "lamp"], [[1, 2], [2, 3]], TrainingError, r"the shape \(2, 2\)"),
        (["kettle", "lamp"], [1, -2], TrainingError, "Price 2 of 2 cannot be learned: price is negative"),
        (["kettle", "lamp"], [float("nan"), 2], TrainingError, "Price 1 of 2 cannot be learned: price is not finite"),
        (["kettle", "lamp"], ["cheap", "dear"], TrainingError, "The prices are no numbers"),
        (["kettle", "lamp"], None, TrainingError, "the target y is None"),
        (["kettle", "lamp"], [2, 2], TrainingError, "1 different prices"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_its_reason(texts, prices, error, said):
    with pytest.raises(error, match=said) as caught:
        SmallRegressor("ridge").fit(texts, prices)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("weights", [[1], [1, -1], [1, float("inf")], ["heavy", "light"]])
def test_weights_that_cannot_be_meant_are_refused(weights):
    with pytest.raises(TrainingError, match="weight"):
        SmallRegressor("ridge").fit(["kettle", "lamp"], [1, 2], sample_weight=weights)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"preset": "forest"}, "expected one of compact, ridge, reference"),
        ({"preset": "ridge", "epochs": 3}, "The ridge has no epochs"),
        ({"epochs": 0}, "expected a whole number above 0"),
        ({"hidden_size": 2.5}, "expected a whole number above 0"),
    ],
)
def test_parameters_that_a_preset_does_not_take_are_refused_when_fitting(parameters, said):
    with pytest.raises(SettingError, match=said):
        PriceRegressor(**parameters).fit(["kettle", "lamp"], [1, 2])


def test_the_reference_preset_takes_no_weights():
    with pytest.raises(SettingError, match="takes no sample_weight"):
        PriceRegressor("reference").fit(["kettle", "lamp"], [1, 2], sample_weight=[1, 2])


def test_an_unfitted_one_says_so_in_scikit_learns_words_and_in_ours(ridge):
    for error in (NotFittedError, NotReadyError):
        with pytest.raises(error, match=re.escape("call fit()")):
            PriceRegressor().predict(["kettle"])


def test_no_texts_have_no_prices_and_a_bare_one_is_refused(ridge):
    assert ridge.predict([]).shape == (0,)
    assert ridge.predict_interval([]).shape == (0, 2)
    with pytest.raises(TextError, match="put it in brackets"):
        ridge.predict("kettle")
    with pytest.raises(SettingError, match=r"0\.5 to 0\.95"):
        ridge.predict_interval(["kettle"], coverage=0.99)


class RegressorOfNumbers(SmallRegressor):
    """A `PriceRegressor` that scikit-learn's checks, which know numbers only, can feed: rows are written as texts."""

    def __init__(self, preset="ridge", *, epochs=None, hidden_size=None, random_state=42, device="cpu"):
        super().__init__(preset, epochs=epochs, hidden_size=hidden_size, random_state=random_state, device=device)

    def fit(self, X, y, sample_weight=None):  # noqa: N803
        return super().fit(_written(X), y, sample_weight)

    def predict(self, X):  # noqa: N803
        return super().predict(_written(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False
        return tags


def _written(rows):
    """Each row of numbers as words."""
    return [" ".join(f"c{column}is{round(number)}" for column, number in enumerate(row)) for row in np.asarray(rows)]


_FEATURES = "is about the features of rows; texts have none to count or name"
_NUMBERS = "is about which numbers and matrices are taken for rows; none are, but texts"
# What is left out of scikit-learn's checks, each with its reason.
LEFT_OUT = {
    "check_n_features_in": _FEATURES,
    "check_n_features_in_after_fitting": _FEATURES,
    "check_complex_data": _NUMBERS,
    "check_estimators_empty_data_messages": "wants words on rows without features; we speak of texts without words",
    "check_estimators_nan_inf": _NUMBERS,
    "check_estimator_sparse_tag": _NUMBERS,
    "check_estimator_sparse_array": _NUMBERS,
    "check_estimator_sparse_matrix": _NUMBERS,
    "check_fit1d": "wants one dimension refused, which texts come in",
    "check_fit2d_predict1d": "wants one dimension refused, which texts come in",
    "check_array_api_input": "is about arrays on other devices; texts are on none",
    "check_sample_weight_equivalence_on_dense_data": (
        "a text given twice is in two documents by its words and is held out with itself; a weight of two is neither"
    ),
}


def _name(check):
    return getattr(check, "func", check).__name__


@pytest.mark.parametrize(
    ("regressor", "check"),
    [
        pytest.param(regressor, check, id=f"{_name(check)}-{number}")
        for number, (regressor, check) in enumerate(estimator_checks_generator(RegressorOfNumbers()))
        if _name(check) not in LEFT_OUT
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_it_passes_scikit_learns_checks(regressor, check):
    check(regressor)


def test_what_is_left_out_of_the_checks_is_still_among_them():
    names = {_name(check) for _, check in estimator_checks_generator(RegressorOfNumbers())}
    assert LEFT_OUT.keys() <= names
    assert len(names) > 50


def test_scikit_learn_is_told_that_it_reads_texts_and_so_feeds_it_no_numbers():
    tags = get_tags(PriceRegressor())
    assert (tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array) == (True, True, False)
    assert (tags.estimator_type, tags.target_tags.positive_only) == ("regressor", True)
    with pytest.warns(SkipTestWarning, match="Can't test estimator PriceRegressor"):
        check_estimator(PriceRegressor())

"""How prices grow with amounts, and views in other sizes."""

import pytest

from pricer.compact.sizes import SizesConfig, elasticities, resized
from pricer.compact.training_texts import CATALOGUE, LABELLED, PLAIN, REAL, TITLE, TrainingText

NO_PRIOR = SizesConfig(prior_pairs=0.0)


def _text(text, price, kind=CATALOGUE, form=PLAIN):
    return TrainingText(text, price, kind, form, text)


def test_an_elasticity_is_that_of_texts_that_differ_in_one_amount_only():
    texts = [_text(f"steel bolts pack of {count}", count - 1.0) for count in (8, 16, 64)]
    texts += [_text(f"fan {watts}W", price) for watts, price in ((100, 9.0), (400, 19.0))]
    texts += [_text("glue 4 oz", 5.0), _text("paint 8 oz", 500.0)]
    assert elasticities(texts, NO_PRIOR) == pytest.approx({"pk": 1.0, "w": 0.5})


def test_few_pairs_count_less_than_the_usual_elasticity():
    texts = [_text(f"bolts pack of {count}", count - 1.0) for count in (2, 4, 8, 16, 32)]
    texts += [_text("fan 100W", 9.0), _text("fan 200W", 9.0)]
    slopes = elasticities(texts, SizesConfig(prior_pairs=3.0))
    assert slopes["pk"] == pytest.approx(1.0)
    assert slopes["w"] == pytest.approx(0.75)


def test_texts_without_sizes_tell_no_elasticity():
    assert elasticities([_text("kettle", 5.0), _text("steel kettle", 9.0)], SizesConfig()) == {}


def test_a_view_has_another_amount_at_the_price_that_the_elasticity_tells():
    texts = [_text("Steel bolts, pack of 16", 15.0), _text("cheap", 0.5), _text("dear", 900.0)]
    (view,), (number,) = resized(texts, {"pk": 1.0})
    count = int(view.text.removeprefix("steel bolts, pack of "))
    assert count in {4, 8, 32, 64}
    assert view.price == pytest.approx(count - 1.0)
    assert (number, view.item) == (0, texts[0].item)


@pytest.mark.parametrize(
    "text",
    [
        _text("bolts pack of 16, 2 oz", 15.0),  # two amounts
        _text("a kettle", 15.0),
        _text("long listing of 16 oz", 15.0, kind=REAL),
        _text("Title: glue 16 oz\nDescription: x", 15.0, form=LABELLED),
        _text("fan 16 W", 15.0),  # a unit without an elasticity
    ],
)
def test_other_texts_have_no_view(text):
    texts = [text, _text("cheap", 0.5), _text("dear", 900.0)]
    assert resized(texts, {"pk": 1.0, "oz": 1.0}) == ([], [])


def test_a_view_beyond_the_prices_of_all_texts_is_left_out():
    texts = [_text("glue 16 oz", 900.0), _text("cheap", 899.0), _text("dear", 901.0)]
    assert resized(texts, {"oz": 1.0}) == ([], [])


def test_large_amounts_are_written_out():
    texts = [_text("heater 5,000,000 btu", 90.0), _text("cheap", 0.5), _text("dear", 900.0)]
    (view,), _ = resized(texts, {"btu": 0.5})
    assert float(view.text.removeprefix("heater ").removesuffix(" btu")) >= 1_000_000
    assert "e" not in view.text.removeprefix("heater ")


def test_titles_of_any_kind_have_views():
    texts = [_text("glue 16 oz", 15.0, kind=REAL, form=TITLE), _text("cheap", 0.5), _text("dear", 900.0)]
    assert len(resized(texts, {"oz": 0.6})[0]) == 1

"""Which items the page evaluates, and what it says of them."""

from __future__ import annotations

import pytest

from pricer.errors import UserError
from pricer.items import Item
from pricer.settings import Settings
from pricer.ui.context import PageContext
from pricer.ui.evaluation_source import BUILT_IN, FILE, HUB, Source, remarks


@pytest.fixture
def context(tiny_runner):
    return PageContext(tiny_runner, Settings(max_page_rows=3, hub_datasets=False))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("summary,price\nkettle,20\nlamp,30\n,5\ncup,4\nmug,5\n")
    return str(path)


def test_the_first_items_are_taken_and_bad_rows_are_counted_and_told(context, path):
    source = Source(FILE, path, most=3)
    items = source.read(context)
    assert [item.summary for item in items] == ["kettle", "lamp", "cup"]
    assert remarks(source, items) == ["1 row without a text or a usable price left out, such as row 3: no text."]
    assert source.name == "mine.csv"


def test_more_items_than_the_page_takes_are_refused_with_what_to_do(context, path):
    for most in (0, 4):
        with pytest.raises(
            UserError, match="mine.csv has more than 3 rows, .* Take the first items, or use .* evaluate"
        ):
            Source(FILE, path, most=most).read(context)


def test_rows_after_the_last_item_that_is_taken_are_not_made_items(context, path, monkeypatch):
    made = []
    monkeypatch.setattr("pricer.items.item_or_problem", lambda record, *_: made.append(record) or Item(**record))
    assert len(Source(FILE, path, most=2).read(context)) == 2
    assert len(made) == 2


def test_a_hub_split_of_too_many_rows_is_refused_before_any_is_made_an_item(tiny_runner, monkeypatch):
    rows = [{"summary": f"lamp {at}", "price": 1} for at in range(5)]
    monkeypatch.setattr("pricer.hub.datasets.load_splits", lambda *_: {"test": rows})
    context = PageContext(tiny_runner, Settings(max_page_rows=4))
    assert len(Source(HUB, dataset="owner/name", most=3).read(context)) == 3
    monkeypatch.setattr("pricer.items.item_or_problem", None)
    with pytest.raises(UserError, match="owner/name, test has more than 4 rows"):
        Source(HUB, dataset="owner/name").read(context)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source(FILE), "Which file"),
        (Source(BUILT_IN), "no test split of its own"),
        (Source(HUB, dataset="owner/name"), "switched off"),
    ],
)
def test_what_cannot_be_read_is_explained(context, source, said):
    with pytest.raises(UserError, match=said):
        source.read(context)

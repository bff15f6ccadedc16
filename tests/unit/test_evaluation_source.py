"""Which items the page evaluates, and what it says of them."""

from __future__ import annotations

import pytest

from pricer.errors import UserError
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
    with pytest.raises(UserError, match="Found 4 items; this page evaluates at most 3: take the first ones"):
        Source(FILE, path).read(context)


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

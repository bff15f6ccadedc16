"""Items from and to Hub datasets, by the real library against a loopback Hub."""

from __future__ import annotations

import io
import time
import uuid

import pyarrow
import pyarrow.parquet
import pytest
from huggingface_hub import DatasetCard

from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import DatasetError, ItemError
from pricer.hub import watch
from pricer.items import Item
from tests.loopback_hub import TOKEN

# huggingface_hub uploads a large file by a deprecated option of its transport.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw:DeprecationWarning")

ROWS = [
    {"title": "Kettle", "category": "Home", "summary": f"A steel kettle, model {n}.", "price": 20.0 + n, "weight": 1.5}
    for n in range(6)
]


@pytest.fixture
def name():
    """The name of a dataset that no other test uses, so that nothing of it is cached."""
    return f"tester/items-{uuid.uuid4().hex[:8]}"


def parquet(rows):
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def publish(hub, name, **splits):
    """Publish a dataset as the Hub keeps it: a Parquet file per split."""
    files = {f"data/{split}-00000-of-00001.parquet": parquet(rows) for split, rows in splits.items()}
    hub.publish(name, {"README.md": b"---\nlicense: mit\n---\n", **files}, kind="datasets")


def test_three_splits_of_items_come_in_their_order(hub, name):
    publish(hub, name, train=ROWS[:3], validation=ROWS[3:5], test=ROWS[5:])
    train, val, test = Item.from_hub(name)
    assert [len(train), len(val), len(test)] == [3, 2, 1]
    assert [item.price for item in train] == [20.0, 21.0, 22.0]
    assert (test[0].title, test[0].category, test[0].weight) == ("Kettle", "Home", 1.5)


def test_columns_that_an_item_does_not_know_are_left_out(hub, name):
    rows = [{**row, "embedding": [0.5]} for row in ROWS]
    publish(hub, name, train=rows, validation=rows, test=rows)
    assert Item.from_hub(name)[0][0].summary == ROWS[0]["summary"]


def test_a_missing_dataset_says_to_check_its_name(hub, name):
    with pytest.raises(DatasetError, match="check the name"):
        Item.from_hub(name)


def test_a_gated_dataset_says_to_accept_its_terms(hub, name):
    publish(hub, name, train=ROWS, validation=ROWS, test=ROWS)
    hub.repos["datasets", name].gated = True
    with pytest.raises(DatasetError, match="accept its terms"):
        Item.from_hub(name)


def test_a_refusing_hub_says_to_check_the_network_within_5_seconds(hub, name):
    hub.stop()
    started = time.monotonic()
    with pytest.raises(DatasetError, match="check the network"):
        Item.from_hub(name)
    assert time.monotonic() - started < 5


def test_a_hanging_hub_is_given_up_on(hub, name, monkeypatch):
    monkeypatch.setattr(watch, "STALL_SECONDS", 0.5)
    hub.fault = "hang"
    with pytest.raises(DatasetError, match="check the network"):
        Item.from_hub(name)


def test_a_missing_split_is_named_with_those_that_are_there(hub, name):
    publish(hub, name, train=ROWS, test=ROWS)
    with pytest.raises(DatasetError, match=r"has the splits train, test: expected train, validation, test"):
        Item.from_hub(name)


def test_a_missing_column_is_named_with_those_that_are_there(hub, name):
    rows = [{"summary": row["summary"], "cost": row["price"]} for row in ROWS]
    publish(hub, name, train=rows, validation=rows, test=rows)
    with pytest.raises(DatasetError, match="lacks the column 'price': found summary, cost"):
        Item.from_hub(name)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"price": -1.0}, "price is negative"),
        ({"price": float("nan")}, "price is not finite"),
        ({"price": float("inf")}, "price is not finite"),
        ({"price": None}, "no price"),
        ({"summary": " "}, "no text"),
        ({"summary": None}, "no text"),
    ],
)
def test_a_row_that_is_no_item_is_refused_with_its_number(hub, name, change, problem):
    publish(hub, name, train=ROWS, validation=[ROWS[0], {**ROWS[1], **change}, ROWS[2]], test=ROWS)
    with pytest.raises(ItemError, match=f"validation, row 2: {problem}"):
        Item.from_hub(name)


def test_rows_that_are_no_items_are_skipped_and_counted_when_asked(hub, name):
    publish(hub, name, train=[{**ROWS[0], "price": -1.0}, *ROWS[1:]], validation=ROWS, test=ROWS)
    train, val, _ = Item.from_hub(name, skip_invalid=True)
    assert (len(train), train.skipped, val.skipped) == (5, 1, 0)
    assert "row 1: price is negative" in train.problems[0]


def test_what_is_pushed_comes_back_the_same(hub, name, items, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    Item.push_to_hub(name, items[:20], items[20:30], items[30:40])
    assert [list(split) for split in Item.from_hub(name)] == [items[:20], items[20:30], items[30:40]]


def test_a_token_that_may_not_write_is_told_so(hub, name, items, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_reader")
    with pytest.raises(DatasetError, match="HF_TOKEN may write") as caught:
        Item.push_to_hub(name, items[:2], items[:2], items[:2])
    assert "hf_of_a_reader" not in str(caught.value)


def test_a_column_may_be_filled_in_one_split_alone(hub, name, items, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    priced = [Item(summary="A lamp", price=3.5, weight=2.0)]
    Item.push_to_hub(name, items[:3], items[3:4], priced)
    assert [list(split) for split in Item.from_hub(name)] == [items[:3], items[3:4], priced]


def test_an_empty_split_is_refused_before_anything_is_sent(hub, name, items):
    with pytest.raises(DatasetError, match="split validation has no items"):
        Item.push_to_hub(name, items[:3], [], items[3:])
    assert hub.asked(name) == []


def test_values_of_several_kinds_in_a_column_are_told_by_its_name(items):
    with pytest.raises(DatasetError, match="several kinds in id"):
        Item.push_to_hub("tester/mixed", items[:2], items[2:3], [Item(summary="A lamp", price=3.5, id="a")])


class TestCard:
    @pytest.fixture(autouse=True)
    def _token(self, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", TOKEN)

    def card(self, hub, name):
        return DatasetCard(hub.files(name, "datasets")["README.md"].decode())

    def test_it_has_splits_columns_and_a_licence_to_fill_in(self, hub, name, items):
        Item.push_to_hub(name, items[:20], items[20:30], items[30:35])
        card = self.card(hub, name)
        assert "| train | 20 |\n| validation | 10 |\n| test | 5 |" in card.text
        assert "| `price` | what it costs, US dollars |" in card.text
        assert "**To be filled in by the owner:**" in card.text
        assert card.data.license == "other"
        assert [each["num_examples"] for each in card.data.dataset_info["splits"]] == [20, 10, 5]

    def test_what_the_owner_wrote_is_kept_and_the_counts_are_renewed(self, hub, name, items):
        Item.push_to_hub(name, items[:20], items[20:30], items[30:35])
        readme = hub.files(name, "datasets")["README.md"].decode()
        mine = readme.replace("license: other", "license: cc-by-4.0").replace(
            "**To be filled in", "From my shop. **To be"
        )
        hub.repos["datasets", name].commit(hub.files(name, "datasets") | {"README.md": mine.encode()})
        Item.push_to_hub(name, items[:21], items[21:30], items[30:35])
        card = self.card(hub, name)
        assert card.data.license == "cc-by-4.0"
        assert "From my shop." in card.text
        assert "| train | 21 |" in card.text
        assert "| train | 20 |" not in card.text

    def test_a_card_of_the_owner_s_own_is_left_as_it_is(self, hub, name, items):
        hub.publish(name, {"README.md": b"---\nlicense: mit\n---\n\n# Mine\n\nAll of it.\n"}, kind="datasets")
        Item.push_to_hub(name, items[:20], items[20:30], items[30:35])
        card = self.card(hub, name)
        assert card.text.strip() == "# Mine\n\nAll of it."
        assert card.data.license == "mit"


class TestStreaming:
    def test_splits_are_read_as_they_are_gone_through(self, hub, name):
        publish(hub, name, train=ROWS[:3], validation=ROWS[3:5], test=ROWS[5:])
        train, val, test = Item.from_hub(name, streaming=True)
        assert not isinstance(train, list)
        assert [[item.price for item in split] for split in (train, val, test)] == [[20, 21, 22], [23, 24], [25]]
        assert [item.price for item in train] == [20, 21, 22]

    def test_a_row_that_is_no_item_is_refused_when_it_comes(self, hub, name):
        publish(hub, name, train=[ROWS[0], {**ROWS[1], "price": -1.0}], validation=ROWS, test=ROWS)
        train, _, _ = Item.from_hub(name, streaming=True)
        with pytest.raises(ItemError, match="train, row 2: price is negative"):
            list(train)

    def test_a_missing_column_is_named(self, hub, name):
        rows = [{"summary": row["summary"], "cost": row["price"]} for row in ROWS]
        publish(hub, name, train=rows, validation=rows, test=rows)
        with pytest.raises(DatasetError, match="lacks the column 'price': found summary, cost"):
            Item.from_hub(name, streaming=True)

    def test_a_hub_that_goes_away_is_told(self, hub, name):
        publish(hub, name, train=ROWS, validation=ROWS, test=ROWS)
        train, _, _ = Item.from_hub(name, streaming=True)
        hub.fault = "forbidden"
        with pytest.raises(DatasetError, match="could not be loaded"):
            list(train)

    def test_training_from_a_stream_gives_the_network_of_the_lists(self, hub, name, items):
        rows = [{"summary": item.summary, "price": item.price} for item in items]
        publish(hub, name, train=rows[:100], validation=rows[100:], test=rows[:1])

        def weights(train, val, _):
            runner = DeepNeuralNetworkRunner(train, val, hidden_size=8, num_layers=3)
            runner.setup()
            runner.train(1)
            return runner.checkpoint.network.state_dict()

        held, streamed = weights(*Item.from_hub(name)), weights(*Item.from_hub(name, streaming=True))
        assert all((held[key] == streamed[key]).all() for key in held)

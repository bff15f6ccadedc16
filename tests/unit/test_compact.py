"""The compact network and the recipe that trains it, on generated items."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from scipy.sparse import csr_matrix

from pricer.builtin import note_effort, note_peers
from pricer.checkpoint_config import SEAL, sha256, verify
from pricer.compact.columns import KeptColumns
from pricer.compact.optimise import OptimiseConfig, _steps
from pricer.compact.pool import PoolConfig, without_neighbours
from pricer.compact.training_texts import read_training_data
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, TableError, TrainingError, UserError
from pricer.presets import train_compact


def _table(path, rows):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


@pytest.fixture(scope="module")
def data(items, tmp_path_factory):
    """Real items of two sources with splits, a teacher's estimates and an extra file."""
    folder = tmp_path_factory.mktemp("data")
    splits = ["train"] * 6 + ["validation", "test"]
    real = [
        {"summary": item.summary, "price": item.price, "source": "own", "split": splits[number % 8]}
        for number, item in enumerate(items)
    ]
    other = [
        {"summary": f"other {row['summary']}", "price": row["price"], "source": "shop", "split": "train"}
        for row in real
    ]
    teacher = [{"summary": None, "full": f"full {row['summary']}", "price_estimate": row["price"]} for row in real[:60]]
    extra = [{"summary": f"extra {row['summary']}", "price": row["price"], "split": row["split"]} for row in real[:40]]
    return {
        "real": _table(folder / "items.parquet", real + other),
        "teacher": _table(folder / "estimates.parquet", teacher),
        "extra": _table(folder / "catalogue.parquet", extra),
    }


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A checkpoint trained on all of them."""
    folder = tmp_path_factory.mktemp("compact") / "model"
    train_compact(data["real"], data["teacher"], [data["extra"]], folder)
    return folder


def test_few_rows_are_gone_through_more_often_in_steps_of_an_eighth_at_most():
    sizes = {n: [len(step) for step in _steps(n, OptimiseConfig(), seed=0)] for n in (160, 2_000, 100_000)}
    assert [max(each) for each in sizes.values()] == [20, 250, 4096]
    assert [sum(each) // n for n, each in sizes.items()] == [12, 12, 4]
    assert sum(map(len, _steps(160, OptimiseConfig(epochs=3), seed=0))) == 3 * 160


def test_no_test_row_is_read_and_every_kind_is_told_apart(data):
    found = read_training_data(data["real"], data["teacher"], [data["extra"]])
    assert (len(found.real), len(found.validation), len(found.teacher)) == (120, 20, 60)
    kinds = [text.kind for text in found.extra]
    assert (kinds.count("shop"), kinds.count("catalogue")) == (160, 30)


def test_a_csv_without_splits_holds_a_tenth_out(tmp_path, items):
    path = tmp_path / "items.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["summary", "price"], *[[item.summary, item.price] for item in items]])
    found = read_training_data(path)
    assert len(found.real) + len(found.validation) == len(items)
    assert 5 <= len(found.validation) <= 30


@pytest.mark.parametrize(("header", "message"), [("words,price,x", "summary"), ("summary,cost,x", "price")])
def test_a_missing_column_is_named(tmp_path, header, message):
    (tmp_path / "in.csv").write_text(f"{header}\nkettle,5,1\n")
    with pytest.raises((TrainingError, TableError), match=message):
        read_training_data(tmp_path / "in.csv")


def test_items_of_one_price_cannot_be_trained_on(tmp_path):
    (tmp_path / "in.csv").write_text("summary,price\n" + "kettle,5\n" * 30)
    with pytest.raises(TrainingError, match="1 different prices"):
        train_compact(tmp_path / "in.csv", None, [], tmp_path / "model")


def test_it_learns_which_words_are_dear(trained):
    runner = DeepNeuralNetworkRunner.from_pretrained(trained, device="cpu")
    dear, cheap = runner.price(["A professional monitor for home", "A basic lamp for home"]).price
    assert dear > 1.5 * cheap


def test_the_checkpoint_says_what_it_was_trained_on_and_how_wrong_it_is(trained):
    config = json.loads((trained / "config.json").read_text())
    assert config["training"]["items"] == 120 + 20 + 60 + 160 + 30
    assert sum(config["training"]["sources"].values()) == config["training"]["items"]
    assert config["accuracy"]["n"] == 140
    assert config["accuracy"]["mae"] > 0
    assert "model-index" in (trained / "README.md").read_text()


def test_batches_are_compared_with_the_held_out_real_texts(trained):
    reference = json.loads((trained / "reference.json").read_text())
    assert reference["n_rows"] == 140
    assert reference["length_words"]["median"] == 9


def test_training_again_gives_the_same_files_but_for_the_time_it_took(data, trained, tmp_path):
    train_compact(data["real"], data["teacher"], [data["extra"]], tmp_path / "again")

    def files(folder):
        """Hashes by name; of the config and the card, only the former's other members."""
        config = json.loads((folder / "config.json").read_text())
        assert config["training"].pop("seconds") > 0
        del config["files"]["README.md"], config[SEAL]
        hashes = {each.name: sha256(each) for each in folder.iterdir() if each.name != "README.md"}
        return hashes | {"config.json": config}

    assert files(trained) == files(tmp_path / "again")


def test_unknown_words_are_unfamiliar(trained, items):
    quotes = DeepNeuralNetworkRunner.from_pretrained(trained, device="cpu").quote([items[0].summary, "xyzzy plugh"])
    assert quotes.familiarity[0] > 0.8
    assert quotes.familiarity[1] == 0
    assert "guess" in quotes.warnings[1][0]


@pytest.mark.parametrize("place", [0, 100, 255, 256, 299])
def test_a_price_does_not_depend_on_the_neighbours(trained, items, place):
    runner = DeepNeuralNetworkRunner.from_pretrained(trained, device="cpu")
    texts = [item.summary for item in items] * 2
    together = runner.price(texts[:300]).price[place]
    assert np.array_equal(runner.price([texts[place]]).price, [together])


def test_prices_and_columns_are_read_as_everywhere_and_unusable_rows_are_counted(tmp_path):
    rows = ['kettle,"$1,234.50"', "drill,80 USD", ",5", "lamp,dear", "lamp,-1"]
    (tmp_path / "in.csv").write_text("Description,Price,split\n" + "".join(f"{row},train\n" for row in rows))
    found = read_training_data(tmp_path / "in.csv")
    assert [text.price for text in found.real] == [1234.5, 80.0]
    assert found.skipped == 3


def test_a_folder_with_other_files_is_not_written_to(data, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        train_compact(data["real"], None, [], tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_familiarity_grows_with_the_texts_that_had_a_word():
    columns = KeptColumns(n_features=8, word_buckets=8, n_kept=3)
    columns.choose(np.array([1, 2, 3]), np.array([3, 2, 1]), n_texts=100)
    rows = csr_matrix(np.eye(8, dtype=np.float32)[[1, 2, 3, 5]])
    full, some, little, none = columns.prepared(rows).familiarity
    assert full == pytest.approx(1.0)
    assert 1 > some > little > none == 0
    assert columns.prepared(csr_matrix((1, 8), dtype=np.float32)).familiarity == 0


def test_nothing_like_a_test_text_is_trained_on(data):
    texts = read_training_data(data["real"], data["teacher"], [data["extra"]])
    unseen = texts.real[0]
    kept = without_neighbours(texts, [unseen.text + " "], PoolConfig())
    assert unseen.text not in {text.text for text in kept.real}
    assert 0 < len(kept.real) < len(texts.real)


def test_a_fallback_is_a_ridge_on_the_same_rows(data, tmp_path):
    train_compact(data["real"], None, [], tmp_path / "model", fallback=tmp_path / "ridge")
    runner = DeepNeuralNetworkRunner.from_pretrained(tmp_path / "ridge", device="cpu")
    assert runner.checkpoint.config.network["kind"] == "ridge"
    dear, cheap = runner.price(["A professional monitor for home", "A basic lamp for home"]).price
    assert dear > 1.5 * cheap
    assert runner.checkpoint.config.accuracy["n"] == 140


def test_peers_stand_in_the_model_card(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "model")
    errors = {"mae": 97.2, "mae_ci95": [84, 111], "rmsle": 0.825, "r2": 0.25}
    peer = {"name": "ridge", "rows": "real rows", **errors, "mae_above_ours": 9.8, "mae_above_ours_ci95": [4.4, 15.8]}
    note_peers(folder, [peer])
    assert verify(folder).peers == [peer]
    card = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu").checkpoint.card
    assert "| ridge | real rows | $97.20 (84.00 to 111.00) | 0.825 | 0.25 | $9.80 (4.40 to 15.80) |" in card


def test_the_effort_of_a_rebuild_stands_in_the_model_card(trained, tmp_path):
    folder, rebuilt = (shutil.copytree(trained, tmp_path / name) for name in ("model", "rebuilt"))
    config = verify(rebuilt)
    training = replace(config.training, seconds=123.4, hardware="2 cores of An Abacus")
    (rebuilt / "config.json").write_text(replace(config, training=training).to_json())
    note_effort(folder, rebuilt)
    assert verify(folder).training == training
    assert "It took 123 seconds on 2 cores of An Abacus. " in (folder / "README.md").read_text(encoding="utf-8")
    other = replace(training, sources={"others": 7})
    (rebuilt / "config.json").write_text(replace(config, training=other).to_json())
    with pytest.raises(CheckpointError, match="no rebuild of"):
        note_effort(folder, rebuilt)

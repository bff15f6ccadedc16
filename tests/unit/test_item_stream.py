"""Items that are streamed instead of held: the same rows, the same network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import vstack

from pricer.checkpoint_config import CALIBRATION, REFERENCE, SEEN, WEIGHTS, sha256, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import ItemError, TableError, TrainingError
from pricer.featurised import Featurised
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.item_stream import ItemStream, Shards
from pricer.presets import train_compact, train_reference
from pricer.training_splits import read_splits, stream_splits

SAME = (WEIGHTS, CALIBRATION, REFERENCE, SEEN)  # what is made of the items alone


@pytest.fixture
def frame(items):
    return pd.DataFrame({"summary": [item.summary for item in items], "price": [item.price for item in items]})


def shards(frame, folder, sizes, name="part-{:05}.parquet"):
    """The rows in files of so many rows each."""
    folder.mkdir(parents=True, exist_ok=True)
    assert sum(sizes) == len(frame)
    for number, end in enumerate(np.cumsum(sizes)):
        frame[end - sizes[number] : end].to_parquet(folder / name.format(number), index=False)
    return folder


def trained(splits, out):
    train_reference(splits, out, epochs=2, device="cpu", hidden_size=8, num_layers=3)
    return {name: sha256(out / name) for name in SAME}


def summaries(stream):
    return [item.summary for item in stream]


@pytest.mark.parametrize("marked", [False, True], ids=["every tenth held out", "a column split"])
def test_shards_give_the_same_network_as_one_file(frame, tmp_path, marked):
    if marked:
        frame["split"] = ["train", "train", "val", "test"] * 40
    frame.to_parquet(tmp_path / "items.parquet")
    folder = shards(frame, tmp_path / "shards", [50, 1, 70, 39])
    one_file = trained(read_splits(str(tmp_path / "items.parquet"), lite_mode=False), tmp_path / "a")
    assert trained(stream_splits(str(folder), lite_mode=False), tmp_path / "b") == one_file
    assert trained(stream_splits(str(tmp_path / "items.parquet"), lite_mode=False), tmp_path / "c") == one_file
    assert verify(tmp_path / "a").golden == verify(tmp_path / "b").golden
    assert verify(tmp_path / "a").training.sources == verify(tmp_path / "b").training.sources


def test_the_rows_in_files_go_when_the_checkpoint_is_there(frame, tmp_path):
    trained(stream_splits(str(shards(frame, tmp_path / "shards", [160])), lite_mode=False), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "shards"]


def test_names_of_shards_say_their_split(frame, tmp_path):
    folder = shards(frame[:100], tmp_path / "data", [60, 40], "train-{:05}-of-00002.parquet")
    shards(frame[100:150], folder, [50], "validation-{:05}-of-00001.parquet")
    shards(frame[150:], folder, [10], "test-{:05}-of-00001.parquet")
    train, validation = stream_splits(str(tmp_path), lite_mode=False)
    assert summaries(train) == frame["summary"][:100].tolist()
    assert summaries(validation) == frame["summary"][100:150].tolist()


def test_a_stream_is_read_as_often_as_it_is_asked_for(frame, tmp_path):
    stream = Shards(shards(frame, tmp_path / "shards", [100, 60])).split("train")
    assert summaries(stream) == summaries(stream) == frame["summary"].tolist()


def test_shards_of_several_formats_are_read_in_the_order_of_their_names(frame, tmp_path):
    frame[:60].to_csv(tmp_path / "1.csv", index=False)
    frame[60:].to_parquet(tmp_path / "2.parquet")
    assert summaries(Shards(tmp_path).split("train")) == frame["summary"].tolist()


def test_a_row_that_is_no_item_is_told_by_its_shard_and_number(frame, tmp_path):
    frame.loc[104, "price"] = -1.0
    stream = Shards(shards(frame, tmp_path / "shards", [100, 60])).split("train")
    with pytest.raises(ItemError, match=r"part-00001\.parquet, row 5: price is negative"):
        list(stream)
    skipping = Shards(tmp_path / "shards").split("train", skip_invalid=True)
    assert (len(list(skipping)), skipping.skipped) == (159, 1)


def test_a_folder_without_items_says_so(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(TableError, match="holds no files of items"):
        Shards(tmp_path)


def test_too_few_items_say_so(frame, tmp_path):
    with pytest.raises(TrainingError, match="at least a few dozen"):
        stream_splits(str(shards(frame[:1], tmp_path / "shards", [1])), lite_mode=False)


def test_the_compact_preset_refuses_a_folder(frame, tmp_path):
    with pytest.raises(TrainingError, match="is a folder"):
        train_compact(shards(frame, tmp_path / "shards", [160]), None, [], tmp_path / "out")


@pytest.fixture
def many(items):
    """More items than are read at once."""
    return [item for _ in range(60) for item in items]


def test_rows_in_files_are_those_in_memory(many, tmp_path):
    featurizer = Featurizer(FeaturizerConfig.reference())
    stream = ItemStream(lambda: (("", number, item.to_dict()) for number, item in enumerate(many)))
    in_files = Featurised.in_files(stream, featurizer, tmp_path)
    in_memory = Featurised.in_memory(many, featurizer)
    chosen = np.random.default_rng(1).permutation(len(many))
    found = vstack([in_files.rows[part] for part in np.array_split(chosen, 150)]).tocsr()
    wanted = in_memory.rows[chosen]
    assert np.array_equal(found.indptr, wanted.indptr)
    assert np.array_equal(found.indices, wanted.indices)
    assert np.array_equal(found.data, wanted.data)
    assert np.array_equal(in_files.prices, in_memory.prices)
    assert np.array_equal(in_files.seen_texts.hashes, in_memory.seen_texts.hashes)
    assert np.array_equal(in_files.known_words.bits, in_memory.known_words.bits)


def test_an_interrupted_run_of_shards_goes_on(frame, tmp_path):
    splits = stream_splits(str(shards(frame, tmp_path / "shards", [160])), lite_mode=False)

    def runner():
        made = DeepNeuralNetworkRunner(*splits, hidden_size=8, num_layers=3)
        made.setup(rows_dir=tmp_path / "state" / "rows")
        return made

    runner().train(1, tmp_path / "state")
    resumed = runner().train(2, tmp_path / "state")
    whole = DeepNeuralNetworkRunner(*splits, hidden_size=8, num_layers=3)
    whole.setup()
    assert whole.train(2) == resumed

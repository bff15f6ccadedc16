"""Checkpoints: whole, strict, and the same prices after a round trip."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import CALIBRATION, CONFIG, REFERENCE, SEAL, SEEN, WEIGHTS, sha256, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.drift.reference import Reference, text_lengths
from pricer.errors import CheckpointError, NotReadyError, UserError


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A copy of the tiny checkpoint that a test may damage."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def _rehash(folder, **members):
    """Make the config agree with the files again, as somebody who forges a checkpoint would."""
    config = json.loads((folder / CONFIG).read_text())
    del config[SEAL]
    config["files"] = {name: sha256(folder / name) for name in config["files"]}
    (folder / CONFIG).write_text(json.dumps(config | members))


def _edit_weights(folder, edit):
    state = load_file(folder / WEIGHTS)
    edit(state)
    save_file(state, folder / WEIGHTS)
    _rehash(folder)


def test_a_round_trip_changes_no_price(trained_runner, items, tmp_path):
    trained_runner.save_pretrained(tmp_path / "saved")
    loaded = DeepNeuralNetworkRunner.from_pretrained(tmp_path / "saved", device="cpu")
    texts = [item.summary for item in items]
    for ours, theirs in zip(trained_runner.price(texts), loaded.price(texts), strict=True):
        assert np.array_equal(ours, theirs)


def test_the_validation_items_are_the_reference_that_comes_back(trained_runner, items, tmp_path):
    trained_runner.save_pretrained(tmp_path / "saved")
    reference = Checkpoint.load(tmp_path / "saved").reference
    assert reference == trained_runner.checkpoint.reference
    texts = [item.summary for item in items[100:]]
    quotes = trained_runner.quote(texts)
    assert reference == Reference.of(text_lengths(texts), quotes.familiarity, quotes.price)


def test_a_checkpoint_without_a_reference_loads_and_saves(folder):
    (folder / REFERENCE).unlink()
    config = json.loads((folder / CONFIG).read_text())
    del config["files"][REFERENCE], config[SEAL]
    (folder / CONFIG).write_text(json.dumps(config))
    checkpoint = Checkpoint.load(folder)
    assert checkpoint.reference is None
    checkpoint.save(folder)
    assert REFERENCE not in verify(folder).files


def test_the_same_content_is_written_byte_for_byte_the_same(tiny_checkpoint, tmp_path):
    Checkpoint.load(tiny_checkpoint).save(tmp_path / "again")
    assert {each.name: sha256(each) for each in (tmp_path / "again").iterdir()} == {
        each.name: sha256(each) for each in tiny_checkpoint.iterdir()
    }


@pytest.mark.parametrize("name", [WEIGHTS, CALIBRATION, REFERENCE, SEEN])
def test_one_flipped_byte_is_noticed(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(CheckpointError, match=f"{name} is damaged"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("name", [WEIGHTS, CALIBRATION, REFERENCE, SEEN, "README.md"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"lacks {name}"):
        Checkpoint.load(folder)


def test_a_folder_without_config_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match=r"no config\.json"):
        verify(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_a_broken_config_is_refused(folder, text):
    (folder / CONFIG).write_text(text)
    with pytest.raises(CheckpointError, match="download it again"):
        verify(folder)


def test_an_older_format_asks_for_new_training(folder):
    _rehash(folder, format_version=1)
    with pytest.raises(CheckpointError, match="version 1.*Train it again"):
        Checkpoint.load(folder)


def test_a_newer_format_asks_for_an_update(folder):
    _rehash(folder, format_version=3)
    with pytest.raises(CheckpointError, match="version 3.*Update Pricer"):
        verify(folder)


def test_unknown_members_are_refused(folder):
    _rehash(folder, surprise=1)
    with pytest.raises(CheckpointError, match="surprise"):
        verify(folder)


@pytest.mark.parametrize(
    "members",
    [{"files": 3}, {"files": None}, {"files": {"a": 1}}, {"training": []}, {"name": {}}, {"training": {"x": 1}}],
)
def test_members_of_another_kind_are_refused(folder, members):
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | members))
    with pytest.raises(CheckpointError, match="other members than expected"):
        verify(folder)


def test_a_config_that_points_outside_its_folder_is_refused(folder):
    config = json.loads((folder / CONFIG).read_text())
    del config[SEAL]
    (folder / CONFIG).write_text(json.dumps(config | {"files": config["files"] | {"../secret": "00"}}))
    with pytest.raises(CheckpointError, match="outside"):
        verify(folder)


def test_a_missing_tensor_is_named(folder):
    _edit_weights(folder, lambda state: state.pop("output_layer.bias"))
    with pytest.raises(CheckpointError, match=r"lacks 1 tensors.*output_layer\.bias"):
        Checkpoint.load(folder)


def test_an_unknown_tensor_is_named(folder):
    _edit_weights(folder, lambda state: state.update(extra=torch.zeros(1)))
    with pytest.raises(CheckpointError, match="unexpected tensors, the first is extra"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused(folder, value):
    _edit_weights(folder, lambda state: state["output_layer.bias"].fill_(value))
    with pytest.raises(CheckpointError, match="not finite"):
        Checkpoint.load(folder)


def test_another_width_is_refused_with_both_shapes(folder):
    config = json.loads((folder / CONFIG).read_text())
    _rehash(folder, network=config["network"] | {"hidden_size": 8})
    with pytest.raises(CheckpointError, match=r"\(16,.*expected \(8,"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("network", [{"kind": "magic"}, {}, {"kind": "deep", "input_size": 5000, "depth": 3}])
def test_an_unknown_network_is_refused(folder, network):
    _rehash(folder, network=network)
    with pytest.raises(CheckpointError, match="no model that this Pricer knows"):
        Checkpoint.load(folder)


def test_weights_that_are_no_safetensors_are_refused(folder):
    (folder / WEIGHTS).write_bytes(b"\x80\x04pickle")
    _rehash(folder)
    with pytest.raises(CheckpointError, match="no safetensors"):
        Checkpoint.load(folder)


def test_a_golden_prediction_that_does_not_come_out_is_refused(folder):
    _rehash(folder, golden={"text": "A steel kettle", "price": 123456.0})
    with pytest.raises(CheckpointError, match="golden text"):
        Checkpoint.load(folder)


def test_a_network_without_calibration_cannot_be_saved(items, tmp_path):
    runner = DeepNeuralNetworkRunner(items[:50], hidden_size=4, num_layers=2)
    runner.setup()
    with pytest.raises(NotReadyError, match="validation items"):
        runner.save_pretrained(tmp_path / "no")
    assert np.isnan(runner.price(["A kettle"]).low).all()


@pytest.mark.parametrize(
    "members",
    [
        {"golden": {}},
        {"golden": {"text": "kettle"}},
        {"golden": {"text": "kettle", "price": "9"}},
        {"target": {"mean": 1e999, "std": 1.0}},
        {"target": {"mean": "3", "std": 1.0}},
        {"target": {"mean": 3.0, "std": 0.0}},
        {"target": {"mean": 3.0}},
        {"network": {"kind": "deep", "input_size": 5000, "hidden_size": -1}},
        {"featurizer": {"kind": "magic"}},
        {"training": {"highest_price": None}},
        {"training": {"items": "many"}},
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(folder, members):
    _rehash(folder, **members)
    with pytest.raises(CheckpointError):
        Checkpoint.load(folder)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (CALIBRATION, {"lower": [0.0]}),
        (CALIBRATION, {"upper": [1e999] * 10}),
        (CALIBRATION, {"coverages": [0.9, 0.5] * 5}),
        (CALIBRATION, {"lower": "none"}),
        (CALIBRATION, {"surprise": 1}),
        (REFERENCE, {"n_rows": 0}),
        (REFERENCE, {"price_usd": None}),
        (REFERENCE, {"price_usd": {"edges": [1.0, 1e999], "shares": [0.5, 0.5, 0.0], "median": 1.0}}),
        (REFERENCE, {"surprise": 1}),
    ],
)
def test_a_calibration_or_reference_that_cannot_be_meant_is_refused(folder, name, change):
    members = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(members | change))
    _rehash(folder)
    with pytest.raises(CheckpointError):
        Checkpoint.load(folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {"words": torch.zeros(5, dtype=torch.uint8)},
        {"texts": torch.zeros(3)},
        {"texts": torch.zeros(2, 2, dtype=torch.int64)},
        {"texts": torch.zeros(3, dtype=torch.int64), "words": torch.zeros(5, dtype=torch.uint8)},
    ],
)
def test_what_was_seen_must_be_of_its_kind(folder, tensors):
    save_file(tensors, folder / SEEN)
    _rehash(folder)
    with pytest.raises(CheckpointError):
        Checkpoint.load(folder)


def test_weights_of_another_type_are_refused(folder):
    _edit_weights(folder, lambda state: state.update({"output_layer.bias": state["output_layer.bias"].double()}))
    with pytest.raises(CheckpointError, match="float64"):
        Checkpoint.load(folder)


def test_a_card_that_is_no_text_is_refused(folder):
    (folder / "README.md").write_bytes(b"\xff\xfe\xff")
    _rehash(folder)
    with pytest.raises(CheckpointError, match="damaged"):
        Checkpoint.load(folder)


def test_every_saved_checkpoint_has_a_golden_prediction_and_versions(tiny_checkpoint):
    config = verify(tiny_checkpoint)
    assert config.golden["price"] > 0
    assert "torch" in config.libraries


def test_a_folder_with_other_files_is_not_replaced(trained_runner, tmp_path):
    (tmp_path / "config.json").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        trained_runner.save_pretrained(tmp_path)
    assert (tmp_path / "config.json").read_text() == "mine"


def test_an_older_checkpoint_is_replaced_whole(trained_runner, folder):
    trained_runner.save_pretrained(folder)
    assert verify(folder).training.items == 100
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]

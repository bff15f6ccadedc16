"""Checkpoints: whole, strict, and the same prices after a round trip."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import CALIBRATION, CONFIG, SEEN, WEIGHTS, sha256, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, NotReadyError


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A copy of the tiny checkpoint that a test may damage."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def _rehash(folder, **members):
    """Make the config agree with the files again, as somebody who forges a checkpoint would."""
    config = json.loads((folder / CONFIG).read_text())
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


def test_the_same_content_is_written_byte_for_byte_the_same(tiny_checkpoint, tmp_path):
    Checkpoint.load(tiny_checkpoint).save(tmp_path / "again")
    assert {each.name: sha256(each) for each in (tmp_path / "again").iterdir()} == {
        each.name: sha256(each) for each in tiny_checkpoint.iterdir()
    }


@pytest.mark.parametrize("name", [WEIGHTS, CALIBRATION, SEEN])
def test_one_flipped_byte_is_noticed(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(CheckpointError, match=f"{name} is damaged"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("name", [WEIGHTS, CALIBRATION, SEEN, "README.md"])
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


def test_a_newer_format_asks_for_an_update(folder):
    _rehash(folder, format_version=2)
    with pytest.raises(CheckpointError, match="version 2.*Update Pricer"):
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

"""Checkpoints that are damaged or not ours: refused loudly; what is taken prices as the good one did.

Whoever forges a checkpoint computes its digests anew: none inside of it can tell.  Then the reader of safetensors,
keys, shapes, types, finite numbers and the golden prediction are what it meets; what passes these is another model,
which is its maker's to answer for, and prices are numbers or refused.
"""

import io
import json
import pickle
import random
import shutil
import struct
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save, save_file

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import CONFIG, MOST_TEXT_BYTES, SEAL, SEEN, WEIGHTS, sha256
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError

TEXTS = ["A steel kettle for home and travel", "A wireless monitor"]


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    return shutil.copytree(tiny_checkpoint, tmp_path / "model")


def forge(folder):
    """Make the digests agree with the files, as a forger would."""
    config = json.loads((folder / CONFIG).read_text())
    config.pop(SEAL, None)
    config["files"] = {name: sha256(folder / name) for name in config["files"]}
    (folder / CONFIG).write_text(json.dumps(config))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_flipped_byte_anywhere_is_refused_or_means_the_same(folder):
    """Every byte of the config, and a sample of each other file's."""
    config = Checkpoint.load(folder).config
    generator, tried = random.Random(0), 0
    for name in names(folder):
        good = (folder / name).read_bytes()
        places = range(len(good)) if name == CONFIG else generator.sample(range(len(good)), min(60, len(good)))
        for at in places:
            wrong = bytes([good[at] ^ (1 << generator.randrange(8))])
            (folder / name).write_bytes(good[:at] + wrong + good[at + 1 :])
            try:
                assert Checkpoint.load(folder).config == config  # white space of another kind
                assert name == CONFIG
                assert good[at : at + 1].isspace()
            except CheckpointError:
                tried += 1
        (folder / name).write_bytes(good)
    assert tried > 1000


def test_a_byte_that_was_flipped_before_it_was_hashed_is_refused_or_prices_as_numbers(folder, tiny_runner):
    """What the golden text does not touch cannot be told from another training; no price is NaN, or free of bounds."""
    good, generator = (folder / WEIGHTS).read_bytes(), random.Random(0)
    refused = taken = 0
    start = 8 + struct.unpack("<Q", good[:8])[0]
    for at in [*range(0, start, 7), *generator.sample(range(start, len(good)), 150)]:
        wrong = bytes([good[at] ^ (1 << generator.randrange(8))])
        (folder / WEIGHTS).write_bytes(good[:at] + wrong + good[at + 1 :])
        forge(folder)
        try:
            runner = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu")
            assert np.isfinite(runner.price(TEXTS)).all()
            taken += 1
        except CheckpointError:
            refused += 1
    assert refused > 50
    assert taken > 50


def test_weights_that_would_give_no_number_are_refused_when_they_price(folder):
    """A weight of a word that the golden text lacks, so large that the price overflows."""
    state = load_file(folder / WEIGHTS)
    untouched = state["input_layer.0.weight"]
    golden = Checkpoint.load(folder)
    used = set(golden.featurizer.transform([golden.config.golden["text"]]).indices)
    for text in TEXTS:
        new = sorted(set(golden.featurizer.transform([text]).indices) - used)
        untouched[:, new] = 3e38
    save_file(state, folder / WEIGHTS)
    forge(folder)
    runner = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu")
    with pytest.raises(CheckpointError, match="no number"):
        runner.price(TEXTS)


@pytest.mark.parametrize("is_forged", [False, True])
def test_each_file_cut_at_every_hundredth_is_refused(folder, is_forged):
    config = (folder / CONFIG).read_text()
    for name in names(folder):
        if is_forged and name == "README.md":  # any text will do there
            continue
        good = (folder / name).read_bytes()
        for share in range(0, 100, 1 if not is_forged or name == WEIGHTS else 5):
            (folder / name).write_bytes(good[: len(good) * share // 100])
            if is_forged and name != CONFIG:
                forge(folder)
            with pytest.raises(CheckpointError):
                Checkpoint.load(folder)
            (folder / CONFIG).write_text(config)
        (folder / name).write_bytes(good)
    assert Checkpoint.load(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_refused_in_each_tensor(folder, value):
    good = load_file(folder / WEIGHTS)
    for name in good:
        state = {each: tensor.clone() for each, tensor in good.items()}
        state[name].view(-1)[-1] = value
        save_file(state, folder / WEIGHTS)
        forge(folder)
        with pytest.raises(CheckpointError, match="not finite"):
            Checkpoint.load(folder)


CHANGES = {
    "another shape": lambda tensor: torch.zeros(*tensor.shape, 1),
    "longer": lambda tensor: torch.zeros(len(tensor) + 1, *tensor.shape[1:]),
    "empty": lambda tensor: torch.zeros(0),
    "half": lambda tensor: tensor.half(),
    "double": lambda tensor: tensor.double(),
    "whole numbers": lambda tensor: tensor.int(),
    "complex": lambda tensor: tensor.to(torch.complex64),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_tensor_of_another_shape_or_type_is_refused(folder, change):
    good = load_file(folder / WEIGHTS)
    for name in good:
        save_file(good | {name: CHANGES[change](good[name])}, folder / WEIGHTS)
        forge(folder)
        with pytest.raises(CheckpointError, match=name):
            Checkpoint.load(folder)


def test_each_missing_and_each_further_key_is_refused(folder):
    good = load_file(folder / WEIGHTS)
    for name in good:
        save_file({each: tensor for each, tensor in good.items() if each != name}, folder / WEIGHTS)
        forge(folder)
        with pytest.raises(CheckpointError, match=f"lacks 1 tensors, the first is {name}"):
            Checkpoint.load(folder)
    save_file(good | {"further": torch.zeros(1)}, folder / WEIGHTS)
    forge(folder)
    with pytest.raises(CheckpointError, match="unexpected tensors"):
        Checkpoint.load(folder)


def header(members, data=b""):
    text = json.dumps(members).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(start, end, shape=(2,)):
    return {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}


MALICIOUS = {
    "nothing": b"",
    "a length without a header": struct.pack("<Q", 100),
    "a header beyond all memory": struct.pack("<Q", (1 << 64) - 1) + b"{}",
    "a header beyond the file": struct.pack("<Q", 1 << 40) + b"{}",
    "a header that is no JSON": header("x")[:8] + b"[[[",
    "a header that is nested without end": struct.pack("<Q", 200_000) + b"[" * 200_000,
    "tensors that overlap": header({"a": tensor(0, 8), "b": tensor(4, 12)}, bytes(12)),
    "a tensor outside of the file": header({"a": tensor(0, 1 << 40, (1 << 38,))}, bytes(8)),
    "a tensor that ends before it starts": header({"a": tensor(8, 0)}, bytes(8)),
    "a shape that overflows": header({"a": tensor(0, 8, (1 << 62, 1 << 62))}, bytes(8)),
    "a hole": header({"a": tensor(0, 8), "b": tensor(16, 24)}, bytes(24)),
    "a type of its own": header({"a": tensor(0, 8) | {"dtype": "PICKLE"}}, bytes(8)),
    "a pickle": pickle.dumps({"weights": [1.0]}),
    "a page": b"<!doctype html><title>Log in</title>",
}


@pytest.mark.parametrize("name", [WEIGHTS, SEEN])
@pytest.mark.parametrize("kind", MALICIOUS)
def test_what_is_no_safetensors_file_is_refused(folder, name, kind):
    (folder / name).write_bytes(MALICIOUS[kind])
    forge(folder)
    with pytest.raises(CheckpointError):
        Checkpoint.load(folder)


def test_links_and_pipes_in_the_place_of_files_are_refused(folder, tmp_path):
    import os

    (tmp_path / "secret").write_text("mine")
    for target in ("/dev/zero", tmp_path / "secret", "nowhere", folder):
        for name in (WEIGHTS, "README.md", CONFIG):
            good = (folder / name).read_bytes()
            (folder / name).unlink()
            (folder / name).symlink_to(target)
            with pytest.raises(CheckpointError):
                Checkpoint.load(folder)
            (folder / name).unlink()
            (folder / name).write_bytes(good)
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="lacks"):
        Checkpoint.load(folder)


def test_a_config_beyond_all_measure_is_refused_before_it_is_read(folder):
    with (folder / CONFIG).open("r+b") as file:
        file.truncate(MOST_TEXT_BYTES + 1)  # a hole, which takes no room
    with pytest.raises(CheckpointError, match="far too large"):
        Checkpoint.load(folder)


class TestBareStateDict:
    """`.pth`, which pickle wrote."""

    @pytest.fixture
    def load(self, items, tmp_path):
        runner = DeepNeuralNetworkRunner(items[:20], hidden_size=4, num_layers=2)
        runner.setup()

        def read(content):
            (tmp_path / "w.pth").write_bytes(content)
            before = {name: each.clone() for name, each in runner.checkpoint.network.state_dict().items()}
            try:
                runner.load(tmp_path / "w.pth")
            except CheckpointError:
                after = runner.checkpoint.network.state_dict()
                assert all(torch.equal(each, after[name]) for name, each in before.items())
                raise

        read.state = runner.checkpoint.network.state_dict()
        return read

    @staticmethod
    def saved(content, **options):
        file = io.BytesIO()
        torch.save(content, file, **options)
        return file.getvalue()

    @pytest.mark.parametrize("is_zip", [True, False])
    def test_code_is_not_run(self, load, tmp_path, is_zip):
        class Evil:
            def __reduce__(self):
                return open, (str(tmp_path / "owned"), "w")

        for content in (Evil(), {"input_layer.0.weight": Evil()}):
            with pytest.raises(CheckpointError, match="no plain state dict"):
                load(self.saved(content, _use_new_zipfile_serialization=is_zip))
        with pytest.raises(CheckpointError, match="no plain state dict"):
            load(pickle.dumps(Evil()))
        assert not (tmp_path / "owned").exists()

    def test_a_packed_zip_is_refused_before_it_is_unpacked(self, load):
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self.saved(load.state))) as plain,
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for member in plain.namelist():
                archive.writestr(member, plain.read(member))
            archive.writestr("archive/data/999", bytes(50_000_000))
        with pytest.raises(CheckpointError, match="packed zip"):
            load(packed.getvalue())

    @pytest.mark.parametrize(
        "state",
        [
            [],
            {},
            {"a": 1},
            3,
            {"input_layer.0.weight": torch.zeros(1).expand(1 << 30, 1 << 10)},
            torch.zeros(3),
        ],
    )
    def test_what_is_no_state_of_this_network_is_refused(self, load, state):
        with pytest.raises(CheckpointError):
            load(self.saved(state))

    def test_cut_at_every_hundredth_it_is_refused(self, load):
        good = self.saved(load.state)
        load(good)
        for share in range(100):
            with pytest.raises(CheckpointError):
                load(good[: len(good) * share // 100])

    def test_shapes_types_and_values_of_others_are_refused(self, load):
        for name, each in load.state.items():
            for wrong in (
                torch.zeros(7, 3),
                each.half(),
                torch.full_like(each, torch.nan),
                save({"a": each.contiguous()}),
            ):
                with pytest.raises(CheckpointError):
                    load(self.saved(dict(load.state) | {name: wrong}))

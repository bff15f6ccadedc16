"""Fewer bits: which format is picked where, and that its prices are those of the full one but for rounding."""

import numpy as np
import pytest
import torch

import pricer.precision
from pricer import int8_network
from pricer.checkpoint import Checkpoint
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import DeviceError, NotReadyError
from pricer.inference import forward
from pricer.int8_network import Int8Network
from pricer.networks import weight_bytes
from pricer.precision import pick_precision
from pricer.residual_network import DeepNeuralNetwork

CPU = torch.device("cpu")
LARGE, SMALL = {"kind": "deep", "hidden_size": 4096}, {"kind": "deep", "hidden_size": 64}
needs_int8 = pytest.mark.skipif(not int8_network.runs_here(), reason="this processor multiplies no 8-bit numbers")


@pytest.fixture
def machine(monkeypatch):
    """Makes a machine whose devices multiply these formats fast."""

    def has(**formats):
        monkeypatch.setattr(pricer.precision, "multiplied_fast", lambda device: formats.get(device, []))

    return has


@pytest.fixture
def folder(tiny_runner, tmp_path):
    tiny_runner.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def network():
    torch.manual_seed(0)
    return DeepNeuralNetwork(50, num_layers=4, hidden_size=96).eval()


@pytest.fixture
def rows():
    from scipy.sparse import random

    return random(300, 50, density=0.2, format="csr", dtype=np.float32, random_state=0)


@pytest.mark.parametrize(
    ("device", "network", "picked"),
    [
        ("cpu", LARGE, "int8"),
        ("cuda", LARGE, "bf16"),
        ("mps", LARGE, "fp32"),
        ("cpu", SMALL, "fp32"),
        ("cpu", {"kind": "compact"}, "fp32"),
        ("cuda", {"kind": "ridge"}, "fp32"),
    ],
)
def test_auto_picks_the_fastest_by_device_and_model(machine, device, network, picked):
    machine(cpu=["int8", "bf16"], cuda=["bf16"])
    assert pick_precision("auto", device, network) == picked


def test_a_processor_without_products_of_fewer_bits_computes_in_floats(machine):
    machine()
    assert pick_precision("auto", "cpu", LARGE) == "fp32"


@pytest.mark.parametrize(
    ("choice", "device", "network", "message"),
    [
        ("int8", "cuda", LARGE, "No int8 for this model.*on this cuda: it has bf16, fp32"),
        ("bf16", "cpu", {"kind": "compact"}, r"No bf16 for this model \(compact\).*fp32"),
        ("int4", "cpu", LARGE, "Unknown precision 'int4': expected one of auto, fp32, bf16, int8"),
    ],
)
def test_a_format_that_is_not_to_be_had_is_an_error_that_says_what_is(machine, choice, device, network, message):
    machine(cpu=["int8"], cuda=["bf16"])
    with pytest.raises(DeviceError, match=message):
        pick_precision(choice, device, network)


@needs_int8
def test_8_bits_give_the_same_outputs_but_for_rounding(network, rows):
    rounded = Int8Network(network.config, network.state_dict().__getitem__)
    full, found = forward(network, rows, CPU), forward(rounded, rows, CPU)
    assert np.abs(found - full).max() < 0.05 * full.std()
    assert weight_bytes(rounded) < 0.5 * weight_bytes(network)


@needs_int8
@pytest.mark.parametrize("block_rows", [1, 16, 300])
def test_in_8_bits_a_row_depends_on_its_own_entries_alone(network, rows, block_rows):
    rounded = Int8Network(network.config, network.state_dict().__getitem__)
    together = forward(rounded, rows, CPU)
    rounded.block_rows = block_rows
    assert np.array_equal(forward(rounded, rows, CPU), together)
    assert np.array_equal(forward(rounded, rows[7], CPU), together[7:8])


@needs_int8
def test_a_runner_in_8_bits_prices_as_the_full_one_does_and_is_not_saved(folder, items, tmp_path):
    full, rounded = (
        DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu", precision=each) for each in ("fp32", "int8")
    )
    texts = [item.summary for item in items[:40]]
    assert (full.precision, rounded.precision) == ("fp32", "int8")
    np.testing.assert_allclose(rounded.price(texts).price, full.price(texts).price, rtol=0.05)
    with pytest.raises(NotReadyError, match="fp32"):
        rounded.save_pretrained(tmp_path / "again")


@pytest.mark.skipif(
    "bf16" not in pricer.precision.multiplied_fast("cpu"), reason="this processor multiplies no 16-bit floats"
)
def test_16_bit_floats_price_as_the_full_ones_do(folder, items):
    full, lower = (
        DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu", precision=each) for each in ("fp32", "bf16")
    )
    texts = [item.summary for item in items[:40]]
    np.testing.assert_allclose(lower.price(texts).price, full.price(texts).price, rtol=0.05)


@needs_int8
@pytest.mark.parametrize("name", ["residual_blocks.0.block.4.weight", "output_layer.bias"])
def test_8_bits_come_from_checked_tensors_only(folder, name):
    from safetensors.torch import load_file, save_file

    from pricer.checkpoint import _one_by_one

    tensors = load_file(folder / "model.safetensors")
    expected = {key: tensor.clone() for key, tensor in tensors.items()}
    tensors[name].view(-1)[0] = float("nan")
    save_file(tensors, folder / "other.safetensors")
    read = _one_by_one(folder / "other.safetensors", expected, "model")
    with pytest.raises(pricer.errors.CheckpointError, match=f"{name} has values that are not finite"):
        Int8Network(Checkpoint.load(folder).network.config, read)


class Hungry:
    """Has room for so many rows at once and no more; notes what it is asked for."""

    is_small = is_exact = False

    def __init__(self, room, block_rows):
        self.room, self.block_rows, self.asked = room, block_rows, []

    def eval(self):
        return self

    def embed(self, entries, device):
        return torch.from_numpy(entries.toarray())

    def prepare(self, rows):
        return pricer.inference.Prepared(rows, None)

    def head(self, embedded):
        self.asked.append(len(embedded))
        if len(embedded) > self.room:
            raise torch.OutOfMemoryError
        return embedded.sum(1, keepdim=True)


def test_out_of_memory_halves_the_blocks_instead_of_failing(rows):
    network = Hungry(room=20, block_rows=64)
    found = forward(network, rows, CPU)
    np.testing.assert_allclose(found[:, 0], rows.sum(1).A1, rtol=1e-5)
    assert network.asked[:3] == [64, 32, 16]
    assert network.block_rows == 16


def test_no_room_for_a_single_row_is_an_error(rows):
    with pytest.raises(torch.OutOfMemoryError):
        forward(Hungry(room=0, block_rows=4), rows, CPU)

"""onnxruntime as the engine: which runs where, and that its prices are torch's."""

import platform
import sys

import numpy as np
import pytest
import torch

import pricer.runtime
from pricer import int8_network
from pricer.batch import BatchOptions, price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import DeviceError, NotReadyError, TableError, UserError
from pricer.inference import forward
from pricer.int8_network import Int8Network
from pricer.onnx.engine import BLOCK_ROWS, OnnxNetwork
from pricer.precision import pick_precision
from pricer.residual_network import DeepNeuralNetwork
from pricer.runtime import pick_runtime
from pricer.tables import open_table

CPU = torch.device("cpu")
LARGE, SMALL, COMPACT = {"kind": "deep", "hidden_size": 4096}, {"kind": "deep", "hidden_size": 64}, {"kind": "compact"}
TEXTS = [
    *(f"{adjective} kettle of {size} liters" for adjective in ("Steel", "Cordless", "Tiny") for size in range(1, 9)),
    "Pack of 24 AA alkaline batteries, 1.5 V",
    "Title: Acoustic Guitar\nCategory: Music\nBrand: Northwind\nDescription: Spruce top.\nDetails: 41 inch",
    "zzqx flurb",
    ".",
    "a steel lamp, cordless, " * 100,
]


@pytest.fixture(scope="module")
def sources(tiny_checkpoint):
    return {"built-in": None, "reference": tiny_checkpoint}


@pytest.fixture(scope="module")
def runners(sources):
    return {
        (model, runtime): DeepNeuralNetworkRunner.from_pretrained(source, device="cpu", runtime=runtime)
        for model, source in sources.items()
        for runtime in ("torch", "onnx")
    }


@pytest.mark.parametrize("model", ["built-in", "reference"])
def test_prices_and_ranges_are_torchs(runners, model):
    quotes, expected = (runners[model, runtime].quote(TEXTS) for runtime in ("onnx", "torch"))
    for name in ("price", "low", "high", "familiarity", "typical_error"):
        np.testing.assert_allclose(getattr(quotes, name), getattr(expected, name), rtol=1e-4, err_msg=name)
    assert quotes.warnings == expected.warnings


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("model", ["built-in", "reference"])
def test_a_text_has_one_price_alone_and_in_any_batch(sources, model, precision):
    runner = DeepNeuralNetworkRunner.from_pretrained(sources[model], device="cpu", precision=precision, runtime="onnx")
    assert (runner.runtime, runner.precision) == ("onnx", precision)
    assert len(TEXTS) > BLOCK_ROWS
    together = runner.price(TEXTS).price
    assert [runner.price([text]).price[0] for text in TEXTS] == together.tolist()
    assert runner.price(TEXTS[::-1]).price[::-1].tolist() == together.tolist()


def test_an_explanation_is_torchs(runners):
    found, expected = (runners["built-in", runtime].explain(TEXTS[0]) for runtime in ("onnx", "torch"))
    assert found.price == pytest.approx(expected.price, rel=1e-4)
    effects = [[word.effect_usd for word in each.words] for each in (found, expected)]
    assert effects[0] == pytest.approx(effects[1], rel=1e-3, abs=0.01)


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = DeepNeuralNetwork(50, num_layers=4, hidden_size=160).eval()
    return network.requires_grad_(False)


@pytest.fixture
def rows():
    from scipy.sparse import random
    from sklearn.preprocessing import normalize

    return normalize(random(70, 50, density=0.2, format="csr", dtype=np.float32, random_state=0))


def test_eight_bits_are_the_floats_but_for_rounding(network, rows):
    found, expected = forward(OnnxNetwork(network, "int8"), rows, CPU), forward(network, rows, CPU)
    assert 0 < np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_weights_that_it_was_made_of_may_go(network, rows, precision):
    by_onnx = OnnxNetwork(network, precision)
    before = forward(by_onnx, rows, CPU)
    for parameter in network.parameters():
        parameter.fill_(7.0)
    assert np.array_equal(forward(by_onnx, rows, CPU), before)


def test_no_large_sum_is_cut_off_in_eight_bits(rows):
    """Weights at their largest: with signed ones, some processors' sums would be."""
    torch.manual_seed(1)
    network = DeepNeuralNetwork(50, num_layers=3, hidden_size=64).eval().requires_grad_(False)
    first = network.residual_blocks[0].block[0]
    first.weight.copy_(torch.where(torch.arange(64)[:, None] < torch.arange(64), 1.0, -1.0))
    found, expected = forward(OnnxNetwork(network, "int8"), rows, CPU), forward(network, rows, CPU)
    np.testing.assert_allclose(found, expected, atol=0.05 * float(np.abs(expected).max()))


@pytest.mark.skipif(not int8_network.runs_here(), reason="this processor multiplies no 8-bit numbers by torch")
def test_eight_bits_are_torchs_eight_bits(network, rows):
    """But for the first layer, which torch keeps in floats."""
    ours = Int8Network(network.config, lambda name: network.state_dict()[name]).eval()
    found, expected = forward(OnnxNetwork(network, "int8"), rows, CPU), forward(ours, rows, CPU)
    assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)


def test_weights_of_another_runtime_are_not_saved(runners, tmp_path):
    with pytest.raises(NotReadyError, match='load them with runtime="torch"'):
        runners["reference", "onnx"].save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_a_batch_by_several_processes_has_the_prices_of_its_texts_one_by_one(runners, tmp_path):
    runner, texts = runners["built-in", "onnx"], [f"{text} {number}" for number in range(40) for text in TEXTS[:9]]
    (tmp_path / "in.csv").write_text("summary\n" + "".join(f'"{text}"\n' for text in texts))
    list(price_file(runner, tmp_path / "in.csv", tmp_path / "out.csv", BatchOptions(processes=2)))
    rows = [row for chunk in open_table(tmp_path / "out.csv").chunks(1000) for row in chunk.rows]
    assert [row[1] for row in rows] == [f"{price:.2f}" for price in runner.price(texts).price]


def test_a_batch_is_not_resumed_by_another_runtime(runners, tmp_path):
    (tmp_path / "in.csv").write_text("summary\n" + "a lamp\n" * 5000)
    paths = tmp_path / "in.csv", tmp_path / "out.csv"
    run = price_file(runners["built-in", "torch"], *paths, BatchOptions(processes=1))
    next(run)
    run.close()
    with pytest.raises(TableError, match="a run with another runtime"):
        list(price_file(runners["built-in", "onnx"], *paths, BatchOptions(processes=1, resume=True)))


@pytest.fixture
def machine(monkeypatch):
    """Makes a machine of this kind, with or without onnxruntime and torch's products for 8 bits."""

    def has(*, onnxruntime, int8, kind="x86_64"):
        monkeypatch.setattr(pricer.runtime, "_is_installed", lambda: onnxruntime)
        monkeypatch.setattr(int8_network, "runs_here", lambda: int8)
        monkeypatch.setattr(platform, "machine", lambda: kind)

    return has


def test_onnxruntime_is_picked_where_it_was_measured_to_win(machine):
    machine(onnxruntime=True, int8=False)
    assert pick_runtime("auto", "cpu", LARGE) == "onnx"
    assert pick_precision("auto", "cpu", LARGE, "onnx") == "int8"
    others = [("cuda", LARGE, "auto"), ("cpu", SMALL, "auto"), ("cpu", COMPACT, "auto"), ("cpu", LARGE, "bf16")]
    assert [pick_runtime("auto", *each) for each in others] == ["torch"] * 4


@pytest.mark.parametrize(
    "has",
    [{"onnxruntime": False, "int8": False}, {"onnxruntime": True, "int8": True},
     {"onnxruntime": True, "int8": False, "kind": "arm64"}],
)  # fmt: skip
def test_torch_is_picked_elsewhere(machine, has):
    machine(**has)
    assert pick_runtime("auto", "cpu", LARGE) == "torch"


def test_floats_come_first_where_a_network_is_small():
    assert pick_precision("auto", "cpu", SMALL, "onnx") == pick_precision("auto", "cpu", COMPACT, "onnx") == "fp32"
    with pytest.raises(DeviceError, match=r"No bf16 for this model \(compact\).*it has fp32, int8"):
        pick_precision("bf16", "cpu", COMPACT, "onnx")


def test_a_runtime_that_is_unknown_or_cannot_use_the_device_is_refused():
    with pytest.raises(DeviceError, match="Unknown runtime 'tvm': expected one of auto, torch, onnx"):
        pick_runtime("tvm", "cpu", COMPACT)
    with pytest.raises(DeviceError, match="computes on the CPU, not on cuda"):
        pick_runtime("onnx", "cuda", COMPACT)


def test_a_runtime_that_is_not_installed_is_told_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"needs the package onnxruntime.*requirements-onnx\.txt"):
        DeepNeuralNetworkRunner.from_pretrained(runtime="onnx")

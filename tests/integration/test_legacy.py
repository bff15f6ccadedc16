"""The course's bare weights made into a checkpoint, compared with the course's own way of computing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction.text import HashingVectorizer

from benchmarks.opponents.original import Network
from pricer import legacy, state_dict_file
from pricer.checkpoint_config import CARD, verify
from pricer.cli.main import main
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, UserError
from pricer.items import Item
from pricer.legacy import import_state_dict
from pricer.legacy_proof import SAMPLE_TEXTS
from pricer.target import Target
from pricer.training_splits import streams_of
from tests.loopback_hub import TOKEN

# huggingface_hub uploads a large file by a deprecated option of its transport.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw:DeprecationWarning")

ROOT = Path(__file__).parents[2]
FULL_SIZE_BYTES = 1_156_513_796
TARGET = Target(4.4349, 1.0329)


@pytest.fixture(scope="module")
def network():
    """A small network of the course's own making, with its biases and norms as if trained."""
    torch.manual_seed(7)
    made = Network(layers=4, width=24).eval()
    for parameter in made.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return made


@pytest.fixture
def pth(network, tmp_path):
    path = tmp_path / "deep_neural_network.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def data(items, tmp_path):
    """A file of items, most to train on, 40 to validate with."""
    path = tmp_path / "items.parquet"
    rows = [{"summary": item.summary, "price": item.price} for item in items]
    pd.DataFrame(rows).assign(split=["train"] * 120 + ["validation"] * 40).to_parquet(path)
    return path


def by_the_course(network, texts, target):
    """Prices as the course's runner gives them, one text after another."""
    vectorizer = HashingVectorizer(n_features=5000, stop_words="english", binary=True)
    found = []
    for text in texts:
        with torch.no_grad():
            z = network(torch.FloatTensor(vectorizer.transform([text]).toarray()))[0].item()
        found.append(max(0.0, float(np.exp(z * target.std + target.mean) - 1)))
    return found


def test_with_training_data_it_prices_as_the_course_did(network, pth, data, items, tmp_path):
    done = import_state_dict(pth, tmp_path / "model", *streams_of(str(data), lite_mode=False))
    assert done.target == Target.fit(np.array([item.price for item in items[:120]]))
    runner = DeepNeuralNetworkRunner.from_pretrained(tmp_path / "model", device="cpu")
    texts = [item.summary for item in items]
    assert runner.price(texts).price == pytest.approx(by_the_course(network, texts, done.target), rel=1e-4)
    assert done.proof.original == pytest.approx(by_the_course(network, texts[120:140], done.target), rel=1e-5)


def test_ranges_and_what_was_seen_come_from_the_data(pth, data, items, tmp_path):
    done = import_state_dict(pth, tmp_path / "model", *streams_of(str(data), lite_mode=False))
    checkpoint = DeepNeuralNetworkRunner.from_pretrained(tmp_path / "model", device="cpu").checkpoint
    assert (done.calibrated_on, checkpoint.calibration.n_rows) == (40, 40)
    assert checkpoint.config.training.items == 120
    assert checkpoint.config.accuracy["n"] == 40
    assert checkpoint.seen_texts.contains([item.summary for item in items]).tolist() == [True] * 120 + [False] * 40
    assert checkpoint.known_words.share(["zyx qwv"]).tolist() == [0]


def test_with_numbers_given_by_hand_no_data_are_needed(network, pth, tmp_path):
    done = import_state_dict(pth, tmp_path / "model", target=TARGET)
    assert done.calibrated_on == 0
    runner = DeepNeuralNetworkRunner.from_pretrained(tmp_path / "model", device="cpu")
    price, low, high = runner.price(["A steel kettle"])
    assert price == pytest.approx(by_the_course(network, ["A steel kettle"], TARGET), rel=1e-4)
    # Four of five normally spread log prices lie within 1.2816 deviations.
    assert np.log1p([low[0], high[0]]) == pytest.approx(np.log1p(price[0]) + 1.2816 * 1.0329 * np.array([-1, 1]), 1e-3)
    card = (tmp_path / "model" / CARD).read_text(encoding="utf-8")
    assert "Not calibrated on items" in card
    assert "What it was trained on is not known here" in card


def test_the_numbers_given_go_before_those_of_the_data(pth, data, tmp_path):
    train, validation = streams_of(str(data), lite_mode=False)
    assert import_state_dict(pth, tmp_path / "model", train, validation, TARGET).target == TARGET


def test_without_numbers_and_data_both_are_asked_for(pth, tmp_path):
    with pytest.raises(UserError, match=r"--mean 4\.4349 --std 1\.0329"):
        import_state_dict(pth, tmp_path / "model")


def test_a_checkpoint_that_prices_otherwise_is_not_written(pth, tmp_path, monkeypatch):
    right = legacy.original_prices
    monkeypatch.setattr(legacy, "original_prices", lambda *given: right(*given) * 1.0002)
    with pytest.raises(CheckpointError, match=r"nothing was written[\s\S]*original +checkpoint[\s\S]*2\.0e-04"):
        import_state_dict(pth, tmp_path / "model", target=TARGET)
    assert [path.name for path in tmp_path.iterdir()] == [pth.name]


def test_a_folder_with_other_files_is_kept(pth, tmp_path):
    with pytest.raises(UserError, match="other files than a checkpoint"):
        import_state_dict(pth, tmp_path, target=TARGET)


def test_a_file_from_before_torch_1_6_is_read_too(network, tmp_path):
    path = tmp_path / "old.pth"
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)
    import_state_dict(path, tmp_path / "model", target=TARGET)


class Malice:
    def __reduce__(self):
        return (open, ("ran", "w"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"x": Malice()}, "no plain state dict"),
        ([1, 2], "holds no state dict"),
        ({"epoch": 3, "model": {}}, "holds no state dict"),
        ({}, "found 0 tensors"),
        ({"bert.embeddings": torch.ones(2, 2)}, "no state dict of the course's network.*bert.embeddings"),
    ],
)
def test_a_foreign_file_is_refused(content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(content, "foreign.pth")
    with pytest.raises(CheckpointError, match=message):
        import_state_dict(Path("foreign.pth"), tmp_path / "model", target=TARGET)
    assert [path.name for path in tmp_path.iterdir()] == ["foreign.pth"]


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("output_layer.weight", torch.ones(1, 23), r"\(1, 23\), expected \(1, 24\)"),
        ("output_layer.bias", torch.tensor([np.nan]), "not finite"),
        ("input_layer.0.bias", torch.ones(24).half(), "type torch.float16"),
        ("extra", torch.ones(1), "1 unexpected tensors"),
        ("residual_blocks.1.block.5.bias", None, "lacks 1 tensors"),
    ],
)
def test_tensors_that_do_not_fit_are_named(network, tmp_path, name, tensor, message):
    state = {key: value for key, value in (network.state_dict() | {name: tensor}).items() if value is not None}
    torch.save(state, tmp_path / "odd.pth")
    with pytest.raises(CheckpointError, match=message):
        import_state_dict(tmp_path / "odd.pth", tmp_path / "model", target=TARGET)


def test_text_and_nothing_are_no_state_dicts(tmp_path):
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(CheckpointError, match="no plain state dict"):
        state_dict_file.read(tmp_path / "text.pth")
    with pytest.raises(CheckpointError, match="no file 'gone.pth'"):
        state_dict_file.read(tmp_path / "gone.pth")


def test_the_command_shows_the_comparison(pth, data, tmp_path, capsys):
    assert main(["import-pth", str(pth), "--data", str(data), "--out", str(tmp_path / "model")]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 21
    assert "prices these 20 texts as the original code does" in err
    assert "calibrated on 40 validation items" in err


def test_a_hub_dataset_is_streamed(pth, items, hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    Item.push_to_hub("tester/items_full", items[:100], items[100:130], items[130:])
    hub.reset()
    assert main(["import-pth", str(pth), "--data", "tester/items_full", "--out", str(tmp_path / "model")]) == 0
    assert "calibrated on 30 validation items" in capsys.readouterr().err
    assert verify(tmp_path / "model").training.items == 100


@pytest.mark.parametrize("numbers", [["--mean", "4.4"], ["--std", "1"]])
def test_one_number_without_the_other_is_wrong_usage(numbers):
    with pytest.raises(SystemExit) as caught:
        main(["import-pth", "in.pth", "--out", "model", *numbers])
    assert caught.value.code == 2


def test_numbers_that_cannot_be_meant_are_a_users_mistake(capsys):
    assert main(["import-pth", "in.pth", "--out", "model", "--mean", "4", "--std", "-1"]) == 1
    assert "deviation -1.0; expected finite ones" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_the_full_size_network_needs_less_than_two_and_a_half_gigabytes(tmp_path):
    """289,128,449 parameters, in a process of its own."""
    if shutil.disk_usage(tmp_path).free < 4e9:
        pytest.skip("needs 4 GB of disk")
    try:
        path = tmp_path / "full.pth"
        made = subprocess.run([sys.executable, "-c", _MAKE, path], cwd=ROOT, check=False)
        assert made.returncode == 0
        assert path.stat().st_size > FULL_SIZE_BYTES
        command = ["import-pth", path, "--mean", "4.4349", "--std", "1.0329", "--out", tmp_path / "model"]
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, *command],
            capture_output=True, text=True, cwd=ROOT, check=True, env=os.environ,
        )  # fmt: skip
        *table, peak = done.stdout.splitlines()
        assert len(table) == 1 + len(SAMPLE_TEXTS)
        assert int(peak) * 1024 < 2.5e9
        config = verify(tmp_path / "model")
        assert config.network == {
            "kind": "deep",
            "input_size": 5000,
            "num_layers": 10,
            "hidden_size": 4096,
            "dropout_prob": 0.2,
        }
        assert json.loads((tmp_path / "model" / "config.json").read_text())["golden"]["price"] > 0
    finally:
        shutil.rmtree(tmp_path)


_MAKE = """
import sys, torch
from benchmarks.opponents.original import Network
with torch.device("meta"):
    shapes = Network().state_dict()
torch.manual_seed(0)
state = {name: torch.empty(each.shape).uniform_(-0.02, 0.02) for name, each in shapes.items()}
torch.save(state, sys.argv[1])
"""
_MEASURE = """
import sys
from pricer.cli.main import main
code = main(sys.argv[1:])
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
sys.exit(code)
"""

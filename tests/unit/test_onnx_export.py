"""An exported folder: what another language follows, and that it comes to the same prices."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import pricer.onnx.export
from pricer.checkpoint import Checkpoint
from pricer.errors import CheckpointError, NotReadyError, UserError
from pricer.hub import BUILT_IN, FALLBACK
from pricer.onnx.export import NETWORK, VECTORS, WEIGHTS, export
from pricer.onnx.graph import IR_VERSION, OPSET
from tests.onnx_follower import Follower

ROOT = Path(__file__).parents[2]
REAL_ROWS = ROOT.parent / "shared" / "data" / "items.parquet"
MODELS = ("built-in", "fallback", "reference")
EXPORTS = [(model, precision) for model in MODELS for precision in ("fp32", "int8")]


@pytest.fixture(scope="module")
def checkpoints(tiny_checkpoint):
    folders = {"built-in": BUILT_IN, "fallback": FALLBACK, "reference": tiny_checkpoint}
    return {name: Checkpoint.load(folder) for name, folder in folders.items()}


@pytest.fixture(scope="module")
def folders(checkpoints, tmp_path_factory):
    """The exported folder of each model in each precision; read only."""
    place, made = tmp_path_factory.mktemp("onnx"), {}
    for model, precision in EXPORTS:
        made[model, precision] = place / f"{model}-{precision}"
        export(checkpoints[model], made[model, precision], precision)
    return made


@pytest.fixture(scope="module")
def texts():
    """Rows of our own catalogue, some in labelled lines."""
    with (ROOT / "catalogue" / "everyday.csv").open(encoding="utf-8", newline="") as file:
        found = [row["summary"] for row in csv.DictReader(file)][::25]
    return [
        *found,
        *(f"Title: {text}\nCategory: Home\nBrand: None\nDescription: {text}\nDetails:" for text in found[:20]),
    ]


@pytest.fixture(scope="module")
def real_rows():
    if not REAL_ROWS.exists():
        pytest.skip("needs the shared data")
    import pandas as pd

    rows = pd.read_parquet(REAL_ROWS)
    rows = rows[(rows["source"] == "amazon2023") & (rows["split"] == "test")]
    return rows["summary"].tolist(), rows["price"].to_numpy()


def _asked(folder, texts, coverage=0.8):
    """The graph's outputs for texts, by the independent follower's inputs."""
    session = onnxruntime.InferenceSession(str(folder / NETWORK), providers=["CPUExecutionProvider"])
    types = {"columns": np.int64, "counts": np.float32, "words": np.int64, "coverage": np.float32}
    inputs = {name: np.array(value, types[name]) for name, value in Follower(folder).inputs(texts, coverage).items()}
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


@pytest.mark.parametrize("export_", EXPORTS, ids="-".join)
def test_a_folder_has_a_checked_graph_of_standard_operators_alone(folders, export_):
    folder = folders[export_]
    assert {each.name for each in folder.iterdir()} == {NETWORK, "featurizer.json", "pricing.json", VECTORS}
    model = onnx.load(folder / NETWORK)
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", OPSET)]
    assert model.ir_version == IR_VERSION
    assert {node.domain for node in model.graph.node} == {""}


@pytest.mark.parametrize("export_", EXPORTS, ids="-".join)
def test_who_follows_the_json_alone_comes_to_the_vectors(folders, export_):
    folder = folders[export_]
    follower, told = Follower(folder), json.loads((folder / VECTORS).read_text())
    assert len(told["vectors"]) >= 50
    outputs = _asked(folder, [vector["text"] for vector in told["vectors"]], told["coverage"])
    for number, vector in enumerate(told["vectors"]):
        row = follower.row(vector["text"])
        assert row.pop("counts") == pytest.approx(vector["counts"])
        assert row == {name: vector[name] for name in row}
        for name, values in outputs.items():
            assert values[number] == pytest.approx(vector[name], rel=1e-5, abs=1e-5)
        prices = follower.prices(*(vector[name] for name in ("standardised", "scale", "familiarity")), told["coverage"])
        assert prices == pytest.approx([vector[name] for name in ("price", "low", "high")], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_the_follower_reads_texts_as_the_featurizer_does(checkpoints, folders, texts, model):
    follower, rows = Follower(folders[model, "fp32"]), checkpoints[model].featurizer.transform(texts)
    for number, text in enumerate(texts):
        row, expected = follower.row(text), rows[number]
        order = np.argsort(expected.indices)
        assert row["columns"] == expected.indices[order].tolist()
        if model != "reference":  # whose graph scales the rows itself
            assert row["counts"] == pytest.approx(expected.data[order].tolist())


@pytest.mark.parametrize("coverage", [0.5, 0.83, 0.95])
@pytest.mark.parametrize("model", MODELS)
def test_the_graph_gives_torchs_prices_and_ranges(checkpoints, folders, texts, model, coverage):
    found = _asked(folders[model, "fp32"], texts, coverage)
    _check_equal(found, checkpoints[model], texts, coverage)


@pytest.mark.parametrize("model", MODELS)
def test_the_graph_gives_torchs_prices_on_real_rows(checkpoints, folders, real_rows, model):
    texts, _ = real_rows
    _check_equal(_asked(folders[model, "fp32"], texts), checkpoints[model], texts, 0.8)


def _check_equal(found, checkpoint, texts, coverage):
    predictions = checkpoint.predictions(texts)
    price, low, high = checkpoint.prices(predictions, coverage)
    expected = {"price": price, "low": low, "high": high, **predictions._asdict()}
    found = found | {"log_price": checkpoint.target.to_log(found["standardised"].astype(np.float64))}
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("model", MODELS)
def test_eight_bits_err_as_much_as_floats_on_real_rows(folders, real_rows, model):
    texts, prices = real_rows
    fp32, int8 = (np.abs(_asked(folders[model, each], texts)["price"] - prices).mean() for each in ("fp32", "int8"))
    assert int8 == pytest.approx(fp32, rel=0.005)


@pytest.mark.parametrize("model", MODELS)
def test_eight_bits_make_the_weights_smaller_or_as_large(folders, model):
    fp32, int8 = ((folders[model, each] / NETWORK).stat().st_size for each in ("fp32", "int8"))
    assert int8 < {"built-in": 0.4, "fallback": 1.02, "reference": 0.9}[model] * fp32


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def _by_node(folder):
    program = ["node", str(ROOT / "docs" / "featurizer.mjs"), str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("export_", EXPORTS, ids="-".join)
def test_javascript_comes_to_the_vectors(folders, export_):
    code, told = _by_node(folders[export_])
    assert (code, told["wrong"]) == (0, [])
    assert told["vectors"] >= 50


@needs_node
def test_javascript_tells_vectors_that_are_not_what_is_described(folders, tmp_path):
    shutil.copytree(folders["fallback", "fp32"], tmp_path / "changed")
    told = json.loads((tmp_path / "changed" / "featurizer.json").read_text())
    told["units"]["liters"]["factor"] = 1
    (tmp_path / "changed" / "featurizer.json").write_text(json.dumps(told))
    code, found = _by_node(tmp_path / "changed")
    assert code == 1
    assert "Stainless steel electric kettle, 1.7 liters, with automatic shut-off" in found["wrong"]
    assert "kettle" not in found["wrong"]


def test_large_weights_lie_in_a_file_of_their_own(checkpoints, folders, texts, tmp_path, monkeypatch):
    monkeypatch.setattr(pricer.onnx.export, "OUTSIDE_FROM_BYTES", 1)
    export(checkpoints["fallback"], tmp_path / "out")
    assert (tmp_path / "out" / WEIGHTS).stat().st_size > 1_000_000 > (tmp_path / "out" / NETWORK).stat().st_size
    onnx.checker.check_model(str(tmp_path / "out" / NETWORK))
    found, expected = _asked(tmp_path / "out", texts), _asked(folders["fallback", "fp32"], texts)
    assert np.array_equal(found["high"], expected["high"])


def test_the_same_checkpoint_gives_the_same_bytes(checkpoints, folders, tmp_path):
    export(checkpoints["fallback"], tmp_path / "again")
    for path in folders["fallback", "fp32"].iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_an_older_export_is_replaced_and_nothing_else_is(checkpoints, folders, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(folders["reference", "int8"], out)
    export(checkpoints["reference"], out)
    assert json.loads((out / "pricing.json").read_text())["precision"] == "fp32"
    (out / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="out is there and holds other files than an export"):
        export(checkpoints["reference"], out)
    assert (out / "notes.txt").read_text() == "mine"


def test_an_export_that_prices_otherwise_is_not_written(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setitem(pricer.onnx.export.TOLERANCE, "fp32", 0.0)
    with pytest.raises(CheckpointError, match="The exported graph and the network differ by"):
        export(checkpoints["reference"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_told_with_its_remedy(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"needs the package onnxruntime.*pip install.*requirements-onnx\.txt"):
        export(checkpoints["reference"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_only_calibrated_networks_in_floats_are_exported(checkpoints, tiny_checkpoint, tmp_path):
    by_onnx = Checkpoint.load(tiny_checkpoint, runtime="onnx")
    with pytest.raises(NotReadyError, match="in fp32"):
        export(by_onnx, tmp_path / "out")

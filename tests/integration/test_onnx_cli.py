"""`pricer export` and `--runtime onnx` as people call them."""

import csv
import json
import shutil

import pytest

from pricer.cli import main


@pytest.fixture
def run(capsys, monkeypatch, tmp_path, tiny_checkpoint):
    """Runs a command on the tiny checkpoint; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRICER_MODEL", str(tiny_checkpoint))

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


def test_export_says_on_stdout_where_it_wrote(run, tiny_checkpoint, tmp_path):
    code, out, err = run("export", tiny_checkpoint, "out", "--format", "onnx", "--precision", "int8")
    assert (code, out, err) == (0, "out\n", "Exporting tiny in int8.\n")
    assert json.loads((tmp_path / "out" / "pricing.json").read_text())["precision"] == "int8"


def test_the_built_in_model_is_exported_by_its_name(run, tmp_path):
    code, _, err = run("export", "built-in", "out", "--format", "onnx", "--precision", "int8")
    assert (code, err) == (0, "Exporting built-in in int8.\n")
    assert json.loads((tmp_path / "out" / "pricing.json").read_text())["network"]["kind"] == "compact"


def test_a_hub_repo_is_exported(run, hub, tiny_checkpoint):
    commit = hub.publish("tester/exported", {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()})
    code, _, err = run("export", "tester/exported", "out", "--format", "onnx")
    assert (code, err) == (0, f"Exporting tester/exported@{commit[:7]} in fp32.\n")


def test_a_damaged_checkpoint_is_not_exported(run, tiny_checkpoint, tmp_path):
    shutil.copytree(tiny_checkpoint, tmp_path / "damaged")
    weights = tmp_path / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    code, out, err = run("export", "damaged", "out", "--format", "onnx")
    assert (code, out) == (1, "")
    assert "damaged/model.safetensors is damaged" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["taken", "file", "model"])
def test_what_is_no_export_is_not_replaced(run, tiny_checkpoint, tmp_path, out):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    shutil.copytree(tiny_checkpoint, tmp_path / "model")
    code, _, err = run("export", "model", out, "--format", "onnx")
    assert code == 1
    assert "holds other files than an export: name a new or an empty folder" in err
    assert (tmp_path / "taken" / "notes.txt").read_text() == (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "model" / "config.json").exists()


def test_prices_by_onnxruntime_are_torchs(run):
    found, expected = (
        run("price", "A steel kettle", "--json", "--device", "cpu", "--runtime", runtime)
        for runtime in ("onnx", "torch")
    )
    assert "Precision: fp32. Runtime: onnx." in found[2]
    assert "Precision: fp32. Runtime: torch." in expected[2]
    found, expected = json.loads(found[1]), json.loads(expected[1])
    assert list(found) == list(expected)
    assert [found[name] for name in ("price", "low", "high")] == pytest.approx(
        [expected[name] for name in ("price", "low", "high")], rel=1e-4
    )


def test_the_environment_picks_a_runtime(run, monkeypatch):
    monkeypatch.setenv("PRICER_RUNTIME", "onnx")
    assert "Runtime: onnx." in run("price", "A steel kettle")[2]
    monkeypatch.setenv("PRICER_RUNTIME", "tvm")
    code, _, err = run("price", "A steel kettle")
    assert code == 1
    assert "Unknown runtime 'tvm'" in err


def test_batch_and_evaluate_by_onnxruntime_are_torchs(run, items, tmp_path):
    with (tmp_path / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["summary", "price"], *([item.summary, item.price] for item in items[100:140])])
    errors, prices = [], []
    for runtime in ("torch", "onnx"):
        code, out, _ = run("evaluate", "--data", "items.csv", "--json", "--runtime", runtime)
        assert code == 0
        errors.append(json.loads(out)["mae"])
        assert run("batch", "items.csv", f"{runtime}.csv", "--runtime", runtime)[0] == 0
        with (tmp_path / f"{runtime}.csv").open() as file:
            prices.append([float(row["predicted_price"]) for row in csv.DictReader(file)])
    assert errors[1] == pytest.approx(errors[0], rel=1e-4)
    assert prices[1] == pytest.approx(prices[0], rel=1e-3, abs=0.01)

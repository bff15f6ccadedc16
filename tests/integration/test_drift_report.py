"""`batch --report`: what a scheduled job that watches a shop's feed sees."""

import csv
import json
import re
import shutil

import pytest

from pricer.batch import price_file
from pricer.checkpoint_config import SEAL
from pricer.cli import main
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.drift import DIFFERENT_ABOVE

EVIL = "<img src=x onerror=alert(1)>"
MEMBERS = {
    "input": str, "output": str, "rows": int, "priced": int, "unpriced": int, "median_price": float, "coverage": float,
    "model": dict, "notices": list, "threshold_psi": float, "threshold_passed": bool, "passed": list, "verdict": str,
    "summary": str, "drift": dict,
}  # fmt: skip
MEASURES = ["length_words", "familiarity", "price_usd"]


@pytest.fixture
def run(capsys, tiny_checkpoint, monkeypatch, tmp_path):
    """Runs `batch` in a folder with the tiny checkpoint; gives exit code and stderr."""
    monkeypatch.setenv("PRICER_MODEL", str(tiny_checkpoint))
    monkeypatch.chdir(tmp_path)

    def batch(*arguments):
        code = main(["batch", *map(str, arguments)])
        captured = capsys.readouterr()
        assert captured.out == ""
        return code, captured.err

    return batch


@pytest.fixture
def feeds(tmp_path, items):
    """A feed like the reference, another one, and one of too few rows."""
    own = [item.summary for item in items]
    others = [f"{'xyzzy plugh ' * 40}{number}" for number in range(160)]
    for name, texts in [("own.csv", own), ("others.csv", [*others, ""]), ("few.csv", own[:1])]:
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([["sku", "summary"], *([EVIL, text] for text in texts)])
    return tmp_path


def _json(feeds):
    return json.loads((feeds / "report.json").read_text(encoding="utf-8"))


def test_a_feed_like_the_reference_has_a_report_and_exit_code_0(run, feeds):
    code, err = run("own.csv", "out.csv", "--report", "report.html")
    assert code == 0
    assert err.splitlines()[-1] == "Wrote the report report.html, and report.json beside it."
    report = _json(feeds)
    assert {name: type(value) for name, value in report.items()} == MEMBERS
    assert (report["verdict"], report["threshold_passed"], report["passed"]) == ("stable", False, [])
    assert (report["rows"], report["priced"], report["threshold_psi"]) == (160, 160, DIFFERENT_ABOVE)
    assert report["model"].keys() == {"name", "source", "sha256", "device", "precision"}
    assert report["drift"].keys() == {"n", "reference_n", *MEASURES}


def test_another_feed_is_priced_reported_and_exit_code_4(run, feeds):
    code, err = run("others.csv", "out.csv", "--report", "report.html")
    assert code == 4
    assert err.splitlines()[-1].startswith("The drift threshold of PSI 0.25 was passed: text length (PSI ")
    assert len((feeds / "out.csv").read_text().splitlines()) == 162
    report = _json(feeds)
    assert (report["verdict"], report["threshold_passed"]) == ("a different population", True)
    assert report["passed"] == [each for each in MEASURES if report["drift"][each]["verdict"] == report["verdict"]]
    assert (report["priced"], report["unpriced"]) == (160, 1)
    html = (feeds / "report.html").read_text(encoding="utf-8")
    assert "The drift threshold of PSI 0.25 was passed" in html
    assert EVIL not in html


def test_a_threshold_of_ones_own_judges_with_or_without_a_report(run, feeds):
    assert run("others.csv", "out.csv", "--drift-threshold", 1000)[0] == 0
    assert run("others.csv", "out.csv", "--drift-threshold", 0.01)[0] == 4
    assert run("others.csv", "out.csv")[0] == 0
    assert not (feeds / "report.json").exists()
    assert run("others.csv", "out.csv", "--drift-threshold", 1000, "--report", "report.html")[0] == 0
    assert (_json(feeds)["threshold_psi"], _json(feeds)["threshold_passed"]) == (1000, False)


def test_what_chance_explains_passes_no_threshold(run, feeds):
    assert run("own.csv", "out.csv", "--drift-threshold", 1e-9)[0] == 0


def test_too_few_rows_are_not_judged_and_the_report_says_so(run, feeds):
    code, err = run("few.csv", "out.csv", "--report", "report.html")
    assert code == 0
    assert "Too few priced rows (1) to tell drift" in err
    assert (_json(feeds)["verdict"], _json(feeds)["passed"]) == ("too few rows", [])
    html = (feeds / "report.html").read_text(encoding="utf-8")
    assert "Too few priced rows (1) to tell drift" in html
    assert re.findall(r'id="plot-(\w+)"', html) == ["prices"]


def test_without_a_priced_row_drift_is_not_known(run, feeds):
    (feeds / "none.csv").write_text("summary,sku\n,1\n")
    code, err = run("none.csv", "out.csv", "--report", "report.html")
    assert code == 0
    assert "Drift is not known: no row was priced." in err
    assert [_json(feeds)[name] for name in ("verdict", "drift", "median_price")] == ["not known", None, None]


@pytest.fixture
def older(feeds, tiny_checkpoint):
    """A checkpoint as they were before there were references."""
    older = feeds / "older"
    shutil.copytree(tiny_checkpoint, older)
    config = json.loads((older / "config.json").read_text())
    del config["files"]["reference.json"], config[SEAL]
    (older / "config.json").write_text(json.dumps(config))
    (older / "reference.json").unlink()
    return older


def test_a_checkpoint_without_a_reference_says_so(run, feeds, older):
    code, err = run("own.csv", "out.csv", "--report", "report.html", "--model", older)
    assert code == 0
    assert "Drift is not known: this checkpoint holds no texts to compare a batch with." in err
    assert _json(feeds)["drift"] is None


def test_a_resumed_batch_reports_all_of_its_rows(run, feeds, tiny_checkpoint):
    assert run("others.csv", "whole.csv", "--report", "report.html")[0] == 4
    whole = _json(feeds)
    half_done = price_file(
        DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu"), "others.csv", "out.csv"
    )
    next(half_done), next(half_done)
    half_done.close()
    assert run("others.csv", "out.csv", "--report", "report.html", "--resume")[0] == 4
    assert _json(feeds) == whole | {"output": "out.csv"}


@pytest.fixture
def cluster(monkeypatch):
    """Other machines, which have a GPU and choose bf16; what they are told to do first is done there."""
    import pricer.ray_engine

    first = []

    def price_with_ray(model, source, output, options, ray_options):
        for each in first:
            each()
        for progress in price_file(
            DeepNeuralNetworkRunner.from_pretrained(model, device="cpu"), source, output, options
        ):
            progress.precision = "bf16"
            yield progress

    monkeypatch.setattr(pricer.ray_engine, "price_with_ray", price_with_ray)
    return first


def test_other_machines_need_no_runner_here_for_the_report(run, feeds, cluster, tiny_checkpoint):
    code, err = run("others.csv", "out.csv", "--engine", "ray", "--device", "cuda", "--report", "report.html")
    assert code == 4, err
    digest = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu").checkpoint.digest
    assert _json(feeds)["model"] == {
        "name": "reference network", "source": "tiny", "sha256": digest, "device": "cuda", "precision": "bf16",
    }  # fmt: skip
    assert err.count("Model: ") == 1
    assert run("others.csv", "out.csv", "--engine", "ray", "--device", "cuda", "--drift-threshold", 0.1)[0] == 4


def test_the_report_names_the_model_that_priced_and_no_newer_one(run, feeds, cluster, hub, repo, files):
    commit = hub.publish(repo, files)
    cluster.append(lambda: hub.publish(repo, files | {"notes.txt": b"newer"}))
    assert run("own.csv", "out.csv", "--engine", "ray", "--model", repo, "--report", "report.html")[0] == 0
    assert _json(feeds)["model"]["source"] == f"{repo}@{commit[:7]}"


def test_without_a_reference_other_machines_batch_says_so_too(run, feeds, cluster, older):
    code, err = run("own.csv", "out.csv", "--engine", "ray", "--report", "report.html", "--model", older)
    assert code == 0
    assert "Drift is not known: this checkpoint holds no texts to compare a batch with." in err


@pytest.mark.parametrize("place", ["report.txt", "missing/report.html"])
def test_a_report_without_a_place_is_refused_before_anything_is_priced(run, feeds, place):
    code, err = run("own.csv", "out.csv", "--report", place)
    assert code == 1
    assert "Model:" not in err
    assert not (feeds / "out.csv").exists()


def test_a_folder_in_the_place_of_the_json_is_refused_likewise(run, feeds):
    (feeds / "report.json").mkdir()
    code, err = run("own.csv", "out.csv", "--report", "report.html")
    assert (code, "report.json is a folder" in err) == (1, True)


@pytest.mark.parametrize("threshold", ["0", "-1", "much", "nan", "inf"])
def test_a_threshold_that_is_none_is_wrong_usage(run, feeds, threshold):
    with pytest.raises(SystemExit) as caught:
        run("own.csv", "out.csv", "--drift-threshold", threshold)
    assert caught.value.code == 2

"""The command line as scripts use it: streams, units, exit codes."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pricer.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys, tiny_checkpoint, monkeypatch, tmp_path):
    """Runs a command with the tiny checkpoint; gives exit code, stdout and stderr."""
    monkeypatch.setenv("PRICER_MODEL", str(tiny_checkpoint))
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def priced_file(tmp_path, items):
    path = tmp_path / "items.csv"
    with path.open("w", newline="") as file:
        rows = [[item.summary, item.price, item.category] for item in items[100:150]]
        csv.writer(file).writerows([["summary", "price", "category"], *rows, ["", 5, "Generated"], ["A lamp", "", ""]])
    return path


def test_price_says_the_price_and_its_range(run):
    code, out, err = run("price", "A steel kettle for travel")
    assert code == 0
    assert re.fullmatch(r"\$[\d,.]+  \(80% range: \$[\d,.]+ to \$[\d,.]+\)\n", out)
    assert "Device: cpu" in err


def test_price_json_is_one_document_with_the_promised_members(run):
    code, out, _ = run("price", "A steel kettle", "--json", "--coverage", "0.9", "--device", "cpu")
    document = json.loads(out)
    assert code == 0
    assert list(document) == [
        "price", "low", "high", "coverage", "familiarity", "warnings", "model", "device", "precision",
    ]  # fmt: skip
    assert document["low"] <= document["price"] <= document["high"]
    assert (document["coverage"], document["device"], document["precision"]) == (0.9, "cpu", "fp32")


def test_an_explanation_adds_up_to_the_price(run):
    document = json.loads(run("price", "A steel kettle", "--json", "--explain")[1])
    effects = sum(word["effect_usd"] for word in document["words"])
    assert [word["word"] for word in document["words"]] == ["A", "steel", "kettle"]
    assert set(document["words"][0]) == {"word", "effect_usd", "effect_percent"}
    assert document["base_price"] + effects + document["remainder_usd"] == pytest.approx(document["price"])


def test_the_box_and_a_batch_give_the_same_cents(run, tmp_path):
    text = "A compact drill, cordless"
    (tmp_path / "in.csv").write_text(f'summary\nA lamp\n"{text}"\n')
    assert run("batch", "in.csv", "out.csv")[0] == 0
    with (tmp_path / "out.csv").open() as file:
        row = list(csv.DictReader(file))[1]
    document = json.loads(run("price", text, "--json")[1])
    assert [row["predicted_price"], row["price_low"], row["price_high"]] == [
        f"{document[name]:.2f}" for name in ("price", "low", "high")
    ]


def test_batch_keeps_results_out_of_stdout_and_counts_what_it_left_unpriced(run, priced_file):
    code, out, err = run("batch", priced_file, priced_file.with_name("out.csv"))
    assert (code, out) == (0, "")
    assert "Wrote 52 rows" in err
    assert "51 priced, 1 not (see price_note)" in err


def test_batch_says_after_its_last_line_how_far_the_texts_are_from_the_training_texts(run, tmp_path, items):
    own = "".join(f'"{item.summary}"\n' for item in items)
    others = "".join(f'"{"xyzzy plugh " * 40}{number}"\n' for number in range(160))
    for name, texts in [("own.csv", own), ("others.csv", others), ("few.csv", '"kettle"\n')]:
        (tmp_path / name).write_text(f"summary\n{texts}")
    said = {name: run("batch", f"{name}.csv", "out.csv")[2].splitlines() for name in ("own", "others", "few")}
    assert said["own"][-1].startswith("No drift")
    assert said["others"][-3].startswith("Drift in text length: a different population (PSI ")
    assert said["others"][-2].startswith("Drift in familiarity: a different population (PSI ")
    assert said["few"][-1].startswith("Too few priced rows (1)")
    assert "Wrote 1 rows" in said["few"][-2]


def test_a_spreadsheet_safe_batch_says_which_columns_it_touched(run, tmp_path):
    (tmp_path / "in.csv").write_text("summary,stock\n=A steel kettle,-5\n")
    code, out, err = run("batch", "in.csv", "out.csv", "--spreadsheet-safe")
    assert (code, out) == (0, "")
    assert "got an apostrophe before it, in 'summary'.\n" in err
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("'=A steel kettle,-5,")


def test_a_folder_is_called_one_with_what_takes_folders(run, tmp_path):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "in.csv").write_text("summary\nA lamp\n")
    code, _, err = run("batch", tmp_path / "feeds", tmp_path / "out.csv")
    assert code == 1
    assert "feeds is a folder: give one file of it" in err
    assert "--engine ray" in err
    code, _, err = run("batch", tmp_path / "in.csv", tmp_path / "feeds")
    assert (code, "feeds is a folder: give the output a file name" in err) == (1, True)
    code, _, err = run("evaluate", "--data", tmp_path / "feeds")
    assert (code, "'feeds' is a folder: expected a file" in err) == (1, True)


def test_batch_takes_several_text_columns(run, tmp_path):
    (tmp_path / "in.csv").write_text("brand,name\nAcme,steel kettle\n")
    assert run("batch", "in.csv", "out.csv", "--text-column", "name", "brand")[0] == 0
    assert "Acme,steel kettle," in (tmp_path / "out.csv").read_text()


def test_evaluate_json_counts_what_it_could_not_use(run, priced_file):
    code, out, err = run("evaluate", "--data", priced_file, "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["n"], document["unpriced"]) == (50, 2)
    assert document["mae_ci95"][0] < document["mae"] < document["mae_ci95"][1]
    assert "Left out 2 rows" in err


def test_evaluate_says_its_figures_in_words(run, priced_file):
    code, out, _ = run("evaluate", "--data", priced_file)
    assert code == 0
    assert re.match(r"Mean Absolute Error: \$[\d.]+  \(95% interval \$[\d.]+ to \$[\d.]+, n = 50\)\n", out)


def test_evaluate_can_leave_out_what_was_trained_on(run, priced_file, items):
    document = json.loads(run("evaluate", "--data", priced_file, "--json", "--exclude-seen")[1])
    trained_on = {item.summary for item in items[:120]}
    assert document["n"] == sum(item.summary not in trained_on for item in items[100:150])
    assert document["seen_in_training"] == 0


def test_a_split_without_rows_is_named(run, tmp_path):
    (tmp_path / "in.csv").write_text("summary,price,split\nA lamp,5,train\n")
    code, _, err = run("evaluate", "--data", "in.csv")
    assert (code, "no rows of the split 'test'" in err) == (1, True)


def test_training_writes_a_checkpoint_that_prices(run, tmp_path, items):
    path = tmp_path / "train.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["summary", "price"], *[[item.summary, item.price] for item in items]])
    code, _, err = run(
        "train", "--data", path, "--preset", "reference", "--hidden-size", 8, "--epochs", 2, "--out", tmp_path / "model"
    )
    assert code == 0
    assert "Epoch 2: train loss" in err
    assert re.search(r"Mean absolute error on 16 validation items.*95% interval", err)
    assert not (tmp_path / "model.partial").exists()
    assert json.loads(run("price", "A steel kettle", "--json", "--model", tmp_path / "model")[1])["price"] > 0


def test_a_folder_of_shards_trains_the_reference_preset(run, items, tmp_path):
    (tmp_path / "shards").mkdir()
    for name, part in {"a.csv": items[:80], "b.csv": items[80:]}.items():
        with (tmp_path / "shards" / name).open("w", newline="") as file:
            csv.writer(file).writerows([["summary", "price"], *[[item.summary, item.price] for item in part]])
    code, _, err = run(
        "train", "--data", tmp_path / "shards", "--preset", "reference", "--out", tmp_path / "model",
        "--epochs", "1", "--hidden-size", "8",
    )  # fmt: skip
    assert code == 0
    assert "Mean absolute error on 16 validation items" in err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["price", "  "], "no text"),
        (["price", "x" * 20_001], "20,001 characters"),
        (["price", "lamp", "--model", "no such model"], "no such model"),
        (["price", "lamp", "--device", "cuda"], "No cuda device"),
        (["batch", "in.doc", "out.csv"], "expected one of .csv"),
        (["evaluate", "--data", "no dataset's name!"], "expected owner/name"),
        (["batch", "gone.csv", "out.csv"], "no file 'gone.csv'"),
        (["evaluate", "--data", "gone.csv"], "no file 'gone.csv'"),
        (["push", "gone", "owner/name"], "gone"),
        (["train", "--data", "gone.csv", "--out", "model", "--device", "mps"], "No mps device"),
    ],
)
def test_a_users_mistake_is_one_clear_line_and_exit_code_1(run, arguments, reason):
    code, out, err = run(*arguments)
    last = err.strip().splitlines()[-1]
    assert (code, out) == (1, "")
    assert last.startswith("pricer: ")
    assert reason in last
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sell"],
        ["price"],
        ["price", "lamp", "--coverage", "2"],
        ["price", "lamp", "--device", "tpu"],
        ["price", "lamp", "--precision", "int4"],
        ["train", "--data", "in.csv", "--out", "model", "--epochs", "2"],
        ["train", "--data", "in.csv", "--out", "model", "--stream"],
        ["train", "--data", "in.csv", "--out", "model", "--preset", "reference", "--epochs", "0"],
        ["train", "--data", "in.csv", "--out", "model", "--preset", "reference", "--teacher", "in.csv"],
    ],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


def test_a_fault_of_ours_is_exit_code_3_with_its_place(run, monkeypatch):
    monkeypatch.setattr("pricer.items.check_texts", lambda texts: 1 / 0)
    code, _, err = run("price", "lamp")
    assert code == 3
    assert "ZeroDivisionError" in err


def test_the_module_runs_and_json_mode_prints_nothing_else(tiny_checkpoint):
    done = subprocess.run(
        [sys.executable, "-m", "pricer", "price", "A steel kettle", "--json", "--model", tiny_checkpoint],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["price"] > 0


def test_evaluate_writes_a_report_beside_its_numbers(run, priced_file, tmp_path):
    code, out, err = run("evaluate", "--data", priced_file, "--json", "--report", tmp_path / "report.html")
    assert (code, json.loads(out)["n"]) == (0, 50)
    assert "Wrote the report" in err
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "How wrong prices are: items.csv" in report
    assert "n = 50" in report


def test_a_report_without_a_place_is_refused_before_anything_is_priced(run, priced_file, tmp_path):
    code, out, err = run("evaluate", "--data", priced_file, "--report", tmp_path / "missing" / "report.html")
    assert (code, out) == (1, "")
    assert "expected a file's name in a folder that is there" in err
    assert "Model:" not in err


@pytest.mark.parametrize(
    "command", ["", "price", "batch", "evaluate", "train", "push", "pull", "import-pth", "export", "space"]
)
def test_the_page_on_use_shows_the_current_help(command):
    shown = subprocess.run(
        [sys.executable, "-m", "pricer", *command.split(), "--help"],
        capture_output=True, text=True, cwd=ROOT, check=True, env=os.environ | {"COLUMNS": "100"},
    ).stdout  # fmt: skip
    page = " ".join((ROOT / "docs" / "use.md").read_text(encoding="utf-8").split())
    assert " ".join(shown.split()) in page


def test_help_needs_neither_torch_nor_gradio():
    code = "import sys; sys.argv = ['pricer', '--help']\ntry:\n import pricer.__main__\nexcept SystemExit: pass\n"
    heavy = "print([name for name in ('torch', 'gradio', 'sklearn', 'datasets') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def interrupted_output(run, priced_file, tiny_checkpoint):
    """An output of which a run was interrupted."""
    from pricer.batch import price_file
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    output = priced_file.with_name("out.csv")
    half_done = price_file(DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu"), priced_file, output)
    next(half_done), next(half_done)
    half_done.close()
    return output


def test_a_batch_without_resume_says_that_it_starts_over(run, priced_file, interrupted_output):
    err = run("batch", priced_file, interrupted_output)[2]
    assert "Starting over" in err
    assert "--resume" in err


def test_an_interrupted_batch_says_how_to_go_on(run, priced_file, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("pricer.batch.price_file", interrupted)
    code, _, err = run("batch", priced_file, "out.csv")
    assert code == 130
    assert "kept in out.csv.partial: add --resume" in err

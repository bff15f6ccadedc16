"""Checkpoints to a Hub: a loopback one, which keeps large files as the real one does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from pricer.checkpoint_config import CARD, CONFIG, TEST_SPLIT, WEIGHTS, verify
from pricer.cli import main
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, HubError, UserError
from pricer.hub import commits as hub_commits
from pricer.hub import download, push
from tests.integration.test_hub import with_config

# huggingface_hub uploads a large file by a deprecated option of its transport.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw:DeprecationWarning"),
    pytest.mark.usefixtures("token"),
]

ROOT = Path(__file__).parents[2]
TEXTS = ["A steel kettle for home and travel.", "A wireless monitor."]


def commits(hub, repo):
    """Requests that made a commit."""
    return [request for request in hub.asked(repo) if request.startswith("POST") and "/commit/" in request]


def sent(hub):
    """Large files that were sent, by their SHA-256."""
    return {
        request.split("/")[3] for request in hub.requests if re.match(r"(PUT /lfs/put|POST /lfs/complete)/", request)
    }


def copied(files, folder):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def python_of(card):
    return re.search(r"```python\n(.*?)```", card, re.DOTALL)[1]


class TestPush:
    def test_what_is_pushed_prices_the_same_when_it_is_fetched(self, hub, repo, tiny_checkpoint):
        assert push(tiny_checkpoint, repo) == f"{hub.url}/{repo}"
        fetched = DeepNeuralNetworkRunner.from_pretrained(repo, device="cpu").price(TEXTS)
        local = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu").price(TEXTS)
        assert [each.tolist() for each in fetched] == [each.tolist() for each in local]

    def test_all_files_come_in_one_commit(self, hub, repo, tiny_checkpoint, files):
        push(tiny_checkpoint, repo)
        made_anew = {CARD, CONFIG}
        assert hub.files(repo).keys() == files.keys()
        assert all(hub.files(repo)[name] == files[name] for name in files.keys() - made_anew)
        assert len(commits(hub, repo)) == 1

    def test_the_same_content_again_makes_no_commit_and_sends_nothing(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo)
        before = list(hub.repos["models", repo].commits)
        hub.reset()
        push(tiny_checkpoint, repo)
        assert commits(hub, repo) == []
        assert sent(hub) == set()
        assert list(hub.repos["models", repo].commits) == before

    def test_what_was_pulled_goes_back_without_a_commit(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo)
        folder = download(repo)
        hub.reset()
        push(folder, repo)
        assert commits(hub, repo) == []

    def test_another_card_is_all_that_is_sent(self, hub, repo, files, tmp_path):
        from pricer.builtin import note_peers

        folder = copied(files, tmp_path / "model")
        push(folder, repo)
        hub.reset()
        note_peers(folder, [])
        hub.repos["models", repo].commit(hub.files(repo) | {CARD: b"edited on the site"})
        push(folder, repo)
        assert len(commits(hub, repo)) == 1
        assert sent(hub) == set()
        verify(download(repo))

    def test_a_runner_pushes_itself(self, hub, repo, tiny_checkpoint):
        runner = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")
        assert runner.push_to_hub(repo) == f"{hub.url}/{repo}"
        again = DeepNeuralNetworkRunner.from_pretrained(repo, revision="main", device="cpu")
        assert again.price(TEXTS).price.tolist() == runner.price(TEXTS).price.tolist()

    def test_files_that_the_new_checkpoint_has_no_more_are_removed_and_others_are_kept(
        self, hub, repo, files, tiny_checkpoint
    ):
        split = hashlib.sha256(b"PAR1").hexdigest()
        older = with_config(files, files=json.loads(files[CONFIG])["files"] | {TEST_SPLIT: split})
        hub.publish(repo, older | {TEST_SPLIT: b"PAR1", "notes.txt": b"mine"})
        push(tiny_checkpoint, repo)
        assert hub.files(repo).keys() == files.keys() | {"notes.txt"}

    def test_a_test_split_is_pushed_too(self, hub, repo, files, tmp_path):
        from pricer.checkpoint import Checkpoint

        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        checkpoint = Checkpoint.load(tmp_path)
        checkpoint.test_split = tmp_path.with_name("elsewhere.parquet")
        checkpoint.test_split.write_bytes(b"PAR1")
        checkpoint.save(tmp_path)
        push(tmp_path, repo)
        assert TEST_SPLIT in hub.files(repo)

    def test_a_damaged_folder_is_not_pushed(self, hub, repo, files, tmp_path):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        (tmp_path / WEIGHTS).write_bytes(b"damaged")
        with pytest.raises(CheckpointError):
            push(tmp_path, repo)
        assert hub.asked(repo) == []

    def test_a_token_that_may_not_write_is_told_so(self, hub, repo, tiny_checkpoint, files, monkeypatch):
        hub.publish(repo, files)
        monkeypatch.setenv("HF_TOKEN", "hf_of_a_reader")
        with pytest.raises(HubError, match=r"Nothing was uploaded.*HF_TOKEN") as caught:
            push(tiny_checkpoint, repo)
        assert "hf_of_a_reader" not in str(caught.value)

    @pytest.mark.usefixtures("impatient")
    def test_a_hanging_hub_says_that_nothing_was_uploaded(self, hub, repo, tiny_checkpoint):
        hub.fault = "hang"
        with pytest.raises(HubError, match=r"Nothing was uploaded.*sent nothing"):
            push(tiny_checkpoint, repo)

    def test_a_refusing_hub_says_that_nothing_was_uploaded(self, hub, repo, tiny_checkpoint):
        hub.stop()
        with pytest.raises(HubError, match=r"Nothing was uploaded.*out of reach"):
            push(tiny_checkpoint, repo)

    @pytest.mark.usefixtures("impatient")
    def test_a_hub_that_stops_taking_bytes_is_given_up_on(self, hub, repo, tiny_checkpoint, files, monkeypatch):
        monkeypatch.setattr(hub_commits, "UPLOAD_STALL_SECONDS", 0.5)
        hub.store.verified.clear()
        hub.fault, hub.fault_path = "hang", hashlib.sha256(files[WEIGHTS]).hexdigest()
        with pytest.raises(HubError, match=r"was not finished.*took nothing more"):
            push(tiny_checkpoint, repo)
        assert commits(hub, repo) == []

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            ("forbidden", r"Nothing was uploaded\. The Hub refuses \S+ \(status 403\): set HF_TOKEN"),
            ("cut", r"The upload was not finished\. The Hub is out of reach .* sends only what is missing"),
        ],
    )
    def test_a_large_file_that_is_not_taken_is_told_as_the_user_s_to_mend(
        self, hub, repo, tiny_checkpoint, files, monkeypatch, capsys, fault, said
    ):
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)  # between its tries
        hub.store.verified.clear()
        hub.fault, hub.fault_path = fault, f"/lfs/put/{hashlib.sha256(files[WEIGHTS]).hexdigest()}"
        assert main(["push", str(tiny_checkpoint), repo]) == 1
        assert re.search(said, capsys.readouterr().err)
        assert commits(hub, repo) == []

    def test_a_new_repo_may_be_private(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo, private=True)
        assert hub.repos["models", repo].private

    def test_a_public_repo_is_not_taken_for_a_private_one(self, hub, repo, tiny_checkpoint, files):
        hub.publish(repo, files)
        with pytest.raises(UserError, match="is there already and public"):
            push(tiny_checkpoint, repo, private=True)
        assert commits(hub, repo) == []

    def test_a_branch_is_made_and_main_is_kept(self, hub, repo, tiny_checkpoint, files):
        push(tiny_checkpoint, repo)
        main = hub.files(repo)
        assert push(tiny_checkpoint, repo, revision="v2") == f"{hub.url}/{repo}/tree/v2"
        assert hub.files(repo) == hub.files(repo, branch="v2") == main
        hub.publish(repo, {"README.md": b"emptied"})
        verify(download(repo, "v2"))

    def test_a_commit_is_no_branch(self, repo, tiny_checkpoint):
        with pytest.raises(UserError, match="cannot be added to"):
            push(tiny_checkpoint, f"{repo}@{'0' * 40}")

    @pytest.mark.parametrize("config", [{}, {CONFIG: b'{"model_type": "bert"}'}, {CONFIG: b"no JSON"}])
    def test_a_repo_of_something_else_is_kept_unless_told_otherwise(self, hub, repo, tiny_checkpoint, files, config):
        foreign = {"pytorch_model.bin": b"years of work"} | config
        hub.publish(repo, foreign)
        with pytest.raises(UserError, match="something else than a checkpoint.*--overwrite"):
            push(tiny_checkpoint, repo)
        assert hub.files(repo) == foreign
        push(tiny_checkpoint, repo, overwrite=True)
        assert hub.files(repo).keys() == files.keys() | {"pytorch_model.bin"}


def test_the_commands_push_to_a_mirror_and_pull_from_it(hub, repo, tiny_checkpoint, tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "pricer", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert os.environ["HF_ENDPOINT"] == hub.url
    assert run("push", tiny_checkpoint, repo, "--private", "--revision", "v1") == f"{hub.url}/{repo}/tree/v1"
    assert run("pull", f"{repo}@v1", tmp_path / "model") == str(tmp_path / "model")
    verify(tmp_path / "model")


class TestLargeFiles:
    @pytest.fixture(params=[None, 100_000], ids=["in one piece", "in parts"])
    def pushed(self, request, hub, repo, tiny_checkpoint):
        hub.store.objects.clear()
        hub.store.verified.clear()
        hub.store.chunk_bytes = request.param
        push(tiny_checkpoint, repo)
        return repo

    def test_weights_go_up_as_lfs_and_are_verified(self, hub, pushed, files):
        large = {hashlib.sha256(content).hexdigest() for name, content in files.items() if "safetensors" in name}
        assert sent(hub) == large
        assert large <= hub.store.verified
        assert {request.split("/")[3] for request in hub.requests if request.startswith("POST /lfs/verify/")} == large

    def test_they_come_back_by_redirect(self, hub, pushed, files):
        hub.reset()
        assert (download(pushed) / WEIGHTS).read_bytes() == files[WEIGHTS]
        assert any(request.startswith("GET /lfs/get/") and request.endswith(WEIGHTS) for request in hub.requests)

    def test_what_the_hub_has_is_not_sent_to_another_repo_of_it(self, hub, pushed, tiny_checkpoint):
        hub.requests.clear()
        push(tiny_checkpoint, f"{pushed}-copy")
        assert sent(hub) == set()
        verify(download(f"{pushed}-copy"))


class TestCard:
    def test_its_three_lines_run_as_they_are(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo)
        code = python_of(hub.files(repo)[CARD].decode())
        assert len(code.splitlines()) == 3
        assert f'from_pretrained("{repo}")' in code
        scope = {}
        exec(code, scope)
        assert scope["low"][0] <= scope["price"][0] <= scope["high"][0]

    def test_those_of_a_folder_run_in_it(self, tiny_checkpoint, monkeypatch):
        monkeypatch.chdir(tiny_checkpoint)
        scope = {}
        exec(python_of((tiny_checkpoint / CARD).read_text(encoding="utf-8")), scope)
        assert scope["price"][0] > 0

    def test_the_hub_s_own_library_reads_every_result_with_its_n_and_interval(self, hub, repo, built_in):
        push(built_in, repo)
        card = ModelCard(hub.files(repo)[CARD].decode())
        accuracy = verify(built_in).accuracy
        results = {each.metric_type: each for each in card.data.eval_results}
        assert results.keys() == {
            "mae",
            "median_absolute_error",
            "rmsle",
            "smape",
            "r_squared",
            "within_20_percent",
            "coverage",
        }
        assert all(each.metric_args["n"] == accuracy["n"] for each in results.values())
        assert results["mae"].metric_value == pytest.approx(accuracy["mae"], rel=1e-3)
        assert results["mae"].metric_args["ci95"] == pytest.approx(accuracy["mae_ci95"], rel=1e-3)
        low, high = results["coverage"].metric_args["ci95"]
        assert low < accuracy["coverage"] < high

    def test_its_metadata_are_whole(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo)
        data = ModelCard(hub.files(repo)[CARD].decode()).data
        assert (data.library_name, data.pipeline_tag, data.license) == ("pricer", "tabular-regression", "other")
        assert {"pricing", "regression", "text"} <= set(data.tags)

    def test_it_says_what_the_ranges_claim_and_how_long_training_took(self, hub, repo, tiny_checkpoint):
        push(tiny_checkpoint, repo)
        card = hub.files(repo)[CARD].decode()
        assert "calibrated on 40 items" in card
        assert re.search(r"It took \d+ seconds on \d+ cores of .+\. Energy and carbon were not measured", card)
        assert "## Limits" in card
        assert "## Training data" in card


@pytest.fixture(scope="session")
def built_in():
    from pricer.hub import BUILT_IN

    return BUILT_IN

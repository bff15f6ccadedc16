"""Checkpoints from a Hub: a loopback one, with every fault that a real one has shown."""

from __future__ import annotations

import json
import logging
import time

import pytest
from huggingface_hub import constants

from pricer.checkpoint_config import CONFIG, SEAL, WEIGHTS, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, HubError, UserError
from pricer.hub import checkpoints, download, downloads, locate, pull, watch
from tests.loopback_hub import TOKEN

TEXTS = ["A steel kettle for home and travel.", "A wireless monitor."]


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def seconds_to_fail(repo):
    """How long a download takes to fail with a HubError, and that error's message."""
    started = time.monotonic()
    with pytest.raises(HubError) as caught:
        download(repo)
    return time.monotonic() - started, str(caught.value)


def with_config(files, /, **changes):
    """The files with other members in the config."""
    config = json.loads(files[CONFIG]) | changes
    del config[SEAL]
    return files | {CONFIG: json.dumps(config).encode()}


class TestLocate:
    def test_without_a_source_the_built_in_checkpoint_is_found(self, tiny_checkpoint, monkeypatch):
        monkeypatch.setattr(checkpoints, "BUILT_IN", tiny_checkpoint)
        assert locate() == (tiny_checkpoint, "built-in")

    def test_a_package_without_its_weights_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(checkpoints, "BUILT_IN", tmp_path)
        with pytest.raises(CheckpointError, match="no built-in model"):
            locate()

    def test_a_folder_is_taken_as_it_is(self, tiny_checkpoint):
        assert locate(str(tiny_checkpoint)) == (tiny_checkpoint, "tiny")

    def test_a_folder_without_a_config_is_refused(self, tmp_path):
        with pytest.raises(CheckpointError, match=r"it has no config\.json"):
            locate(tmp_path)

    def test_a_folder_with_a_revision_is_refused(self, tiny_checkpoint):
        with pytest.raises(UserError, match="needs a Hub repo"):
            locate(tiny_checkpoint, "main")

    @pytest.mark.parametrize("source", ["nowhere", "a/b/c", "./nowhere/model", "owner/na me", "owner/..", "owner/"])
    def test_a_source_that_is_neither_folder_nor_repo_is_refused(self, source, hub):
        with pytest.raises(UserError, match="expected an existing folder, or a Hub repo"):
            locate(source)
        assert hub.asked(source) == []

    @pytest.mark.parametrize("revision", ["", "../../main", "a b", "-x"])
    def test_a_revision_that_cannot_be_one_is_refused(self, revision):
        with pytest.raises(UserError, match="is no revision"):
            locate(f"owner/name@{revision}")

    def test_two_different_revisions_are_refused(self):
        with pytest.raises(UserError, match="give only one"):
            locate("owner/name@main", "v2")

    def test_a_repo_is_labelled_with_its_commit(self, hub, repo, files):
        commit = hub.publish(repo, files)
        folder, label = locate(repo)
        assert (folder.name, label) == (commit, f"{repo}@{commit[:7]}")

    def test_a_revision_in_the_name_is_the_one_taken(self, hub, repo, files):
        first = hub.publish(repo, files)
        hub.publish(repo, files | {"notes.txt": b"newer"})
        assert locate(f"{repo}@{first}")[0].name == first


class TestDownload:
    def test_it_prices_as_the_checkpoint_that_was_published(self, hub, repo, files, tiny_checkpoint):
        hub.publish(repo, files)
        fetched = DeepNeuralNetworkRunner.from_pretrained(repo, device="cpu").price(TEXTS)
        local = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu").price(TEXTS)
        assert fetched.price.tolist() == local.price.tolist()

    def test_only_the_files_that_the_config_names_are_fetched(self, hub, repo, files):
        hub.publish(repo, files | {"pytorch_model.bin": b"pickle", "modeling.py": b"import os"})
        assert {path.name for path in download(repo).iterdir()} == set(files)

    def test_a_cached_commit_costs_no_request(self, hub, repo, files):
        commit = hub.publish(repo, files)
        download(repo, commit)
        hub.reset()
        assert download(repo, commit).name == commit
        assert hub.asked(repo) == []

    def test_a_cached_branch_costs_one_request(self, hub, repo, files):
        hub.publish(repo, files)
        download(repo)
        hub.reset()
        download(repo)
        assert len(hub.asked(repo)) == 1

    def test_offline_a_cached_branch_is_taken_from_the_cache(self, hub, repo, files, monkeypatch):
        commit = hub.publish(repo, files)
        download(repo)
        hub.reset()
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        assert download(repo).name == commit
        assert hub.asked(repo) == []

    @pytest.mark.usefixtures("offline")
    def test_offline_without_a_cached_copy_says_what_to_do(self, repo):
        with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
            download(repo)

    def test_a_partial_cache_is_completed(self, hub, repo, files):
        commit = hub.publish(repo, files)
        weights = download(repo) / WEIGHTS
        weights.resolve().unlink()
        weights.unlink()
        verify(download(repo, commit))

    @pytest.mark.usefixtures("impatient")
    def test_a_partial_cache_is_refused_when_the_hub_is_gone(self, hub, repo, files):
        hub.publish(repo, files)
        weights = download(repo) / WEIGHTS
        weights.resolve().unlink()
        weights.unlink()
        hub.stop()
        assert "out of reach" in seconds_to_fail(repo)[1]

    def test_a_cached_file_that_was_damaged_on_disk_is_fetched_again(self, hub, repo, files):
        commit = hub.publish(repo, files)
        (download(repo) / WEIGHTS).resolve().write_bytes(b"damaged")
        assert (download(repo, commit) / WEIGHTS).read_bytes() == files[WEIGHTS]

    def test_a_slow_download_that_goes_on_is_not_cut(self, hub, repo, files, monkeypatch):
        monkeypatch.setattr(watch, "STALL_SECONDS", 1.5)  # the whole takes two and a half
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "slow", WEIGHTS
        verify(download(repo))

    def test_a_connection_that_breaks_is_taken_up_again(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path, hub.fault_times = "cut", WEIGHTS, 1
        verify(download(repo))


class TestFaults:
    def test_a_refusing_hub_fails_within_5_seconds(self, hub, repo):
        hub.stop()
        seconds, message = seconds_to_fail(repo)
        assert seconds < 5
        assert "check the network and HF_ENDPOINT" in message

    def test_an_unavailable_hub_fails_within_5_seconds(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault = "unavailable"
        seconds, message = seconds_to_fail(repo)
        assert seconds < 5
        assert "status 503" in message

    def test_no_wait_reaches_the_time_after_which_the_library_would_begin_again(self):
        assert downloads.ANSWER_SECONDS < watch.STALL_SECONDS < constants.DEFAULT_DOWNLOAD_TIMEOUT <= 20

    @pytest.mark.usefixtures("impatient")
    def test_a_hub_that_hangs_before_its_answer_is_given_up_on(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault = "hang"
        seconds, message = seconds_to_fail(repo)
        assert seconds < 5
        assert "Hub" in message

    @pytest.mark.usefixtures("impatient")
    def test_a_hub_that_hangs_in_a_body_is_given_up_on(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "hang_body", WEIGHTS
        seconds, message = seconds_to_fail(repo)
        assert seconds < 5
        assert "sent nothing" in message

    def test_a_hub_that_sends_the_same_half_again_and_again_is_given_up_on(self, hub, repo, files, monkeypatch):
        monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)  # after which the library tries again
        monkeypatch.setattr(watch, "STALL_SECONDS", 2.0)
        hub.publish(repo, files)
        hub.fault, hub.fault_path, hub.ranges = "hang_body", WEIGHTS, False
        seconds, message = seconds_to_fail(repo)
        assert seconds < 10
        assert "sent nothing" in message

    def test_a_hub_that_refuses_only_the_weights_fails_within_5_seconds(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "unavailable", WEIGHTS
        seconds, message = seconds_to_fail(repo)
        assert seconds < 5
        assert "status 503" in message

    @pytest.mark.usefixtures("impatient")
    @pytest.mark.parametrize("fault", ["hang", "unavailable"])
    def test_a_cached_copy_is_used_when_the_hub_fails(self, hub, repo, files, fault, caplog):
        commit = hub.publish(repo, files)
        download(repo)
        hub.fault = fault
        assert download(repo).name == commit
        assert f"cached copy of commit {commit[:7]}" in caplog.text

    def test_a_missing_repo_says_to_check_its_name(self, hub, repo):
        assert "check the name" in seconds_to_fail(repo)[1]

    def test_a_missing_revision_says_so(self, hub, repo, files):
        hub.publish(repo, files)
        assert "no such revision" in seconds_to_fail(f"{repo}@v9")[1]

    def test_a_gated_repo_says_to_accept_its_terms(self, hub, repo, files):
        hub.publish(repo, files)
        hub.repos["models", repo].gated = True
        assert "accept its terms" in seconds_to_fail(repo)[1]

    @pytest.mark.parametrize(("fault", "status"), [("unauthorized", 401), ("forbidden", 403)])
    def test_a_refused_token_says_to_set_another(self, hub, repo, files, fault, status):
        hub.publish(repo, files)
        hub.fault = fault
        message = seconds_to_fail(repo)[1]
        assert f"status {status}" in message
        assert "HF_TOKEN" in message

    def test_a_truncated_file_is_refused(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "truncated", WEIGHTS
        assert "truncated" in seconds_to_fail(repo)[1]

    def test_a_server_that_is_no_hub_is_named_as_such(self, hub, repo, files, monkeypatch):
        hub.publish(repo, files)
        monkeypatch.setattr(hub.repos["models", repo], "resolve", lambda _: "not-a-commit")
        hub.repos["models", repo].commits["not-a-commit"] = files
        assert "no Hub" in seconds_to_fail(repo)[1]

    def test_wrong_content_of_the_right_size_is_asked_for_once_more(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path, hub.fault_times = "wrong_content", WEIGHTS, 1
        assert (download(repo) / WEIGHTS).read_bytes() == files[WEIGHTS]

    def test_wrong_content_twice_is_refused_and_not_kept(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "wrong_content", WEIGHTS
        with pytest.raises(CheckpointError, match=f"{repo}@.*SHA-256 differs"):
            download(repo)
        hub.reset()
        verify(download(repo))

    def test_a_repo_that_lacks_a_file_is_refused(self, hub, repo, files):
        hub.publish(repo, {name: content for name, content in files.items() if name != WEIGHTS})
        assert f"lacks {WEIGHTS}" in seconds_to_fail(repo)[1]

    def test_a_repo_of_something_else_is_refused(self, hub, repo):
        hub.publish(repo, {"README.md": b"# A story"})
        assert f"lacks {CONFIG}" in seconds_to_fail(repo)[1]

    def test_a_config_of_a_newer_format_is_refused(self, hub, repo, files):
        hub.publish(repo, with_config(files, format_version=3))
        with pytest.raises(CheckpointError, match="Update Pricer"):
            download(repo)

    def test_another_library_s_config_is_refused(self, hub, repo):
        hub.publish(repo, {CONFIG: b'{"model_type": "bert"}'})
        with pytest.raises(CheckpointError, match="format version"):
            download(repo)

    @pytest.mark.parametrize("name", ["../escaped", "sub/file", "..", "/etc/passwd", "a\\b", ""])
    def test_a_config_that_names_a_file_elsewhere_is_refused_before_it_is_asked_for(self, hub, repo, files, name):
        hub.publish(repo, with_config(files, files=json.loads(files[CONFIG])["files"] | {name: "0" * 64}))
        with pytest.raises(CheckpointError, match="outside of its folder"):
            download(repo)
        assert all(request.endswith(CONFIG) for request in hub.asked(repo))

    @pytest.mark.parametrize("named", [5, ["model.safetensors"], None, {}])
    def test_a_config_that_does_not_name_its_files_is_refused(self, hub, repo, files, named):
        hub.publish(repo, with_config(files, files=named))
        with pytest.raises(CheckpointError, match="does not name|other members than expected"):
            download(repo)


class TestFallback:
    @pytest.fixture(autouse=True)
    def _built_in(self, tiny_checkpoint, monkeypatch):
        monkeypatch.setattr(checkpoints, "BUILT_IN", tiny_checkpoint)

    def test_without_trouble_there_is_no_notice(self, hub, repo, files):
        commit = hub.publish(repo, files)
        runner = DeepNeuralNetworkRunner.from_pretrained_or_builtin(repo, "cpu")
        assert (runner.source, runner.notice) == (f"{repo}@{commit[:7]}", "")

    def test_a_hub_that_fails_leads_to_the_built_in_model_with_a_notice(self, hub, repo):
        hub.stop()
        runner = DeepNeuralNetworkRunner.from_pretrained_or_builtin(repo, "cpu")
        assert runner.source == "built-in"
        assert "out of reach" in runner.notice
        assert "built-in model" in runner.notice

    def test_a_repo_of_a_newer_format_leads_to_the_built_in_model_with_a_notice(self, hub, repo, files):
        hub.publish(repo, with_config(files, format_version=3))
        assert "Update Pricer" in DeepNeuralNetworkRunner.from_pretrained_or_builtin(repo, "cpu").notice

    def test_a_repo_that_cannot_be_loaded_leads_to_the_built_in_model_with_a_notice(self, hub, repo, files):
        hub.publish(repo, with_config(files, golden={"text": "A kettle", "price": 123456.0}))
        runner = DeepNeuralNetworkRunner.from_pretrained_or_builtin(repo, "cpu")
        assert runner.source == "built-in"
        assert "golden text" in runner.notice

    def test_a_folder_that_is_no_checkpoint_is_still_an_error(self, tmp_path):
        with pytest.raises(CheckpointError):
            DeepNeuralNetworkRunner.from_pretrained_or_builtin(str(tmp_path))


class TestPull:
    def test_a_new_folder_holds_the_whole_checkpoint(self, hub, repo, files, tmp_path):
        hub.publish(repo, files)
        folder = pull(repo, tmp_path / "new" / "model")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
        assert not any(path.is_symlink() for path in folder.iterdir())

    def test_an_older_checkpoint_is_replaced(self, hub, repo, files, tmp_path):
        hub.publish(repo, files)
        for name, content in files.items():
            (tmp_path / "model").mkdir(exist_ok=True)
            (tmp_path / "model" / name).write_bytes(content)
        verify(pull(repo, tmp_path / "model"))
        assert [path.name for path in tmp_path.iterdir()] == ["model"]

    def test_a_folder_with_other_files_is_refused_and_kept(self, hub, repo, files, tmp_path):
        hub.publish(repo, files)
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(UserError, match="other files than a checkpoint"):
            pull(repo, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_folder_that_cannot_be_made_is_told_so(self, hub, repo, files, tmp_path):
        hub.publish(repo, files)
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(UserError, match="could not be written"):
            pull(repo, tmp_path / "file" / "model")

    @pytest.mark.parametrize("kind", ["private", "gated"])
    def test_a_repo_that_is_not_for_everyone_is_had_with_the_right_token(
        self, hub, repo, files, tmp_path, kind, monkeypatch
    ):
        hub.publish(repo, files)
        setattr(hub.repos["models", repo], kind, True)
        monkeypatch.setenv("HF_TOKEN", "hf_of_a_stranger")
        with pytest.raises(HubError, match=r"HF_TOKEN to a token that may read it"):
            pull(repo, tmp_path / "model")
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        verify(pull(repo, tmp_path / "model"))

    def test_a_branch_and_a_commit_are_told_apart(self, hub, repo, files, tmp_path):
        first = hub.publish(repo, files)
        golden = json.loads(files[CONFIG])["golden"]
        hub.repos["models", repo].commit(with_config(files, name="newer", golden=golden), "next")
        assert verify(pull(repo, tmp_path / "a", "next")).name == "newer"
        assert verify(pull(f"{repo}@{first}", tmp_path / "b")).name == "reference network"
        assert DeepNeuralNetworkRunner.from_pretrained(repo, revision="next").checkpoint.config.name == "newer"

    def test_a_failure_leaves_no_folder(self, hub, repo, files, tmp_path):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "truncated", WEIGHTS
        with pytest.raises(HubError):
            pull(repo, tmp_path / "model")
        assert list(tmp_path.iterdir()) == []


class TestToken:
    @pytest.mark.parametrize("fault", ["unauthorized", "unavailable", "truncated", "wrong_content"])
    def test_it_appears_in_no_message_and_no_log(self, hub, repo, files, token, fault, caplog):
        caplog.set_level(logging.DEBUG)
        hub.publish(repo, files)
        hub.fault = fault
        with pytest.raises((HubError, CheckpointError)) as caught:
            download(repo)
        assert token not in str(caught.value) + caplog.text

    def test_one_with_impossible_characters_is_told_so_without_showing_it(self, hub, repo, files, monkeypatch):
        hub.publish(repo, files)
        monkeypatch.setenv("HF_TOKEN", "hf_sécret")
        message = seconds_to_fail(repo)[1]
        assert "HF_TOKEN holds characters" in message
        assert "cret" not in message

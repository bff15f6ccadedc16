"""A Hub that is not what it should be: refused loudly, with the model before, a cached one or the built-in one kept."""

import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pricer.checkpoint_config import CONFIG, SEEN, WEIGHTS, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, HubError, UserError
from pricer.hub import checkpoints, commits, download, downloads, pull, push, watch
from pricer.settings import Settings
from tests.loopback_hub import TOKEN

ROOT = Path(__file__).parents[2]
TEXTS = ["A steel kettle for home and travel.", "A wireless monitor."]


@pytest.fixture
def others(items, tmp_path):
    """The files of another checkpoint of the same sizes."""
    runner = DeepNeuralNetworkRunner(items[:100], items[120:], hidden_size=16, num_layers=3)
    runner.setup()
    runner.train(epochs=1)
    runner.save_pretrained(tmp_path / "other")
    return {path.name: path.read_bytes() for path in (tmp_path / "other").iterdir()}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(downloads, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(watch, "STALL_SECONDS", 0.6)


FAULTS = ["hang", "unavailable", "unauthorized", "forbidden", "portal", "dribble"]
IN_THE_MIDDLE = ["hang_body", "truncated", "wrong_content", "portal", "dribble", "unauthorized", "unavailable"]


class TestEveryFault:
    """At the first question and in the middle; on the page, at launch, and by the command."""

    @pytest.mark.usefixtures("impatient")
    @pytest.mark.parametrize(
        ("fault", "path"), [*((each, "") for each in FAULTS), *((each, WEIGHTS) for each in IN_THE_MIDDLE)]
    )
    def test_the_page_keeps_its_model_and_the_launch_takes_the_built_in_one(
        self, hub, repo, files, others, tiny_checkpoint, monkeypatch, fault, path
    ):
        from pricer.ui.context import PageContext

        monkeypatch.setattr(checkpoints, "BUILT_IN", tiny_checkpoint)
        hub.publish(repo, others)
        hub.fault, hub.fault_path = fault, path
        before = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")
        context = PageContext(before, Settings(model_loading=True, device="cpu"))
        with pytest.raises(UserError):
            context.load(repo)
        assert context.runner is before
        assert context._loading.acquire(blocking=False)  # the next one may try
        launched = DeepNeuralNetworkRunner.from_pretrained_or_builtin(repo, "cpu")
        assert launched.source == "built-in"
        assert launched.notice
        assert launched.price(TEXTS).price.tolist() == before.price(TEXTS).price.tolist()
        hub.reset()
        monkeypatch.setattr(watch, "STALL_SECONDS", 20.0)  # a thread that was given up on may hold the library's lock
        verify(download(repo))  # and nothing of it stays in the way


class TestChanges:
    def test_a_branch_that_moves_between_files_gives_one_commit_whole(self, hub, repo, files, others):
        first = hub.publish(repo, others)
        repository = hub.repos["models", repo]
        resolve = repository.resolve

        def moving(revision):
            found = resolve(revision)
            if revision == "main":
                hub.publish(repo, files)
            return found

        repository.resolve = moving
        folder = download(repo)
        assert folder.name == first
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == others

    @pytest.mark.parametrize("mixed", [{WEIGHTS}, {SEEN}, {CONFIG}, {WEIGHTS, SEEN}])
    def test_files_of_two_commits_are_never_mixed(self, hub, repo, files, others, mixed):
        """By a server that gives other bytes under the commit that was asked for."""
        hub.publish(repo, files | {name: others[name] for name in mixed})
        with pytest.raises(CheckpointError, match="SHA-256 differs"):
            download(repo)

    def test_a_cached_copy_is_not_used_once_the_token_is_revoked(self, hub, repo, files):
        hub.publish(repo, files)
        download(repo)
        hub.fault = "unauthorized"
        with pytest.raises(HubError, match="status 401"):
            download(repo)

    @pytest.mark.usefixtures("impatient")
    @pytest.mark.parametrize("fault", ["portal", "hang", "dribble"])
    def test_a_cached_copy_is_used_where_something_else_answers(self, hub, repo, files, fault):
        commit = hub.publish(repo, files)
        download(repo)
        hub.fault = fault
        assert download(repo).name == commit

    def test_a_name_that_was_half_written_costs_the_fallback_and_nothing_else(self, hub, repo, files):
        commit = hub.publish(repo, files)
        name = download(repo).parent.parent / "refs" / "main"
        name.write_text(commit[:10])
        assert download(repo).name == commit
        assert name.read_text() == commit


class TestSlowness:
    def test_an_answer_buys_no_more_time_but_bytes_do(self):
        patient, never = watch.Watch(seconds=60), threading.Event()
        begun = patient.last_byte
        patient.do(lambda _: None, "a question")
        assert patient.last_byte == begun
        patient.do(lambda bar: bar(total=9, disable=True).update(9), "a file")
        assert patient.last_byte > begun
        patient.last_byte -= 60  # so long ago was the last one
        with pytest.raises(HubError, match="sent nothing of a question for 60 s"):
            patient.do(lambda _: never.wait(30), "a question")
        never.set()

    def test_one_deadline_holds_for_all_questions_of_a_download(self, hub, repo, files, monkeypatch):
        made, real = [], downloads.Watch

        def counted():
            made.append(real())
            return made[-1]

        monkeypatch.setattr(downloads, "Watch", counted)
        hub.publish(repo, files)
        download(repo)
        assert len(made) == 1

    @pytest.mark.usefixtures("impatient")
    def test_a_byte_now_and_then_is_no_progress(self, hub, repo, files):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "dribble", WEIGHTS
        with pytest.raises(HubError, match="sent nothing"):
            download(repo)

    @pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload raw:DeprecationWarning")
    def test_an_upload_that_stands_still_is_given_up_on(self, hub, repo, tiny_checkpoint, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(commits, "UPLOAD_STALL_SECONDS", 0.5)
        hub.fault, hub.fault_path = "hang", "/commit/main"
        with pytest.raises(HubError, match="took nothing more"):
            push(tiny_checkpoint, repo)


class _Elsewhere(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.headers_seen.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.server.content)

    do_HEAD = do_GET  # noqa: N815


@pytest.fixture
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    server.headers_seen, server.content = [], b""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class TestRedirects:
    """Large files come from other hosts on the real Hub too: what counts is their digest, and no token goes there."""

    @pytest.mark.parametrize("is_right", [True, False])
    def test_elsewhere_gets_no_token_and_is_not_trusted(self, hub, repo, files, elsewhere, monkeypatch, is_right):
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        hub.publish(repo, files)
        right = files[WEIGHTS]
        elsewhere.content = right if is_right else bytes(byte ^ 1 for byte in right)
        hub.fault, hub.fault_path = "redirect", WEIGHTS
        hub.redirect = f"http://localhost:{elsewhere.server_port}/{WEIGHTS}"
        if is_right:
            verify(download(repo))
        else:
            with pytest.raises(CheckpointError, match="SHA-256 differs"):
                download(repo)
        assert elsewhere.headers_seen
        assert not any("authorization" in map(str.lower, seen) for seen in elsewhere.headers_seen)
        assert TOKEN not in json.dumps(elsewhere.headers_seen)


class TestInterruptedPull:
    @pytest.mark.parametrize("path", [CONFIG, WEIGHTS])
    def test_killed_in_the_middle_of_a_file_the_next_try_is_right(self, hub, repo, files, tmp_path, path):
        hub.publish(repo, files)
        hub.fault, hub.fault_path = "hang_body", path
        command = [sys.executable, "-m", "pricer", "pull", repo, tmp_path / "model"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        hub.half_sent.wait(60)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert not (tmp_path / "model").exists()
        hub.reset()
        assert {each.name: each.read_bytes() for each in pull(repo, tmp_path / "model").iterdir()} == files

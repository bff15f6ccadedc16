"""A disk that is full, gone or locked, and memory that runs out: told, nothing half written, gone on with."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pricer.batch import price_file
from pricer.cli import main
from pricer.errors import TableError
from pricer.residual_network import DeepNeuralNetwork
from tests.faults.disk_events import failing, failure, watching

ROOT = Path(__file__).parents[2]


def full():
    return OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet", "out.xlsx"])
@pytest.mark.parametrize(
    ("error", "told"), [(full, "No space left.*--resume"), (MemoryError, "Memory ran out.*--resum")]
)
def test_each_write_may_fail(price, undisturbed, tmp_path, name, error, told):
    """Whichever file cannot be made, written or named: the older output stays, and the run can be gone on with."""
    whole, output = undisturbed(name), tmp_path / "run" / name
    output.parent.mkdir()
    for number in range(100):
        shutil.rmtree(output.parent)
        output.parent.mkdir()
        output.write_bytes(b"older")
        heard, seen = failing(output.parent, number, error)
        with watching(output.parent, heard):
            message = failure(price, output)
        if message:  # zipfile tries once more where a file cannot be made
            assert re.search(told, message)
        assert output.read_bytes() == (b"older" if message else whole)
        price(output, resume=True)
        assert output.read_bytes() == whole
        assert [each.name for each in output.parent.iterdir()] == [name]
        if len(seen) <= number:
            break
    assert number > 10


LIMITED = """
import json, resource, signal, sys
import pricer.batch.batch, pricer.deep_neural_network
from pricer.cli import main
pricer.batch.batch.CHUNK_ROWS = 4
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
source, folder, checkpoint, *limits = sys.argv[1:]
codes = {}
for limit in limits:
    for name in ("out.csv", "out.jsonl", "out.parquet", "out.xlsx"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
        output = f"{folder}/{limit}-{name}"
        codes[output] = main(["batch", source, output, "--model", checkpoint, "--device", "cpu"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps(codes))
"""


def test_a_real_limit_on_the_size_of_files(price, undisturbed, source, tmp_path, tiny_checkpoint):
    """The system refuses every byte beyond it, as a full disk does, to whichever library writes."""
    command = [sys.executable, "-c", LIMITED, source, tmp_path, tiny_checkpoint, "0", "1000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stdout)
    assert set(codes.values()) <= {0, 1}
    assert sum(codes.values()) == 8
    assert "Traceback" not in done.stderr
    assert done.stderr.count("cannot be written (File too large") == sum(codes.values())
    for path, code in codes.items():
        output = Path(path)
        assert output.exists() == (code == 0)
        price(output, resume=True)
        assert output.read_bytes() == undisturbed(output.name.partition("-")[2])


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.xlsx"])
@pytest.mark.parametrize("chunks", [0, 2, 4])
def test_an_output_folder_that_vanishes(price, undisturbed, tiny_runner, source, tmp_path, name, chunks):
    folder = tmp_path / "run"
    folder.mkdir()
    run = price_file(tiny_runner, source, folder / name)
    for _ in range(chunks + 1):
        next(run)
    shutil.rmtree(folder)
    with pytest.raises(TableError, match=f"{name} cannot be written"):
        list(run)
    assert not folder.exists()
    folder.mkdir()
    price(folder / name, resume=True)
    assert (folder / name).read_bytes() == undisturbed(name)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no folder here that even root cannot write")
def test_an_output_folder_that_takes_no_files(price):
    with pytest.raises(TableError, match=r"out\.csv cannot be written .*choose another folder"):
        price(Path("/sys/kernel/out.csv"))


@pytest.mark.parametrize(
    "error", [MemoryError, lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes")]
)
def test_memory_that_runs_out_while_pricing(price, undisturbed, tmp_path, monkeypatch, error):
    calls, head = [], DeepNeuralNetwork.head

    def short(network, embedded):
        calls.append(1)
        if len(calls) == 3:
            raise error()
        return head(network, embedded)

    with monkeypatch.context() as patch:
        patch.setattr(DeepNeuralNetwork, "head", short)
        with pytest.raises(TableError, match=r"Memory ran out while items\.csv was priced.*--resume"):
            price(tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    assert price(tmp_path / "out.csv", resume=True).resumed_rows == 8
    assert (tmp_path / "out.csv").read_bytes() == undisturbed("out.csv")


def test_a_command_without_memory_says_so(monkeypatch, capsys, tiny_checkpoint):
    monkeypatch.setattr(torch.nn.functional, "embedding_bag", lambda *_, **__: [0] * (1 << 62))
    assert main(["price", "A lamp", "--model", str(tiny_checkpoint), "--device", "cpu"]) == 1
    assert "memory ran out" in capsys.readouterr().err


SHORT_OF_MEMORY = """
import resource, sys
import pricer.batch.batch
from pricer.batch import price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import UserError
pricer.batch.batch.CHUNK_ROWS = 4
source, output, checkpoint = sys.argv[1:]
run = price_file(DeepNeuralNetworkRunner.from_pretrained(checkpoint, device="cpu"), source, output)
next(run), next(run)
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (1 << 18), resource.RLIM_INFINITY))
try:
    list(run)
except UserError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells how much memory a process has")
def test_a_real_limit_on_memory(price, undisturbed, tmp_path, tiny_checkpoint):
    """However the libraries take it (some end the process), nothing half written has the output's name."""
    given = tmp_path / "large.csv"
    given.write_text("summary,remark\n" + "".join(f'A steel lamp {n},"{n % 10}{"x" * 100_000}"\n' for n in range(12)))
    command = [sys.executable, "-c", SHORT_OF_MEMORY, given, tmp_path / "out.csv", tiny_checkpoint]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not (tmp_path / "out.csv").exists()
    assert price(tmp_path / "out.csv", given=given, resume=True).resumed_rows >= 4
    assert (tmp_path / "out.csv").read_bytes() == undisturbed("out.csv", given=given)


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGTERM, 143, "ended by SIGTERM"), (signal.SIGHUP, 129, "ended by SIGHUP"), (signal.SIGINT, 130, "inter")],
)
def test_a_signal_to_end_keeps_the_state_and_says_how_to_go_on(
    price, undisturbed, source, tmp_path, tiny_checkpoint, capsys, number, code, told
):
    (tmp_path / "run").mkdir()
    output, seen = tmp_path / "run" / "out.csv", []

    def heard(event, arguments):
        seen.append(event)
        if "prices-00000001" in str(arguments[1]):
            os.kill(os.getpid(), number)

    usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    signal.signal(number, usual)  # a library that was used before may have left a handler of its own
    with watching(output.parent, heard):
        found = main(["batch", str(source), str(output), "--model", str(tiny_checkpoint), "--device", "cpu"])
    err = capsys.readouterr().err
    assert (found, output.exists(), signal.getsignal(number)) == (code, False, usual)
    assert "out.csv.partial: add --resume to go on" in err
    assert told in err.splitlines()[-1]
    assert price(output, resume=True).resumed_rows == 4
    assert output.read_bytes() == undisturbed("out.csv")


def test_a_signal_that_is_ignored_stays_so():
    from pricer.cli import signals

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.heard():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

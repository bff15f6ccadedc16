"""A batch that is killed at any moment: it can be gone on with, and gives what an undisturbed one gives."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pricer.batch import BatchOptions, price_file
from tests.faults.disk_events import moments

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet", "out.xlsx", "out.csv.gz"])
def test_killed_before_any_change_on_disk_it_resumes_to_the_same_bytes(price, undisturbed, tmp_path, name):
    whole, folder = undisturbed(name), tmp_path / "run"
    folder.mkdir()
    (folder / name).write_bytes(b"older")
    left = moments(folder, tmp_path / "left", lambda: price(folder / name))
    assert len(left) > 12
    for moment in left:
        assert (moment / name).read_bytes() in {b"older", whole}
        assert price(moment / name, resume=True).finished
        assert (moment / name).read_bytes() == whole
        assert [each.name for each in moment.iterdir()] == [name]


def test_a_resumed_run_may_be_killed_too(price, undisturbed, tiny_runner, source, tmp_path):
    whole, folder = undisturbed("out.csv"), tmp_path / "run"
    folder.mkdir()
    run = price_file(tiny_runner, source, folder / "out.csv")
    next(run), next(run), next(run)
    run.close()
    for moment in moments(folder, tmp_path / "left", lambda: price(folder / "out.csv", resume=True)):
        price(moment / "out.csv", resume=True)
        assert (moment / "out.csv").read_bytes() == whole


@pytest.fixture
def half_done(tiny_runner, source, tmp_path):
    """The output of a run that was abandoned after two of four chunks."""
    run = price_file(tiny_runner, source, tmp_path / "out.csv")
    next(run), next(run), next(run)
    run.close()
    return tmp_path / "out.csv"


@pytest.mark.parametrize("spoil", ["cut", "zeros", "flip", "swap", "older"])
def test_chunks_that_a_power_cut_tore_are_priced_again(price, undisturbed, half_done, tiny_runner, source, spoil):
    """Their names may reach the disk before their bytes do; not one bit of them is taken on trust."""
    state = half_done.with_name("out.csv.partial")
    first, second = (state / f"prices-0000000{number}.arrow" for number in (0, 1))
    good, generator = first.read_bytes(), random.Random(6)
    if spoil == "cut":
        wrong = [good[:size] for size in range(0, len(good), max(1, len(good) // 100))]
    elif spoil == "zeros":
        wrong = [good[:size] + bytes(len(good) - size) for size in range(0, len(good) - 64, len(good) // 20)]
    elif spoil == "flip":
        flips = [(generator.randrange(len(good)), 1 << generator.randrange(8)) for _ in range(100)]
        wrong = [good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :] for at, bit in flips]
    elif spoil == "swap":
        wrong = [second.read_bytes()]
    else:
        run = price_file(tiny_runner, source, half_done.with_name("other.csv"), BatchOptions(coverage=0.9))
        next(run), next(run)
        wrong = [half_done.with_name("other.csv.partial").joinpath(first.name).read_bytes()]
        run.close()
    from pricer.batch.state import BatchState, digest_of
    from pricer.tables import open_table

    chunk = next(open_table(source).chunks(4))
    texts = digest_of(chunk.texts([1]), chunk.notes)
    kept = BatchState(half_done, json.loads((state / "manifest.json").read_text()), resume=True)
    assert kept.read(0, texts) is not None
    for content in wrong:
        first.write_bytes(content)
        assert kept.read(0, texts) is None
    kept.close()
    assert price(half_done, resume=True).resumed_rows == 4
    assert half_done.read_bytes() == undisturbed("out.csv")


@pytest.mark.parametrize("size", [0, 1, 50, -1])
def test_a_manifest_that_was_torn_starts_the_run_afresh(price, undisturbed, half_done, size):
    manifest = half_done.with_name("out.csv.partial") / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:size])
    assert price(half_done, resume=True).resumed_rows == 0
    assert half_done.read_bytes() == undisturbed("out.csv")


KILLED = """
import os, runpy, signal, sys
wanted, number = sys.argv.pop(1), int(sys.argv.pop(1))
seen = 0
def hook(event, arguments):
    global seen
    if event in {"open", "os.rename"} and wanted in str(arguments[:2]):
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
import pricer.batch.batch
pricer.batch.batch.CHUNK_ROWS = 4
runpy.run_module("pricer", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(("wanted", "number"), [("manifest.json", 2), ("prices-00000002.arrow", 2), ("/out.csv')", 1)])
def test_the_real_command_killed_by_the_system(price, undisturbed, source, tmp_path, tiny_checkpoint, wanted, number):
    """At the manifest's rename, after two chunks, and at the last rename."""
    (tmp_path / "run").mkdir()
    output = tmp_path / "run" / "out.csv"
    command = ["batch", source, output, "--model", tiny_checkpoint, "--device", "cpu"]
    command = [sys.executable, "-c", KILLED, wanted, str(number), *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not output.exists()
    price(output, resume=True)
    assert output.read_bytes() == undisturbed("out.csv")


def test_killed_at_random_lines_of_code_it_resumes_to_the_same_bytes(
    price, undisturbed, source, tmp_path, tiny_checkpoint
):
    """Processes that are forked from one, so that each need not load the libraries, and kill themselves."""
    whole = undisturbed("out.csv")
    script = [sys.executable, Path(__file__).with_name("killed_children.py"), tiny_checkpoint, source, tmp_path, "14"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    endings = json.loads(done.stdout)
    assert sum(ending == -signal.SIGKILL for ending in endings) >= 12
    for number, ending in enumerate(endings):
        output = tmp_path / f"child-{number}" / "out.csv"
        if ending or not output.exists():
            price(output, resume=True)
        assert output.read_bytes() == whole
        shutil.rmtree(output.parent)

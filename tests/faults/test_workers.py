"""Processes that price beside the main one and are killed, hang or talk nonsense: the same bytes, and a notice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from pricer.batch import BatchOptions, price_file, worker
from pricer.batch.chunk_pricer import HUNG, LOST, NOT_STARTED, ChunkPricer, Task
from pricer.batch.priced_chunk import PricedChunk

BEGINS = """
import hashlib, os, signal, sys
def answer(content):
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
def send(message):
    answer(len(message).to_bytes(8, "little") + hashlib.sha256(message).digest() + message)
def asked():
    sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(8), "little") + 32)
send(b"ready")
"""
OTHER = PricedChunk(np.zeros((3, 1)), [""], None).to_bytes()
FAULTS = {
    "ends at once": ("", LOST),
    "ends when it is asked": (BEGINS + "asked()", LOST),
    "is killed when it is asked": (BEGINS + "asked(); os.kill(os.getpid(), signal.SIGKILL)", LOST),
    "is killed in an answer": (BEGINS + "asked(); answer(bytes([99, 0])); os.kill(os.getpid(), signal.SIGKILL)", LOST),
    "is stopped when it is asked": (BEGINS + "asked(); os.kill(os.getpid(), signal.SIGSTOP)", HUNG),
    "is stopped in an answer": (BEGINS + "asked(); answer(bytes(5)); os.kill(os.getpid(), signal.SIGSTOP)", HUNG),
    "never reads": (BEGINS + "signal.pause()", HUNG),
    "answers with garbage": (BEGINS + "asked(); answer(b'garbage' * 1000)", LOST),
    "answers with a length beyond all memory": (BEGINS + "asked(); answer(b'\\xff' * 100)", LOST),
    "answers with no chunk": (BEGINS + "asked(); send(b'ARROW1')", LOST),
    "answers with another chunk": (BEGINS + f"asked(); send({OTHER!r})", LOST),
}


@pytest.fixture
def only_others_price(monkeypatch):
    """The main process prices nothing that another one could, until one is lost."""
    claim, pricers = Task.claim, []
    made = ChunkPricer.__init__

    def noted(self, *arguments):
        pricers.append(self)
        made(self, *arguments)

    def claimed(task):
        is_other = threading.current_thread() is not threading.main_thread()
        alone = pricers[-1].notices or not pricers[-1]._processes
        return (is_other or bool(alone)) and claim(task)

    monkeypatch.setattr(ChunkPricer, "__init__", noted)
    monkeypatch.setattr(Task, "claim", claimed)


@pytest.mark.usefixtures("only_others_price")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_process_that_fails_costs_no_row(tiny_runner, source, tmp_path, undisturbed, monkeypatch, fault):
    code, notice = FAULTS[fault]
    if notice == HUNG:
        monkeypatch.setattr(sys.modules[ChunkPricer.__module__], "PATIENCE_SECONDS", 0.0)
    whole = undisturbed("out.csv", processes=1)
    started, ready = [], threading.Semaphore(0)

    def start(_):
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=worker.environment()
        )
        started.append(process)
        return process

    receive = worker.receive

    def received(pipe):
        message = receive(pipe)
        ready.release()
        return message

    monkeypatch.setattr(ChunkPricer, "_started", start)
    monkeypatch.setattr(worker, "receive", received)
    run = price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=2))
    next(run)
    ready.acquire()  # it said that it is ready, or ended
    *_, last = run
    assert last.notices[-1:] == [notice]
    assert (tmp_path / "out.csv").read_bytes() == whole
    assert started[0].returncode is not None


def test_a_real_one_that_is_stopped_is_not_waited_for(tiny_runner, source, tmp_path, undisturbed, monkeypatch):
    whole, start, started = undisturbed("out.csv", processes=1), ChunkPricer._started, []

    def stopped(self):
        started.append(start(self))
        os.kill(started[-1].pid, signal.SIGSTOP)
        return started[-1]

    monkeypatch.setattr(ChunkPricer, "_started", stopped)
    *_, last = price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=3))
    assert (tmp_path / "out.csv").read_bytes() == whole
    assert [each.returncode for each in started] == [-signal.SIGKILL] * 2
    assert last.priced == 13


def test_texts_do_not_pile_up_beside_one_that_hangs(tiny_runner, source, tmp_path, monkeypatch):
    sizes, start, put = [], ChunkPricer._started, ChunkPricer.in_order

    def stopped(self):
        process = start(self)
        os.kill(process.pid, signal.SIGSTOP)
        return process

    def in_order(self, *arguments):
        for each in put(self, *arguments):
            sizes.append(self._waiting.qsize())
            yield each

    monkeypatch.setattr(ChunkPricer, "_started", stopped)
    monkeypatch.setattr(ChunkPricer, "in_order", in_order)
    monkeypatch.setattr("pricer.batch.batch.CHUNK_ROWS", 1)
    list(price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=2)))
    assert len(sizes) == 14
    assert max(sizes) == 2 * sys.modules[ChunkPricer.__module__].AHEAD


def test_where_no_process_can_be_started_this_one_prices_alone(tiny_runner, source, tmp_path, undisturbed, monkeypatch):
    whole = undisturbed("out.csv", processes=1)

    def none(*_, **__):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", none)
    *_, last = price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(processes=3))
    assert last.notices == [NOT_STARTED]
    assert (tmp_path / "out.csv").read_bytes() == whole


def test_a_message_whose_bytes_were_changed_is_none(tmp_path):
    path = Path(tmp_path / "pipe")
    with path.open("wb") as pipe:
        worker.send(pipe, b"prices")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with path.open("rb") as pipe:
            assert worker.receive(pipe) is None
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with path.open("rb") as pipe:
            assert worker.receive(pipe) is None

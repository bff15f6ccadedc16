"""A process that prices chunks for another one.

It is given a checkpoint's folder, its digest, a precision, a runtime, and the other's id.

Requests come in and answers go out through its pipes, each as eight bytes of length, a SHA-256, and that many bytes; it
ends when the other process does, as no more can come then.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import pyarrow

NICENESS = 10  # so that a page that shares the machine stays quick
LENGTH_BYTES = 8
MOST_BYTES = 1 << 31  # of a message; a longer one is none of ours
SECONDS_BETWEEN = 0.5  # two looks for the other process
READY = b"ready"  # the first message, once the model is loaded


def main() -> None:
    """Answer requests with the model of a checkpoint folder until there are no more."""
    folder, digest, precision, runtime, parent = sys.argv[1:]
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed by mistake is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process hears it too, and ends this one
    os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    from pricer.batch.priced_chunk import PricedChunk
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    runner = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu", precision=precision, runtime=runtime)
    if runner.checkpoint.digest != digest:
        sys.exit(f"{folder} was replaced while it priced")
    send(answers, READY)
    while (request := receive(sys.stdin.buffer)) is not None:
        send(answers, PricedChunk.of(runner, *unpacked(request)).to_bytes())


def _end_with(parent: int) -> None:
    """End this process soon after the other one, whatever it is at: it may be loading, or amid a chunk."""
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN)
    os._exit(1)


def packed(texts: Sequence[str], notes: Mapping[int, str], coverage: float) -> bytes:
    """A request; parameters as in `PricedChunk.of`."""
    options = json.dumps({"coverage": coverage, "notes": list(notes.items())})
    column = pyarrow.array(texts, type=pyarrow.large_string())
    table = pyarrow.table({"text": column}).replace_schema_metadata({"options": options})
    buffer = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(buffer, table.schema) as stream:
        stream.write_table(table)
    return buffer.getvalue().to_pybytes()


def unpacked(request: bytes) -> tuple[list[str], dict[int, str], float]:
    """What `packed` was given."""
    table = pyarrow.ipc.open_stream(request).read_all()
    options = json.loads(table.schema.metadata[b"options"])
    return table.column("text").to_pylist(), dict(options["notes"]), options["coverage"]


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message."""
    pipe.write(len(message).to_bytes(LENGTH_BYTES, "little"))
    pipe.write(hashlib.sha256(message).digest())
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None where the other end is closed, or where what comes is no message."""
    length = int.from_bytes(pipe.read(LENGTH_BYTES), "little")
    digest = pipe.read(hashlib.sha256().digest_size)
    if length > MOST_BYTES:
        return None
    message = pipe.read(length)
    return message if len(message) == length and hashlib.sha256(message).digest() == digest else None


def environment() -> dict[str, str]:
    """The environment of such a process: this package, one thread."""
    package = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

"""Who prices the chunks of a batch: this process alone, or others beside it; the prices are the same."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, TypeVar

from pricer.batch import worker
from pricer.batch.priced_chunk import PricedChunk
from pricer.batch.shared_cores import BACKGROUND
from pricer.errors import BusyError
from pricer.tables import Chunk

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

PAYS_FROM_BYTES = 8_000_000  # smaller files are done before another process has loaded the model
AHEAD = 3  # chunks that are begun before their turn, for each process
PATIENCE_SECONDS = 20.0  # how long another process may take for a chunk, where this one takes less than a third of that
SERVED_PATIENCE_SECONDS = (
    90.0  # the same on a server, where other processes stand back and this one leaves them the work
)
LOST = "A process that priced beside this one was ended: the rest was priced without it."
HUNG = "A process that priced beside this one gave no answer: the rest was priced without it."
NOT_STARTED = "No process could be started to price beside this one: it priced alone."

ENDED = "This run was ended, as the page is restarting: start it again in a minute."

Key = TypeVar("Key")


class Task:
    """A chunk to be priced by whoever claims it first."""

    def __init__(self, chunk: Chunk, texts: Sequence[str]) -> None:
        self.chunk = chunk
        self.texts = texts
        self._claimed = threading.Lock()
        self._finished = threading.Event()
        self._priced: PricedChunk | None = None

    def claim(self) -> bool:
        """Whether the caller is the first, and so the one to price it."""
        return self._claimed.acquire(blocking=False)

    def release(self) -> None:
        """Let another one price it."""
        self._claimed.release()

    def finish(self, priced: PricedChunk) -> None:
        """Hand in its prices."""
        self._priced = priced
        self._finished.set()

    def wait(self, seconds: float) -> PricedChunk | None:
        """Its prices, as soon as they are there within this time."""
        self._finished.wait(seconds)
        return self._priced


class ChunkPricer:
    """Prices chunks in this process and, where they pay, in others that have loaded the same checkpoint.

    Should one of those be killed, hang or answer with nothing of use, the rest goes on without it.
    """

    def __init__(
        self,
        runner: DeepNeuralNetworkRunner,
        coverage: float,
        helpers: int,
        served_until: threading.Event | None = None,
    ) -> None:
        self.notices: list[str] = []  # what the user should know in the end
        self.counts = runner.checkpoint.reference is not None  # whether chunks are counted for the drift report
        self._runner, self._coverage = runner, coverage
        self._served_until = served_until  # of a server: it prices nothing itself while others can
        self._slowest_seconds = 0.0  # of the chunks that this process priced
        self._at: dict[subprocess.Popen[bytes], Task] = {}  # what each process prices
        self._processes = [process for _ in range(helpers) if (process := self._started()) is not None]
        # What does not fit in is priced by this process: else a file's texts would pile up beside one that hangs.
        self._waiting: queue.Queue[Task | None] = queue.Queue(2 * AHEAD * len(self._processes))
        self._threads = [threading.Thread(target=self._serve, args=(each,), daemon=True) for each in self._processes]
        for thread in self._threads:
            thread.start()

    def in_order(
        self, chunks: Iterable[tuple[Key, Chunk, Sequence[str], PricedChunk | None]]
    ) -> Iterator[tuple[Key, Chunk, PricedChunk]]:
        """Each chunk with its prices; those that have some already keep them.

        Parameters
        ----------
        chunks
            A key to know each by, its rows, their texts, and its prices where they are known.
        """
        begun: deque[tuple[Key, Task]] = deque()
        for key, chunk, texts, known in chunks:
            task = Task(chunk, texts)
            begun.append((key, task))
            if known:
                task.claim()
                task.finish(known)
            elif self._processes:
                with suppress(queue.Full):
                    self._waiting.put_nowait(task)
            if len(begun) > AHEAD * len(self._processes):
                yield self._next(begun)
        while begun:
            yield self._next(begun)

    def close(self) -> None:
        """End the other processes, whatever they are at."""
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        for process in self._processes:
            process.kill()
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            with suppress(BrokenPipeError), process:  # closes its pipes
                pass

    def _next(self, begun: deque[tuple[Key, Task]]) -> tuple[Key, Chunk, PricedChunk]:
        """The first of the begun chunks; until it is there, this process prices others that nobody has claimed."""
        key, first = begun[0]
        started = time.monotonic()
        while (priced := first.wait(0.0)) is None:
            unclaimed = None if self._leaves_it() else next((task for _, task in begun if task.claim()), None)
            if unclaimed is not None:
                self._price(unclaimed)
            elif first.wait(0.05) is None and time.monotonic() - started > self._patience():
                self._give_up_on(first)
        begun.popleft()
        return key, first.chunk, priced

    def _price(self, task: Task) -> None:
        started = time.monotonic()
        task.finish(PricedChunk.of(self._runner, task.texts, task.chunk.notes, self._coverage))
        self._slowest_seconds = max(self._slowest_seconds, time.monotonic() - started)

    def _patience(self) -> float:
        least = PATIENCE_SECONDS if self._served_until is None else SERVED_PATIENCE_SECONDS
        return max(least, 3 * self._slowest_seconds)

    def _give_up_on(self, task: Task) -> None:
        """End the process that prices this, which has hung, and price it here."""
        for process, at in list(self._at.items()):
            if at is task:
                process.kill()  # which a stopped process heeds too
        self.notices = [HUNG]
        self._price(task)

    def _leaves_it(self) -> bool:
        """Whether pricing is left to other processes.

        Raises
        ------
        BusyError
            It belongs to a server that is to end.
        """
        if self._served_until is None:
            return False
        if self._served_until.is_set():
            raise BusyError(ENDED)
        return any(thread.is_alive() for thread in self._threads)

    def _started(self) -> subprocess.Popen[bytes] | None:
        checkpoint = self._runner.checkpoint
        command = [
            sys.executable,
            "-c",
            "from pricer.batch.worker import main; main()",
            str(checkpoint.folder),
            checkpoint.digest,
            checkpoint.precision,
            checkpoint.runtime,
            str(os.getpid()),
        ]
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=worker.environment())  # noqa: S603
        except OSError:  # no memory or no process more
            self.notices = [NOT_STARTED]
            return None

    def _serve(self, process: subprocess.Popen[bytes]) -> None:
        """Let another process price what it can claim, until there is nothing or it has ended."""
        assert process.stdout is not None
        if worker.receive(process.stdout) != worker.READY:
            self._lost()
            return
        while (task := self._waiting.get()) is not None:
            if not task.claim():
                continue
            self._at[process] = task
            priced = self._answer(process, task)
            if priced is None:
                task.release()
                self._lost()
                return
            task.finish(priced)

    def _lost(self) -> None:
        self.notices = self.notices or [LOST]

    def _answer(self, process: subprocess.Popen[bytes], task: Task) -> PricedChunk | None:
        """What the process makes of a task; None if it has ended, or if what goes to and fro cannot be read."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            worker.send(process.stdin, worker.packed(task.texts, task.chunk.notes, self._coverage))
            answer = worker.receive(process.stdout)
            priced = None if answer is None else PricedChunk.from_bytes(answer)
        except Exception:  # whatever it is, this process prices the chunk itself, and tells of a fault of its own
            return None
        return priced if priced is not None and len(priced.notes) == len(task.texts) else None


@contextmanager
def chunk_pricer(
    runner: DeepNeuralNetworkRunner,
    coverage: float,
    size_bytes: int,
    processes: int | None,
    served_until: threading.Event | None = None,
) -> Iterator[ChunkPricer]:
    """What prices a file of this size, by `BatchOptions.processes`; they load the model while the file is checked."""
    if processes is None:
        processes = available_cores() if size_bytes >= PAYS_FROM_BYTES else 1
    checkpoint = runner.checkpoint
    if checkpoint.folder is None or runner.device.name != "cpu" or not checkpoint.network.is_small:
        processes = 1
    shared = BACKGROUND.some(processes) if served_until and processes > 1 else nullcontext(processes - 1)
    with shared as helpers:
        pricer = ChunkPricer(runner, coverage, helpers, served_until)
        try:
            yield pricer
        finally:
            pricer.close()


def available_cores() -> int:
    """Processor cores that this process may use."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1

"""Runs batches in forked processes that kill themselves at random lines of our code; prints how each ended.

Arguments: checkpoint, source, folder for the outputs, how many.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path

import polars  # noqa: F401 (before the fork, as it is slow to load; it starts its threads when it is used)

import pricer.batch.batch
from pricer.batch import price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner

OURS = str(Path(pricer.__file__).parent)


class Countdown:
    """A trace function that counts the lines of our code that are run, and kills the process at one of them."""

    def __init__(self, kill_at):
        self.kill_at, self.lines = kill_at, 0

    def __call__(self, frame, event, _):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def child(runner, source, output, kill_at):
    """The number of lines that a batch takes, or none, as it is killed before."""
    countdown = Countdown(kill_at)
    sys.settrace(countdown)
    for _ in price_file(runner, source, output):
        pass
    sys.settrace(None)
    return countdown.lines


def forked(work):
    """How a forked process ended that did the work, and what it found."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, str(work()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as found:
        words = found.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), words


def main():
    checkpoint, source, folder, number = sys.argv[1:]
    pricer.batch.batch.CHUNK_ROWS = 4
    runner = DeepNeuralNetworkRunner.from_pretrained(checkpoint, device="cpu")
    generator = random.Random(1)
    endings, lines = [], 0
    for at in range(int(number)):
        output = Path(folder, f"child-{at}", "out.csv")
        output.parent.mkdir()
        kill_at = generator.randrange(1, lines) if lines else 0
        ending, words = forked(lambda output=output, kill_at=kill_at: child(runner, source, output, kill_at))
        lines = lines or int(words)
        endings.append(ending)
    print(json.dumps(endings))  # noqa: T201 (the result)


if __name__ == "__main__":
    main()

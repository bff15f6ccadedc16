"""What runs beside tests of the Ray engine: a note, in each worker, of all that is priced; a driver to be killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTROL = "RAY_TEST_CONTROL"  # a folder that tests and workers share


def install():
    """Note the first text of whatever is priced here; do what the test wants before a certain text is."""
    from pricer.batch.priced_chunk import PricedChunk

    control, of = Path(os.environ[CONTROL]), PricedChunk.of

    def noted(runner, texts, notes, coverage):
        for action in (die, wait):
            if claimed(control / f"{action.__name__}-before", texts[0]):
                action(control)
        found = of(runner, texts, notes, coverage)
        with (control / "priced").open("a") as file:
            file.write(json.dumps(texts[0]) + "\n")
        return found

    PricedChunk.of = noted


def claimed(wish: Path, text: str) -> bool:
    """Whether a test wishes something at this text, and no other worker has done it."""
    try:
        if wish.read_text() != text:
            return False
        wish.rename(wish.with_name("claimed"))
    except FileNotFoundError:
        return False
    return True


def die(control: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait(control: Path) -> None:
    """Tell the test that the text has come, and price nothing more."""
    (control / "reached").write_text("")  # a pipe: both ends wait for the other
    signal.pause()


def environment(control: Path) -> dict:
    """What Ray sets up for each worker."""
    return {
        "worker_process_setup_hook": "tests.ray_workers.install",
        "env_vars": {CONTROL: str(control), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    }


def drive() -> None:
    """Price a file on a cluster, in a process of its own."""
    import logging

    import ray

    from pricer.ray_engine import RayOptions, price_with_ray

    address, control, model, source, output = sys.argv[1:]
    ray.init(address, runtime_env=environment(Path(control)), log_to_driver=False, logging_level=logging.ERROR)
    for _ in price_with_ray(Path(model), source, output, None, RayOptions(workers=2, chunk_rows=4, unit_chunks=2)):
        pass


if __name__ == "__main__":
    drive()

"""The machines that work: a Ray cluster, asked through Ray Data."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pricer.errors import UserError
from pricer.ray_engine.job import Item, Job

PACKAGE = Path(__file__).parents[1]
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}  # a worker is one core's


class Cluster:
    """The Ray cluster that this process is connected to, else that of RAY_ADDRESS, else this machine alone.

    Parameters
    ----------
    workers
        That price side by side; None: one a core, or one a GPU.
    gpus
        For each worker, 0 or 1.

    Raises
    ------
    UserError
        Ray is not installed, or there is no such cluster.
    """

    def __init__(self, workers: int | None, gpus: int) -> None:
        self._ray = _connected()
        self._gpus = gpus
        self.workers = workers or max(1, int(self._ray.cluster_resources().get("GPU" if gpus else "CPU", 1)))

    def share(self, value: Any) -> Any:
        """Something large, for every machine to get once."""
        return self._ray.put(value)

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives on one machine of the cluster, of the kind that prices."""
        remote = self._ray.remote(num_cpus=1, num_gpus=self._gpus)(_answer)
        return _result(self._ray.get(remote.remote(function, *arguments)))

    def each(self, function: Callable[..., Any], job: Job, numbers: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """What a function gives for the job and each number, as it comes, with the number."""

        def one(row: dict[str, Any]) -> dict[str, Any]:
            number = int(row["number"][0])
            return {"number": [number], "answer": [json.dumps(_answer(function, job, number))]}

        yield from self._rows([{"number": number} for number in numbers], one, {"num_cpus": 1})

    def priced(self, job: Job, model: Any, items: Sequence[Item]) -> Iterator[dict[str, int]]:
        """What becomes of each item, by a pool of workers with a model each; a lost one is replaced."""
        from ray.data import ActorPoolStrategy

        size = min(self.workers, max(1, len(items)))
        options = {
            "compute": ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=1),
            "fn_constructor_args": (job, model),
            "num_cpus": 1,
            "num_gpus": self._gpus,
        }
        for _, found in self._rows([{"number": at, **asdict(item)} for at, item in enumerate(items)], _Worker, options):
            yield found

    def _rows(self, rows: list[dict[str, int]], work: Any, options: dict[str, Any]) -> Iterator[tuple[int, Any]]:
        """Rows through Ray Data, each a task of its own."""
        if not rows:
            return
        with _quiet():
            data = self._ray.data.from_items(rows, override_num_blocks=len(rows))
            for found in data.map_batches(work, batch_size=1, **options).iter_rows():
                yield found["number"], _result(json.loads(found["answer"]))


class _Worker:
    """A `Scorer` as Ray Data calls it; a user's mistake is told, not raised, as Ray would bury it."""

    def __init__(self, job: Job, model: Any) -> None:
        import ray

        from pricer.ray_engine.worker import Scorer

        self._scorer = _answer(Scorer, job, ray.get(model))

    def __call__(self, row: dict[str, Any]) -> dict[str, list[Any]]:
        members = {name: int(value[0]) for name, value in row.items()}
        number = members.pop("number")
        scorer = self._scorer
        found = scorer if "problem" in scorer else _answer(scorer["result"], Item(**members))
        return {"number": [number], "answer": [json.dumps(found)]}


def _answer(function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """What a function gives, or the user's mistake that it met."""
    try:
        return {"result": function(*arguments)}
    except UserError as error:
        return {"problem": str(error)}


def _result(answer: dict[str, Any]) -> Any:
    if answer.get("problem"):
        raise UserError(answer["problem"])
    return answer["result"]


def _connected() -> Any:
    """Ray, connected, without its dashboard, its statistics and its talk."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault(
        "RAY_BACKEND_LOG_LEVEL", "fatal"
    )  # else it calls Ray Data's own way of making actors an error
    try:
        with _quiet():
            import ray
            import ray.data
    except ModuleNotFoundError as error:
        raise UserError(f"--engine ray lacks the package {error.name}: pip install -r requirements-ray.txt") from error
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS")
        # Without an address, Ray would look for the last cluster that ran here, which may be gone.
        local = {} if address else {"address": "local", "include_dashboard": False}
        try:
            with _quiet():
                ray.init(
                    runtime_env={"py_modules": [str(PACKAGE)], "env_vars": WORKER_ENVIRONMENT},
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    **local,
                )
        except ConnectionError as error:
            raise UserError(f"There is no Ray cluster at RAY_ADDRESS ({address}): start it, or unset it.") from error
    return ray


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray's own warnings about its own settings, and its reports, are none of a user's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.data import DataContext

        context = DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        yield

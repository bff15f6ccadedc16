"""How wrong prices are: the course's `evaluate`, and the full evaluation behind the page and the command line."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from pricer.errors import ItemError
from pricer.evaluation import COVERAGE, Evaluation
from pricer.intervals import COVERAGES

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.inference import Predictions
    from pricer.items import Item

CHUNK_ITEMS = 1024

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)")


def evaluate(
    predictor: Callable[[Item], Any], items: Sequence[Item], size: int | None = None, workers: int = 1
) -> float:
    """Price items one by one, with a progress bar, and print the mean absolute error.

    Parameters
    ----------
    predictor
        From an item to its price: a number, or text such as "$1,234.50".
    items
        Items with true prices.
    size
        How many of them, from the first; None takes all.
    workers
        Threads that call the predictor, for one that waits for a server.

    Returns
    -------
    float
        Mean absolute error in dollars.

    Examples
    --------
    >>> from pricer import Item
    >>> evaluate(lambda item: "$30", [Item(summary="Steel kettle", price=35), Item(summary="Desk lamp", price=20)])
    Mean Absolute Error: $7.50
    7.5
    """
    chosen = list(items[:size])
    if not chosen:
        raise ItemError("There are no items to evaluate: expected at least one.")
    with ThreadPoolExecutor(max_workers=workers) as pool:
        answers = list(tqdm(pool.map(predictor, chosen), total=len(chosen), desc="Evaluating", unit="item"))
    errors = [abs(read_number(answer) - item.price) for answer, item in zip(answers, chosen, strict=True)]
    mean = float(np.mean(errors))
    sys.stdout.write(f"Mean Absolute Error: ${mean:,.2f}\n")
    return mean


def read_number(answer: Any) -> float:
    """The first number of an answer, as the course's evaluator reads it; 0 if there is none."""
    if not isinstance(answer, str):
        return float(answer or 0)
    found = _NUMBER.search(answer.replace("$", ""))
    return float(found[0].replace(",", "")) if found else 0.0


def evaluate_runner(
    runner: DeepNeuralNetworkRunner,
    items: Sequence[Item],
    *,
    unpriced: int = 0,
    exclude_seen: bool = False,
    coverage: float = COVERAGE,
) -> Iterator[tuple[int, Evaluation | None]]:
    """Price every item once, in chunks; gives (items done, None) after each chunk and (all, the evaluation) at last.

    Parameters
    ----------
    runner
        What prices.
    items
        Items with true prices.
    unpriced
        Rows that were left out before, for the report.
    exclude_seen
        Leave out items whose text was trained on.
    coverage
        Share of true prices that the ranges should contain, 0.5-0.95; how many they hold at others is counted too.

    Raises
    ------
    ItemError
        There is no item to evaluate.
    """
    from pricer.inference import Predictions  # with torch, which the course's `evaluate` does without

    texts = [item.summary for item in items]
    n_given = len(items)
    seen = runner.checkpoint.seen_texts.contains(texts)
    if exclude_seen:
        items = [item for item, known in zip(items, seen, strict=True) if not known]
        texts = [item.summary for item in items]
        seen = np.zeros(len(items), dtype=bool)
    if not items:
        reason = f"all {n_given:,} were trained on" if n_given else "none has a text and a price"
        raise ItemError(f"There are no items to evaluate: {reason}. Give other items.")
    parts = []
    started = time.perf_counter()
    for start in range(0, len(items), CHUNK_ITEMS):
        parts.append(runner.checkpoint.predictions(texts[start : start + CHUNK_ITEMS]))
        yield min(start + CHUNK_ITEMS, len(items)), None
    found = Predictions(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    price, low, high = runner.checkpoint.prices(found, coverage)
    seconds = time.perf_counter() - started
    actual = np.array([item.price for item in items])
    categories = [item.category for item in items]
    held = _held(runner, found, actual)
    yield (
        len(items),
        Evaluation(
            texts, categories, actual, price, low, high, seen, unpriced, seconds, coverage, found.familiarity, held
        ),
    )


def _held(runner: DeepNeuralNetworkRunner, found: Predictions, actual: np.ndarray) -> dict[float, int] | None:
    """How many true prices the ranges hold, for every coverage that was calibrated: of the same predictions."""
    if runner.checkpoint.calibration is None:
        return None
    held = {}
    for coverage in COVERAGES:
        _, low, high = runner.checkpoint.prices(found, coverage)
        held[coverage] = int(((low <= actual) & (actual <= high)).sum())
    return held

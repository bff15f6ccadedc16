"""Training a checkpoint from files or a Hub dataset: the compact and the reference preset."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from pricer.checkpoint_config import check_replaceable
from pricer.errors import TrainingError

if TYPE_CHECKING:
    from pricer.checkpoint import Checkpoint
    from pricer.compact.recipe import Fitted
    from pricer.compact.training_texts import TrainingTexts
    from pricer.inference import Predictions
    from pricer.item_stream import ItemStream
    from pricer.items import Item, Items

KIND_NAMES = {
    "real": "real items",
    "teacher": "texts with estimated prices",
    "shop": "real items of other sources",
    "catalogue": "items of extra files",
}


@dataclass(frozen=True)
class Description:
    """What a checkpoint says of itself beyond what training tells."""

    name: str = "compact model"  # on the page and on the model card
    terms: str = ""  # under which terms the training data may be used
    kind_names: dict[str, str] | None = None  # kind of training text -> what the model card calls it
    accuracy_data: str = "items that were held out in turn while training"  # what `accuracy` was measured on
    test_file: Path | None = None  # a file of items to carry along as the built-in test split
    test_split: str = ""  # what that split is, a sentence


def train_reference(
    splits: tuple[Items | ItemStream, Items],
    out: Path,
    epochs: int = 5,
    device: str = "auto",
    *,
    batch_size: int = 64,
    **network_options: Any,
) -> dict[str, Any]:
    """Train the course's network and write a checkpoint; an interrupted run goes on from its last epoch.

    Gives the accuracy that the checkpoint notes.

    Parameters
    ----------
    splits
        Training and validation items; the rows of a stream of training items live in `OUT.partial/` too.
    out
        Folder for the checkpoint.  Until it is whole, the state of the run lives in `OUT.partial/`.
    epochs
        Passes over the training items.
    device
        As in `pick_device`.
    batch_size
        Items a step; the learning rate follows it, see `TrainingConfig.of_batch`.
    network_options
        Sizes for `DeepNeuralNetwork`, such as `hidden_size`.
    """
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.device import pick_device
    from pricer.training import TrainingConfig

    check_replaceable(out)
    state = out.with_name(out.name + ".partial")
    runner = DeepNeuralNetworkRunner(*splits, **network_options)
    runner.device = pick_device(device)
    runner.setup(TrainingConfig.of_batch(batch_size), state / "rows")
    runner.train(epochs, state)
    checkpoint, (_, validation) = runner.checkpoint, splits
    accuracy = accuracy_on(checkpoint, validation, "validation items, on which the ranges were calibrated")
    training = checkpoint.config.training
    training = replace(training, sources={"training items": training.items})
    checkpoint.config = replace(checkpoint.config, accuracy=accuracy, training=training)
    checkpoint.save(out)
    shutil.rmtree(state, ignore_errors=True)
    return accuracy


def train_compact(
    data: str | Path,
    teacher: Path | None,
    extra: Sequence[Path],
    out: Path,
    *,
    lite_mode: bool = False,
    fallback: Path | None = None,
    test_items: Sequence[Item] | None = None,
    description: Description | None = None,
) -> tuple[dict[str, Any], int]:
    """Train the compact network and write a checkpoint.

    Gives the accuracy that the checkpoint notes, and how many rows were no items and left out.

    Parameters
    ----------
    data
        A file or a Hub dataset of real items; see `read_training_data` for the columns.
    teacher
        A file of texts with estimated prices.
    extra
        Files of more items, of other kinds.
    out
        Folder for the checkpoint.
    lite_mode
        As in `pricer.hub.datasets.full_name`.
    fallback
        Folder for a second, simpler checkpoint: a ridge on the same rows.
    test_items
        Items to measure the accuracy on; nothing like them is trained on.  Without them it is measured on the texts
        that were held out while training.
    description
        What the checkpoint says of itself.
    """
    from pricer.compact.pool import without_neighbours
    from pricer.compact.recipe import RecipeConfig, fit_compact, fit_fallback, make_pool
    from pricer.compact.training_texts import read_training_data

    check_replaceable(out)
    description = description or Description()
    with tempfile.TemporaryDirectory() as folder:
        texts = read_training_data(_local_file(str(data), lite_mode, Path(folder)), teacher, extra)
    config = RecipeConfig()
    if test_items:
        texts = without_neighbours(texts, [item.summary for item in test_items], config.pool)
    with _Stages() as stages:
        started = time.perf_counter()
        pool = make_pool(texts.real, texts.teacher, texts.extra, texts.validation, config.pool)
        checkpoint = checkpoint_of(fit_compact(pool, config, stages), texts, description, test_items, started)
        checkpoint.save(out)
        if fallback is not None:
            ridge = replace(description, name=f"{description.name}, fallback", test_file=None, test_split="")
            started = time.perf_counter()
            checkpoint_of(fit_fallback(pool, config, stages), texts, ridge, test_items, started).save(fallback)
    return checkpoint.config.accuracy, texts.skipped


def _local_file(data: str, lite_mode: bool, folder: Path) -> Path:
    """The data as a file: themselves, or a Hub dataset's splits written to the folder."""
    from pricer.hub.datasets import full_name, is_file, load_splits

    if Path(data).is_dir():
        raise TrainingError(
            f"{data} is a folder: the compact preset reads one file, the reference preset a folder too."
        )
    if is_file(data):
        return Path(data)
    import pandas as pd

    splits = load_splits(full_name(data, lite_mode))
    frames = [rows.to_pandas().assign(split=split) for split, rows in splits.items()]
    path = folder / "items.parquet"
    pd.concat(frames, ignore_index=True).to_parquet(path)
    return path


def checkpoint_of(
    fitted: Fitted,
    texts: TrainingTexts,
    description: Description,
    test_items: Sequence[Item] | None,
    started: float,  # when the fit began, seconds of `time.perf_counter`
) -> Checkpoint:
    """The checkpoint of what the compact recipe gives for these texts; its ranges are calibrated."""
    from pricer.checkpoint import Checkpoint
    from pricer.checkpoint_config import CheckpointConfig, TrainingData
    from pricer.compact.training_texts import TEACHER
    from pricer.device import hardware, pick_device
    from pricer.market import price_counts
    from pricer.seen import SeenTexts

    trained_on = [*texts.real, *texts.validation, *texts.teacher, *texts.extra]
    prices = np.array([text.price for text in trained_on])
    names = description.kind_names or KIND_NAMES
    sources = {names[kind]: count for kind, count in fitted.counts.items()}
    lowest, highest = float(prices.min()), float(prices.max())
    known = [text.price for text in trained_on if text.kind != TEACHER]
    training = TrainingData(
        sum(sources.values()),
        sources,
        description.terms,
        lowest,
        highest,
        price_counts(known, lowest, highest),
        time.perf_counter() - started,
        hardware(pick_device("cpu").torch_device),
    )
    held_out = fitted.held_out
    checkpoint = Checkpoint(
        config=CheckpointConfig(description.name, {}, {}, {}, training, test_split=description.test_split),
        featurizer=fitted.featurizer,
        network=fitted.network,
        target=fitted.target,
        calibration=None,
        seen_texts=SeenTexts.of(text.text for text in trained_on),
        known_words=None,
        test_split=description.test_file,
    )
    checkpoint.calibrate([text.text for text in held_out.texts], held_out.actual, held_out.found)
    if test_items:
        accuracy = accuracy_on(checkpoint, test_items, description.accuracy_data)
    else:
        accuracy = _accuracy(checkpoint, held_out.actual, held_out.found, description.accuracy_data)
    checkpoint.config = replace(checkpoint.config, accuracy=accuracy)
    return checkpoint


def accuracy_on(checkpoint: Checkpoint, items: Sequence[Item], data: str) -> dict[str, Any]:
    """What the checkpoint notes of its accuracy on these items."""
    actual = np.array([item.price for item in items])
    return _accuracy(checkpoint, actual, checkpoint.predictions([item.summary for item in items]), data)


def _accuracy(checkpoint: Checkpoint, actual: np.ndarray, found: Predictions, data: str) -> dict[str, Any]:
    """What `evaluate --json` says of predictions (n,), without its groups' details, and what it was measured on."""
    from pricer.evaluation import Evaluation

    if checkpoint.calibration is None:
        return {}
    price, low, high = checkpoint.prices(found, 0.8)
    n = len(actual)
    evaluation = Evaluation([""] * n, [None] * n, actual, price, low, high, np.zeros(n, bool), 0, 0.0)
    members = evaluation.to_dict()
    for name in ("unpriced", "seen_in_training", "by_category", "seconds"):
        del members[name]
    return {"data": data, **members}


class _Stages:
    """A progress bar per stage of the recipe."""

    def __enter__(self) -> _Stages:
        self._bar: tqdm | None = None
        return self

    def __call__(self, stage: str, share: float) -> None:
        if self._bar is None or self._bar.desc != stage:
            self.__exit__()
            self._bar = tqdm(total=100, bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}")
            self._bar.desc = stage
        self._bar.n = 100 * share
        self._bar.refresh()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

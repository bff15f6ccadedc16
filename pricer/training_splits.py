"""Which items are trained on and which are held out: of a file, a folder of shards or a Hub dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricer.errors import TrainingError

if TYPE_CHECKING:
    from pricer.item_stream import ItemStream, Shards
    from pricer.items import Items

HELD_OUT_EVERY = 10  # without a validation split, every tenth item is held out
MOST_HELD_OUT = 50_000  # items, which are held in memory: of more than ten times as many, a smaller share is held out


def read_splits(data: str, lite_mode: bool) -> tuple[Items, Items]:
    """Training and validation items of a file or a Hub dataset.

    A file's column `split` says which rows are which; a file without one, or without validation rows, has every tenth
    item held out.

    Raises
    ------
    TrainingError
        There are too few items.
    """
    from pricer.hub.datasets import full_name, is_file
    from pricer.items import Item, Items

    if is_file(data):
        train, validation = (Item.from_file(data, split=split) for split in ("train", "validation"))
    else:
        train, validation, _ = Item.from_hub(full_name(data, lite_mode))
    if not validation or validation == train:  # no such rows, or no such column
        step = _held_out_step(len(train))
        validation = Items(train[::step])
        train = Items(item for number, item in enumerate(train) if number % step)
    if len(train) < 2 or not validation:
        raise TrainingError(f"Found {len(train) + len(validation)} items in {data}: expected at least a few dozen.")
    return train, validation


def stream_splits(data: str, lite_mode: bool) -> tuple[ItemStream, Items]:
    """As `read_splits`, for training items that memory is too small for: of a folder of shards, a file, or the Hub.

    Validation items are held in memory.

    Raises
    ------
    TrainingError
        There are too few items.
    """
    from pricer.hub.datasets import is_file
    from pricer.item_stream import Shards
    from pricer.items import Items

    if is_file(data):
        shards = Shards(data)
        train, validation = _of_shards(shards)
        if not validation:
            step = _held_out_step(shards.counts["train"] + shards.counts[""])
            validation = Items(train.every(step, held_out=True))
            train = train.every(step, held_out=False)
    else:
        train, validation = _of_hub(data, lite_mode)
    if not validation or not any(True for _ in train):
        raise TrainingError(f"Found {len(validation)} items in {data}: expected at least a few dozen.")
    return train, validation


def streams_of(data: str, lite_mode: bool) -> tuple[ItemStream, Items]:
    """The training items of a folder of shards, a file, or a Hub dataset, and those that are marked for validation.

    Raises
    ------
    DatasetError, TableError
        The data cannot be read, or a Hub dataset lacks one of the two splits.
    """
    from pricer.hub.datasets import is_file
    from pricer.item_stream import Shards

    return _of_shards(Shards(data)) if is_file(data) else _of_hub(data, lite_mode)


def _of_shards(shards: Shards) -> tuple[ItemStream, Items]:
    from pricer.items import Items

    validation = shards.split("validation") if shards.counts["validation"] else ()
    return shards.split("train"), Items(validation)


def _of_hub(data: str, lite_mode: bool) -> tuple[ItemStream, Items]:
    from pricer.hub.datasets import full_name, load_splits
    from pricer.item_stream import ItemStream
    from pricer.items import Items

    name = full_name(data, lite_mode)
    splits = load_splits(name, splits=("train", "validation"), streaming=True)
    train, held_out = (ItemStream.of_hub_split(name, rows, split) for split, rows in splits.items())
    return train, Items(held_out)


def _held_out_step(n_items: int) -> int:
    """Every so manieth item is held out."""
    return max(HELD_OUT_EVERY, -(-n_items // MOST_HELD_OUT))

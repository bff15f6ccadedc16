"""Hub datasets, by the library `datasets` (imported only when one is asked for: it costs most of a second)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.errors import DatasetError, HubError
from pricer.hub.watch import OutOfReachError, watched
from pricer.tables import SUFFIXES

if TYPE_CHECKING:
    import pyarrow

SPLITS = ("train", "validation", "test")
NEEDED_COLUMNS = ("summary", "price")


def is_file(data: str) -> bool:
    """Whether a data argument means a file, there or not, rather than a Hub dataset."""
    return Path(data).exists() or data.lower().endswith(SUFFIXES)


def full_name(name: str, lite_mode: bool) -> str:
    """The dataset meant by a name: an owner alone means the course's `items_lite` or `items_full` of that owner."""
    if "/" in name:
        return name
    return f"{name}/items_lite" if lite_mode else f"{name}/items_full"


def load_splits(
    name: str, token: str | None = None, splits: Sequence[str] = SPLITS, *, streaming: bool = False
) -> dict[str, Any]:
    """Splits of a Hub dataset by name, each iterable over rows.

    With `streaming`, rows come from the Hub whenever they are asked for, and are kept nowhere.

    Raises
    ------
    DatasetError
        The dataset is missing, gated, out of reach, or lacks a split or a column.
    """
    import datasets

    _check_name(name)
    _ask_once(name, token)
    try:
        found = datasets.load_dataset(name, token=token, streaming=streaming)
    except datasets.exceptions.DatasetNotFoundError as error:
        raise DatasetError(_remedy(name, "gated" in str(error))) from error
    except Exception as error:  # the library passes on whatever its transport raises
        raise _not_loaded(name, error) from error
    missing = [split for split in splits if split not in found]
    if missing:
        raise DatasetError(f"The dataset {name!r} has the splits {', '.join(found)}: expected {', '.join(splits)}.")
    for split in splits:
        columns = _columns(found[split])
        absent = [column for column in NEEDED_COLUMNS if column not in columns]
        if absent:
            raise DatasetError(f"The dataset {name!r} lacks the column {absent[0]!r}: found {', '.join(columns)}.")
    return {split: found[split] for split in splits}


def stream_rows(name: str, rows: Any) -> Iterator[dict[str, Any]]:
    """The rows of a split that `load_splits` opened for streaming, from the first one on.

    Raises
    ------
    DatasetError
        The Hub stopped sending them.
    """
    try:
        yield from rows
    except Exception as error:  # as above
        raise _not_loaded(name, error) from error


def push_splits(name: str, splits: Mapping[str, Sequence[dict[str, Any]]], **options: Any) -> None:
    """Upload splits, each a list of rows by column name, as a Hub dataset with a card.

    Raises
    ------
    DatasetError
        A split is empty, a column holds values of several kinds, the Hub refused the upload or is out of reach.
    """
    import datasets

    from pricer.hub.dataset_cards import write_card

    if empty := [split for split, rows in splits.items() if not rows]:
        raise DatasetError(f"The split {empty[0]} has no items: the Hub's library cannot load an empty one.")
    table = _table([row for rows in splits.values() for row in rows])
    tables, start = {}, 0
    for split, rows in splits.items():
        tables[split] = datasets.Dataset(table.slice(start, len(rows)))
        start += len(rows)
    where = {key: options[key] for key in ("revision",) if options.get(key)}
    try:
        datasets.DatasetDict(tables).push_to_hub(name, **options)
    except Exception as error:  # as above
        raise DatasetError(
            f"The dataset {name!r} could not be uploaded ({type(error).__name__}): "
            "check that HF_TOKEN may write to it, and the network."
        ) from error
    counts = {split: len(rows) for split, rows in splits.items()}
    try:
        write_card(name, counts, table.column_names, options.get("token"), **where)
    except Exception as error:  # as above
        raise DatasetError(
            f"The rows of {name!r} are uploaded, but not its card ({type(error).__name__}): push again, or write one."
        ) from error


def _table(rows: list[dict[str, Any]]) -> pyarrow.Table:
    """All rows as one table: a column has one type in all splits, even where one of them has nothing in it."""
    import pyarrow

    try:
        return pyarrow.Table.from_pylist(rows)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        mixed = [column for column in rows[0] if len({type(row[column]) for row in rows} - {type(None)}) > 1]
        raise DatasetError(
            f"The items have values of several kinds in {', '.join(mixed) or 'a column'}: a dataset's column has one."
        ) from error


def _columns(rows: Any) -> list[str]:
    """The columns of a split; a stream may have to be asked for its first row."""
    return list(rows.column_names or next(iter(rows), {}))


def _not_loaded(name: str, error: Exception) -> DatasetError:
    return DatasetError(
        f"The dataset {name!r} could not be loaded ({type(error).__name__}): "
        "check the network and HF_ENDPOINT, or give a file instead."
    )


def _check_name(name: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise DatasetError(f"{name!r} is no dataset's name: expected owner/name, or the owner alone.") from error


def _ask_once(name: str, token: str | None) -> None:
    """Fail soon if the Hub is out of reach: the library would go on asking for 23 s, or without end."""
    from huggingface_hub import HfApi
    from huggingface_hub.constants import is_offline_mode

    if is_offline_mode():
        return
    try:
        watched(lambda _: HfApi().dataset_info(name, token=token, timeout=8), f"the dataset {name!r}")
    except OutOfReachError as error:
        raise DatasetError(f"{error} A dataset that was loaded before opens with HF_HUB_OFFLINE=1.") from error
    except (HubError, ValueError):  # the library's own answer to this tells more
        return


def _remedy(name: str, gated: bool) -> str:
    if gated:
        return (
            f"The dataset {name!r} is gated: open its page on the Hub, accept its terms, "
            "and set HF_TOKEN to a token of that account."
        )
    return (
        f"There is no dataset {name!r} that this token may see: check the name; "
        "if it is private, set HF_TOKEN to a token that may read it."
    )

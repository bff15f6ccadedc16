"""Items: products with their words and prices, from files and from Hub datasets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from pricer.errors import ItemError, TableError, TextError
from pricer.tables import NO_LIMITS, Limits, Table, open_table

if TYPE_CHECKING:
    from pricer.item_stream import ItemStream

TEXT_COLUMNS = ("summary", "text", "description", "title")  # where a text is looked for, in this order
MAX_TEXT_CHARS = 20_000
READ_ROWS = 4096
SHOWN_PROBLEMS = 5

_PRICE = re.compile(
    r"\$?\s*(\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*(?:usd)?", re.IGNORECASE
)


@dataclass(slots=True, kw_only=True)
class Item:
    """A product: its words and what it costs.

    Raises
    ------
    ItemError
        The summary has no text, or the price is no finite number of dollars from 0 up.

    Examples
    --------
    >>> Item(summary="Steel kettle, 1.7 litres", price="$34.90")
    <Steel kettle, 1.7 litres = $34.90>
    """

    title: str | None = None
    category: str | None = None
    price: float  # dollars
    full: str | None = None  # the raw listing that the summary was made from
    weight: Any = None  # as given by the dataset, usually pounds
    summary: str  # the words that the price is told from
    prompt: str | None = None  # the course's prompt for language models
    id: Any = None

    def __post_init__(self) -> None:
        price = parse_price(self.price)
        problem = text_problem(self.summary) or price_problem(price)
        if problem:
            raise ItemError(f"This is no item: {problem}.")
        self.price = price

    def __repr__(self) -> str:
        return f"<{self.title or self.summary[:40]} = ${self.price:.2f}>"

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        text_columns: Sequence[str] | None = None,
        split: str | None = None,
        skip_invalid: bool = False,
        most: int | None = None,
        limits: Limits = NO_LIMITS,
    ) -> Items:
        """Items of a CSV, TSV, JSONL (also .gz), Parquet or XLSX file.

        Parameters
        ----------
        path
            The file.  Its text column is the first of `TEXT_COLUMNS` that it has; its price column is `price`.
        text_columns
            Other columns to take the text from, joined by line breaks.
        split
            Only rows with this value in the column `split`, if the file has such a column.
        skip_invalid
            Leave out rows that are no items and count them in `Items.skipped`, instead of refusing the file.
        most
            Only so many items, from the first; the rows after them are not looked at.  None takes all.
        limits
            Beyond which the file is refused, before any row is made an item.

        Raises
        ------
        TableError
            The file cannot be read, is more than the limits, or lacks a column.
        ItemError
            A row is no item; the message has its number.
        """
        return cls._from_records(records(open_table(path, limits), text_columns, split), "", skip_invalid, most)

    @overload
    @classmethod
    def from_hub(
        cls, name: str, *, token: str | None = None, skip_invalid: bool = False, streaming: Literal[False] = False
    ) -> tuple[Items, Items, Items]: ...

    @overload
    @classmethod
    def from_hub(
        cls, name: str, *, token: str | None = None, skip_invalid: bool = False, streaming: Literal[True]
    ) -> tuple[ItemStream, ItemStream, ItemStream]: ...

    @classmethod
    def from_hub(
        cls, name: str, *, token: str | None = None, skip_invalid: bool = False, streaming: bool = False
    ) -> tuple[Items, Items, Items] | tuple[ItemStream, ItemStream, ItemStream]:
        """The train, validation and test items of a Hub dataset with the course's columns.

        The token is taken from HF_TOKEN or the login on this machine unless given.  Three lists; with `streaming`, for
        splits larger than memory, three iterables that fetch their items whenever they are gone through.

        Raises
        ------
        DatasetError
            The dataset is missing, gated, out of reach, or lacks a split or a column.
        ItemError
            A row is no item; the message has its split and number.
        """
        from pricer.hub.datasets import SPLITS, load_splits

        splits = load_splits(name, token, streaming=streaming)
        if streaming:
            from pricer.item_stream import ItemStream

            first, second, third = (ItemStream.of_hub_split(name, splits[each], each, skip_invalid) for each in SPLITS)
            return first, second, third
        train, validation, test = (
            cls._from_records(enumerate(splits[each], start=1), f"{name}, {each}", skip_invalid) for each in SPLITS
        )
        return train, validation, test

    @classmethod
    def from_hub_split(
        cls,
        name: str,
        split: str,
        *,
        token: str | None = None,
        skip_invalid: bool = False,
        most: int | None = None,
        limits: Limits = NO_LIMITS,
    ) -> Items:
        """The items of one split of a Hub dataset; parameters and errors as in `from_hub` and `from_file`."""
        from pricer.hub.datasets import load_splits

        rows, source = load_splits(name, token, (split,))[split], f"{name}, {split}"
        limits.check_rows(source, len(rows))
        return cls._from_records(enumerate(rows, start=1), source, skip_invalid, most)

    @staticmethod
    def push_to_hub(
        name: str, train: Sequence[Item], val: Sequence[Item], test: Sequence[Item], **options: Any
    ) -> None:
        """Upload three splits as the Hub dataset `name`; options go to `datasets.DatasetDict.push_to_hub`.

        Raises
        ------
        DatasetError
            The Hub refused the upload or is out of reach.
        """
        from pricer.hub.datasets import push_splits

        splits = {"train": train, "validation": val, "test": test}
        push_splits(name, {split: [item.to_dict() for item in items] for split, items in splits.items()}, **options)

    @classmethod
    def _from_records(
        cls,
        numbered: Iterable[tuple[int, Mapping[str, Any]]],
        source: str,
        skip_invalid: bool,
        most: int | None = None,
    ) -> Items:
        items = Items()
        for number, record in numbered:
            if len(items) == most:
                break
            items._take(record, number, skip_invalid, source)
        return items

    def to_dict(self) -> dict[str, Any]:
        """All fields by name."""
        return asdict(self)


_FIELDS = tuple(each.name for each in fields(Item))
_OPTIONAL = tuple(name for name in _FIELDS if name not in {"summary", "price"})


class Items(list[Item]):
    """Items in order, and the rows that were left out on the way."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        super().__init__(items)
        self.skipped = 0  # rows that were no items
        self.problems: list[str] = []  # of the first skipped rows

    def _take(self, record: Mapping[str, Any], number: int, skip_invalid: bool, source: str = "") -> None:
        """Append the record as an item, or refuse or count it."""
        found = item_or_problem(record, number, source)
        if isinstance(found, Item):
            self.append(found)
            return
        if not skip_invalid:
            raise ItemError(f"{found}. Mend the row, or skip such rows.")
        self.skipped += 1
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(found)


def item_or_problem(record: Mapping[str, Any], number: int, source: str = "") -> Item | str:
    """The record as an item, or where it is (its source and number) and why it is none."""
    price = parse_price(record.get("price"))
    problem = text_problem(record.get("summary")) or price_problem(price)
    if problem:
        return f"{source + ', ' if source else ''}row {number}: {problem}"
    return Item(**{name: record[name] for name in _FIELDS if name in record} | {"price": price})


def records(
    table: Table, text_columns: Sequence[str] | None = None, split: str | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """A table's rows as the fields of items, each with its number; parameters and errors as in `Item.from_file`."""
    texts = find_text_columns(table, text_columns)
    price = find_column(table, "price")
    if price is None:
        raise TableError(f"{table.path.name} has no column 'price': found {_listed(table.columns)}.")
    others = {name: at for name in _OPTIONAL if (at := find_column(table, name)) is not None}
    split_at = find_column(table, "split") if split else None
    for chunk in table.chunks(READ_ROWS):
        for offset, (row, text) in enumerate(zip(chunk.rows, chunk.texts(texts), strict=True)):
            if split_at is not None and split_name(row[split_at]) != split_name(split):
                continue
            record = {name: row[at] for name, at in others.items()}
            yield chunk.first_row + offset, record | {"summary": text, "price": row[price]}


def text_problem(text: Any, max_chars: int = MAX_TEXT_CHARS) -> str:
    """Why a text cannot be priced, as a phrase; empty if it can."""
    if not isinstance(text, str):
        return "no text" if text is None else f"expected text, found {type(text).__name__}"
    if not text.strip():
        return "no text"
    if len(text) > max_chars:
        return f"text has {len(text):,} characters, at most {max_chars:,} are priced"
    return ""


def price_problem(price: Any) -> str:
    """Why a value that `parse_price` gave is no price in dollars, as a phrase; empty if it is one."""
    if price is None:
        return "no price"
    if not isinstance(price, float):
        return "price is no number"
    if not math.isfinite(price):
        return "price is not finite"
    return "price is negative" if price < 0 else ""


def check_texts(texts: Sequence[str], max_chars: int = MAX_TEXT_CHARS) -> None:
    """Refuse texts that cannot be priced.

    Raises
    ------
    TextError
        A bare string was given instead of a list, or one of the texts is empty, too long, or no text.
    """
    if isinstance(texts, str | bytes):
        raise TextError("Expected a list of texts, found a single one: put it in brackets, [text].")
    if all_fit(texts, max_chars):
        return
    for index, text in enumerate(texts):
        problem = text_problem(text, max_chars)
        if problem:
            where = f"Text {index + 1} of {len(texts)}" if len(texts) > 1 else "The text"
            raise TextError(f"{where} cannot be priced: {problem}. {_remedy(text)}")


def all_fit(texts: Sequence[Any], max_chars: int = MAX_TEXT_CHARS) -> bool:
    """Whether `text_problem` finds none in any; no Python runs text by text."""
    return (
        set(map(type, texts)) <= {str} and all(map(str.strip, texts)) and max(map(len, texts), default=0) <= max_chars
    )


def _remedy(text: Any) -> str:
    return "Shorten it." if isinstance(text, str) and text.strip() else "Describe the product in words."


def parse_price(value: Any) -> Any:
    """Dollars of a number or of text such as "$1,234.50"; None where there is nothing, else the value itself."""
    if isinstance(value, str):
        stripped = value.strip()
        if not stripped:
            return None
        sign = -1.0 if stripped.startswith("-") else 1.0
        found = _PRICE.fullmatch(stripped.lstrip("-").strip())
        return sign * float(found[1].replace(",", "")) if found else value
    if isinstance(value, bool):
        return value
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return value


def split_name(cell: Any) -> str:
    """The name of a split as it is usual: "val", "valid" and "dev" mean "validation"."""
    name = str(cell or "").strip().lower()
    return "validation" if name in {"val", "valid", "dev"} else name


def find_column(table: Table, name: str) -> int | None:
    """Index of the column of this name, exactly or up to case and surrounding spaces."""
    if name in table.columns:
        return table.columns.index(name)
    plain = [column.strip().casefold() for column in table.columns]
    return plain.index(name.strip().casefold()) if name.strip().casefold() in plain else None


def find_price_column(table: Table, text_columns: Sequence[int]) -> int | None:
    """Index of the column `price` that predictions can be compared with: none of those that hold the text (indices)."""
    found = find_column(table, "price")
    return None if found in text_columns else found


def find_text_columns(table: Table, names: Sequence[str] | None = None) -> list[int]:
    """Indices of the columns that hold the text: the named ones, else the first usual one, else the only one.

    Raises
    ------
    TableError
        A named column is missing or there twice, or none is named and none is obvious.
    """
    if names:
        return [_named_column(table, name) for name in names]
    for name in TEXT_COLUMNS:
        found = find_column(table, name)
        if found is not None:
            return [found]
    if len(table.columns) == 1:
        return [0]
    raise TableError(
        f"{table.path.name} has no column named {', '.join(TEXT_COLUMNS)}: found {_listed(table.columns)}. "
        "Rename the one that holds the text, or name it (batch: --text-column NAME)."
    )


def _named_column(table: Table, name: str) -> int:
    if table.columns.count(name) > 1:
        raise TableError(
            f"{table.path.name} has {table.columns.count(name)} columns named {name!r}: rename all but one."
        )
    found = find_column(table, name)
    if found is None:
        raise TableError(f"{table.path.name} has no column {name!r}: found {_listed(table.columns)}.")
    return found


def _listed(columns: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(repr(column[:40]) for column in columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")

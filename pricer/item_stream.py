"""Items for which memory is too small: read one after another, from shards or the Hub, whenever they are needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from pricer.errors import ItemError, TableError
from pricer.items import SHOWN_PROBLEMS, Item, find_column, item_or_problem, records, split_name
from pricer.tables import SUFFIXES, open_table

ITEMS_AT_ONCE = 4096

Record = tuple[str, int, Mapping[str, Any]]  # what its source is called, its row's number there, its fields
_SPLIT_IN_NAME = re.compile(r"(train|validation|valid|val|dev|test)(?![a-z])", re.IGNORECASE)


class ItemStream:
    """Items in order, as often as they are iterated over; only those at hand are in memory.

    Parameters
    ----------
    read
        Gives the records of all items, from the first one on.
    skip_invalid
        Leave out rows that are no items, instead of refusing them.
    """

    def __init__(self, read: Callable[[], Iterable[Record]], skip_invalid: bool = False) -> None:
        self._read = read
        self._skip_invalid = skip_invalid
        self.skipped = 0  # rows that were no items, the last time that all were read
        self.problems: list[str] = []  # of the first of these

    def __iter__(self) -> Iterator[Item]:
        """All items.

        Raises
        ------
        ItemError
            A row is no item; the message has its source and number.
        """
        self.skipped, self.problems = 0, []
        for source, number, record in self._read():
            found = item_or_problem(record, number, source)
            if isinstance(found, Item):
                yield found
            elif not self._skip_invalid:
                raise ItemError(f"{found}. Mend the row, or skip such rows.")
            else:
                self.skipped += 1
                self.problems += [found] if len(self.problems) < SHOWN_PROBLEMS else []

    def chunks(self) -> Iterator[list[Item]]:
        """All items, some thousands at a time."""
        items = iter(self)
        while chunk := list(islice(items, ITEMS_AT_ONCE)):
            yield chunk

    def every(self, step: int, *, held_out: bool) -> ItemStream:
        """Every so manieth item, from the first one on, or all the others."""

        def read() -> Iterator[Record]:
            for count, record in enumerate(self._read()):
                if (count % step == 0) == held_out:
                    yield record

        return ItemStream(read, self._skip_invalid)

    @classmethod
    def of_hub_split(cls, name: str, rows: Any, split: str, skip_invalid: bool = False) -> ItemStream:
        """Items of a split that `pricer.hub.datasets.load_splits` opened for streaming."""
        from pricer.hub.datasets import stream_rows

        def read() -> Iterator[Record]:
            for number, row in enumerate(stream_rows(name, rows), start=1):
                yield f"{name}, {split}", number, row

        return cls(read, skip_invalid)


class Shards:
    """A folder of files of items (or one such file), read in the order of their names.

    Where all names in a folder start with a split's ("train-00000-of-00010.parquet"), they say which rows are which;
    else a column `split` does.

    Raises
    ------
    TableError
        The folder has no files of items.
    """

    def __init__(self, path: str | Path) -> None:
        folder = Path(path)
        found = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        self.paths = [each for each in found if each.name.lower().endswith(SUFFIXES)]
        if not self.paths:
            raise TableError(f"{folder.name} holds no files of items: expected some in {', '.join(SUFFIXES)}.")
        self._named = folder.is_dir() and all(_SPLIT_IN_NAME.match(each.name) for each in self.paths)

    def split(self, name: str, skip_invalid: bool = False) -> ItemStream:
        """The items of one split; of all, where nothing says which rows are which."""
        return ItemStream(lambda: self._records(name), skip_invalid)

    @cached_property
    def counts(self) -> Counter[str]:
        """Rows of each split, "" for those of which nothing says; reads the column `split` from end to end."""
        counts: Counter[str] = Counter()
        for path in self.paths:
            table = open_table(path)
            split_at = find_column(table, "split")
            if self._named or split_at is None:
                counts[self._named_split(path)] += table.n_rows
            else:
                cells = (row[split_at] for chunk in table.chunks(ITEMS_AT_ONCE) for row in chunk.rows)
                counts.update(split_name(cell) or "none" for cell in cells)
        return counts

    def _records(self, split: str) -> Iterator[Record]:
        for path in self.paths:
            if self._named and self._named_split(path) != split:
                continue
            for number, record in records(open_table(path), split="" if self._named else split):
                yield path.name, number, record

    def _named_split(self, path: Path) -> str:
        found = _SPLIT_IN_NAME.match(path.name)
        return split_name(found[1]) if self._named and found else ""

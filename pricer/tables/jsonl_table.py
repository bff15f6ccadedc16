"""JSON lines: one object a line; lines are copied as they are, with our members added."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pricer.errors import TableError
from pricer.tables.table import NO_LIMITS, Cell, Chunk, Limits, Table, Writer, cell_text, check_width
from pricer.tables.text_file import create_text, detect_encoding, open_text

MAX_DEPTH = 100  # levels of lists and objects in each other


class NumberText(str):
    """A JSON number as it was written, or NaN or Infinity."""

    __slots__ = ()


class JsonlTable(Table):
    """The columns are all names that occur, in the order in which they first do."""

    def __init__(self, path: Path, limits: Limits = NO_LIMITS) -> None:
        super().__init__(path, limits)
        self.encoding, self.notices, self.n_bytes = detect_encoding(path, limits)
        names: dict[str, None] = {}
        for _, record in self._records():
            names.update(dict.fromkeys(record))
            self.n_rows += 1
            limits.check_rows(path.name, self.n_rows)
            check_width(path.name, len(names))
        if not names:
            raise TableError(f"{path.name} has no rows with members: expected one object a line.")
        self.columns = list(names)

    def chunks(self, size: int) -> Iterator[Chunk]:
        first = 1
        for block in self.blocks(self._records(), size, lambda record: len(record[0])):
            rows = [[_cell(record.get(name)) for name in self.columns] for _, record in block]
            yield Chunk(first, rows, lines=[line for line, _ in block])
            first += len(block)

    def _records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        number = 0
        with open_text(self.path, self.encoding) as file:
            for line in file:
                stripped = line.strip()
                if not stripped:
                    continue
                number += 1
                yield stripped, self._parse(stripped, number)

    def _parse(self, line: str, number: int) -> dict[str, Any]:
        try:
            record = _loads(line)
        except (ValueError, RecursionError) as error:
            reason = f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else error
            raise TableError(
                f"{self.path.name}, row {number}: no JSON ({reason}); expected one object a line."
            ) from error
        if "\\ud" in line.lower() and not _encodable(record):
            raise TableError(f"{self.path.name}, row {number}: half of a surrogate pair, which is no character.")
        if not isinstance(record, dict):
            raise TableError(
                f'{self.path.name}, row {number}: expected an object like {{"summary": …}}, found another value.'
            )
        return record


class JsonlWriter(Writer):
    """One object a line: the line that was read with our members added, or a new object of the row's cells."""

    def __init__(self, path: Path, columns: Sequence[str], added: Sequence[str]) -> None:
        twice = [name for name, count in Counter(columns).items() if count > 1]
        if twice:
            raise TableError(
                f"Two columns are named {twice[0]!r}, which JSON cannot hold: choose an output ending in .csv."
            )
        self._columns = list(columns)
        self._added = list(added)
        self._file = create_text(path)

    def write(self, chunk: Chunk, added: Sequence[Sequence[Cell]]) -> None:
        lines = chunk.lines or [self._object(row) for row in chunk.rows]
        for line, extra in zip(lines, zip(*added, strict=True), strict=True):
            members = json.dumps(dict(zip(self._added, extra, strict=True)), ensure_ascii=False)
            inside = line[:-1].rstrip()
            self._file.write(f"{inside}{'' if inside.endswith('{') else ', '}{members[1:]}\n")

    def close(self) -> None:
        self._file.close()

    def _object(self, row: Sequence[Cell]) -> str:
        members = {name: _jsonable(cell) for name, cell in zip(self._columns, row, strict=True)}
        return json.dumps(members, ensure_ascii=False, default=cell_text)


def _loads(line: str) -> Any:
    """The value of a line.

    Raises
    ------
    ValueError, RecursionError
        The line is no JSON, names a member twice, or is nested deeper than is read.
    """
    value = json.loads(
        line,
        parse_float=NumberText,
        parse_int=NumberText,
        parse_constant=NumberText,
        object_pairs_hook=_members,
    )
    if line.count("[") + line.count("{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has two members of one name")
    return found


def _is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects are nested in more levels; looks level by level, as recursion has an end too."""
    level = [value]
    for _ in range(most + 1):
        inner: list[Any] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        if not inner:
            return False
        level = inner
    return True


def _cell(value: Any) -> Cell:
    """A member's value as a cell: text as it is, anything else as it was written; None where there is nothing."""
    return value if value is None or isinstance(value, str) else _json_text(value)


def _json_text(value: Any) -> str:
    """A value as JSON, its numbers as they were written."""
    if isinstance(value, NumberText):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_json_text, value))}]"
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}: {_json_text(each)}" for name, each in value.items())
        return f"{{{', '.join(members)}}}"
    return json.dumps(value, ensure_ascii=False)


def _encodable(value: Any) -> bool:
    try:
        _json_text(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _jsonable(cell: Cell) -> Cell:
    """A cell of a typed table; numbers that JSON does not know become text."""
    return cell_text(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell

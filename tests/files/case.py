"""A file as people have it, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A named file with its expected outcome: the exact table, or a refusal."""

    name: str
    content: bytes | Callable[[Path], None]  # of the file, or what writes it
    file: str = "table.csv"
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()  # every cell as text
    unpriced: Sequence[int] = ()  # numbers of the rows that cannot be priced; their note says why
    noted: Sequence[int] = ()  # numbers of the rows that are priced and still have a note of how they were read
    notice: str = ""  # pattern of what is said of how the file was read; empty: nothing is said
    refused: str = ""  # pattern of the message, where the whole file is refused

    def write(self, folder: Path) -> Path:
        """Make the file in a folder."""
        path = folder / self.file
        if callable(self.content):
            self.content(path)
        else:
            path.write_bytes(self.content)
        return path


def good(
    name: str, content: str | bytes | Callable[[Path], None], columns: Sequence[str], rows: Sequence, **more
) -> Case:
    """A file that is read, and the table that it is."""
    return Case(name, _bytes(content), columns=columns, rows=rows, **more)


def bad(name: str, content: str | bytes | Callable[[Path], None], refused: str, **more) -> Case:
    """A file that is refused, and what the message says."""
    return Case(name, _bytes(content), refused=refused, **more)


def _bytes(content):
    return content.encode() if isinstance(content, str) else content

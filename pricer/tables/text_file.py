"""Text files as people have them: plain or gzipped, UTF-8, UTF-16, UTF-32 or Windows-1252."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from pricer.errors import TableError
from pricer.tables.encoding import EncodingScan, skip_marks
from pricer.tables.table import NO_LIMITS, Limits

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 64 << 20  # a line is read as one
MAX_RATIO = 250  # of unpacked to packed bytes; tables have 5 to 50, a gzip bomb 1,000
RATIO_FROM_BYTES = 64 << 20  # below, any ratio will do


def detect_encoding(
    path: Path, limits: Limits = NO_LIMITS, watchers: Iterable[Callable[[bytes], None]] = ()
) -> tuple[str, list[str], int]:
    """The encoding in which the whole file can be read, notices (none for plain UTF-8), and its bytes, unpacked.

    A byte-order mark decides; else UTF-32 or UTF-16 if zero bytes lie as in them; else UTF-8 if every byte fits; else
    Windows-1252, if its letters are as in Western texts.  The file is read once, from end to end, in bounded memory;
    watchers are given its blocks.

    Raises
    ------
    TableError
        The file fits none of them, mixes two of them, has a line that is no line of a table, or unpacks to more than
        the limits, or to far more than any table would; the message has the byte.
    """
    with open_binary(path) as file:
        scan = EncodingScan(path.name, file.read(BLOCK_BYTES))
    packed = path.stat().st_size if path.name.lower().endswith(".gz") else None
    offset = line_start = 0
    with open_binary(path) as file:
        while block := file.read(BLOCK_BYTES):
            line_start = _checked_line_start(path.name, block, offset, line_start)
            scan.add(block)
            for watch in watchers:
                watch(block)
            offset += len(block)
            limits.check_unpacked(path.name, offset)
            if packed and offset > max(RATIO_FROM_BYTES, MAX_RATIO * packed):
                raise TableError(
                    f"{path.name} unpacks to more than {MAX_RATIO} times its size (found at byte {offset:,}), "
                    "as no table does: give the file unpacked if it is one."
                )
    return *scan.finish(), offset


def _checked_line_start(name: str, block: bytes, offset: int, line_start: int) -> int:
    """Where the last line of the block begins, given where the line before the block did."""
    ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
    first_end = offset + (min(ends) if ends else len(block))
    if first_end - line_start > MAX_LINE_BYTES:
        raise TableError(
            f"{name} has a line of more than {MAX_LINE_BYTES >> 20} MB that begins at byte {line_start:,}: "
            "expected rows on lines of their own. Is it a table?"
        )
    return offset + max(block.rfind(b"\n"), block.rfind(b"\r")) + 1 if ends else line_start


@contextmanager
def open_binary(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked if its name ends in .gz.

    Raises
    ------
    TableError
        The gzip data are damaged.
    """
    with path.open("rb") as raw:
        if not path.name.lower().endswith(".gz"):
            yield raw
            return
        try:
            with gzip.open(raw) as unpacked:
                yield cast(BinaryIO, unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise TableError(f"{path.name} has damaged gzip data: pack or download it again.") from error


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file's text without marks at its start, which joined files have more of; line ends as they are."""
    with open_binary(path) as binary:
        skip_marks(cast(io.BufferedReader, binary))
        with io.TextIOWrapper(binary, encoding=encoding, newline="") as text:
            yield text


def create_text(path: Path) -> TextIO:
    """A new UTF-8 text file; see `create_binary`."""
    return io.TextIOWrapper(create_binary(path), encoding="utf-8", newline="")


def create_binary(path: Path) -> BinaryIO:
    """A new file, gzipped if its name ends in .gz (without a time stamp, so that equal content is equal)."""
    if not path.name.lower().endswith(".gz"):
        return path.open("wb")
    return cast(BinaryIO, gzip.GzipFile(path, "wb", mtime=0))

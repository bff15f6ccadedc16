"""Text files as people have them: plain or gzipped, UTF-8, UTF-16 or Windows-1252."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from pricer.errors import TableError

BLOCK_BYTES = 1 << 20
FALLBACK = "cp1252"


def detect_encoding(path: Path) -> tuple[str, str]:
    """The encoding in which the whole file can be read, and a notice (empty for UTF-8).

    A byte-order mark decides; else UTF-8 if every byte fits; else Windows-1252.

    Raises
    ------
    TableError
        The file fits none of them; the message has the first byte that does not fit UTF-8.
    """
    with open_binary(path) as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, notice = "utf-16", "Read as UTF-16."
        misfit = _first_misfit(path, encoding)
        if misfit is not None:
            raise TableError(f"{path.name} starts as UTF-16 but breaks off at byte {misfit}: save it again as UTF-8.")
        return encoding, notice
    misfit = _first_misfit(path, "utf-8-sig")
    if misfit is None:
        return "utf-8-sig", ""
    if _first_misfit(path, FALLBACK) is None:
        return FALLBACK, f"Not UTF-8 (byte {misfit:,}): read as Windows-1252."
    raise TableError(
        f"{path.name} is neither UTF-8 nor Windows-1252 (first misfit at byte {misfit:,}): save it again as UTF-8."
    )


def _first_misfit(path: Path, encoding: str) -> int | None:
    """Offset of the first byte that does not fit the encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with open_binary(path) as file:
        while block := file.read(BLOCK_BYTES):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return max(0, offset - pending + error.start)
            offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return offset
    return None


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
    """The file's text, with its line ends as they are."""
    with open_binary(path) as binary, io.TextIOWrapper(binary, encoding=encoding, newline="") as text:
        yield text


def create_text(path: Path) -> TextIO:
    """A new UTF-8 text file; see `create_binary`."""
    return io.TextIOWrapper(create_binary(path), encoding="utf-8", newline="")


def create_binary(path: Path) -> BinaryIO:
    """A new file, gzipped if its name ends in .gz (without a time stamp, so that equal content is equal)."""
    if not path.name.lower().endswith(".gz"):
        return path.open("wb")
    return cast(BinaryIO, gzip.GzipFile(path, "wb", mtime=0))

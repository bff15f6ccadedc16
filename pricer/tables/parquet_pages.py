"""The pages that a column of a Parquet file is made of, as they say themselves: nobody checks what the footer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import pyarrow.parquet

DELTA_BYTE_ARRAY = 7
HEADER_BYTES = 256  # read at first: enough unless a header holds long texts as its least and its most
MAX_HEADER_BYTES = 16 << 20  # as in Arrow
PADDING_BYTES = 100  # that some old writers left out of a column's length, and Arrow reads

# Thrift's compact protocol
_BYTE, _I32, _DOUBLE, _BINARY, _LISTS, _STRUCT = 3, 5, 7, 8, (9, 10), 12
_BOOLEANS, _INTEGERS = (1, 2), (4, 5, 6)
_MAX_DEPTH = 8  # of structs within each other; a page's header has 3

# Fields of a header: number and type, as Arrow passes over those of another type
_KIND, _UNPACKED, _PACKED, _N_VALUES = (1, _I32), (2, _I32), (3, _I32), (1, _I32)
_DATA_PAGES = {0: ((5, _STRUCT), (2, _I32)), 3: ((8, _STRUCT), (4, _I32))}  # kind -> its own header, its encoding

_Fields = dict[tuple[int, int], Any]


@dataclass(frozen=True)
class Pages:
    """What all pages of a column in a row group have together."""

    n_values: int
    unpacked_bytes: int  # no fewer than Arrow makes of them: it refuses a page that unpacks to another size
    by_difference: bool  # whether texts of some page are stored by their differences


def pages_of(file: BinaryIO, chunk: pyarrow.parquet.ColumnChunkMetaData) -> Pages:
    """The pages that Arrow would read of a column, by their headers.

    Raises
    ------
    ValueError
        They are damaged.
    """
    n_values = unpacked = 0
    by_difference = False
    for header in _headers(file, chunk):
        found, encoding = _values(header)
        n_values += found
        unpacked += max(header[_UNPACKED], header[_PACKED])  # of what is not packed, Arrow looks at the latter only
        by_difference |= encoding == DELTA_BYTE_ARRAY
    return Pages(n_values, unpacked, by_difference)


def _headers(file: BinaryIO, chunk: pyarrow.parquet.ColumnChunkMetaData) -> Iterator[_Fields]:
    """Headers of pages, up to the one with the last value that the footer counts: there Arrow stops as well."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
        at = chunk.dictionary_page_offset
    end, left = at + chunk.total_compressed_size + PADDING_BYTES, chunk.num_values
    while left > 0:
        if at >= end:
            raise ValueError("fewer values than the footer says")
        header, length = _header(file, at)
        n_values = _values(header)[0]
        if min(header.get(_UNPACKED, -1), header.get(_PACKED, -1), n_values) < 0:
            raise ValueError("a page without its size")
        yield header
        left -= n_values
        at += length + header[_PACKED]


def _values(header: _Fields) -> tuple[int, int | None]:
    """The number of values in a page, and their encoding; none in a dictionary's."""
    own, encoding = _DATA_PAGES.get(header.get(_KIND, -1), (None, None))
    fields = header.get(own, {}) if own else {}
    return fields.get(_N_VALUES, 0), fields.get(encoding)


def _header(file: BinaryIO, at: int) -> tuple[_Fields, int]:
    """The header that begins there, and its bytes."""
    size = HEADER_BYTES
    while True:
        file.seek(at)
        content = file.read(size)
        try:
            return _struct(content, 0)
        except IndexError as error:
            if len(content) < size or size >= MAX_HEADER_BYTES:
                raise ValueError("a page's header without an end") from error
        size *= 16


def _struct(content: bytes, at: int, depth: int = 0) -> tuple[_Fields, int]:
    """Fields of a struct, and where it ends; IndexError beyond the content."""
    found: _Fields = {}
    number = 0
    while head := content[at]:
        at += 1
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, at = _integer(content, at)
        found[number, kind], at = (None, at) if kind in _BOOLEANS else _value(content, at, kind, depth)
    return found, at + 1


def _value(content: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    """A value, if it is an integer or a struct, and where it ends."""
    if kind in _INTEGERS:
        found, at = _integer(content, at)
        if kind == _I32 and not -(1 << 31) <= found < 1 << 31:
            raise ValueError("a number in a page's header that is too large")
        return found, at
    if kind == _STRUCT and depth < _MAX_DEPTH:
        return _struct(content, at, depth + 1)
    if kind in (_BYTE, *_BOOLEANS):
        return None, at + 1
    if kind == _DOUBLE:
        return None, at + 8
    if kind == _BINARY:
        length, at = _varint(content, at)
        return None, at + length
    if kind in _LISTS and depth < _MAX_DEPTH:
        length, inner = content[at] >> 4, content[at] & 15
        length, at = _varint(content, at + 1) if length == 15 else (length, at + 1)
        for _ in range(length):
            if at >= len(content):
                raise IndexError
            at = _value(content, at, inner, depth + 1)[1]
        return None, at
    raise ValueError("a page's header with an unknown field")  # among them maps, which no header has


def _integer(content: bytes, at: int) -> tuple[int, int]:
    found, at = _varint(content, at)
    return (found >> 1) ^ -(found & 1), at


def _varint(content: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while (byte := content[at]) & 128:
        found |= (byte & 127) << shift
        shift += 7
        at += 1
        if shift > 63:
            raise ValueError("a number in a page's header without an end")
    return found | byte << shift, at + 1

"""How a delimited text file is written: what stands between cells, around them, and before a quote inside them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from pricer.errors import TableError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ONE_COLUMN = "\ud800"  # half a surrogate pair: a delimiter that no text has, so every line is one cell
SAMPLE_CHARS = 1 << 16
MAX_CELL_CHARS = 16 << 20
SAMPLE_ROWS = 50
SHOWN_CHARS = 60  # of a name, in a notice
TEXT_NAMES = frozenset({"summary", "text", "description", "title"})  # headers of files that may be one column of prose
TITLED_FROM = 3  # cells in most rows, below a first line of one cell, from which that line is no header
BRACKETS = frozenset("()[]{}<>")  # belong to a name
SPACED_FROM = 5  # rows with as many spaces as the header, from which these are no spaces of a text
SPACES_SKIPPED = "Spaces after a delimiter are no part of the cells."

_HINT = re.compile(r'("?)sep=([^\r\n"])\1(?:\r\n|\n|\r)', re.IGNORECASE)  # Excel's own first line
_QUOTED_START = re.compile(r"""(["'])(?:(?!\1)[^\n\r]|\1\1)*\1([^\w"'\n\r]{1,2})\1""")
_BETWEEN = re.compile(r"(\W+)")
_BACKSLASH = re.compile(r"\\(.?)", re.DOTALL)


@dataclass(frozen=True)
class Dialect:
    """What a reader must be told of a file."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None  # before a quote that belongs to the text, besides doubling it
    skips_spaces: bool = False  # whether spaces after a delimiter belong to it
    has_hint: bool = False  # whether the first line only tells the delimiter
    notices: list[str] = field(default_factory=list)  # what was assumed

    def reader(self, lines: Iterable[str]) -> Any:
        """A strict `csv.reader` of a file's lines, after the hint, of cells as long as `MAX_CELL_CHARS`."""
        csv.field_size_limit(MAX_CELL_CHARS)
        lines = iter(lines)
        if self.has_hint:
            next(lines, None)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            skipinitialspace=self.skips_spaces,
            strict=True,
        )


def sniff(file: TextIO, name: str, delimiter: str | None = None) -> Dialect:
    """The dialect of a file, from its start, by its first line and some more; `delimiter` if its name tells one.

    Raises
    ------
    TableError
        The lines disagree about where the table begins or how its cells are separated.
    """
    sample = file.read(SAMPLE_CHARS)
    if "\n" not in sample and "\r" not in sample:
        sample += file.readline() + file.read(SAMPLE_CHARS)
    is_cut = bool(file.read(1))
    if hint := _HINT.match(sample):
        words = f"Read as separated by {_called(hint[2])}, as the first line says."
        return Dialect(hint[2], has_hint=True, notices=[words])
    rows = _all_rows(sample, is_cut, name)
    if delimiter and any(len(row) > 1 for row in rows[delimiter]):
        return Dialect(delimiter)
    if quoted := _by_quoted_header(sample):
        return quoted
    widths = {each: list(map(len, found)) for each, found in rows.items()}
    if all(found[:1] in ([], [1]) for found in widths.values()):
        return Dialect(ONE_COLUMN, notices=_check_one_column(sample, rows, name, is_cut))
    firsts = {each: found[0] for each, found in widths.items() if found}  # a line of tabs is blank if they are text
    even = {each: first for each, first in firsts.items() if first > 1 and len(set(widths[each])) == 1}
    best = min(even, key=lambda each: _place(rows[each][0])) if even else max(firsts, key=firsts.__getitem__)
    _check_header(widths, best, name)
    return Dialect(best, notices=[] if best == (delimiter or ",") else [f"Read as separated by {_called(best)}."])


def _place(header: list[str]) -> tuple[bool, int]:
    """Orders delimiters that all lines have alike: the first in the header first, one within its names last."""
    return header[1].startswith(" "), len(header[0])


def explain(error: csv.Error) -> str:
    """What is wrong, and what to do, in plain words."""
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed. Close it, or double the quotes that belong to the text."
    if "expected after" in reason:
        return "text follows a closing quote. Double the quotes that belong to the text."
    if "field larger" in reason:
        return f"a cell is longer than {MAX_CELL_CHARS:,} characters; perhaps a quote is never closed."
    return f"{reason}."


def skip_to_header(records: Iterable[list[str]]) -> list[str] | None:
    """The first record that is no blank line and no line of spaces, or None where there is none."""
    return next((record for record in records if not _is_blank(record)), None)


def _is_blank(record: list[str]) -> bool:
    return not record or "".join(record).isspace()


def escapes_only_quotes(lines: Iterable[str]) -> bool:
    """Whether backslashes stand before quotes, and before nothing else than quotes and backslashes."""
    followers = {found for line in lines for found in _BACKSLASH.findall(line)}
    return '"' in followers and followers <= {'"', "\\"}


def _by_quoted_header(sample: str) -> Dialect | None:
    """What stands between the first two quotes of a quoted header is the delimiter, whatever it is."""
    found = _QUOTED_START.match(sample)
    if not found:
        return None
    quote, between = found[1], found[2]
    delimiter = between[0]
    if len(between) == 2 and (between[1] != " " or delimiter == " "):
        return None
    if quote == '"' and len(between) == 1 and delimiter in DELIMITERS:
        return None  # as usual; the rest of the sample has its say
    notices = [] if delimiter == "," else [f"Read as separated by {_called(delimiter)}."]
    notices += ["Read with single quotes around cells."] if quote == "'" else []
    notices += [SPACES_SKIPPED] if len(between) == 2 else []
    return Dialect(delimiter, quote, skips_spaces=len(between) == 2, notices=notices)


def _check_one_column(sample: str, rows: dict[str, list[list[str]]], name: str, is_cut: bool) -> list[str]:
    """Notices of a file whose first line is one cell; refuses one that has more columns after all."""
    for delimiter, found in rows.items():
        if width := _width_below_title(found):
            raise TableError(
                f"{name}, the header: found 1 cell, but most rows have {width} separated by {_called(delimiter)}. "
                "Delete lines above the row of column names."
            )
    lines = [row[0] for row in _rows(sample, ONE_COLUMN, is_cut)]
    if not lines or lines[0].strip("\"' \t").casefold() in TEXT_NAMES:
        return []
    in_quotes = '"' + lines[0].replace('"', '""') + '"'
    separator = None if sample.lstrip().startswith(in_quotes) else _unusual_separator(lines)
    if separator:
        raise TableError(
            f"{name}, the header: found {_called(separator)} between column names, as it seems: expected "
            f"{', '.join(DELIMITERS.values())}. Separate cells by one of these; if it is one column, name it summary."
        )
    shown = lines[0] if len(lines[0]) <= SHOWN_CHARS else lines[0][:SHOWN_CHARS] + "…"
    return [f"Read as one column; the first line is taken for its name, {shown!r}."]


def _unusual_separator(lines: Sequence[str]) -> str | None:
    """What stands beside a text's name in the header and in most rows too, though it is no usual delimiter."""
    words = _BETWEEN.split(lines[0][:SAMPLE_CHARS])  # words and what is between them in turn
    for at in range(0, len(words), 2):
        if words[at].casefold() not in TEXT_NAMES:
            continue
        for between, other in ((at - 1, at - 2), (at + 1, at + 2)):
            if 0 <= other < len(words) and words[other]:
                separator = words[between].strip(" \"'") or " "
                if separator not in BRACKETS and _separates(separator, lines):
                    return separator
    return None


def _separates(separator: str, lines: Sequence[str]) -> bool:
    """Whether it may separate cells: every row has as many.  Words have spaces anyhow; a table has numbers too."""
    header, *rows = (line.count(separator) for line in lines)
    if separator == " ":
        has_numbers = all(any(map(str.isdigit, line)) for line in lines[1:])
        return len(rows) >= SPACED_FROM and set(rows) == {header} and has_numbers
    return bool(rows) and min(rows) >= header


def _width_below_title(rows: Sequence[list[str]]) -> int:
    """Cells in the rows of a table with a title above, which are told by their names or their number; 0 for others."""
    at = next((at for at, row in enumerate(rows) if len(row) > 1), 0)
    widths = [len(row) for row in rows]
    is_even = at == 1 or len(set(widths[at:])) == 1  # else it may be a line of prose
    if at and is_even and TEXT_NAMES & {cell.strip().casefold() for cell in rows[at]}:
        return widths[at]
    first = next((row[0] for row in rows), "")
    if first.strip().casefold() in TEXT_NAMES:
        return 0
    tight = [len(row) for row in rows[1:] if not all(cell.startswith(" ") for cell in row[1:])]  # no prose
    (width, times), *_ = Counter(tight).most_common(1) or [(1, 0)]
    return width if width >= TITLED_FROM and times >= 2 and 2 * times > len(rows) - 1 else 0


def _check_header(widths: dict[str, list[int]], best: str, name: str) -> None:
    """Refuse a file whose rows are separated otherwise than its header."""
    rows = widths[best][1:]
    if not rows or max(rows) > 1:
        return
    for other, found in widths.items():
        if len(found) > 1 and min(found[1:]) > 1:
            raise TableError(
                f"{name}, row 1: separated by {_called(other)}, but the header by {_called(best)}. "
                "Separate all lines alike."
            )


def _all_rows(sample: str, is_cut: bool, name: str) -> dict[str, list[list[str]]]:
    """The sample's first rows, from the header on, by each usual delimiter."""
    csv.field_size_limit(MAX_CELL_CHARS)
    try:
        return {each: _rows(sample, each, is_cut) for each in DELIMITERS}
    except csv.Error as error:
        raise TableError(f"{name}, the header: {explain(error)}") from error


def _rows(sample: str, delimiter: str, is_cut: bool) -> list[list[str]]:
    """The last one does not count if it may be cut off."""
    lines = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    header = skip_to_header(lines)
    rows = [header, *filter(None, lines)] if header else []
    return (rows[:-1] if is_cut and len(rows) > 1 else rows)[:SAMPLE_ROWS]


def _called(delimiter: str) -> str:
    return DELIMITERS.get(delimiter) or {" ": "space", ":": "colon"}.get(delimiter) or repr(delimiter)

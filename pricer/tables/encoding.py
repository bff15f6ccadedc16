"""In which encoding a text file is."""

from __future__ import annotations

import codecs
import re
from io import BufferedReader

from pricer.errors import TableError

FALLBACK = "cp1252"
MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # in Windows-1252
_SAMPLE_BYTES = 1 << 16
_LEAST_ASCII = 0.01  # share of a text's characters: delimiters and line ends at the least
_MOSTLY = 0.5  # share from which that alone tells

# Characters of UTF-8 that hardly occur as neighbours in Windows-1252: accented Latin, Greek, Cyrillic, quotes, emoji.
_UTF8_PAIR = re.compile(
    rb"(?!\xc3\x94(?![A-Za-z\x80-\xff]))"  # a capital A with tilde and the quote that closes after it, as in Portuguese
    rb"[\xc2\xc3\xce\xcf\xd0\xd1][\x80-\xbf]|\xe2[\x80\x82\x84\x86][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}"
)
# What Western texts have beside letters.  They hardly have three other such bytes in a row, as words of Cyrillic or
# Greek are; nor four of any kind, as of GBK; nor three times one and an ASCII letter, as of Shift-JIS or Big5, unless
# all are letters, as in "répété".
_SIGNS = "€…‰™“”„‘’‚‹›«»–—•†‡\xa0¡¿©®°±²³´µ·¹º¼½¾×÷§ª".encode(FALLBACK)
_RUN = re.compile(b"[" + bytes(sorted({*range(0x80, 0x100)} - {*_SIGNS})) + b"]{3,}")
_LONG_RUN = re.compile(rb"[\x80-\xff]{4,}")
_CHAIN = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe]){3,}")
_NO_LETTER = re.compile(rb"[\x80-\xbf]")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_REPEATED = re.compile(rb"([\x80-\xff])\1{2,}")  # rules, bullets, no-break spaces: of no language
_ASCII = bytes(range(0x80))
_LEAST_FOREIGN = 8  # bytes: of fewer, nothing is said
_ENOUGH = 10_000  # bytes beyond ASCII: by so many, a file is known


class EncodingScan:
    """Decides by a file's beginning what it may be, then checks that all of it is: blocks come in order."""

    def __init__(self, name: str, head: bytes) -> None:
        self._name = name
        self._encoding, self._called = _by_mark(head) or _by_zeros(head) or ("utf-8-sig", "")
        self._misfit = _Misfit(self._encoding)
        self._fits_fallback, self._has_utf8, self._script = True, False, _Script()
        self._first_zero: int | None = None
        self._offset = 0

    def add(self, block: bytes) -> None:
        """Look at the next bytes of the file."""
        self._misfit.add(block)
        if not block.isascii():
            self._fits_fallback = self._fits_fallback and _UNDEFINED.search(block) is None
            self._has_utf8 = self._has_utf8 or _UTF8_PAIR.search(block) is not None
            if self._misfit.is_found:
                self._script.add(block)
        if self._first_zero is None and (at := block.find(0)) >= 0:
            self._first_zero = self._offset + at
        self._offset += len(block)

    def finish(self) -> tuple[str, list[str]]:
        """The encoding and notices of it.

        Raises
        ------
        TableError
            The bytes fit no encoding, or two of them.
        """
        byte = self._misfit.finished()
        if self._called and byte is not None:
            raise TableError(
                f"{self._name} starts as {self._called} but breaks off at byte {byte:,}: save it again as UTF-8."
            )
        if self._called:
            return self._encoding, [f"Read as {self._called}."]
        if byte is None:
            return self._encoding, self._zeros()
        if self._first_zero is not None:
            raise TableError(
                f"{self._name} is no text: byte {byte:,} does not fit UTF-8, and byte {self._first_zero:,} is NUL. "
                "Export the table as UTF-8 text."
            )
        if not self._fits_fallback:
            raise TableError(
                f"{self._name} is neither UTF-8 nor Windows-1252 (first misfit at byte {byte:,}): "
                "save it again as UTF-8."
            )
        is_foreign = self._script.is_foreign()
        if is_foreign and not self._script.is_utf8():
            raise TableError(
                f"{self._name} is not UTF-8 (first misfit at byte {byte:,}), and not Windows-1252, as its letters come "
                "in no Western order: save it again as UTF-8."
            )
        if self._has_utf8 or is_foreign:
            raise TableError(
                f"{self._name} mixes UTF-8 with another encoding: the first byte that does not fit UTF-8 is byte "
                f"{byte:,}. Mend it there, or save the parts anew as UTF-8."
            )
        return FALLBACK, [f"Not UTF-8 (byte {byte:,}): read as Windows-1252."]

    def _zeros(self) -> list[str]:
        if self._first_zero is None:
            return []
        return [f"It has NUL characters, the first at byte {self._first_zero:,}; they are kept."]


class _Script:
    """Tells by the first bytes beyond ASCII whether they are letters of a Western language in Windows-1252."""

    def __init__(self) -> None:
        self._n = self._n_letters = 0  # bytes beyond ASCII; of them, letters
        self._in_runs = self._in_long_runs = self._in_chains = self._in_utf8 = 0

    def add(self, block: bytes) -> None:
        if self._n > _ENOUGH:
            return
        block = _REPEATED.sub(b" ", block)
        beyond = block.translate(None, _ASCII)
        self._n += len(beyond)
        self._n_letters += len(beyond.translate(None, _SIGNS))
        self._in_runs += sum(map(len, _RUN.findall(block)))
        self._in_long_runs += sum(len(run) for run in _LONG_RUN.findall(block) if run.translate(None, _SIGNS))
        chains = (chain for chain in _CHAIN.findall(block) if _NO_LETTER.search(chain.strip(_SIGNS)))
        self._in_chains += sum(len(chain.translate(None, _ASCII)) for chain in chains)
        self._in_utf8 += sum(map(len, _UTF8.findall(block)))

    def is_foreign(self) -> bool:
        shares = ((self._in_runs, self._n_letters), (self._in_long_runs, self._n), (self._in_chains, self._n))
        return any(found >= _LEAST_FOREIGN and 2 * found > total for found, total in shares)

    def is_utf8(self) -> bool:
        return 2 * self._in_utf8 > self._n


class _Misfit:
    """Looks for the first byte that does not fit an encoding."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._is_utf8 = encoding == "utf-8-sig"
        self._offset = 0  # of the next byte
        self._found: int | None = None

    def add(self, block: bytes) -> None:
        if self._found is not None:
            return
        pending = len(self._decoder.getstate()[0])
        if self._is_utf8 and self._offset and not pending and block.isascii():
            self._offset += len(block)
            return
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            self._found = max(0, self._offset - pending + error.start)
        self._offset += len(block)

    @property
    def is_found(self) -> bool:
        return self._found is not None

    def finished(self) -> int | None:
        """Offset of that byte, or None if all fit."""
        if self._found is None:
            pending = len(self._decoder.getstate()[0])
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._found = self._offset - pending
        return self._found


def skip_marks(file: BufferedReader) -> None:
    """Go on to the last of the equal marks at the start of a file; a decoder takes one for none of the text."""
    for mark in (codecs.BOM_UTF8, *(mark for mark, *_ in MARKS)):
        while file.peek(2 * len(mark))[: 2 * len(mark)] == 2 * mark:
            file.read(len(mark))


def _by_mark(head: bytes) -> tuple[str, str] | None:
    return next(((encoding, called) for mark, encoding, called in MARKS if head.startswith(mark)), None)


def _by_zeros(head: bytes) -> tuple[str, str] | None:
    """UTF-32 or UTF-16 without its mark: ASCII characters have zero bytes beside them, always on the same side."""
    if 0 not in head[:_SAMPLE_BYTES]:
        return None
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        called = encoding[:6].upper()
        size = 4 if called == "UTF-32" else 2
        sample = head[: min(len(head), _SAMPLE_BYTES) // size * size]
        text = sample.decode(encoding, errors="replace")
        if "\0" in text or "\ufffd" in text[:-1] or not _has_first_line(text, sample, size):
            continue
        share = sum(map(str.isascii, text)) / len(text)
        if share >= _MOSTLY or (share >= _LEAST_ASCII and not _is_utf8(sample)):
            return encoding, f"{called} without a byte-order mark"
    return None


def _has_first_line(text: str, sample: bytes, size: int) -> bool:
    """Whether the first byte of the sample that may end a line does so in the text, too; `size` bytes a character."""
    first = min((at for at in map(sample.find, (b"\n", b"\r")) if at >= 0), default=-1)
    return first >= 0 and text[first // size] in "\r\n"


def _is_utf8(sample: bytes) -> bool:
    """Whether all of the sample but its last character, which may be cut, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True

"""Words, numbers and sizes of texts: what the compact featurizer reads."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain
from math import log2

import mmh3
import numpy as np

# Units by the base that they are compared in: the one token they become -> how many of the base, usual spellings.
UNITS: dict[str, dict[str, tuple[float, str]]] = {
    "pk": {"pk": (1, "packs pack pk pcs pc pieces piece count ct pairs pair units sheets rolls")},
    "in": {"in": (1, "inches inch in"), "ft": (12, "feet foot ft"), "yd": (36, "yards yard yd")},
    "mm": {"mm": (1, "millimeters mm"), "cm": (10, "centimeters cm"), "m": (1000, "meters meter")},
    "oz": {
        "oz": (1, "ounces ounce oz"),
        "lb": (16, "pounds pound lbs lb"),
        "g": (0.03527, "grams gram"),
        "kg": (35.27, "kilograms kg"),
        "ml": (0.03381, "milliliters ml"),
        "l": (33.81, "liters liter litre"),
        "qt": (32, "quarts quart qt"),
        "gal": (128, "gallons gallon gal"),
    },
    "w": {"w": (1, "watts watt w"), "kw": (1000, "kilowatts kilowatt kw"), "hp": (746, "horsepower hp")},
    "v": {"v": (1, "volts volt v")},
    "a": {"a": (1, "amps amp")},
    "mah": {"mah": (1, "mah"), "ah": (1000, "ah")},
    "wh": {"wh": (1, "wh")},
    "hz": {"hz": (1, "hertz hz")},
    "mhz": {"mhz": (1, "mhz"), "ghz": (1000, "ghz")},
    "gb": {"gb": (1, "gigabytes gigabyte gb"), "tb": (1024, "terabytes terabyte tb")},
    "mp": {"mp": (1, "megapixels megapixel mp")},
    "btu": {"btu": (1, "btus btu")},
    "psi": {"psi": (1, "psi")},
    "ch": {"ch": (1, "channels channel")},
    "person": {"person": (1, "persons person people")},
    "port": {"port": (1, "ports port outlets outlet")},
    "drawer": {"drawer": (1, "drawers drawer tiers tier shelves shelf")},
    "key": {"key": (1, "keys key")},
    "cup": {"cup": (1, "cups cup")},
    "cc": {"cc": (1, "cc")},
}
UNIT_OF = {
    word: (unit, base, float(factor))
    for base, units in UNITS.items()
    for unit, (factor, words) in units.items()
    for word in words.split()
}
UNIT_OF |= dict.fromkeys(('"', "''"), UNIT_OF["in"])
_SPELLINGS = "|".join(sorted((word for word in UNIT_OF if word.isalpha()), key=len, reverse=True))

# One pass over plain lower-case text: "3-in-1" | "pack of 12" | a word | a number with its unit | a decimal | the rest.
# Written for polars' engine, which knows no look-around; only ASCII classes, which it compiles far faster.
TOKEN = (
    r"[0-9]+[ -]?in[ -]?[0-9]+|(?:pack|set|box|case) of [0-9]+|[a-z][a-z0-9]*"
    rf"|[0-9][0-9.,]*[ -]?(?:{_SPELLINGS})(?-u:\b)"
    r"|[0-9][0-9.,]*(?:\"|'')|[0-9]+(?:[.,][0-9]+)+(?-u:\b)|[0-9a-z]+|[^\x00-\x7f]+"
)
_TOKEN = re.compile(TOKEN.replace(r"(?-u:\b)", r"\b"), re.ASCII)  # the same for Python's engine
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")

# The one token that stands for "Title:" at the start of a text in labelled lines; no other text has it.
FORM = "title:"
FORM_LINE = "\ndescription:"

TYPOGRAPHIC = str.maketrans(
    {
        char: plain
        for plain, group in {"-": "‐‑‒–—−", '"': "”“″", "'": "’‘′", " ": "™®©", "/": "⁄"}.items()
        for char in group
    }
)
_MARKS = re.compile("[\u0300-\u036f]")
_SYMBOLS = re.compile(r"[^\w\x00-\x7f]")
RUN_CHARS = 32  # of a run of characters beyond ASCII at once: a long one is taken in parts, as it comes but once
_BEYOND_ASCII = re.compile(f"[^\x00-\x7f]{{1,{RUN_CHARS}}}")

FEW = 200  # texts up to which Python's engine is faster: polars makes its automaton anew for each call
LEVEL_OF_ONE = 96  # level of the amount 1; levels run from 1 to 255


@dataclass(frozen=True)
class Tokens:
    """Tokens of texts one after the other; arrays of shape (n_tokens,) unless said."""

    words: np.ndarray  # uint64, hash of the token
    sizes: np.ndarray  # uint64, hash of its unit and rounded amount, 0 where it has none
    units: np.ndarray  # uint64, hash of its unit
    levels: np.ndarray  # int32, logarithm of its amount in steps, plus LEVEL_OF_ONE
    rows: np.ndarray  # int64, number of its text
    places: np.ndarray  # int64, number within its text
    in_title: np.ndarray  # bool

    def where(self, chosen: np.ndarray) -> Tokens:
        """Only these tokens; bool, shape (n_tokens,)."""
        return Tokens(*(getattr(self, each.name)[chosen] for each in fields(self)))


class Tokenizer:
    """Cuts texts into tokens, and remembers what it found out about each token."""

    def __init__(self, max_words: int, title_words: int, bins_per_doubling: int, capacity: int = 2**20) -> None:
        self._max_words = max_words
        self._title_words = title_words
        self._fineness = bins_per_doubling
        self._capacity = capacity
        self._known = Known()
        self._learning = threading.Lock()
        self.form_hash = self._measured(FORM)[0]

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokens of the texts, of each text the first ones."""
        plain_texts = list(map(plain, texts))
        parts: list[str] = []
        for text in plain_texts:
            end = _title_end(text)
            parts += (text[:end], text[end:])
        labelled = [number for number, text in enumerate(plain_texts) if in_labelled_lines(text)]
        part_lengths, distinct, ids = cut_few(parts) if len(texts) <= FEW else cut_many(parts)
        title_lengths, rest_lengths = part_lengths.reshape(-1, 2).T
        lengths = title_lengths + rest_lengths
        rows = np.repeat(np.arange(len(texts)), lengths)
        starts = np.cumsum(lengths) - lengths
        places = np.arange(len(rows)) - np.repeat(starts, lengths)
        words, sizes, units, levels = (column[ids] for column in self._all_measured(distinct).T.copy())
        words[starts[labelled]] = self.form_hash
        in_title = places < np.repeat(np.minimum(title_lengths, self._title_words), lengths)
        tokens = Tokens(words, sizes, units, levels.astype(np.int32), rows, places, in_title)
        return tokens if lengths.max(initial=0) <= self._max_words else tokens.where(places < self._max_words)

    def cut(self, text: str) -> list[str]:
        """The tokens of one text, as they stand in it."""
        whole = plain(text)
        end = _title_end(whole)
        tokens = cut_few([whole[:end], whole[end:]])[1][: self._max_words]
        return [FORM, *tokens[1:]] if in_labelled_lines(whole) else tokens

    def _all_measured(self, tokens: Sequence[str]) -> np.ndarray:
        """What `_measured` finds out about each token, uint64, shape (n_tokens, 4)."""
        known = self._known
        found = known.rows(tokens)
        if found is None:
            with self._learning:
                if len(known.numbers) >= self._capacity:
                    self._known = known = Known()
                known.add(tokens, self._measured)
            found = known.rows(tokens)
        assert found is not None
        return found

    def _measured(self, token: str) -> tuple[int, int, int, int]:
        """Hash of the token, hash of its size, hash of its unit, level of its amount; 0 where it has no amount."""
        word, base, amount = measure(token)
        level = min(max(round(self._fineness * log2(amount)) + LEVEL_OF_ONE, 1), 255) if base else 0
        size, unit = (_hash(f"{base}~{level}"), _hash(base)) if base else (0, 0)
        return _hash(word), size, unit, level


class Known:
    """What was found out about tokens; some threads may read it while one adds to it."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}  # token -> its row
        self.found = np.empty((0, 4), dtype=np.uint64)  # more rows than tokens

    def rows(self, tokens: Sequence[str]) -> np.ndarray | None:
        """What was found out about each, uint64, shape (n_tokens, 4); None if one is new."""
        numbers = list(map(self.numbers.get, tokens))
        return None if None in numbers else self.found[np.array(numbers, dtype=np.int64)]

    def add(self, tokens: Iterable[str], measured: Callable[[str], tuple[int, int, int, int]]) -> None:
        """Find out about those that are new; their rows are there before their numbers are."""
        new = [token for token in dict.fromkeys(tokens) if token not in self.numbers]
        first, end = len(self.numbers), len(self.numbers) + len(new)
        if end > len(self.found):
            found = np.zeros((2 * end, 4), dtype=np.uint64)
            found[:first] = self.found[:first]
            self.found = found
        if new:
            self.found[first:end] = list(map(measured, new))
        self.numbers.update(zip(new, range(first, end), strict=True))


def cut_few(parts: Sequence[str]) -> tuple[np.ndarray, list[str], np.ndarray]:
    """As `cut_many`, by Python's engine: slower by the text, but ready at once."""
    found = [_TOKEN.findall(part) for part in parts]
    tokens = list(chain.from_iterable(found))
    return np.array([len(each) for each in found]), tokens, np.arange(len(tokens))


def cut_many(parts: Sequence[str]) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Tokens of plain texts, by polars' engine: how many each has, the distinct ones, and which follow each other.

    Returns
    -------
    lengths, distinct, ids : array (n_parts,), list, array (n_tokens,)
    """
    import polars as pl  # here, as one price needs neither
    import pyarrow.compute as pc

    found = pl.Series(parts, dtype=pl.String).str.extract_all(TOKEN)
    encoded = pc.dictionary_encode(found.explode(empty_as_null=False).to_arrow())
    ids = encoded.indices.to_numpy(zero_copy_only=False)
    return found.list.len().to_numpy().astype(np.int64), encoded.dictionary.to_pylist(), ids


def plain(text: str) -> str:
    """Lower case; letters without accents; the typographic dashes, spaces and quotes of listings made plain."""
    return (text if text.isascii() else _BEYOND_ASCII.sub(_plain_run, text)).lower()


def _plain_run(found: re.Match[str]) -> str:
    """Characters beyond ASCII made plain; what follows each other in listings is always the same few."""
    return _made_plain(found[0])


@lru_cache(maxsize=1 << 16)
def _made_plain(run: str) -> str:
    text = unicodedata.normalize("NFKD", run.translate(TYPOGRAPHIC))
    return _SYMBOLS.sub(" ", _MARKS.sub("", text))


def in_labelled_lines(text: str) -> bool:
    """Whether a lower-case text is in the five labelled lines of the course's summaries."""
    return text.startswith(FORM) and FORM_LINE in text


def measure(token: str) -> tuple[str, str, float]:
    """``"2 Pounds"`` to ``("2lb", "oz", 32.0)``; a token without an amount and a unit to ``(token, "", 0.0)``."""
    number = _NUMBER.search(token)
    if number is None:
        return token, "", 0.0
    spelling = token[number.end() :].strip(" -.,")
    found = UNIT_OF["pk"] if " of " in token else UNIT_OF.get(spelling)
    if found is None:
        return token, "", 0.0
    unit, base, factor = found
    digits = number.group().replace(",", "")
    amount = float(digits) * factor if digits.count(".") <= 1 else 0.0
    return digits + unit, *((base, amount) if 0 < amount < 1e9 else ("", 0.0))


@dataclass(frozen=True)
class Amount:
    """A number with a unit in a plain text."""

    base: str  # unit that amounts are compared in
    size: float  # amount in that unit
    start: int  # where the number starts
    end: int  # where it ends


def amounts(text: str) -> list[Amount]:
    """The numbers with units in a plain text."""
    found = []
    for token in _TOKEN.finditer(text):
        _, base, size = measure(token[0])
        number = _NUMBER.search(token[0])
        if base and number:
            found.append(Amount(base, size, token.start() + number.start(), token.start() + number.end()))
    return found


def title_of(text: str, max_words: int = 20) -> str:
    """The first line of a text without its label, at most this many words."""
    return " ".join(text[: _title_end(text)].removeprefix("Title:").split()[:max_words])


def _title_end(text: str) -> int:
    """Where the first line ends, or the first bracket of a flat listing opens."""
    line, bracket = text.find("\n", 3), text.find(" [", 3)
    if line < 0 or bracket < 0:
        return max(line, bracket) if line >= 0 or bracket >= 0 else len(text)
    return min(line, bracket)


def _hash(word: str) -> int:
    return mmh3.hash(word, signed=False)

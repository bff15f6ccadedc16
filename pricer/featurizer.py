"""Words to sparse rows: a stateless featurizer, described fully by its config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import log2

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

# Spellings of units met in listings, by the one token that they become.
UNITS = {
    "pk": "packs pack pk pcs pc pieces piece count ct pairs pair units sheets rolls",
    "in": "inches inch in",
    "ft": "feet foot ft",
    "mm": "millimeters mm",
    "cm": "centimeters cm",
    "m": "meters meter",
    "yd": "yards yard yd",
    "oz": "ounces ounce oz",
    "lb": "pounds pound lbs lb",
    "g": "grams gram",
    "kg": "kilograms kg",
    "ml": "milliliters ml",
    "l": "liters liter litre",
    "gal": "gallons gallon gal",
    "qt": "quarts quart qt",
    "w": "watts watt w",
    "v": "volts volt v",
    "a": "amps amp",
    "mah": "mah",
    "ah": "ah",
    "hp": "horsepower hp",
    "hz": "hertz hz",
    "mhz": "mhz",
    "ghz": "ghz",
    "gb": "gigabytes gb",
    "tb": "terabytes tb",
    "mp": "megapixels megapixel mp",
    "btu": "btus btu",
    "psi": "psi",
    "ch": "channels channel",
}
UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()} | {'"': "in", "''": "in"}
_ALTERNATIVES = "|".join(sorted((word for word in UNIT_OF if word.isalpha()), key=len, reverse=True))

# One pass: "pack of 12" | a number with its unit | a decimal | other letters, digits.
_TOKEN = re.compile(
    rf"(?:pack|set|box|case) of \d+|[a-z][a-z0-9]*|\d[\d.,]*[ -]?(?:{_ALTERNATIVES})\b(?![ -]1\b)"
    r"|\d[\d.,]*(?:\"|'')|\d+(?:[.,]\d+)+(?![^\W_])|[^\W_]+"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TITLE_END = re.compile(r"\n| \[")

# The one token that stands for "Title:" at the start of a text in labelled lines; no other text has it.
_FORM = "title:"
_FORM_LINE = "\ndescription:"

# What sets the hashes of title words, sizes, title sizes and amounts apart from those of word pairs.
_LOW, _TITLE, _SIZE, _TITLE_SIZE, _AMOUNT = (np.uint64(key) for key in (0xFFFFFFFF, 1 << 61, 2 << 61, 3 << 61, 4 << 61))
_PLAIN = {"-": "‐‑‒–—−", " ": "\u202f\u00a0\u2009", '"': "”“″", "'": "’‘′"}
_TYPOGRAPHIC = re.compile(f"[{''.join(_PLAIN.values())}]")
_PLAIN_OF = {typographic: plain for plain, group in _PLAIN.items() for typographic in group}


@dataclass(frozen=True)
class FeaturizerConfig:
    """How a text becomes a sparse row."""

    kind: str = "compact"  # "compact", or "hashed_words": the reference preset of plain hashed words
    word_buckets: int = 2**20  # columns that single words are hashed into
    phrase_buckets: int = 2**21  # columns of everything else: word pairs, title words, sizes (compact only)
    max_words: int = 128  # words read of a text; later ones are ignored (compact only)
    title_words: int = 16  # words of the first line that are also tagged as title words (compact only)
    bins_per_doubling: int = 2  # fineness of the size tokens of numbers with a unit (compact only)

    @classmethod
    def reference(cls) -> FeaturizerConfig:
        """The original course's features: 5,000 binary hashed words, English stop words, unit length."""
        return cls(kind="hashed_words", word_buckets=5000, phrase_buckets=0)


class Featurizer:
    """Turns texts into rows of a sparse matrix; keeps no state beyond its config."""

    def __init__(self, config: FeaturizerConfig) -> None:
        if config.kind not in ("compact", "hashed_words"):
            raise ValueError(f"featurizer kind is {config.kind!r}; expected 'compact' or 'hashed_words'")
        self.config = config
        self._codes = _Codes(config.bins_per_doubling)
        self._reference: HashingVectorizer | None = None
        if config.kind == "hashed_words":
            self._reference = HashingVectorizer(
                n_features=config.word_buckets, stop_words="english", binary=True, dtype=np.float32
            )

    @property
    def n_features(self) -> int:
        """Number of columns of a row."""
        return self.config.word_buckets + self.config.phrase_buckets

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of the texts, counts for ``compact`` and unit-length rows for ``hashed_words``.

        Returns
        -------
        csr_matrix of float32, shape (n_texts, n_features)
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string; expected a sequence of strings, e.g. [text]")
        if not len(texts):
            return csr_matrix((0, self.n_features), dtype=np.float32)
        if self._reference is not None:
            return self._reference.transform(texts).tocsr()
        documents = [self._split(text) for text in texts]
        lengths = np.array([len(tokens) for tokens, _ in documents], dtype=np.int64)
        titles = np.array([title for _, title in documents], dtype=np.int64)
        codes = np.fromiter(
            map(self._codes.__getitem__, chain.from_iterable(tokens for tokens, _ in documents)),
            dtype=np.uint64,
            count=int(lengths.sum()),
        )
        return self._rows(codes, lengths, titles)

    @property
    def form_column(self) -> int:
        """Column that is filled for texts in labelled lines (compact only)."""
        return self._codes[_FORM] % self.config.word_buckets

    def _split(self, text: str) -> tuple[list[str], int]:
        """Raw tokens of a text, and how many of them make its title."""
        text = _clean(text)
        end = _TITLE_END.search(text, 3)
        title = _TOKEN.findall(text, 0, end.start() if end else len(text))
        tokens = (title + _TOKEN.findall(text, end.start()) if end else title)[: self.config.max_words]
        if in_labelled_lines(text):
            tokens[0] = _FORM
        return tokens, min(len(title), self.config.title_words)

    def _rows(self, codes: np.ndarray, lengths: np.ndarray, titles: np.ndarray) -> csr_matrix:
        """Rows from the codes of all tokens, shape (n_tokens,), and each text's length and title length."""
        rows = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        in_title = places < titles[rows]
        words, sizes = codes & _LOW, codes >> np.uint64(32)
        sized = sizes != 0
        titled = sized & in_title
        units, amounts = self._codes.amounts(sizes[titled])
        together = rows[1:] == rows[:-1]
        phrases = np.concatenate(
            [
                _mix(words[:-1] + (words[1:] << np.uint64(32)))[together],
                _mix(words + _TITLE)[in_title],
                _mix(sizes + _SIZE)[sized],
                _mix(sizes + _TITLE_SIZE)[titled],
                _mix(units + _AMOUNT),
            ]
        )
        phrase_rows = [rows[:-1][together], rows[in_title], rows[sized], rows[titled], rows[titled]]
        n_words, n_phrases = self.config.word_buckets, self.config.phrase_buckets
        columns = np.concatenate([words % np.uint64(n_words), phrases % np.uint64(n_phrases) + np.uint64(n_words)])
        places = (np.concatenate([rows, *phrase_rows]), columns.astype(np.int64))
        counts = np.concatenate([np.ones(len(columns) - len(amounts)), amounts]).astype(np.float32)
        return coo_matrix((counts, places), shape=(len(lengths), self.n_features)).tocsr()


class _Codes(dict[str, int]):
    """Remembers each raw token's code: the word's hash, and its size token's hash in the upper 32 bits."""

    def __init__(self, bins_per_doubling: int, capacity: int = 2**20) -> None:
        super().__init__()
        self._fineness = bins_per_doubling
        self._capacity = capacity
        self._sizes: dict[int, tuple[int, float]] = {}

    def amounts(self, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of size tokens' hashes, shape (n_sizes,): their units' hashes, and the amounts as counts.

        The count is such that its weight, 1 + log(count), grows by a quarter with each doubling of the amount:
        one column for each unit lets the model learn that more costs more.
        """
        known = [self._sizes[size] for size in sizes.tolist()]
        units, amounts = zip(*known, strict=True) if known else ((), ())
        return np.array(units, dtype=np.uint64), np.exp(np.array(amounts) / 4 - 1)

    def __missing__(self, token: str) -> int:
        word, size = _measure(token)
        code = murmurhash3_32(word, positive=True)
        if size:
            unit, amount = size
            step = round(self._fineness * log2(amount))
            size_hash = murmurhash3_32(f"{unit}~{step}", positive=True)
            self._sizes[size_hash] = murmurhash3_32(unit, positive=True), log2(1 + 2 ** (step / self._fineness))
            code |= size_hash << 32
        if len(self) < self._capacity:
            self[token] = code
        return code


def _mix(keys: np.ndarray) -> np.ndarray:
    """Hashes of 64-bit keys: the finalizer of murmur3 (Appleby), the same on every machine."""
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return keys ^ (keys >> np.uint64(33))


def _clean(text: str) -> str:
    """Lower case, with the typographic dashes, spaces and quotes of listings made plain."""
    text = text.lower()
    return text if text.isascii() else _TYPOGRAPHIC.sub(lambda found: _PLAIN_OF[found.group()], text)


def in_labelled_lines(text: str) -> bool:
    """Whether a lower-case text is in the five labelled lines of the course's summaries."""
    return text.startswith(_FORM) and _FORM_LINE in text


def _measure(token: str) -> tuple[str, tuple[str, float] | None]:
    """``"16 Ounces"`` to ``("16oz", ("oz", 16.0))``; a token without an amount and a unit stays itself."""
    number = _NUMBER.search(token)
    if number is None:
        return token, None
    spelling = token[number.end() :].strip(" -.,")
    unit = "pk" if " of " in token else UNIT_OF.get(spelling)
    if unit is None:
        return token, None
    digits = number.group().replace(",", "")
    amount = float(digits) if digits.count(".") <= 1 else 0.0
    return digits + unit, ((unit, amount) if 0 < amount < 1e7 else None)


def title_of(text: str, max_words: int = 20) -> str:
    """The first line of a text without its label, at most this many words."""
    end = _TITLE_END.search(text, 3)
    line = text[: end.start()] if end else text
    return " ".join(line.removeprefix("Title:").split()[:max_words])

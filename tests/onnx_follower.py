"""What an exported folder describes, followed from its JSON files alone, in plain Python, without Pricer."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

BITS_32, BITS_64 = 2**32 - 1, 2**64 - 1


class Follower:
    """Texts to the graph's inputs, and the graph's first outputs to dollars."""

    def __init__(self, folder: Path):
        self.told, self.pricing = (
            json.loads((folder / f"{name}.json").read_text()) for name in ("featurizer", "pricing")
        )
        self.token, self.number = (
            re.compile(self.told.get(name, ""), re.ASCII) for name in ("token_pattern", "number_pattern")
        )

    def row(self, text: str) -> dict:
        """A text's tokens, and its columns with their counts; `words` too where the graph takes them."""
        if self.told["kind"] == "hashed_words":
            return self._hashed(text)
        tokens, n_title = self._cut(text)
        measured = [self._measured(token) for token in tokens]
        found: dict[int, list[int]] = {}
        for column, level in self._entries(measured, n_title):
            found.setdefault(column, []).append(level)
        columns = sorted(found)
        counts = [self._amount(max(found[each])) if max(found[each]) else len(found[each]) for each in columns]
        return {"tokens": tokens, "columns": columns, "counts": counts}

    def inputs(self, texts: list[str], coverage: float) -> dict:
        """The graph's inputs, filled up, as lists."""
        rows = [self.row(text) for text in texts]
        filled = {"columns": 0, "counts": 0.0, "words": self.told.get("n_words")}
        names = filled if "words" in rows[0] else ("columns", "counts")
        longest = {name: max(1, *(len(row[name]) for row in rows)) for name in names}
        inputs = {
            name: [row[name] + [filled[name]] * (longest[name] - len(row[name])) for row in rows] for name in names
        }
        return inputs | {"coverage": [coverage]}

    def prices(
        self, standardised: float, scale: float, familiarity: float, coverage: float
    ) -> tuple[float, float, float]:
        """Price, low and high in dollars."""
        target, ranges = self.pricing["target"], self.pricing["calibration"]
        log_price = standardised * target["std"] + target["mean"]
        low, high = (log_price + _between(coverage, ranges["coverages"], ranges[n]) * scale for n in ("lower", "upper"))
        known_from = ranges["known_from"]
        unknown = min(max((known_from - familiarity) / (known_from / 2), 0), 1) if known_from else 0
        low -= unknown * max(low - _between(coverage, ranges["coverages"], ranges["prior_lower"]), 0)
        high += unknown * max(_between(coverage, ranges["coverages"], ranges["prior_upper"]) - high, 0)
        return tuple(max(math.exp(each) - 1, 0) for each in (log_price, low, high))

    def _hashed(self, text):
        found = re.findall(self.told["word_pattern"], text.lower())
        tokens = [word for word in found if word not in self.told["stop_words"]]
        hashes = [abs(each - 2**32 if each >= 2**31 else each) for each in map(murmur, tokens)]
        columns, words = (sorted({each % self.told[name] for each in hashes}) for name in ("n_columns", "n_words"))
        return {"tokens": tokens, "columns": columns, "counts": [1] * len(columns), "words": words}

    def _cut(self, text):
        whole = self._plain(text)
        ends = [end for end in (whole.find("\n", 3), whole.find(" [", 3)) if end >= 0]
        end = min([len(whole), *ends])
        title = self.token.findall(whole[:end])
        tokens = (title + self.token.findall(whole[end:]))[: self.told["max_words"]]
        if whole.startswith(self.told["form"]) and self.told["form_line"] in whole:
            tokens[0] = self.told["form"]
        return tokens, len(title)

    def _plain(self, text):
        made, at = "", 0
        while at < len(text):
            end = at + 1
            if ord(text[at]) > 127:
                while end < len(text) and ord(text[end]) > 127 and end - at < self.told["run_chars"]:
                    end += 1
                made += self._plain_run(text[at:end])
            else:
                made += text[at]
            at = end
        return made.lower()

    def _plain_run(self, run):
        normal = unicodedata.normalize("NFKD", "".join(self.told["typographic"].get(char, char) for char in run))
        kept = [char for char in normal if not 0x300 <= ord(char) <= 0x36F]
        return "".join(char if ord(char) < 128 or unicodedata.category(char)[0] in "LN" else " " for char in kept)

    def _measured(self, token):
        number = self.number.search(token)
        if not number:
            return token, None, 0
        spelling = "pk" if " of " in token else token[number.end() :].strip(" -.,")
        if spelling not in self.told["units"]:
            return token, None, 0
        unit = self.told["units"][spelling]
        digits = number[0].replace(",", "")
        amount = float(digits) * unit["factor"] if digits.count(".") <= 1 else 0
        if not 0 < amount < 1e9:
            return digits + unit["unit"], None, 0
        level = round(self.told["bins_per_doubling"] * math.log2(amount)) + self.told["level_of_one"]
        return digits + unit["unit"], unit["base"], min(max(level, 1), 255)

    def _entries(self, measured, n_title):
        keys = {name: int(key) for name, key in self.told["keys"].items()}
        hashes = [murmur(word) for word, _, _ in measured]
        for i, (_, base, level) in enumerate(measured):
            yield hashes[i] % self.told["word_buckets"], 0
            if i + 1 < len(measured):
                yield self._phrase(hashes[i] + (hashes[i + 1] << 32)), 0
            if base:
                yield self._phrase(murmur(f"{base}~{level}") + keys["size"]), 0
            if i < min(n_title, self.told["title_words"]):
                yield self._phrase(hashes[i] + keys["title"]), 0
                if base:
                    yield self._phrase(murmur(f"{base}~{level}") + keys["title_size"]), 0
                    yield self._phrase(murmur(base) + keys["amount"]), level

    def _phrase(self, key):
        key &= BITS_64
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            key = ((key ^ (key >> 33)) * factor) & BITS_64
        return self.told["word_buckets"] + (key ^ (key >> 33)) % self.told["phrase_buckets"]

    def _amount(self, level):
        steps = (level - self.told["level_of_one"]) / self.told["bins_per_doubling"]
        return math.exp(math.log2(1 + 2**steps) / 4 - 1)


def murmur(word: str) -> int:
    """MurmurHash3_x86_32 with seed 0, without sign."""
    data, found = word.encode(), 0
    for at in range(0, len(data), 4):
        part = int.from_bytes(data[at : at + 4], "little") * 0xCC9E2D51 & BITS_32
        found ^= ((part << 15 | part >> 17) & BITS_32) * 0x1B873593 & BITS_32
        if at + 4 <= len(data):
            found = ((found << 13 | found >> 19) & BITS_32) * 5 + 0xE6546B64 & BITS_32
    found ^= len(data)
    found = (found ^ found >> 16) * 0x85EBCA6B & BITS_32
    found = (found ^ found >> 13) * 0xC2B2AE35 & BITS_32
    return found ^ found >> 16


def _between(at: float, points: list[float], values: list[float]) -> float:
    for (left, right), (low, high) in zip(pairwise(points), pairwise(values), strict=True):
        if left <= at <= right:
            return low + (at - left) / (right - left) * (high - low)
    return values[0]

"""What another language needs to know besides the graph: how a text becomes columns, and a prediction a range."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict
from typing import Any

from pricer.featurizer import KEY_OF, FeaturizerConfig
from pricer.intervals import Calibration
from pricer.onnx.graph import OPSET
from pricer.seen import WORD_BUCKETS
from pricer.target import Target
from pricer.tokens import FORM, FORM_LINE, LEVEL_OF_ONE, RUN_CHARS, TOKEN, TYPOGRAPHIC, UNIT_OF

VERSION = 1  # of these files

_MURMUR = "MurmurHash3_x86_32 (Appleby) with seed 0 of a word's UTF-8 bytes."
_MIX = (
    "mix(key), in 64-bit arithmetic without signs, modulo 2^64: key ^= key >> 33; key *= 0xFF51AFD7ED558CCD; key ^= "
    "key >> 33; key *= 0xC4CEB9FE1A85EC53; key ^= key >> 33."
)
_FILLING = (
    "Texts of fewer columns than the longest one of a call are filled up with the column 0 and the count 0: what a "
    "text costs does not depend on its neighbours, nor on the order of its columns."
)

_COMPACT_STEPS = (
    "1. Plain text. In the text, replace every run of characters beyond ASCII, taken in parts of at most `run_chars` "
    "code points from its beginning, by what follows: replace characters by `typographic`; normalise to NFKD; remove "
    "the code points from U+0300 to U+036F; replace every code point that is beyond ASCII and neither a letter "
    "(Unicode L*), a number (N*) nor an underscore by a space. Then lower the whole text (Unicode's full mapping, "
    "independent of language).",
    "2. Parts. The title ends before the first line feed, or before the first ' [' (a space and a bracket), "
    "whichever comes first, either of them looked for from the fourth code point on; without both, the title is the "
    "whole text. The rest is the other part, from there on.",
    "3. Tokens. In each part alone, the successive matches of `token_pattern`, leftmost and, of its alternatives, "
    "the first that matches. \\b is a word boundary by ASCII's [0-9A-Za-z_]; what is matched is kept as it is. The "
    "title's tokens come first. Only the first `max_words` tokens of a text are kept.",
    "4. Labelled lines. Where the plain text starts with `form` and contains `form_line`, the text's first token is "
    "replaced by `form`, which is no other text's token.",
    "5. Measure. In a token, look for the first match of `number_pattern`. Without one, the token is its own word "
    "and has no size. Else what follows the number in the token, without the characters of ' -.,' at both its ends, "
    "is the spelling of a unit; where the token contains ' of ', the spelling is 'pk' instead. If `units` does not "
    "have the spelling, the token is its own word and has no size. Else `units` gives a unit, a base and a factor; "
    "the word is the number without commas, followed by the unit. Where the number without commas has at most one "
    "full stop, the amount is its value times the factor, and if 0 < amount < 10^9 the token has the size (base, "
    "amount).",
    "6. Levels. A size's level is bins_per_doubling * log2(amount) rounded to the nearest whole number (halves to "
    "the even one), plus `level_of_one`, then at least 1 and at most 255. Its key is murmur(base + '~' + level in "
    "decimals), its unit's key murmur(base).",
    "7. Entries, each a column and a level that is 0 unless said. Let w(i) be murmur of the i-th token's word as a "
    "number without sign, and phrase(key) = word_buckets + mix(key) mod phrase_buckets. (a) Every token: w(i) mod "
    "word_buckets. (b) Every token but the last: phrase(w(i) + w(i+1) * 2^32). (c) Every token with a size: "
    "phrase(size key + keys.size). For the tokens that are both among the title's and the text's first "
    "`title_words`: (d) phrase(w(i) + keys.title); and, with a size, (e) phrase(size key + keys.title_size) and (f) "
    "phrase(unit key + keys.amount), with the size's level.",
    "8. Columns. A text's entries of the same column become one. Its count is how many there are; but where the "
    "highest level among them is above 0, it is exp(log2(1 + 2^((level - level_of_one) / bins_per_doubling)) / 4 - "
    "1).",
)
_HASHED_STEPS = (
    "1. Lower the text (Unicode's full mapping, independent of language).",
    "2. Words. The longest runs of at least two code points that are letters (Unicode L*), numbers (N*) or "
    "underscores; in Python, `word_pattern`. Leave out those in `stop_words`.",
    "3. `columns` are the different ones of |murmur(word)| mod n_columns, murmur's 32 bits taken as a number with "
    "sign; the count of each is 1. The graph scales them to unit length.",
    "4. `words` are the different ones of |murmur(word)| mod n_words, filled up with n_words.",
)


def describe_featurizer(config: FeaturizerConfig) -> dict[str, Any]:
    """`featurizer.json`: how a text becomes the graph's inputs, completely."""
    described = {
        "compact": lambda: {"steps": _COMPACT_STEPS, **_compact(config)},
        "hashed_words": lambda: {"steps": _HASHED_STEPS, **_hashed_words(config)},
    }[config.kind]()
    return {
        "format": "pricer-featurizer",
        "format_version": VERSION,
        "kind": config.kind,
        "n_columns": config.word_buckets + config.phrase_buckets,
        "murmur": _MURMUR,
        "filling": _FILLING,
        "unicode": unicodedata.unidata_version,
        **described,
    }


def describe_pricing(
    network: dict[str, Any], target: Target, calibration: Calibration, precision: str
) -> dict[str, Any]:
    """`pricing.json`: what goes into the graph and comes out, and how a price and its range follow."""
    inputs = {
        "columns": "int64 (n_texts, n_places): each text's columns, as featurizer.json says",
        "counts": "float32 (n_texts, n_places): the count of each",
        "coverage": "float32 (1): share of true prices in the range, within the coverages of `calibration`",
    }
    if network["kind"] == "deep":
        inputs["words"] = "int64 (n_texts, n_words): each text's words, as featurizer.json says"
    return {
        "format": "pricer-pricing",
        "format_version": VERSION,
        "network": network,
        "precision": precision,
        "opset": OPSET,
        "inputs": inputs,
        "outputs": {
            "standardised": "float32 (n_texts): standardised log price",
            "scale": "float32 (n_texts): scale of its residual, log dollars",
            "familiarity": "float32 (n_texts): how much of the text training has seen, 0-1",
            "price": "float32 (n_texts): dollars",
            "low": "float32 (n_texts): lower end of the range, dollars",
            "high": "float32 (n_texts): upper end of the range, dollars",
        },
        "target": asdict(target),
        "calibration": calibration.to_dict(),
        "formulas": (
            "log_price = standardised * target.std + target.mean; dollars(x) = max(exp(x) - 1, 0); price = "
            "dollars(log_price).",
            "lower, upper, prior_lower and prior_upper at a coverage: interpolated between `coverages`, in straight "
            "lines.",
            "own_low = log_price + lower * scale; own_high = log_price + upper * scale.",
            "unknown = (known_from - familiarity) / (known_from / 2), at least 0 and at most 1.",
            "low = dollars(own_low - unknown * max(own_low - prior_lower, 0)); high = dollars(own_high + unknown * "
            "max(prior_upper - own_high, 0)).",
        ),
    }


def _compact(config: FeaturizerConfig) -> dict[str, Any]:
    sizes = {name: value for name, value in asdict(config).items() if name != "kind"}
    return {
        **sizes,
        "run_chars": RUN_CHARS,
        "typographic": {chr(char): plain for char, plain in TYPOGRAPHIC.items()},
        "token_pattern": TOKEN.replace(r"(?-u:\b)", r"\b"),
        "number_pattern": r"[0-9]+(?:[.,][0-9]+)*",
        "form": FORM,
        "form_line": FORM_LINE,
        "units": {
            word: {"unit": unit, "base": base, "factor": factor} for word, (unit, base, factor) in UNIT_OF.items()
        },
        "level_of_one": LEVEL_OF_ONE,
        "mix": _MIX,
        "keys": {name: str(key) for name, key in KEY_OF.items()},  # as text: JavaScript's numbers end at 2^53
    }


def _hashed_words(config: FeaturizerConfig) -> dict[str, Any]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # here, as it takes a second to import

    return {
        "word_pattern": r"(?u)\b\w\w+\b",
        "n_words": WORD_BUCKETS,
        "stop_words": sorted(ENGLISH_STOP_WORDS),
    }

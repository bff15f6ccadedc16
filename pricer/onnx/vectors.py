"""Texts with what comes of them, step by step: whoever follows the description in another language checks by these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from pricer.checkpoint import Checkpoint
from pricer.onnx.engine import filled_up
from pricer.seen import WORD_BUCKETS, word_rows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

COVERAGE = 0.8
TEXTS = (
    "Stainless steel electric kettle, 1.7 liters, with automatic shut-off",
    "kettle",
    "KETTLE",
    "a",
    ".",
    "?!",
    "42",
    "the and of",
    "zzqx flurb vornig",
    "Pack of 24 AA alkaline batteries, 1.5 V",
    "set of 3 nesting bowls; box of 12 candles; case of 6",
    "3-in-1 charging stand, 15W, for phone & watch",
    "4 in 1 screwdriver",
    'Smart TV, 55" screen, 4K, 3 HDMI ports',
    "Frame 16'' x 20'', black",
    "Rope, 1,000 ft, 3/8 in, 2.5 kg",
    "Detergent 1.2.3 gal, 64 fl oz, 0.5 l",
    "Bottle 0 ml, 1e9 mm, 999999999999 pcs, .5 oz, 5. lb",
    "Hammer 16oz, 16 oz, 16-oz, 16 ounces, 1 pound",
    "Router 2.4 GHz / 5GHz, 1200 MHz, 4 ports, 128 GB, 1 TB",
    "Power bank 20000mAh 20 Ah 74Wh 5V 3 amps",
    "Air conditioner 12,000 BTU 1.5 hp 220 volts 60 Hz",
    "Tent for 4 people, 2 persons, 10-foot ridge, 3 yards of cord",
    "Dresser, 6 drawers; shelf with 5 tiers; keyboard with 88 keys; 12 cups; 50cc engine",
    "Café crème espresso set – “Élégance”™, 2 cups",
    "naïve coöperation façade Ångström",
    "e\u0301clair mould, cre\u0300me bru\u0302le\u0301e torch",
    "Größe 42, weiß, Straße, Fuß",
    "İstanbul ışık lamp",
    "ΑΣΣΟΣ ΟΔΥΣΣΕΥΣ lamp",
    "½ cup measuring spoon, ⅓ cup, ² m²",
    "№5 perfume, ﬁne ﬂeece, ｆｕｌｌ ｗｉｄｔｈ １２ ｐｃｓ",
    "Красная лампа, 60 Вт",
    "赤いランプ 60W LED 電球",
    "مصباح أحمر",
    "🔥🔥 HOT 🔥 lamp 💡 2 pack 👩‍👩‍👧",
    "€20 gift card, £5 off, ¥100, 50% cotton, 30°C",
    "𝐁𝐨𝐥𝐝 𝟏𝟐 pack 𐐀𐐁",
    "snake_case_name mixed_Case-word under_score",
    "http://example.com/a?b=c&d=1 user@example.com",
    "x" * 300,
    "aa " * 40 + "bb cc " * 60,
    "é" * 40 + " " + "–" * 70 + " ü" * 33,
    "Title: Acoustic Guitar with Case\nCategory: Music\nBrand: Northwind\nDescription: Spruce top, 20 frets.\n"
    "Details: 41 inch, 6 lb",
    "title: lamp\ndescription:",
    "Title: lamp without more",
    "Garden hose, 50 ft [brand: Rivulet] [color: green] [weight: 6 lb]",
    "\n\nLamp\nwith a second line of 2 m",
    " [",
    "Desk lamp\twith\u00a0odd\u2003spaces\u200b, 10\u00a0W",
    "Cordless drill, 20 V, two batteries, carrying case. " * 12,
)


def vectors(checkpoint: Checkpoint, session: InferenceSession) -> list[dict[str, Any]]:
    """Each text with its tokens, its columns and their counts, and the outputs that the graph gives for them."""
    rows = checkpoint.featurizer.transform(TEXTS)
    if checkpoint.known_words is not None:
        rows.data[:] = 1  # the graph scales them itself
    words = word_rows(TEXTS) if checkpoint.known_words is not None else None
    outputs = asked(session, rows, words)
    found = []
    for number, text in enumerate(TEXTS):
        vector = {"text": text, "tokens": checkpoint.featurizer.tokens(text), **_entries(rows[number])}
        if words is not None:
            vector["words"] = np.sort(words[number].indices).tolist()
        found.append(vector | {name: float(values[number]) for name, values in outputs.items()})
    return found


def asked(session: InferenceSession, rows: csr_matrix, words: csr_matrix | None) -> dict[str, np.ndarray]:
    """The graph's outputs by name, each (n_texts,), for rows and, where it takes them, words of texts."""
    columns, counts = filled_up(rows, rows.shape[0])
    inputs = {"columns": columns, "counts": counts, "coverage": np.array([COVERAGE], dtype=np.float32)}
    if words is not None:
        buckets, filled = filled_up(words, words.shape[0])
        inputs["words"] = np.where(filled > 0, buckets, WORD_BUCKETS)
    names: Sequence[str] = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


def _entries(row: csr_matrix) -> dict[str, list[float]]:
    order = np.argsort(row.indices)
    return {"columns": row.indices[order].tolist(), "counts": row.data[order].tolist()}

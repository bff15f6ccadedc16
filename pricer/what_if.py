"""What if the text were another: the change in price, and the words that made it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from pricer.explain import share_out, without, word_places


@dataclass(frozen=True)
class WordChange:
    """A word that only one of two texts has, and what it did to the price."""

    word: str  # as it stands in its text
    added: bool  # False: it was removed
    effect_usd: float  # dollars that adding or removing it changed
    effect_percent: float  # by how much that multiplied the price, percent

    def to_dict(self) -> dict[str, str | float | bool]:
        """A member of the page's endpoint `compare`."""
        return dict(vars(self))


@dataclass(frozen=True)
class Comparison:
    """Price before + effects + remainder = price after; dollars."""

    before: float
    after: float
    words: list[WordChange]  # removed and added ones in the order of the texts
    remainder_usd: float  # what the words do only together, or by standing elsewhere
    shared: float  # share of the words of both texts that both have, 0-1

    @property
    def change_usd(self) -> float:
        """Dollars that the price rose by."""
        return self.after - self.before

    @property
    def change_percent(self) -> float:
        """The same in percent of the price before; infinite after a price of zero."""
        return 100 * self.change_usd / self.before if self.before else float("inf")

    def __repr__(self) -> str:
        from pricer.notebook import comparison_line

        return comparison_line(self)

    def _repr_html_(self) -> str:
        from pricer.notebook import comparison_html

        return comparison_html(self)


def compare(before: str, after: str, log_prices: Callable[[Sequence[str]], np.ndarray]) -> Comparison:
    """What the words that were removed and added did to the price.

    Words are matched in order, capitals aside (Ratcliff and Obershelp, 1988).  An added word's effect is the difference
    of log price between the new text and the new text without it; a removed word's, between the old text without it
    and the old text.  Effects are scaled and turned into dollars as in `pricer.explain`, here from the price before to
    the price after.

    Parameters
    ----------
    before, after
        Texts that can be priced.
    log_prices
        Gives log1p prices (n_texts,) of texts.
    """
    old_places, new_places = word_places(before), word_places(after)
    old_words, new_words = [before[slice(*at)] for at in old_places], [after[slice(*at)] for at in new_places]
    removed, added, shared = _changed(old_words, new_words)
    changes = [(before, old_places[at], False) for at in removed] + [(after, new_places[at], True) for at in added]
    variants = [before, after, *(without(text, place) for text, place, _ in changes)]
    logs = np.asarray(log_prices(variants), dtype=np.float64)
    sides = np.array([1.0 if is_added else -1.0 for _, _, is_added in changes])
    of_text = np.array([logs[int(is_added)] for _, _, is_added in changes])
    usd, effects, remainder = share_out(sides * (of_text - logs[2:]), float(logs[0]), float(logs[1]))
    words = [
        WordChange(text[slice(*place)], is_added, float(dollars), float(100 * np.expm1(effect)))
        for (text, place, is_added), dollars, effect in zip(changes, usd, effects, strict=True)
    ]
    old, new = np.maximum(np.expm1(logs[:2]), 0.0)
    return Comparison(float(old), float(new), words, remainder, shared)


def _changed(before: list[str], after: list[str]) -> tuple[list[int], list[int], float]:
    """Places of the words that only the first list has, of those that only the second has, and the shared share."""
    old, new = ([re.sub(r"\W", "", word).lower() or word for word in words] for words in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changed = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    removed = [at for _, start, end, _, _ in changed for at in range(start, end)]
    added = [at for _, _, _, start, end in changed for at in range(start, end)]
    return removed, added, matcher.ratio()

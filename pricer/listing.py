"""A product's listing: its fields in the form that models were trained on, and pasted pages cleaned to their words."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from pricer.items import MAX_TEXT_CHARS
from pricer.tokens import title_of

MOST_PASSES = 4  # over a text that was escaped several times

_TAGS = (
    "a abbr article b big blockquote body br button center cite code dd div dl dt em figure font footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html i iframe img input label li link main meta ol p path picture pre s section small "
    "source span strong sub sup svg table tbody td th thead title tr u ul video"
)
_HIDDEN = re.compile(r"<!--|<(script|style|noscript)\b", re.IGNORECASE)  # where it begins
_CLOSINGS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "noscript")}
_TAG = re.compile(rf"</?({_TAGS.replace(' ', '|')})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE = frozenset(
    {"a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "s", "small", "span", "strong", "sub", "sup", "u"}
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}[0-9]{0,2});")
_BULLET = re.compile(r"^[^\S\n]*(?:[•●▪■◦‣⁃∙·►▶✓✔✅➤★☆][^\S\n]*|[*–—-][^\S\n]+)+(?=\S)", re.MULTILINE)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")

# Lines of shop pages that say nothing of the product, and prices: a model is asked what they should be.
_MONEY = r"(?:US ?)?[$€£] ?[0-9][0-9.,]*+"  # with + : never given back, or runs of dots are tried in every part
_SHOP_LINES = (
    r"about this (?:item|product)",
    r"product (?:description|details|information)",
    r"from the (?:brand|manufacturer)",
    r"(?:see|show|read) (?:more|less|all).{0,40}",
    r"add to (?:cart|basket|list|wish ?list)",
    r"buy (?:it )?now",
    r"visit the .{1,60} store",
    r"[0-9][0-9.]* out of 5(?: stars)?",
    r"[0-9][0-9,]* (?:global )?(?:ratings|reviews)",
    r"free (?:delivery|returns)",
    r"in stock",
    rf"(?:(?:list |sale |our )?price|was|now)[^\w\n]{{0,3}}{_MONEY}",
    rf"{_MONEY}(?: each)?",
)
_SHOP_LINE = re.compile(rf"^[^\w\n$€£]*(?:{'|'.join(_SHOP_LINES)})[^\w\n]*$\n?", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Listing:
    """What is known of a product; every field may be empty."""

    title: str = ""
    category: str = ""
    brand: str = ""
    description: str = ""
    details: str = ""

    def summary(self) -> str:
        """The text to price.

        A single field stands as it is: a description alone is what most people type, and models know such texts.  Two
        or more become the five labelled lines of the course's summaries; an unknown field keeps its label, and a
        missing title is the beginning of the description, as every text of that form had one.
        """
        fields = {name: value.strip() for name, value in vars(self).items()}
        given = [name for name, value in fields.items() if value]
        if len(given) <= 1:
            return getattr(self, given[0]) if given else ""
        fields["title"] = fields["title"] or title_of(fields["description"] or fields["details"])
        lines = {name: " ".join(value.split()) for name, value in fields.items()}
        return "\n".join(f"{name.capitalize()}: {value}".rstrip() for name, value in lines.items())


def clean(text: str) -> str:
    """A pasted listing without what is no word of the product: tags, entities, bullets, shop lines, prices.

    A text without any of these is given back as it is, to the letter, so that most texts cost the same here as in a
    file.  A cleaned one has no empty lines or repeated spaces, and is not changed by cleaning it again.
    """
    if len(text) > MAX_TEXT_CHARS:  # is refused when priced
        return text
    cleaned = text
    for _ in range(MOST_PASSES):
        before, cleaned = cleaned, _cleaned_once(cleaned)
        if cleaned == before:
            break
    return text if cleaned == text else cleaned


def _cleaned_once(text: str) -> str:
    plain = _TAG.sub(_space_of, _shown(text))
    plain = _INVISIBLE.sub("", _ENTITY.sub(lambda found: html.unescape(found[0]), plain))
    plain = _SHOP_LINE.sub("", _BULLET.sub("", plain))
    if plain == text:
        return text
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return "\n".join(line for line in lines if line)


def _shown(text: str) -> str:
    """The text with a line break for each comment, script and style; one that never ends stays.

    Not by one pattern: it would look for an end from every beginning, through the whole text each time.
    """
    parts, at, endless = [], 0, set[str]()
    for opening in _HIDDEN.finditer(text):
        kind = (opening[1] or "").lower()
        if opening.start() < at or kind in endless:
            continue
        end = _end_of(kind, text, opening.end())
        if end < 0:
            endless.add(kind)
            continue
        parts += [text[at : opening.start()], "\n"]
        at = end
    return "".join([*parts, text[at:]])


def _end_of(kind: str, text: str, start: int) -> int:
    """Where a comment (no kind) or an element ends that begins before `start`; -1 if nowhere."""
    if not kind:
        found = text.find("-->", start)
        return found + 3 if found >= 0 else -1
    inside = text.find(">", start)
    closing = _CLOSINGS[kind].search(text, inside) if inside >= 0 else None
    return closing.end() if closing else -1


def _space_of(tag: re.Match[str]) -> str:
    """What stands in a tag's place: nothing within a line, else a new line."""
    return "" if tag[1].lower() in _INLINE else "\n"

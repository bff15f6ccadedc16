"""HTML snippets that every tab uses; whatever comes from users or files is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pricer.ui.markup import escape
from pricer.words import cut

LOGO = (
    '<svg class="pr-logo" viewBox="0 0 40 40" aria-hidden="true">'
    '<path d="M20.6 3.5H33a3.5 3.5 0 0 1 3.5 3.5v12.4a4 4 0 0 1-1.2 2.9L21.5 36.1a4 4 0 0 1-5.7 0L3.9 24.2'
    'a4 4 0 0 1 0-5.7L17.7 4.7a4 4 0 0 1 2.9-1.2Z" fill="var(--pr-accent)"/>'
    '<circle cx="29" cy="11" r="3" fill="var(--pr-page)"/>'
    '<path d="M12 20.5h10M15.5 25h7" stroke="var(--pr-page)" stroke-width="2.6" stroke-linecap="round" fill="none"/>'
    "</svg>"
)


def header(model_line: str) -> str:
    """The product's name, its promise, which model prices, and the switch between light and dark."""
    return (
        f'<header class="pr-header"><div class="pr-brand">{LOGO}<div><h1>Pricer</h1>'
        "<p>Describe a product. See what it should cost, and how sure that is.</p></div></div>"
        f'<div class="pr-corner"><p class="pr-model" aria-label="Model and device">{escape(model_line)}</p>'
        '<button type="button" id="pr-theme" class="pr-icon-button" aria-label="Switch between light and dark" '
        f'title="Light or dark">{_HALF_MOON}</button></div></header>'
    )


def message(kind: str, text: str, title: str = "") -> str:
    """A note in place: kind is "error", "warning" or "notice"."""
    role = "alert" if kind == "error" else "status"
    heading = f"<strong>{escape(title)}</strong>" if title else ""
    return f'<div class="pr-message pr-{kind}" role="{role}">{heading}<p>{escape(text)}</p></div>'


def messages(kind: str, texts: Iterable[str]) -> str:
    """Several notes below each other."""
    return "".join(message(kind, text) for text in texts)


def empty(title: str, text: str, glyph: str = "bars") -> str:
    """What stands where results will be, and how to get them."""
    return (
        f'<div class="pr-empty">{_GLYPHS[glyph]}<div><strong>{escape(title)}</strong><p>{escape(text)}</p></div></div>'
    )


def heading(title: str, text: str = "", level: int = 2) -> str:
    """A section's title with a line on what it shows; level 3 inside of another section."""
    words = f"<p>{escape(text)}</p>" if text else ""
    return f'<div class="pr-heading"><h{level}>{escape(title)}</h{level}>{words}</div>'


def metrics(cards: Sequence[tuple[str, str, str]], name: str) -> str:
    """Figures side by side: label, value, and a line on what it means."""
    items = "".join(
        f'<div class="pr-metric"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f'<dd class="pr-hint">{escape(hint)}</dd></div>'
        for label, value, hint in cards
    )
    return f'<dl class="pr-metrics" aria-label="{escape(name)}">{items}</dl>'


def progress(name: str, share: float | None, left: str, right: str = "", state: str = "running") -> str:
    """A bar with words; share is 0-1, or None while it is unknown; state is "running", "done", "stopped" or "idle"."""
    width = "" if share is None else f' style="width:{100 * share:.2f}%"'
    value = "" if share is None else f' aria-valuenow="{100 * share:.0f}"'
    return (
        f'<div class="pr-progress pr-{state}{" pr-unknown" if share is None else ""}">'
        f'<div class="pr-track" role="progressbar" aria-label="{escape(name)}" aria-valuemin="0" aria-valuemax="100"'
        f'{value}><div class="pr-fill"{width}></div></div>'
        f'<div class="pr-progress-words" role="status"><span>{escape(left)}</span><span>{escape(right)}</span>'
        "</div></div>"
    )


def table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]], marked: int = 0, most: int = 140) -> str:
    """Rows of text; the last `marked` columns are ours and stand out."""
    classes = [' class="pr-ours"' if at >= len(columns) - marked else "" for at in range(len(columns))]

    def cells(texts: Sequence[str], tag: str, longest: int) -> str:
        parts = (f"<{tag}{kind}>{escape(cut(text, longest))}</td>" for kind, text in zip(classes, texts, strict=False))
        return "".join(parts)

    head = cells(columns, 'th scope="col"', 60).replace("</td>", "</th>")
    body = "".join(f"<tr>{cells(row, 'td', most)}</tr>" for row in rows)
    return (
        f'<div class="pr-table" role="region" tabindex="0" aria-label="{escape(name)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Short labelled facts in a row."""
    return (
        '<dl class="pr-facts">'
        + "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in pairs)
        + "</dl>"
    )


_HALF_MOON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" '
    'stroke-width="2"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17Z" fill="currentColor"/></svg>'
)
_GLYPHS = {
    "tag": '<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M25 6h13a4 4 0 0 1 4 4v13a4 4 0 0 1-1.2 2.8L25.6 41'
    'a4 4 0 0 1-5.6 0L7 28a4 4 0 0 1 0-5.7L22.2 7.2A4 4 0 0 1 25 6Z"/><circle cx="33" cy="15" r="3"/></svg>',
    "rows": '<svg viewBox="0 0 48 48" aria-hidden="true"><rect x="6" y="8" width="36" height="32" rx="4"/>'
    '<path d="M6 18h36M6 29h36M19 18v22"/></svg>',
    "swap": '<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M8 17h30M30 9l8 8-8 8M40 32H10M18 24l-8 8 8 8"/>'
    "</svg>",
    "bars": '<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M7 41h34M12 41V28M21 41V16M30 41V22M39 41V9"/></svg>',
}

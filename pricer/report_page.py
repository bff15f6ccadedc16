"""One HTML file that opens offline: figures with their library inlined once, cards and tables, in light and in dark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from pricer import durable
from pricer.errors import SettingError

if TYPE_CHECKING:
    import plotly.graph_objects as go

STYLE = Path(__file__).with_name("report_page.css")

# Nothing may be fetched; the library compiles the shaders of its faster plots from text (unsafe-eval).
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
    "worker-src blob:"
)
_DRAW = """
const figures = JSON.parse(document.getElementById("figures").textContent);
for (const [name, { data, layout }] of Object.entries(figures)) {
  Plotly.newPlot(`plot-${name}`, data, layout, { responsive: true, displaylogo: false });
}
"""


def document(title: str, body: str, figures: Mapping[str, go.Figure]) -> str:
    """The whole file: `body` is HTML that has a `plot` for each figure by its name."""
    from plotly.offline import get_plotlyjs

    members = {name: json.loads(figure.to_json()) for name, figure in figures.items()}
    data = json.dumps(members, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n"
        f"<script>{get_plotlyjs()}</script>\n"
        f'<script type="application/json" id="figures">{data}</script>\n<script>{_DRAW}</script>\n</body>\n</html>\n'
    )


def section(title: str, words: str, *parts: str) -> str:
    """A part of the file under its heading, with a sentence on how to read it."""
    lead = f"<p>{escape(words)}</p>" if words else ""
    return f'<section id="{_slug(title)}"><h2>{escape(title)}</h2>{lead}{"".join(parts)}</section>'


def plot(name: str, title: str, words: str) -> str:
    """The place of a figure."""
    return (
        f'<figure aria-label="{escape(title)}"><figcaption><h3>{escape(title)}</h3>'
        f'<p>{escape(words)}</p></figcaption><div class="plot" id="plot-{name}"></div></figure>'
    )


def cards(figures: Sequence[tuple[str, str, str]]) -> str:
    """Figures side by side: name, value, and a line on what it means."""
    items = "".join(
        f'<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd class="meaning">{escape(meaning)}</dd></div>'
        for name, value, meaning in figures
    )
    return f'<dl class="cards">{items}</dl>'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], marked: Sequence[int] = ()) -> str:
    """Rows of text; the marked ones stand out."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f"<tr{' class=marked' if at in marked else ''}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for at, row in enumerate(rows)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def notes(texts: Sequence[str], kind: str = "note") -> str:
    """Sentences that stand out: kind is "note" or "caution"."""
    return "".join(f'<p class="{kind}">{escape(text)}</p>' for text in texts)


def check_path(path: Path) -> None:
    """Refuse a place where no report can be written, before anything is priced.

    Raises
    ------
    SettingError
        The path does not end in .html, is a folder, or lies in a folder that is not there.
    """
    if path.suffix.lower() not in {".html", ".htm"}:
        raise SettingError(f"The report {path.name} would be HTML: give it a name that ends in .html.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise SettingError(f"The report {path} cannot be written: expected a file's name in a folder that is there.")


def write(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all; an older one is replaced.

    Raises
    ------
    SettingError
        The folder does not take it.
    """
    try:
        with durable.fresh_file(path) as fresh:
            fresh.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingError(
            f"The report {path} could not be written ({error.strerror}): choose another place."
        ) from error


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")

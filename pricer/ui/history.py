"""The prices that a visitor has asked for: a table, newest first, and the same as CSV."""

from __future__ import annotations

import base64
import csv
import io
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from pricer.tables.spreadsheet_safe import neutralised
from pricer.ui import cards
from pricer.ui.markup import escape
from pricer.ui.price_card import Quote
from pricer.words import cut, money, percent

MOST_ENTRIES = 50
COLUMNS = ("priced_at", "text", "predicted_price", "price_low", "price_high", "coverage", "familiarity", "price_note")
_HINT = "This visit only; nothing is kept when you leave."


@dataclass(frozen=True)
class Entry:
    """A priced text."""

    text: str
    quote: Quote
    priced_at: datetime  # UTC

    @classmethod
    def now(cls, text: str, quote: Quote) -> Entry:
        """An entry of this moment."""
        return cls(text, quote, datetime.now(UTC))


History = tuple[Entry, ...]  # newest first


def added(entry: Entry, history: History) -> History:
    """The history with one more entry; a text that was priced just before has its entry replaced."""
    older = history[1:] if history and history[0].text == entry.text else history
    return (entry, *older)[:MOST_ENTRIES]


def version_before(text: str, history: History) -> str | None:
    """The text that was priced before this one, or None."""
    return next((entry.text for entry in history[:2] if entry.text != text), None)


def history_card(history: History) -> str:
    """The card with the table and the download."""
    if not history:
        hint = "Prices of this visit are listed here, to go back to one or to take them all along as CSV."
        return _card(cards.empty("No prices yet", hint, "rows"))
    rows = "".join(_row(entry) for entry in history)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Price", "Range", "Text"))
    return _card(
        '<div class="pr-table" role="region" tabindex="0" aria-label="Prices of this visit">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        _download(history),
    )


def to_csv(history: History) -> str:
    """The history as CSV, named as in a batch; an apostrophe stands before what a spreadsheet would compute."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL)  # also a lone carriage return
    writer.writerow(COLUMNS)
    writer.writerows(_cells(entry) for entry in history)
    return written.getvalue()


def _cells(entry: Entry) -> list[str]:
    quote = entry.quote
    dollars = [f"{usd:.2f}" if math.isfinite(usd) else "" for usd in (quote.price, quote.low, quote.high)]
    shares = [f"{quote.coverage:g}", f"{quote.familiarity:.3g}"]
    return [
        entry.priced_at.isoformat(timespec="seconds"),
        neutralised(entry.text, within=True),
        *dollars,
        *shares,
        neutralised(" ".join(quote.warnings), within=True),
    ]


def _row(entry: Entry) -> str:
    quote = entry.quote
    form = {"text": entry.text, "coverage": f"{quote.coverage:g}"}  # as page.js writes and reads it
    address = escape("#" + urlencode(form, quote_via=quoted))
    return (
        f'<tr><td class="pr-ours"><b>{escape(money(quote.price))}</b></td>'
        f'<td class="pr-numbers">{escape(money(quote.low))} – {escape(money(quote.high))} '
        f"<small>{escape(percent(quote.coverage))}</small></td>"
        f'<td><a href="{address}">{escape(cut(entry.text, 90))}</a></td></tr>'
    )


def _download(history: History) -> str:
    """A link that holds the file: it never lies on the server, where others might fetch it."""
    content = base64.b64encode(to_csv(history).encode()).decode()
    return (
        f'<a class="pr-copy" download="pricer-history.csv" href="data:text/csv;charset=utf-8;base64,{content}">'
        "Download CSV</a>"
    )


def _card(content: str, download: str = "") -> str:
    return (
        '<section class="pr-card pr-half-card" aria-label="History"><div class="pr-result-head">'
        f"{cards.heading('History', _HINT)}{download}</div>{content}</section>"
    )

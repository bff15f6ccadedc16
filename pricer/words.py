"""Numbers and texts as people read them."""

from __future__ import annotations

import math


def cut(text: str, most: int) -> str:
    """The beginning of a text, on one line."""
    plain = " ".join(text[: most * 4].split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def money(usd: float | None) -> str:
    """Dollars, with cents below a thousand."""
    if usd is None or not math.isfinite(usd):
        return "–"
    return f"${usd:,.2f}" if abs(usd) < 1000 else f"${usd:,.0f}"


def rough_money(usd: float | None) -> str:
    """Dollars without cents from ten up: for sums and averages."""
    if usd is None or not math.isfinite(usd):
        return "–"
    return f"${usd:,.2f}" if abs(usd) < 10 else f"${usd:,.0f}"


def tick_money(usd: float) -> str:
    """Dollars beside an axis: "$0.10", "$1,000", "$10k"."""
    return f"${usd:,.2f}" if usd < 1 else f"${usd / 1000:,g}k" if usd >= 10_000 else f"${usd:,g}"


def signed_money(usd: float) -> str:
    """Dollars with their sign: "+$4.20", "−$12"."""
    return f"{'−' if usd < 0 else '+'}{money(abs(usd))}"


def signed_percent(percent: float) -> str:
    """Percent with their sign: "+12%", "−3%"; a rise beyond nine times the price in times."""
    if not math.isfinite(percent):
        return "–"
    if percent >= 900:
        return f"×{1 + percent / 100:,.0f}"
    return f"{'−' if percent < -0.5 else '+'}{abs(percent):.0f}%"


def percent(share: float | None) -> str:
    """A share (0-1) in percent."""
    return "–" if share is None or not math.isfinite(share) else f"{share:.0%}"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """A span of time: "0.4 s", "18 s", "2 min 5 s", "1 h 2 min"; "–" when unknown."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(number_bytes: int) -> str:
    """A file's size in units of 1,024, as Gradio's own widgets show it: "820 B", "1.4 MB"."""
    number = float(number_bytes)
    for unit in ("B", "KB", "MB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GB"


def odds(share: float) -> str:
    """A share as people count it: 0.8 is "4 in 5"."""
    for whole in (2, 3, 4, 5, 10, 20):
        if abs(share * whole - round(share * whole)) < 1e-6:
            return f"{round(share * whole)} in {whole}"
    return f"{share:.0%}"

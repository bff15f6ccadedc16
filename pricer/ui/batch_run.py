"""A batch of the page while it runs: who may stop it, and what is seen of it."""

from __future__ import annotations

import secrets
import threading

from pricer.batch import BatchProgress, PriceHistogram
from pricer.ui import cards
from pricer.ui.words import count, duration, escape, money, rough_money

MOST_FLAGS = 1000  # of runs that were asked for; a page that was closed in between leaves one behind
BINS_PER_BAR = 10  # of PriceHistogram's fine bins
LEAST_USD, MOST_USD = 1.0, 1000.0  # always on the axis, so that it rarely moves
TICKS = (0.1, 1, 10, 100, 1_000, 10_000, 100_000)  # dollars

IDLE = cards.progress("Rows priced", 0, "Nothing is running", state="idle")
READING = cards.progress("Reading the file", None, "Reading the file from end to end…")
WAITING = cards.progress("Rows priced", None, "Waiting for a free place…")
STOPPING = cards.progress("Rows priced", None, "Stopping: what is priced is kept…")
NOT_BEGUN = cards.progress("Rows priced", 0, "Stopped before it began.", state="stopped")
ABANDONED = cards.progress(
    "Rows priced", 0, "Ended, as another file was chosen. Nothing of it is kept.", state="stopped"
)


class StopFlags:
    """A flag for every run that was asked for, by an id that only its page knows."""

    def __init__(self) -> None:
        self._flags: dict[str, threading.Event] = {}

    def new(self) -> str:
        """The id of a run that is about to wait for its turn."""
        while len(self._flags) >= MOST_FLAGS:
            self._flags.pop(next(iter(self._flags)), None)
        name = secrets.token_urlsafe(16)
        self._flags[name] = threading.Event()
        return name

    def get(self, name: str) -> threading.Event:
        """The flag of a run; a fresh one if it is not known any more."""
        return self._flags.get(name) or threading.Event()

    def knows(self, name: str) -> bool:
        """Whether a run is still wanted."""
        return name in self._flags

    def drop(self, name: str) -> None:
        """Forget a run that is over, or not wanted any more."""
        self._flags.pop(name, None)


def progress_bar(progress: BatchProgress, stopping: bool = False) -> str:
    """Rows done, the pace and the time left."""
    done, total = progress.rows_done, progress.rows_total
    pace = f"{done / progress.seconds:,.0f} rows/s" if progress.seconds and done else ""
    if progress.finished and progress.stopped_rows:
        words = f"Stopped: {count(progress.priced, 'row')} priced, {progress.stopped_rows:,} left without a price"
        return cards.progress("Rows priced", 1 - progress.stopped_rows / total, words, pace, state="stopped")
    if progress.finished:
        words = f"{count(total, 'row')} in {duration(progress.seconds)}"
        return cards.progress("Rows priced", 1, words, pace, state="done")
    if stopping or progress.stopped_rows:
        return STOPPING
    if done == total:
        return cards.progress("Rows priced", 1, f"All {total:,} rows priced. Writing the file…", pace)
    left = f"{duration(progress.seconds_left)} left" if done else "starting"
    right = " · ".join(filter(None, (pace, left)))
    return cards.progress("Rows priced", done / total, f"{done:,} of {count(total, 'row')}", right)


def live_card(progress: BatchProgress) -> str:
    """The prices so far, as bars on a log scale; small, as it is sent twice a second."""
    if not progress.priced:
        return _live("No prices yet.", "")
    words = (
        f"{count(progress.priced, 'row')} priced so far · median {money(progress.prices.median)} · "
        f"total {rough_money(progress.prices.total_usd)}"
    )
    return _live(words, _bars(progress.prices, words))


def _live(words: str, bars: str) -> str:
    return (
        '<section class="pr-card pr-live" aria-label="Prices so far">'
        f'{cards.heading("Prices so far")}<p class="pr-live-words">{escape(words)}</p>'
        f'<div class="pr-live-plot">{bars}</div></section>'
    )


def _bars(prices: PriceHistogram, words: str) -> str:
    counts = prices.counts.reshape(-1, BINS_PER_BAR).sum(axis=1)
    edges = prices.edges[::BINS_PER_BAR]
    shown = [at for at in range(len(counts)) if counts[at] or (edges[at + 1] > LEAST_USD and edges[at] < MOST_USD)]
    first, last = shown[0], shown[-1] + 1
    tallest = counts.max()
    bars = "".join(f'<i style="height:{100 * each / tallest:.1f}%"></i>' for each in counts[first:last])
    n_bars, per_decade = last - first, 10
    ticks = "".join(
        f'<span style="left:{100 * at / n_bars:.1f}%">{_tick(usd)}</span>'
        for number, usd in enumerate(TICKS)
        if 0 <= (at := number * per_decade - first) < n_bars
    )
    return (
        f'<div class="pr-bars" role="img" aria-label="{escape(words)}">{bars}</div>'
        f'<div class="pr-bar-ticks" aria-hidden="true">{ticks}</div>'
    )


def _tick(usd: float) -> str:
    return f"${usd / 1000:g}k" if usd >= 1000 else f"${usd:g}"

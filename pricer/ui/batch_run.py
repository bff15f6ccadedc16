"""What is seen of a batch while it runs."""

from __future__ import annotations

from pricer.batch import BatchProgress, PriceHistogram
from pricer.ui import cards
from pricer.ui.markup import escape
from pricer.words import count, duration, money, rough_money, tick_money

BINS_PER_BAR, BARS_PER_DECADE = 10, 10  # of PriceHistogram's fine bins; of factors of ten
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
    return _live(words, _columns(progress.prices, words))


def _live(words: str, plot: str) -> str:
    return (
        '<section class="pr-card pr-live" aria-label="Prices so far">'
        f'{cards.heading("Prices so far")}<p class="pr-live-words">{escape(words)}</p>'
        f'<div class="pr-live-plot">{plot}</div></section>'
    )


def _columns(prices: PriceHistogram, words: str) -> str:
    counts = prices.counts.reshape(-1, BINS_PER_BAR).sum(axis=1)
    edges = prices.edges[::BINS_PER_BAR]
    shown = [at for at in range(len(counts)) if counts[at] or (edges[at + 1] > LEAST_USD and edges[at] < MOST_USD)]
    first, last = shown[0], shown[-1] + 1
    tallest = counts.max()
    bars = "".join(f'<i style="height:{100 * each / tallest:.1f}%"></i>' for each in counts[first:last])
    n_bars = last - first
    ticks = "".join(
        f'<span style="left:{100 * at / n_bars:.1f}%">{tick_money(usd)}</span>'
        for number, usd in enumerate(TICKS)
        if 0 <= (at := number * BARS_PER_DECADE - first) < n_bars
    )
    return (
        f'<div class="pr-columns" role="img" aria-label="{escape(words)}">{bars}</div>'
        f'<div class="pr-column-ticks" aria-hidden="true">{ticks}</div>'
    )

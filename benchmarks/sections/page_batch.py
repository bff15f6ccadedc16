"""A batch through the page's tab, from the end of the upload to the offered download, beside the command line's."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.measure import ratio, run, seconds, table
from benchmarks.sections.batches import write_items
from benchmarks.sections.launch import served

ROWS, ROUNDS = 200_000, 5
PATIENCE_MS = 300_000


def report() -> str:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, served(["app.py"]) as address:
        source, output = Path(folder, "items.csv"), Path(folder, "priced.csv")
        write_items(source, ROWS)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(run(["-m", "pricer", "batch", str(source), str(output)]).seconds)
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(address)
            _upload(page, source)
            ours.append(seconds(lambda page=page: _priced(page)))
            page.close()
        browser.close()
    rows = [
        ("command line", f"{statistics.median(theirs):.1f}", "1", ""),
        ("page", f"{statistics.median(ours):.1f}", ratio(ours, theirs), "≤ 1.25"),
    ]
    return table(
        [f"batch of {ROWS:,} rows, median of {ROUNDS} in turn", "seconds", "over the command line", "bar"], rows
    )


def _upload(page, source: Path) -> None:
    page.get_by_role("tab", name="Batch").click()
    page.locator("#batch-file input[type=file]").set_input_files(source)
    page.get_by_role("button", name="Price all", disabled=False).wait_for()


def _priced(page) -> None:
    page.get_by_role("button", name="Price all").click()
    page.locator("#batch-download").wait_for()

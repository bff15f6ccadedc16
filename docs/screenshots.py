"""Takes the README's pictures of the page: `make screenshots` (or `python docs/screenshots.py [FOLDER]`).

In a folder other than docs/, every tab is also taken in the dark, on a phone and on a wide screen, to be looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent
LAPTOP, PHONE, WIDE = (1280, 860), (375, 812), (2560, 1300)
PATIENCE_MS = 120_000
TEXT = "20 V cordless drill driver kit with two lithium batteries, a charger and a carrying case"


def price(page: Page) -> None:
    page.get_by_role("textbox", name="Describe the product").fill(TEXT)
    page.get_by_role("button", name="Price it").click()
    page.get_by_test_id("price").wait_for()
    page.locator(".pr-why").first.wait_for()


def batch(page: Page) -> None:
    page.get_by_role("button", name="Try a sample").click()
    page.locator("button:enabled", has_text="Price all").first.click()
    page.get_by_role("button", name="Download").first.wait_for()


def evaluation(page: Page) -> None:
    page.get_by_role("button", name="Run evaluation").click()
    page.locator("#evaluation-scatter .main-svg").first.wait_for()
    page.locator("#evaluation-trend .main-svg").first.wait_for()


def model(page: Page) -> None:
    page.get_by_role("heading").first.wait_for()


TABS: dict[str, Callable[[Page], None]] = {"Price": price, "Batch": batch, "Evaluation": evaluation, "Model": model}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    looks = [("", LAPTOP, "light")]
    if folder != DOCS:
        looks += [("-dark", LAPTOP, "dark"), ("-phone", PHONE, "light"), ("-phone-dark", PHONE, "dark")]
        looks += [("-wide", WIDE, "light")]
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for suffix, (width, height), theme in looks:
            for name, fill in TABS.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.set_default_timeout(PATIENCE_MS)
                page.goto(f"{address}?__theme={theme}")
                page.get_by_role("tab", name=name).click()
                fill(page)
                page.wait_for_timeout(800)  # what moves in comes to rest
                page.screenshot(
                    path=folder / f"{name.lower()}{suffix}.png", full_page=folder != DOCS or name != "Price"
                )
                page.close()
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """The address of the page, until the end."""
    program = [sys.executable, "-u", str(DOCS.parent / "app.py")]
    with subprocess.Popen(program, cwd=DOCS.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(found[1] for line in process.stdout if (found := re.search(r"open at (\S+)", line)))
        finally:
            process.terminate()


if __name__ == "__main__":
    main()

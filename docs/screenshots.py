"""Takes the README's pictures of the page: `make screenshots` (or `python docs/screenshots.py [FOLDER]`).

In a folder other than docs/, every tab is taken from top to bottom, also before its first result, in the dark, on a
phone and on a wide screen, to be looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parent
LAPTOP, PHONE, WIDE = (1280, 860), (375, 812), (2560, 1300)
LOOKS = {
    "": (LAPTOP, "light"),
    "-dark": (LAPTOP, "dark"),
    "-phone": (PHONE, "light"),
    "-phone-dark": (PHONE, "dark"),
    "-wide": (WIDE, "light"),
}
PATIENCE_MS = 120_000
TEXT = "20 V cordless drill driver kit with two lithium batteries, a charger and a carrying case"


def price(page: Page) -> None:
    for text in (TEXT.replace("two lithium batteries", "one lithium battery"), TEXT):
        page.get_by_role("textbox", name="Describe the product").fill(text)
        page.get_by_role("button", name="Price it").click()
        page.get_by_role("link", name=text[:60]).wait_for()


def batch(page: Page) -> None:
    page.get_by_role("button", name="Try a sample file").click()
    page.locator("button:enabled", has_text="Price all").click()
    page.locator("#batch-histogram .main-svg").first.wait_for()


def evaluation(page: Page) -> None:
    page.get_by_role("button", name="Run evaluation").click()
    for name in ("scatter", "familiarity", "trend"):
        page.locator(f"#evaluation-{name} .main-svg").first.wait_for()


def model(page: Page) -> None:
    page.get_by_role("button", name="Measure").click()
    page.locator("#model-diagnostics dl").wait_for()


# A tab, how to fill it, and what the README shows of it: from this element on, so many pixels.
TABS = {
    "Price": (price, ".pr-header", 1222),
    "Batch": (batch, "#batch-results", 1080),
    "Evaluation": (evaluation, "#evaluation-results", 1080),
    "Model": (model, ".pr-header", 860),
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name in TABS:
            if folder == DOCS:
                taken(browser, address, name, "", folder / f"{name.lower()}.png", cut=True)
                continue
            for look in LOOKS:
                taken(browser, address, name, look, folder / f"{name.lower()}{look}.png", cut=False)
        browser.close()


def taken(browser: Browser, address: str, name: str, look: str, path: Path, cut: bool) -> None:
    """Open a tab, fill it and take its picture."""
    (width, height), theme = LOOKS[look]
    fill, first, pixels = TABS[name]
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}?__theme={theme}")
    page.get_by_role("tab", name=name).click()
    if not cut:
        page.evaluate("document.fonts.ready")
        page.screenshot(path=path.with_stem(f"{path.stem}-empty"), full_page=True)
    fill(page)
    page.evaluate("scrollTo(0, 0)")
    top = page.locator(first).bounding_box()["y"] - 16 if cut else 0
    clip = {"x": 0, "y": max(top, 0), "width": width, "height": pixels} if cut else None
    page.screenshot(path=path, full_page=True, clip=clip)
    page.close()


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

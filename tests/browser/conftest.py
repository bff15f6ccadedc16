"""The real app, a real browser, and pages that report whatever they should not do."""

from __future__ import annotations

import csv
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
DESKTOP = {"width": 1280, "height": 860}


@pytest.fixture(scope="session")
def checkpoint_folder(tiny_checkpoint, items, tmp_path_factory) -> Path:
    """The built-in checkpoint; before there is one, the tiny one with a test split."""
    if (ROOT / "weights" / "config.json").is_file():
        return ROOT / "weights"
    import pyarrow
    import pyarrow.parquet

    from pricer.checkpoint import Checkpoint

    folder = tmp_path_factory.mktemp("page")
    rows = [{"summary": item.summary, "price": item.price, "category": item.category} for item in items]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "items.parquet")
    checkpoint = Checkpoint.load(tiny_checkpoint)
    checkpoint.test_split = folder / "items.parquet"
    accuracy = {"n": 120, "mae": 21.5, "mae_ci95": [18.0, 25.0], "median_ae": 12.0, "data": "real listings held out"}
    checkpoint.config = replace(checkpoint.config, test_split="Generated items.", accuracy=accuracy)
    checkpoint.save(folder / "checkpoint")
    return folder / "checkpoint"


@pytest.fixture(scope="session")
def context(checkpoint_folder):
    """What the page is built on: a runner made once, as `app.py` makes it."""
    from app import make_context
    from pricer.settings import Settings

    return make_context(
        Settings(model=str(checkpoint_folder), device="cpu", max_page_rows=20_000, max_upload_mb=5, runs_at_once=2)
    )


@pytest.fixture(scope="session")
def url(context):
    """The address of the running app."""
    from pricer.ui import page

    demo = page.build(context)
    _, address, _ = demo.launch(**page.launch_options(context), prevent_thread_lock=True, quiet=True)
    yield address
    demo.close()


@pytest.fixture(scope="session")
def visitor(browser):
    """One visitor for all tests, whose browser keeps the page's scripts."""
    context = browser.new_context(accept_downloads=True, permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def open_page(visitor, url):
    """Opens the page; at the end, none of the opened ones may have asked elsewhere or reported an error."""
    opened, foreign, errors = [], [], []

    def watch(request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"blob", "data"} and address.netloc != urlsplit(url).netloc:
            foreign.append(request.url)

    def open_it(viewport=DESKTOP, theme="light", path="", fragment=""):
        page = visitor.new_page()
        opened.append(page)
        page.set_viewport_size(viewport)
        page.on("request", watch)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{url}{path}?__theme={theme}{fragment}")
        page.get_by_role("textbox", name="Describe the product").wait_for()
        return page

    yield open_it
    for page in opened:
        page.close()
    assert not foreign, "requests that left the page's own origin"
    assert not errors, "errors in the browser's console"


@pytest.fixture
def page(open_page):
    """The page on a laptop, light."""
    return open_page()


def accessibility_findings(page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands, one line each; hidden parts are passed over."""
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def show_tab(page, name: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=name).click()


def upload(page, where: str, path: Path) -> None:
    """Choose a file in the upload box with this element id."""
    page.locator(f"#{where} input[type=file]").set_input_files(path)


@pytest.fixture
def table(tmp_path):
    """Writes a CSV file of 40 products; one has no text."""

    def write(columns=("sku", "summary", "note"), n=40, name="products.csv"):
        rows = [[f"s{at:04}", f"Steel kettle number {at}, 1.7 litres", 'a "quoted", note'] for at in range(n)]
        rows[3][1] = ""
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        return path, rows

    return write


@pytest.fixture
def batch(page):
    """The batch tab of a browser that keeps no result, before and after."""
    page.evaluate("localStorage.clear()")
    page.get_by_role("tab", name="Batch").click()
    yield page
    page.evaluate("localStorage.clear()")


@pytest.fixture
def gate(context, monkeypatch):
    """Batches of small chunks of which each waits to be let through; single texts pass freely."""
    passes, calls, quote = threading.Semaphore(0), [], context.runner.quote

    def gated(texts, coverage=0.8):
        if len(texts) > 1:
            calls.append(len(texts))
            passes.acquire(timeout=60)
        return quote(texts, coverage)

    monkeypatch.setattr("pricer.batch.batch.CHUNK_ROWS", 10)
    monkeypatch.setattr(context.runner, "quote", gated)
    yield passes, calls
    passes.release(10_000)


def found(page):
    """What the batch tab says of the file as a whole."""
    return page.get_by_label("The file", exact=True)


def checked(page):
    """What the batch tab says of the file's text."""
    return page.get_by_label("The text", exact=True)


def price_all(page):
    """The button that prices the file."""
    return page.get_by_role("button", name="Price all")


def summary(page):
    """The figures of a finished batch."""
    return page.get_by_label("Summary of the batch")


def priced(page, path: Path) -> None:
    """Price a file on the batch tab and wait for its results."""
    upload(page, "batch-file", path)
    expect(price_all(page)).to_be_enabled()
    price_all(page).click()
    expect(summary(page)).to_be_visible()


def fetched(page, folder: Path) -> Path:
    """Press Download; the file that comes."""
    with page.expect_download() as started:
        page.get_by_role("button", name="Download", exact=True).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


@contextmanager
def offline_report(browser, path, scheme, plots):
    """A report on a phone without a network: its plots are drawn, it asks for nothing, fits, and has no error."""
    offline = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 375, "height": 800})
    report, errors, asked = offline.new_page(), [], []
    report.on("pageerror", lambda error: errors.append(str(error)))
    report.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    report.on("request", lambda request: asked.append(request.url.split(":")[0]))
    report.goto(path.as_uri())
    for name in plots:
        expect(report.locator(f"#plot-{name} .main-svg").first).to_be_visible()
    yield report
    assert report.evaluate("document.documentElement.scrollWidth") <= 375
    assert set(asked) <= {"file", "blob", "data"}
    assert errors == []
    offline.close()

"""The drift report in a real browser: whole, offline, without an error."""

import csv

import pytest
from playwright.sync_api import expect

from pricer.cli import main

PLOTS = ["length_words", "familiarity", "price_usd", "prices"]
NAME = "a <b>shop's<b> & feed.csv"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_offline_with_every_plot_on_a_phone(tmp_path, tiny_checkpoint, browser, scheme):
    with (tmp_path / NAME).open("w", newline="") as file:
        csv.writer(file).writerows([["summary"], *([f"{'xyzzy plugh ' * 40}{number}"] for number in range(120))])
    arguments = [tmp_path / NAME, tmp_path / "out.csv", "--report", tmp_path / "report.html"]
    assert main(["batch", *map(str, arguments), "--model", str(tiny_checkpoint), "--device", "cpu"]) == 4
    offline = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 375, "height": 800})
    report, errors, asked = offline.new_page(), [], []
    report.on("pageerror", lambda error: errors.append(str(error)))
    report.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    report.on("request", lambda request: asked.append(request.url.split(":")[0]))
    report.goto((tmp_path / "report.html").as_uri())
    for name in PLOTS:
        expect(report.locator(f"#plot-{name} .main-svg").first).to_be_visible()
    expect(report.get_by_role("heading", name=f"Drift of {NAME}")).to_be_visible()
    expect(report.get_by_text("The drift threshold of PSI 0.25 was passed")).to_be_visible()
    assert report.evaluate("document.documentElement.scrollWidth") <= 375
    assert set(asked) <= {"file", "blob", "data"}
    assert errors == []
    offline.close()

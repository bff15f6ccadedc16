"""The drift report in a real browser: whole, offline, without an error."""

import csv

import pytest
from playwright.sync_api import expect

from pricer.cli import main
from tests.browser.conftest import offline_report

PLOTS = ["length_words", "familiarity", "price_usd", "prices"]
NAME = "a <b>shop's<b> & feed.csv"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_offline_with_every_plot_on_a_phone(tmp_path, tiny_checkpoint, browser, scheme):
    with (tmp_path / NAME).open("w", newline="") as file:
        csv.writer(file).writerows([["summary"], *([f"{'xyzzy plugh ' * 40}{number}"] for number in range(120))])
    arguments = [tmp_path / NAME, tmp_path / "out.csv", "--report", tmp_path / "report.html"]
    assert main(["batch", *map(str, arguments), "--model", str(tiny_checkpoint), "--device", "cpu"]) == 4
    with offline_report(browser, tmp_path / "report.html", scheme, PLOTS) as report:
        expect(report.get_by_role("heading", name=f"Drift of {NAME}")).to_be_visible()
        expect(report.get_by_text("The drift threshold of PSI 0.25 was passed")).to_be_visible()

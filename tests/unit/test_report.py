"""The report: one whole file, everything escaped, nothing fetched."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from pricer.checkpoint_config import CheckpointConfig, TrainingData
from pricer.errors import SettingError
from pricer.evaluation import Evaluation
from pricer.evaluation.report import evaluation_report
from pricer.report_page import check_path, write
from pricer.reported_model import ReportedModel
from tests.unit.test_comparison import ACCURACY, PEER

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def report() -> str:
    n = 50
    actual = np.linspace(5, 500, n)
    evaluation = Evaluation(
        [f"{EVIL} number {at}" for at in range(n)], [EVIL] * n, actual, actual * 1.5, actual, actual * 2,
        np.arange(n) == 0, 2, 0.1, 0.8, np.linspace(0.2, 1, n), {0.5: 20, 0.8: 40},
    )  # fmt: skip
    config = CheckpointConfig(
        EVIL, {}, {}, {}, TrainingData(1000, {EVIL: 1000}, EVIL, 1, 99), ACCURACY, [PEER | {"name": EVIL}]
    )
    return evaluation_report(evaluation, ReportedModel(config, EVIL, EVIL, EVIL), EVIL, [EVIL])


class Outline(HTMLParser):
    """What a browser makes of the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.words, self.scripts, self._inside = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data):
        (self.scripts if self._inside == "script" else self.words).append(data)

    def handle_endtag(self, tag):
        self._inside = ""


def test_nothing_of_an_item_or_a_model_becomes_markup(report):
    outline = Outline(report)
    assert [attrs for tag, attrs in outline.tags if tag == "script"] == [
        {}, {"type": "application/json", "id": "figures"}, {}
    ]  # fmt: skip
    assert not [tag for tag, _ in outline.tags if tag in {"img", "iframe", "link"}]
    assert not [attrs for _, attrs in outline.tags if {"src", "href", "onerror"} & attrs.keys()]


def test_the_library_is_inlined_once_and_every_plot_has_its_figure(report):
    assert report.count("plotly.js v") == 1
    places = re.findall(r'id="plot-(\w+)"', report)
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', report)[1])
    assert sorted(places) == sorted(figures) == [
        "bands", "calibration", "categories", "familiarity", "residuals", "scatter", "trend"
    ]  # fmt: skip


def test_it_says_n_intervals_and_cautions(report):
    words = " ".join(Outline(report).words)
    assert "n = 50" in words
    assert "95% interval" in words
    assert "trained on 1 of these 50 items" in words
    assert "2 rows without a text or price left out" in words
    for title in ("Furthest off", "Closest", "Beside others", "Limits"):
        assert title in words
    assert "$97.90 ($86.00 to $111.00)" in words
    assert "human" in words


def test_it_allows_nothing_to_be_fetched(report):
    policy = next(attrs["content"] for tag, attrs in Outline(report).tags if tag == "meta" and "content" in attrs)
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


@pytest.mark.parametrize("name", ["report.txt", "missing/report.html"])
def test_a_place_that_takes_no_report_is_refused(tmp_path, name):
    with pytest.raises(SettingError, match=r"expected a file's name in a folder|ends in \.html"):
        check_path(tmp_path / name)


def test_a_report_appears_whole_and_replaces_an_older_one(tmp_path):
    path = tmp_path / "report.html"
    for text in ("old", "new"):
        write(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_failed_report_leaves_nothing(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(SettingError, match="could not be written"):
        write(tmp_path / "report.html", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]

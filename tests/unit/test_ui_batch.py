"""What the batch tab makes of a file, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pricer.drift import DriftReport
from pricer.drift_reference import DriftCounts, Reference
from pricer.ui.batch_tab import SAME_FORMAT, drift_note, inspect, output_name
from pricer.ui.context import RunFolders


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("goods.csv", SAME_FORMAT, "goods-priced.csv"),
        ("goods.csv.gz", SAME_FORMAT, "goods-priced.csv.gz"),
        ("goods.jsonl.gz", ".xlsx", "goods-priced.xlsx"),
        ("Goods.May.CSV", ".parquet", "Goods.May-priced.parquet"),
    ],
)
def test_the_download_is_named_after_the_upload(name, suffix, expected):
    assert output_name(Path(name), suffix) == expected


def test_an_upload_is_described_and_its_text_column_guessed(tmp_path):
    (tmp_path / "goods.csv").write_text("sku,Description\n1,kettle\n2,lamp\n")
    card, columns, asked, button = inspect(str(tmp_path / "goods.csv"))
    assert "kettle" in card
    assert not asked.visible
    assert columns.value == ["Description"]
    assert button.interactive


def test_without_an_obvious_column_nothing_is_guessed(tmp_path):
    (tmp_path / "goods.csv").write_text("sku,words\n1,kettle\n")
    _, columns, asked, button = inspect(str(tmp_path / "goods.csv"))
    assert asked.visible
    assert columns.value == []
    assert not button.interactive


def test_a_file_without_rows_cannot_be_priced(tmp_path):
    (tmp_path / "goods.csv").write_text("summary\n")
    card, _, asked, button = inspect(str(tmp_path / "goods.csv"))
    assert "no rows" in card
    assert not asked.visible
    assert not button.interactive


def _drift(price, n=200):
    reference = Reference.of(np.full(1000, 9), np.ones(1000), np.linspace(1, 100, 1000))
    return DriftReport.of(reference, DriftCounts.of(np.full(n, 9), np.ones(n), np.linspace(1, price, n)))


def test_the_summary_ends_with_one_line_on_drift():
    assert 'pr-notice" role="status"><p>No drift: these texts are like' in drift_note(_drift(100))
    shifted = drift_note(_drift(1000))
    assert shifted.count("<p>") == 1
    assert "pr-warning" in shifted
    assert "predicted price (a different population)" in shifted
    assert drift_note(_drift(100, n=5)) == ""
    assert drift_note(None) == ""


def test_a_run_folder_vanishes_with_its_run_even_when_it_fails():
    folders = RunFolders()

    def fail() -> None:
        with folders.new() as folder:
            (folder / "state").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not list(folders.runs.iterdir())


def test_all_folders_vanish_with_the_app():
    folders = RunFolders()
    root = folders.runs.parent
    del folders
    assert not root.exists()

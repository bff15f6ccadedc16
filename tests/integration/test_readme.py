"""What the README shows, as it stands there."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_notebook_lines_price_an_item():
    (lines,) = re.findall(r"```python\n(from pricer import Deep.+?)```", README, re.DOTALL)
    names = {}
    exec(lines, names)
    assert names["low"][0] < names["price"][0] < names["high"][0]


def test_the_estimator_lines_fit_price_and_save(items, monkeypatch, tmp_path):
    (lines,) = re.findall(r"```python\n(from pricer import PriceRegressor.+?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(lines, {"texts": [item.summary for item in items[:40]], "prices": [item.price for item in items[:40]]})
    assert (tmp_path / "my-model" / "config.json").is_file()


def test_its_two_commands_are_in_the_makefile():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)

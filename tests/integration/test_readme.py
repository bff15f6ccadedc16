"""What the README shows, as it stands there."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_notebook_lines_price_an_item():
    (lines,) = re.findall(r"```python\n(from pricer import Deep.+?)```", README, re.DOTALL)
    names = {}
    exec(lines, names)
    assert names["low"][0] < names["price"][0] < names["high"][0]


def test_its_two_commands_are_in_the_makefile():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)

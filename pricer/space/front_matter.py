"""What a Space says of itself at the top of its README, checked before the Hub sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields

from pricer.errors import SettingError

CPU, ZERO_GPU = "cpu-basic", "zero-a10g"
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")  # that the Hub takes
LONGEST_DESCRIPTION = 60  # characters, by the Hub's own check
ZERO_GPU_PYTHONS = ("3.10.13", "3.12.12")  # that ZeroGPU runs

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_NAMES = {"color_from": "colorFrom", "color_to": "colorTo"}  # that are not those of the fields


@dataclass(frozen=True)
class FrontMatter:
    """The fields of the Hub's configuration reference that a Space of Pricer has."""

    sdk_version: str  # of gradio: the one that this checkout is tested with
    title: str = "Pricer"
    emoji: str = "🏷️"
    color_from: str = "indigo"  # of the thumbnail
    color_to: str = "green"
    sdk: str = "gradio"
    python_version: str = "3.12.12"
    app_file: str = "app.py"
    suggested_hardware: str = CPU  # for whoever duplicates the Space
    short_description: str = "Tells what a product should cost from its words"
    license: str = "mit"
    tags: tuple[str, ...] = ("pricing", "regression", "text")
    models: tuple[str, ...] = ()  # repos that are priced with
    preload_from_hub: tuple[str, ...] = ()  # "owner/name file,file commit": fetched when the Space is built

    def __post_init__(self) -> None:
        """Raise SettingError for what the Hub would refuse."""
        from huggingface_hub import SpaceHardware

        _check("title", self.title, self.title.strip() and "\n" not in self.title, "one line of words")
        _check("short_description", self.short_description, self._short(), f"1 to {LONGEST_DESCRIPTION} characters")
        for name in ("color_from", "color_to"):
            _check(_NAMES[name], getattr(self, name), getattr(self, name) in COLOURS, f"one of {', '.join(COLOURS)}")
        _check("sdk_version", self.sdk_version, _VERSION.fullmatch(self.sdk_version), "a version such as 6.31.0")
        _check("python_version", self.python_version, self._python_fits(), f"3.11 or newer; on {ZERO_GPU} 3.12.12")
        hardware = [each.value for each in SpaceHardware]
        _check("hardware", self.suggested_hardware, self.suggested_hardware in hardware, ", ".join(hardware))

    def to_yaml(self) -> str:
        """The block between dashes; every value is written as JSON, which YAML contains."""
        given = {_NAMES.get(each.name, each.name): getattr(self, each.name) for each in fields(self)}
        lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in given.items() if value]
        return "\n".join(["---", *lines, "---", ""])

    def _short(self) -> bool:
        return 0 < len(self.short_description) <= LONGEST_DESCRIPTION

    def _python_fits(self) -> bool:
        if not _VERSION.fullmatch(self.python_version) or self.python_version.split(".")[:2] < ["3", "11"]:
            return False
        return self.suggested_hardware != ZERO_GPU or self.python_version in ZERO_GPU_PYTHONS


def _check(name: str, found: str, fits: object, expected: str) -> None:
    if not fits:
        raise SettingError(f"A Space's {name} cannot be {found!r}: expected {expected}.")

"""Commands of the documentation, as they stand there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Command:
    """A line of a block of shell code; what follows a backslash at its end belongs to it."""

    page: str  # name of its file
    words: tuple[str, ...]
    line: str

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that are set before the program's name."""
        return dict(word.split("=", 1) for word in self.words[: self._start])

    @property
    def program(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return self.words[self._start :]

    @property
    def _start(self) -> int:
        return next(
            (at for at, word in enumerate(self.words) if not re.fullmatch(r"[A-Z_]+=.*", word)), len(self.words)
        )


def commands_of(page: Path) -> list[Command]:
    """Every command in the page's blocks of `sh` code, without comments, and those of make and Python in sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    sentences = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`((?:make|python) [^`]+)`", sentences)
    found = [Command(page.name, tuple(shlex.split(line, comments=True)), line) for line in lines]
    return [command for command in found if command.words]

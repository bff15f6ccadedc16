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
    """Every command in the page's blocks of `sh` code, without comments."""
    found = []
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = tuple(shlex.split(line, comments=True))
            if words:
                found.append(Command(page.name, words, line))
    return found

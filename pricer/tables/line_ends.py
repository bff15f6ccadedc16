r"""Lines that end with \r\r\n, which readers take for an end and a blank line."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from pricer.errors import TableError

_TWO_RETURNS = 0x0D0D


class ReturnScan:
    """Looks cheaply whether a file may have such ends at all: blocks of its bytes come in order."""

    def __init__(self) -> None:
        self.found = False  # whether it has two carriage returns in a row
        self._ended_so = False

    def add(self, block: bytes) -> None:
        """Look at the next bytes of the file, which are ASCII where line ends are concerned."""
        self.found = self.found or (self._ended_so and block.startswith(b"\r"))
        self._ended_so = block.endswith(b"\r")
        if not self.found and b"\r" in block:
            pairs = (np.frombuffer(block, np.uint16, (len(block) - at) // 2, at) for at in (0, 1))
            self.found = any((each == _TWO_RETURNS).any() for each in pairs)


def are_doubled(file: TextIO, name: str) -> bool:
    r"""Whether every line of the file ends with \r\r\n.

    Raises
    ------
    TableError
        Only some do, so that nobody can tell whether a blank row was meant.
    """
    n_ends = doubled = first = 0
    before, is_inside = "", False
    for number, line in enumerate(file, start=1):
        is_inside ^= line.count('"') % 2 == 1
        if is_inside:
            before = ""
            continue
        n_ends += line.endswith(("\n", "\r"))
        if line == "\r\n" and before.endswith("\r"):
            doubled += 1
            first = first or number - 1
        before = line
    if doubled and n_ends != 2 * doubled:
        raise TableError(
            f"{name}, line {first}: it ends with \\r\\r\\n and other lines do not, so a blank row cannot be told from "
            "a line end. End all lines alike."
        )
    return doubled > 0

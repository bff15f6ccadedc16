"""Text as a workbook's XML holds it (ST_Xstring of ECMA-376, Office Open XML).

`_xHHHH_` is the character of that number: those that XML cannot hold, and `_` itself, as `_x005F_`, where what follows
would be read so.
"""

from __future__ import annotations

import re

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"  # which XML cannot hold
_ESCAPE = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")  # halves of surrogate pairs are no characters
_TO_ESCAPE = re.compile(f"[{_CONTROL}]|_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROL}])")  # a control character starts with `_`


def escaped(text: str) -> str:
    """The text with escapes: `unescaped` gives it back, as spreadsheet programs do."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text that a workbook's XML stands for."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text

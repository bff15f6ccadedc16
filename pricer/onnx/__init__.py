"""Networks as ONNX graphs: exported for other languages, and run by onnxruntime."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pricer.errors import UserError

REQUIREMENTS = "requirements-onnx.txt"


def needed(package: str) -> Any:
    """The package "onnx" or "onnxruntime", or a module of theirs, which Pricer does without otherwise.

    Raises
    ------
    UserError
        It is not installed; the message says how to.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        raise UserError(
            f"This needs the package {error.name}, which is not installed: "
            f"python -m pip install onnx onnxruntime, or -r {REQUIREMENTS} in Pricer's clone."
        ) from error

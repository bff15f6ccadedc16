"""A bare state dict (`.pth`), as the course's notebooks save it: the one place that reads what pickle wrote."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from pricer import durable
from pricer.errors import CheckpointError


def read(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a `.pth` by name, by torch's reader that runs no code; mapped into memory where that can be.

    Raises
    ------
    CheckpointError
        The file is missing, holds more than tensors, or is none that torch wrote.
    """
    try:
        _check_unpacked_size(path)
        state = _load(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path.name!r}: check the path.") from error
    except CheckpointError:
        raise
    except Exception as error:  # unpickling raises whatever the bytes provoke
        raise CheckpointError(
            f"{path.name} is no plain state dict ({type(error).__name__}): expected one written by save()."
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(each, torch.Tensor) for each in state.values()):
        raise CheckpointError(f"{path.name} holds no state dict: expected tensors by name.")
    return dict(state)


def write(state: dict[str, torch.Tensor], path: Path) -> None:
    """Write a `.pth`, which appears whole or not at all.

    Raises
    ------
    CheckpointError
        The folder does not take it.
    """
    try:
        with durable.fresh_file(path) as fresh:
            torch.save(state, fresh)
    except (OSError, RuntimeError) as error:  # torch's own, of a full disk
        raise CheckpointError(
            f"{path.name} cannot be written ({error}): make room or choose another folder."
        ) from error


def _load(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError as error:
        if "mmap can only be used" not in str(error):
            raise
        return torch.load(path, map_location="cpu", weights_only=True)  # a format from before torch 1.6


def _check_unpacked_size(path: Path) -> None:
    """Refuse a zip with packed members, which may unpack to more than any memory: torch packs none."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if any(member.file_size > member.compress_size for member in archive.infolist()):
            raise CheckpointError(f"{path.name} is a packed zip: expected a state dict written by save().")

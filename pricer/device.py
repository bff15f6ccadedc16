"""Where the network runs: CUDA, then MPS, then CPU."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pricer.errors import DeviceError

if TYPE_CHECKING:
    import torch

_CPUS = Path("/proc/cpuinfo")
CHOICES = ("auto", "cuda", "mps", "cpu")


@dataclass(frozen=True)
class Device:
    """A picked device and why it was picked."""

    name: str  # "cuda", "mps" or "cpu"
    reason: str  # a phrase for logs and the page

    @property
    def torch_device(self) -> torch.device:
        import torch

        return torch.device(self.name)

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def available() -> list[str]:
    """Names of the devices that this machine has, the fastest first."""
    import torch

    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def hardware(device: torch.device) -> str:
    """What computes on a device: the name of the GPU, or the processor and its cores."""
    import torch

    if device.type == "cuda":
        return f"one {torch.cuda.get_device_name(device)}"
    return f"{os.cpu_count() or 1} cores of {_processor()}" + (" with its GPU" if device.type == "mps" else "")


def _processor() -> str:
    if _CPUS.is_file():  # Linux
        for line in _CPUS.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def pick_device(choice: str = "auto") -> Device:
    """The device to run on.

    Parameters
    ----------
    choice
        "auto" takes CUDA, then MPS, then CPU; a name asks for exactly that device.

    Raises
    ------
    DeviceError
        The name is unknown, or this machine has no such device.
    """
    if choice not in CHOICES:
        raise DeviceError(f"Unknown device {choice!r}: expected one of {', '.join(CHOICES)}.")
    found = available()
    if choice == "auto":
        return Device(found[0], _why(found))
    if choice not in found:
        raise DeviceError(
            f"No {choice} device on this machine: it has {', '.join(found)}. "
            f"Use --device auto or one of these, or install a torch build with {choice} support."
        )
    return Device(choice, "asked for")


def _why(found: list[str]) -> str:
    missing = [name for name in ("cuda", "mps") if name not in found]
    if found[0] == "cuda":
        return "picked: a CUDA GPU was found"
    if found[0] == "mps":
        return "picked: no CUDA GPU, but Apple's MPS was found"
    return f"picked: no {' or '.join(missing)} found"

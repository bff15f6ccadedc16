"""What computes a network: torch, or onnxruntime; chosen once for a run."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from typing import Any

from pricer.errors import DeviceError

RUNTIMES = ("torch", "onnx")
CHOICES = ("auto", *RUNTIMES)


def pick_runtime(choice: str, device: str, network: dict[str, Any], precision: str = "auto") -> str:
    """What computes: "torch" or "onnx".

    Parameters
    ----------
    choice
        "auto" takes onnxruntime where it is installed and was measured to be faster, else torch.
    device
        "cuda", "mps" or "cpu".
    network
        A network as `pricer.networks.describe_network` describes it.
    precision
        The number format that is asked for, perhaps "auto".

    Raises
    ------
    DeviceError
        The runtime is unknown, or does not run on this device.
    """
    if choice not in CHOICES:
        raise DeviceError(f"Unknown runtime {choice!r}: expected one of {', '.join(CHOICES)}.")
    if choice == "auto":
        wins = device == "cpu" and precision in ("auto", "int8") and _is_faster(network) and _is_installed()
        return "onnx" if wins else "torch"
    if choice == "onnx" and device != "cpu":
        raise DeviceError(f"The onnx runtime computes on the CPU, not on {device}: use --device cpu, or no --runtime.")
    return choice


def _is_faster(network: dict[str, Any]) -> bool:
    """Whether benchmarks/sections/onnx.py found onnxruntime faster: for wide networks on x86 processors where torch has
    no products for 8 bits."""
    from pricer import int8_network
    from pricer.residual_network import SMALL_WIDTH

    is_wide = network["kind"] == "deep" and network["hidden_size"] > SMALL_WIDTH
    return is_wide and platform.machine() in ("x86_64", "AMD64") and not int8_network.runs_here()


def _is_installed() -> bool:
    return find_spec("onnx") is not None and find_spec("onnxruntime") is not None

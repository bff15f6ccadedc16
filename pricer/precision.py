"""The number format that a network computes in: chosen once for a run, by device and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pricer.errors import DeviceError

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "fp32", "bf16", "int8")


def pick_precision(choice: str, device: str, network: dict[str, Any], runtime: str = "torch") -> str:
    """The number format to compute in: "fp32", "bf16", "fp16" or "int8".

    Parameters
    ----------
    choice
        "auto" takes the fastest that the device and the network have; a name asks for exactly that one.
    device
        "cuda", "mps" or "cpu".
    network
        A network as `pricer.networks.describe_network` describes it.
    runtime
        As `pricer.runtime.pick_runtime` gives it.

    Raises
    ------
    DeviceError
        The format is unknown, or not to be had here.
    """
    if choice not in PRECISIONS:
        raise DeviceError(f"Unknown precision {choice!r}: expected one of {', '.join(PRECISIONS)}.")
    found = available(device, network) if runtime == "torch" else available_by_onnx(network)
    if choice == "auto":
        return found[0]
    if choice not in found:
        raise DeviceError(
            f"No {choice} for this model ({network['kind']}) on this {device}: it has {', '.join(found)}. "
            "Use --precision auto or one of these."
        )
    return choice


def available(device: str, network: dict[str, Any]) -> list[str]:
    """The formats for a network on a device, the fastest first.

    The compact network's table is in 8 bits as it is; what it computes is too little to gain by fewer.
    """
    from pricer.residual_network import SMALL_WIDTH

    if network["kind"] != "deep":
        return ["fp32"]
    lower = multiplied_fast(device)
    if network["hidden_size"] <= SMALL_WIDTH:
        return ["fp32", *lower]
    return [*lower, "fp32"]


def dtype_of(precision: str) -> torch.dtype | None:
    """What the blocks' products are computed in; None for those that are no floats of fewer bits."""
    import torch

    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)


def available_by_onnx(network: dict[str, Any]) -> list[str]:
    """The formats for a network that onnxruntime computes, the fastest first."""
    from pricer.residual_network import SMALL_WIDTH

    is_wide = network["kind"] == "deep" and network["hidden_size"] > SMALL_WIDTH
    return ["int8", "fp32"] if is_wide else ["fp32", "int8"]


def multiplied_fast(device: str) -> list[str]:
    """The formats of fewer bits that a device has products for, the fastest first."""
    import torch

    from pricer import int8_network

    if device == "cuda":
        return ["bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"]
    if device != "cpu":
        return []
    whole = ["int8"] if int8_network.runs_here() else []
    tiles = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return [*whole, "bf16"] if tiles else whole

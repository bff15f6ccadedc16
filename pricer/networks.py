"""The kinds of network that a checkpoint may hold, by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from pricer.compact.network import CompactConfig, CompactNetwork
from pricer.compact.ridge import RidgeConfig, RidgeNetwork
from pricer.errors import NotReadyError
from pricer.int8_network import Int8Network
from pricer.onnx.engine import OnnxNetwork
from pricer.residual_network import DeepNetworkConfig, DeepNeuralNetwork

TorchNetwork = DeepNeuralNetwork | CompactNetwork | RidgeNetwork  # in floats, as checkpoints hold them
Network = TorchNetwork | Int8Network | OnnxNetwork

_KINDS = {DeepNeuralNetwork: "deep", CompactNetwork: "compact", RidgeNetwork: "ridge"}


def build_network(description: dict[str, Any]) -> TorchNetwork:
    """An empty network (on torch's meta device) as a checkpoint's config describes it.

    Raises
    ------
    ValueError, TypeError
        The kind is unknown, or its sizes are not the expected ones.
    """
    kind, sizes = description["kind"], {name: value for name, value in description.items() if name != "kind"}
    with torch.device("meta"):
        if kind == _KINDS[DeepNeuralNetwork]:
            return DeepNeuralNetwork(**asdict(DeepNetworkConfig(**sizes)))
        if kind == _KINDS[CompactNetwork]:
            return CompactNetwork(CompactConfig(**sizes))
        if kind == _KINDS[RidgeNetwork]:
            return RidgeNetwork(RidgeConfig(**sizes))
    raise ValueError(f"unknown kind of network {kind!r}")


def weight_bytes(network: Network) -> int:
    """Memory that a network's weights take."""
    tensors = (*network.parameters(), *network.buffers())
    return sum(each.numel() * each.element_size() for each in tensors)


def describe_network(network: Network) -> dict[str, Any]:
    """What `build_network` needs to build a network like this one.

    Raises
    ------
    NotReadyError
        The network was rounded for pricing, or handed to another runtime.
    """
    if isinstance(network, Int8Network):
        raise NotReadyError('These weights were rounded for pricing: load them with precision="fp32" to save them.')
    if isinstance(network, OnnxNetwork):
        raise NotReadyError('These weights are onnxruntime\'s: load them with runtime="torch" to save them.')
    return {"kind": _KINDS[type(network)], **asdict(network.config)}

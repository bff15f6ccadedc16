"""The kinds of network that a checkpoint may hold, by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from pricer.compact.network import CompactConfig, CompactNetwork
from pricer.residual_network import DeepNetworkConfig, DeepNeuralNetwork

_DEEP, _COMPACT = "deep", "compact"


def build_network(description: dict[str, Any]) -> DeepNeuralNetwork | CompactNetwork:
    """An empty network (on torch's meta device) as a checkpoint's config describes it.

    Raises
    ------
    ValueError, TypeError
        The kind is unknown, or its sizes are not the expected ones.
    """
    sizes = {name: value for name, value in description.items() if name != "kind"}
    with torch.device("meta"):
        if description["kind"] == _DEEP:
            return DeepNeuralNetwork(**asdict(DeepNetworkConfig(**sizes)))
        if description["kind"] == _COMPACT:
            return CompactNetwork(CompactConfig(**sizes))
    raise ValueError(f"unknown kind of network {description['kind']!r}")


def describe_network(network: DeepNeuralNetwork | CompactNetwork) -> dict[str, Any]:
    """What `build_network` needs to build a network like this one."""
    kind = _DEEP if isinstance(network, DeepNeuralNetwork) else _COMPACT
    return {"kind": kind, **asdict(network.config)}

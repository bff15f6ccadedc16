"""Pricer tells what a product should cost from its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.items import Item

__version__ = "0.2.0"
__all__ = ["DeepNeuralNetworkRunner", "Item"]


def __getattr__(name: str) -> Any:
    """Import on first use: `python -m pricer --help` must not wait for torch."""
    if name == "Item":
        from pricer.items import Item

        return Item
    if name == "DeepNeuralNetworkRunner":
        from pricer.deep_neural_network import DeepNeuralNetworkRunner

        return DeepNeuralNetworkRunner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Pricer tells what a product should cost from its words."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.items import Item
    from pricer.price_regressor import PriceRegressor

__version__ = "0.3.0"
__all__ = ["DeepNeuralNetworkRunner", "Item", "PriceRegressor"]

_ROOMS = {"DeepNeuralNetworkRunner": "deep_neural_network", "Item": "items", "PriceRegressor": "price_regressor"}


def __getattr__(name: str) -> Any:
    """Import on first use: `python -m pricer --help` must not wait for torch."""
    if name in _ROOMS:
        return getattr(import_module(f"pricer.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

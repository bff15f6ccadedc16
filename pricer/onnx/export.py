"""Exports a checkpoint as a folder that any language with an ONNX runtime prices with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pricer.checkpoint import Checkpoint
from pricer.checkpoint_config import replacing
from pricer.errors import CheckpointError, NotReadyError, UserError
from pricer.inference import Predictions
from pricer.int8_network import Int8Network
from pricer.onnx import needed
from pricer.onnx.description import VERSION, describe_featurizer, describe_pricing
from pricer.onnx.engine import OnnxNetwork, session_options
from pricer.onnx.graph import Graph
from pricer.onnx.networks import add_network
from pricer.onnx.prices import add_prices
from pricer.onnx.vectors import COVERAGE, TEXTS, vectors

NETWORK, WEIGHTS, FEATURIZER, PRICING, VECTORS = (
    "network.onnx",
    "network.onnx.data",  # only where the weights are too large to lie in the graph
    "featurizer.json",
    "pricing.json",
    "test_vectors.json",
)
OUTSIDE_FROM_BYTES = 500_000_000  # weights of this size lie in a file of their own: a graph ends at 2 GB
TOLERANCE = {"fp32": 1e-4, "int8": 0.1}  # of log prices, against the network's own


def export(checkpoint: Checkpoint, folder: Path, precision: str = "fp32") -> None:
    """Write the folder, which appears whole or not at all; an older export in its place is replaced.

    Parameters
    ----------
    checkpoint
        Loaded in fp32, on the CPU.
    precision
        "fp32", or "int8" for weights in 8 bits.

    Raises
    ------
    UserError
        onnx or onnxruntime is not installed, or the folder holds anything else than an export, or cannot be written.
    CheckpointError
        What was exported does not price as the checkpoint does.
    """
    for package in ("onnx", "onnxruntime"):
        needed(package)
    check_exportable(folder)
    try:
        with replacing(folder) as fresh:
            _write(checkpoint, fresh, precision)
    except OSError as error:
        raise UserError(f"{folder} could not be written ({error.strerror}): choose another folder.") from error


def check_exportable(folder: Path) -> None:
    """Refuse to replace a folder that holds anything else than an export.

    Raises
    ------
    UserError
        It does; the message names the folder.
    """
    if not folder.exists():
        return
    found = {each.name for each in folder.iterdir()} if folder.is_dir() and not folder.is_symlink() else {""}
    if found and not (PRICING in found and found <= {NETWORK, WEIGHTS, FEATURIZER, PRICING, VECTORS}):
        raise UserError(f"{folder} is there and holds other files than an export: name a new or an empty folder.")


def _write(checkpoint: Checkpoint, folder: Path, precision: str) -> None:
    network, calibration = checkpoint.network, checkpoint.calibration
    if isinstance(network, Int8Network | OnnxNetwork) or calibration is None:
        raise NotReadyError("Only a calibrated network in fp32 is exported: load its checkpoint with precision='fp32'.")
    graph = Graph()
    add_prices(graph, add_network(graph, network, checkpoint.known_words, precision), checkpoint.target, calibration)
    is_large = sum(each.nbytes for each in graph.constants.values()) >= OUTSIDE_FROM_BYTES
    graph.write(folder / NETWORK, folder / WEIGHTS if is_large else None)
    needed("onnx.checker").check_model(str(folder / NETWORK), full_check=not is_large)
    session = needed("onnxruntime").InferenceSession(
        str(folder / NETWORK), session_options(threads=0), providers=["CPUExecutionProvider"]
    )
    found = vectors(checkpoint, session)
    _check(found, checkpoint.predictions(TEXTS), checkpoint, precision)
    _write_json(folder / FEATURIZER, describe_featurizer(checkpoint.featurizer.config))
    _write_json(
        folder / PRICING,
        describe_pricing(checkpoint.config.network, checkpoint.target, calibration, precision),
    )
    _write_json(folder / VECTORS, {"format_version": VERSION, "coverage": COVERAGE, "vectors": found})


def _check(found: list[dict[str, Any]], wanted: Predictions, checkpoint: Checkpoint, precision: str) -> None:
    """Raise CheckpointError where the graph does not say what the network does."""
    log_price = checkpoint.target.to_log(np.array([each["standardised"] for each in found]))
    familiarity = np.array([each["familiarity"] for each in found])
    differ = max(np.abs(log_price - wanted.log_price).max(), np.abs(familiarity - wanted.familiarity).max())
    if not differ <= TOLERANCE[precision]:
        raise CheckpointError(
            f"The exported graph and the network differ by {differ:.2g}: the onnxruntime here computes otherwise. "
            "Install the versions of requirements-onnx.txt."
        )


def _write_json(path: Path, members: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(members, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")

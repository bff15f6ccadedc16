"""What is known of the model that prices, and of the machine that it runs on."""

from __future__ import annotations

import math
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import safe_open

from pricer.checkpoint_config import WEIGHTS

if TYPE_CHECKING:
    from pricer.checkpoint import Checkpoint
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

PACKAGES = ("torch", "numpy", "scikit-learn", "gradio", "huggingface_hub", "safetensors")  # whose versions are told
TIMED_PRICES = 30
VOCABULARY = "columns."  # which words have a column, and how rare they are
_KINDS = {
    "compact": "compact: hashed words, eight small networks on one table",
    "deep": "deep residual network of the course",
    "ridge": "ridge on hashed words",
}
_STATUS = Path("/proc/self/statm")  # Linux


@dataclass(frozen=True)
class ModelFacts:
    """A checkpoint and how it computes here."""

    name: str
    source: str  # "built-in", a folder's name, or a Hub repo with its revision
    digest: str  # SHA-256 of the config, which has those of all other files
    kind: str
    parameters: int  # trained numbers
    size_bytes: int  # of the checkpoint's files; 0 if it has none
    device: str
    precision: str
    trained_with: dict[str, str]  # versions of libraries

    @classmethod
    def of(cls, runner: DeepNeuralNetworkRunner) -> ModelFacts:
        checkpoint = runner.checkpoint
        config, folder = checkpoint.config, checkpoint.folder
        kind = config.network.get("kind", "")
        return cls(
            name=config.name,
            source=runner.source,
            digest=checkpoint.digest,
            kind=_KINDS.get(kind, kind),
            parameters=_parameters(checkpoint),
            size_bytes=sum((folder / name).stat().st_size for name in config.files) if folder else 0,
            device=str(runner.device),
            precision=runner.precision if runner.runtime == "torch" else f"{runner.precision}, by onnxruntime",
            trained_with=config.libraries,
        )


@dataclass(frozen=True)
class Diagnostics:
    """The process that prices, at one moment."""

    versions: dict[str, str]
    threads: int  # that torch computes with
    cores: int
    memory_bytes: int | None  # resident; None where this system does not say
    price_ms: float  # median time of one text, warm

    @classmethod
    def of(cls, runner: DeepNeuralNetworkRunner) -> Diagnostics:
        """Prices the same text some times over to time it."""
        import torch

        from pricer.checkpoint import GOLDEN_TEXT

        seconds = []
        for _ in range(TIMED_PRICES):
            started = time.perf_counter()
            runner.price([GOLDEN_TEXT])
            seconds.append(time.perf_counter() - started)
        return cls(
            versions=_versions(),
            threads=torch.get_num_threads(),
            cores=os.cpu_count() or 1,
            memory_bytes=resident_bytes(),
            price_ms=1000 * statistics.median(seconds),
        )


def _parameters(checkpoint: Checkpoint) -> int:
    """Numbers in the weights' file, whatever they were made into to compute; the words' own columns are no weights."""
    if checkpoint.folder is None:
        return sum(each.numel() for each in checkpoint.network.parameters())
    with safe_open(checkpoint.folder / WEIGHTS, "np") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys() if not name.startswith(VOCABULARY)]  # noqa: SIM118
    return sum(math.prod(shape) for shape in shapes)


def resident_bytes() -> int | None:
    """Memory that this process holds; where the system tells only its peak, that; None where it tells neither."""
    if _STATUS.is_file():
        return int(_STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _versions() -> dict[str, str]:
    from pricer import __version__

    found = {"pricer": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # gradio: the core does without
            continue
    return found

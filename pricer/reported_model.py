"""The model that a report tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricer.checkpoint_config import REFERENCE

if TYPE_CHECKING:
    from pricer.checkpoint_config import CheckpointConfig
    from pricer.deep_neural_network import DeepNeuralNetworkRunner


@dataclass(frozen=True)
class ReportedModel:
    """What priced, as a report tells of it."""

    config: CheckpointConfig
    source: str  # "built-in", a folder's name, or a Hub repo with its revision
    device: str
    precision: str
    has_reference: bool = False  # whether the checkpoint has texts to compare a batch with

    @classmethod
    def of(cls, runner: DeepNeuralNetworkRunner) -> ReportedModel:
        """What a runner of this process prices with, now."""
        checkpoint = runner.checkpoint
        has_reference = checkpoint.reference is not None
        return cls(checkpoint.config, runner.source, runner.device.name, runner.precision, has_reference)

    @classmethod
    def elsewhere(cls, config: CheckpointConfig, source: str, device: str, precision: str) -> ReportedModel:
        """What other machines priced with: a checkpoint's config is enough, and none of it is loaded here."""
        return cls(config, source, device, precision, REFERENCE in config.files)

    def to_dict(self) -> dict[str, str]:
        """Its name, where it came from, its SHA-256, and how it computes."""
        return {
            "name": self.config.name,
            "source": self.source,
            "sha256": self.config.digest,
            "device": self.device,
            "precision": self.precision,
        }

    def __str__(self) -> str:
        return f"{self.config.name} ({self.source}, {self.config.digest[:12]}) on {self.device}, {self.precision}"

"""The model that a batch's report tells of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pricer.checkpoint_config import REFERENCE

if TYPE_CHECKING:
    from pricer.checkpoint_config import CheckpointConfig
    from pricer.deep_neural_network import DeepNeuralNetworkRunner


@dataclass(frozen=True)
class ReportedModel:
    """What priced a batch, as its report tells of it."""

    name: str
    source: str  # "built-in", a folder's name, or a Hub repo with its revision
    sha256: str  # of the config, which has those of all other files
    device: str
    precision: str
    has_reference: bool  # whether the checkpoint has texts to compare with

    @classmethod
    def of(cls, runner: DeepNeuralNetworkRunner) -> ReportedModel:
        """What a runner of this process prices with, now."""
        has_reference = runner.checkpoint.reference is not None
        checkpoint = runner.checkpoint.config.name, runner.source, runner.checkpoint.digest
        return cls(*checkpoint, runner.device.name, runner.precision, has_reference)

    @classmethod
    def elsewhere(cls, config: CheckpointConfig, source: str, device: str, precision: str) -> ReportedModel:
        """What other machines priced with: a checkpoint's config is enough, and none of it is loaded here."""
        return cls(config.name, source, config.digest, device, precision, REFERENCE in config.files)

    def to_dict(self) -> dict[str, str]:
        """All but what is no property of the model: strings."""
        return {name: value for name, value in asdict(self).items() if name != "has_reference"}

    def __str__(self) -> str:
        return f"{self.name} ({self.source}, {self.sha256[:12]}) on {self.device}, {self.precision}"

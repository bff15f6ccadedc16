"""The reference training loop: L1 loss, AdamW, cosine schedule, gradient clipping; resumable after every epoch."""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from pricer import durable
from pricer.errors import TrainingError
from pricer.inference import forward
from pricer.precision import dtype_of, multiplied_fast

if TYPE_CHECKING:
    from pricer.featurised import Rows
    from pricer.residual_network import DeepNeuralNetwork
    from pricer.target import Target

STATE = "state.safetensors"  # tensors, and in its metadata how far the run has come
PROGRESS = "progress"  # member of that metadata


@dataclass(frozen=True)
class TrainingConfig:
    """Hyper-parameters of the reference preset, as the course's original."""

    batch_size: int = 64  # items per step
    learning_rate: float = 0.001  # of AdamW at the first epoch
    weight_decay: float = 0.01  # decoupled, as in AdamW (Loshchilov & Hutter 2019)
    schedule_epochs: int = 10  # half a period of the cosine schedule (T_max), epochs
    clip_norm: float = 1.0  # largest norm of the whole gradient
    seed: int = 42  # of the shuffle and of dropout
    precision: str = "auto"  # of the blocks' products; "auto": bf16 where the device multiplies it faster, else fp32

    @classmethod
    def of_batch(cls, batch_size: int) -> TrainingConfig:
        """Larger or smaller steps than the original's: the rate grows with the root of the batch.

        That rule is Adam's (Malladi et al., 2022: the noise of a step falls with the root of its batch).
        """
        usual = cls()
        rate = usual.learning_rate * math.sqrt(batch_size / usual.batch_size)
        return cls(batch_size=batch_size, learning_rate=rate)


@dataclass(frozen=True)
class Split:
    """Featurised items."""

    rows: Rows  # (n_items, n_features); those to validate with are a csr_matrix
    prices: np.ndarray  # (n_items,), dollars

    def __len__(self) -> int:
        return len(self.prices)


@dataclass(frozen=True)
class EpochReport:
    """What one pass over the training items came to."""

    epoch: int  # counted from 1
    train_loss: float  # mean absolute error of standardised log prices
    validation_loss: float  # the same on the validation items; NaN without any
    validation_mae_usd: float  # mean absolute error in dollars; NaN without validation items
    learning_rate: float

    def __str__(self) -> str:
        return (
            f"Epoch {self.epoch}: train loss {self.train_loss:.4f}, validation loss {self.validation_loss:.4f}, "
            f"validation MAE ${self.validation_mae_usd:.2f}, learning rate {self.learning_rate:.6f}"
        )


class Trainer:
    """Trains a network epoch by epoch; deterministic, whether interrupted or not.

    Every epoch seeds its shuffle and its dropout from the config's seed and its own number, so nothing but weights,
    optimizer and schedule has to be kept between epochs.
    """

    def __init__(
        self,
        network: DeepNeuralNetwork,
        train: Split,
        validation: Split,
        target: Target,
        device: torch.device,
        config: TrainingConfig | None = None,
    ) -> None:
        self.config = config or TrainingConfig()
        self.network = network.to(device)
        self.device = device
        self.target = target
        self.train_split = train
        self.validation_split = validation
        self.reports: list[EpochReport] = []
        self.seconds = 0.0  # that the reported epochs took
        self._wanted = torch.from_numpy(target.to_standardised(train.prices).astype(np.float32)).to(device)
        self._dtype = training_dtype(self.config.precision, network, device)
        self._loss = nn.L1Loss()
        self._optimizer = torch.optim.AdamW(  # fused: one pass over the weights, not a dozen
            network.parameters(), lr=self.config.learning_rate, weight_decay=self.config.weight_decay, fused=True
        )
        self._scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimizer, T_max=self.config.schedule_epochs)

    def run(self, epochs: int, state_dir: Path | None = None, *, quiet: bool = False) -> list[EpochReport]:
        """Train for `epochs` more epochs; with a state folder, up to `epochs` in all, going on from what it holds.

        Raises
        ------
        TrainingError
            The state folder belongs to another run, or the loss is not finite.
        """
        if state_dir is not None:
            self._restore(state_dir)
            epochs -= len(self.reports)
        for _ in range(epochs):
            started = time.perf_counter()
            self.reports.append(self._epoch(len(self.reports) + 1, quiet))
            self.seconds += time.perf_counter() - started
            if not quiet:
                tqdm.write(str(self.reports[-1]), file=sys.stderr)
            if state_dir is not None:
                self._keep(state_dir)
        return self.reports

    def _epoch(self, number: int, quiet: bool) -> EpochReport:
        learning_rate = float(self._scheduler.get_last_lr()[0])
        torch.manual_seed(self.config.seed + number)
        order = np.random.default_rng(self.config.seed + number).permutation(len(self.train_split))
        starts = range(0, len(order), self.config.batch_size)
        self.network.train()
        total = torch.zeros((), device=self.device)  # read once an epoch: reading it waits for a GPU
        self.network.compute_dtype = self._dtype
        try:
            for start in tqdm(starts, desc=f"Epoch {number}", unit="batch", leave=False, disable=quiet):
                chosen = order[start : start + self.config.batch_size]
                total += self._step(chosen) * len(chosen)
        finally:  # a run that is interrupted leaves a network that prices in its weights' own format
            self.network.compute_dtype = None
        if not math.isfinite(total):
            raise TrainingError("The training loss is not finite: lower the learning rate or check the prices.")
        self._scheduler.step()
        return EpochReport(number, float(total) / len(order), *self._validate(), learning_rate)

    def _step(self, chosen: np.ndarray) -> torch.Tensor:
        """One step on some of the items; gives their mean loss."""
        found = self.network.head(self.network.embed(self.train_split.rows[chosen], self.device))
        loss = self._loss(found[:, 0], self._wanted[torch.from_numpy(chosen).to(self.device, non_blocking=True)])
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), max_norm=self.config.clip_norm)
        self._optimizer.step()
        return loss.detach()

    def _validate(self) -> tuple[float, float]:
        """Loss and mean absolute error in dollars on the validation items."""
        if not len(self.validation_split):
            return math.nan, math.nan
        found = forward(self.network, self.validation_split.rows, self.device)[:, 0]
        prices = self.validation_split.prices
        loss = np.abs(found - self.target.to_standardised(prices)).mean()
        mae = np.abs(self.target.to_dollars(self.target.to_log(found)) - prices).mean()
        return float(loss), float(mae)

    @cached_property
    def _fingerprint(self) -> str:
        """What a kept state belongs to: the config and the training data."""
        settings = [asdict(each) for each in (self.config, self.network.config, self.target)]
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        rows = self.train_split.rows
        for array in (rows.indptr, rows.indices, self.train_split.prices):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def _keep(self, folder: Path) -> None:
        """Write weights, optimizer and progress as one file, which appears whole: a kill costs an epoch at most.

        Raises
        ------
        TrainingError
            The folder does not take it.
        """
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        for index, slots in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in slots.items()}
        progress = {
            "fingerprint": self._fingerprint,
            "reports": [asdict(report) for report in self.reports],
            "scheduler": self._scheduler.state_dict(),
            "seconds": self.seconds,
        }
        state = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with durable.fresh_file(folder / STATE) as fresh:
                save_file(state, fresh, {PROGRESS: json.dumps(progress)})
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"The state of the training cannot be kept in {folder} ({error}): make room, then run it again; "
                "it goes on from its last epoch that was kept."
            ) from error

    def _restore(self, folder: Path) -> None:
        """Go on from what is kept in a folder, if anything is.

        Raises
        ------
        TrainingError
            It belongs to another run, or is damaged.
        """
        if not (folder / STATE).is_file():
            return
        try:
            with safe_open(folder / STATE, "pt") as file:
                progress = json.loads(file.metadata()[PROGRESS])
                if progress["fingerprint"] != self._fingerprint:
                    raise TrainingError(
                        f"{folder} holds the state of a run with other data or settings: "
                        "remove it, or choose another folder."
                    )
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
            self._take(tensors, progress)
        except (SafetensorError, OSError, RuntimeError, TypeError, ValueError, KeyError) as error:
            raise TrainingError(
                f"The state of the training in {folder} is damaged ({error}): remove it to start afresh."
            ) from error

    def _take(self, tensors: dict[str, torch.Tensor], progress: dict[str, Any]) -> None:
        weights = {name.removeprefix("network."): each for name, each in tensors.items() if name.startswith("network.")}
        self.network.load_state_dict(weights)
        parameters = list(self.network.parameters())
        slots: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, slot = name.split(".")
                slots.setdefault(int(index), {})[slot] = _laid_out_like(parameters[int(index)], tensor)
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": slots})
        # The learning rate lives in the optimizer's groups; the schedule only counts epochs.
        self._scheduler.load_state_dict(progress["scheduler"])
        for group, rate in zip(self._optimizer.param_groups, self._scheduler.get_last_lr(), strict=True):
            group["lr"] = rate
        self.reports = [EpochReport(**report) for report in progress["reports"]]
        self.seconds = progress.get("seconds", 0.0)


def training_dtype(precision: str, network: DeepNeuralNetwork, device: torch.device) -> torch.dtype | None:
    """What the blocks' products are computed in while training; None for the weights' own format."""
    if precision == "auto":
        precision = "bf16" if not network.is_small and "bf16" in multiplied_fast(device.type) else "fp32"
    return dtype_of(precision)


def _laid_out_like(parameter: torch.Tensor, slot: torch.Tensor) -> torch.Tensor:
    """What is kept of a parameter, in the order in memory that the parameter has: the fused optimizer goes by it."""
    return torch.empty_like(parameter.detach()).copy_(slot) if slot.shape == parameter.shape else slot

"""A checkpoint: a folder with everything that pricing needs, loaded strictly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.sparse import csr_matrix
from torch import nn

from pricer.card import model_card
from pricer.checkpoint_config import (
    CALIBRATION,
    CARD,
    CONFIG,
    REFERENCE,
    SEEN,
    TEST_SPLIT,
    WEIGHTS,
    CheckpointConfig,
    check_replaceable,
    json_object,
    read_text,
    replacing,
    sha256,
    verify,
)
from pricer.drift.reference import Reference, text_lengths
from pricer.errors import CheckpointError, NotReadyError, UserError
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.inference import Predictions, predict
from pricer.int8_network import Int8Network
from pricer.intervals import Calibration
from pricer.networks import Network, build_network, describe_network
from pricer.onnx.engine import OnnxNetwork
from pricer.precision import dtype_of, pick_precision
from pricer.residual_network import DeepNeuralNetwork
from pricer.runtime import pick_runtime
from pricer.seen import KnownWords, SeenTexts
from pricer.target import Target

GOLDEN_TEXT = "Stainless steel electric kettle, 1.7 liters, with automatic shut-off"
# Relative difference to the stored prediction, or one cent; numbers of fewer bits come in after the check.
GOLDEN_TOLERANCE = {"fp32": 1e-3, "bf16": 1e-3, "fp16": 1e-3, "int8": 0.1}
LIBRARIES = ("numpy", "scikit-learn", "scipy", "torch")  # whose versions are noted


@dataclass
class Checkpoint:
    """A network with everything that pricing needs."""

    config: CheckpointConfig
    featurizer: Featurizer
    network: Network  # on any device
    target: Target
    calibration: Calibration | None  # None only before a run's network was calibrated; never in a folder
    seen_texts: SeenTexts
    known_words: KnownWords | None  # None where the network itself knows its words
    reference: Reference | None = None  # what batches are compared with; None before calibration
    card: str = ""  # README.md, the model card; empty: one is made of the config
    test_split: Path | None = None  # a Parquet file of items
    folder: Path | None = None  # where it was loaded from
    precision: str = "fp32"  # that the network computes in; see `pricer.precision`
    # Calls `forward` where there is what it needs, such as on a borrowed GPU; None: here.
    elsewhere: Callable[[csr_matrix], Predictions] | None = None
    runtime: str = "torch"  # that computes it; see `pricer.runtime`

    @property
    def digest(self) -> str:
        """SHA-256 of the config, which has those of all other files."""
        return self.config.digest

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters(), torch.empty(0)).device  # without any, onnxruntime computes on the CPU

    def predictions(self, texts: Sequence[str]) -> Predictions:
        """What the network makes of these texts."""
        found = self._predict(texts)
        return found if self.known_words is None else found._replace(familiarity=self.known_words.share(texts))

    def log_prices(self, texts: Sequence[str]) -> np.ndarray:
        """Log1p prices of texts alone, log dollars, shape (n_texts,)."""
        return self._predict(texts).log_price

    def _predict(self, texts: Sequence[str]) -> Predictions:
        rows = self.featurizer.transform(texts)
        return self.elsewhere(rows) if self.elsewhere else self.forward(rows)

    def forward(self, rows: csr_matrix) -> Predictions:
        """What the network makes of rows (n_texts, n_features): all that computes."""
        return predict(self.network, self.target, rows, self.device)

    def prices(self, found: Predictions, coverage: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Price and lower and upper end of its range in dollars, each (n_texts,); NaN ends before calibration."""
        if self.calibration is None:
            low = high = np.full(len(found.log_price), np.nan)
        else:
            low, high = self.calibration.bounds(*found, coverage)
        return (
            self.target.to_dollars(found.log_price),
            self.target.to_dollars(low),
            self.target.to_dollars(high),
        )

    def typical_error(self, found: Predictions) -> np.ndarray:
        """Dollars that about half of such prices are off by at most, each (n_texts,); NaN before calibration.

        Half the width of the range that holds half of the prices: (high - low) / 2 at a coverage of 0.5, the quartiles
        of the held-out residuals at each text's own scale.  The median absolute error of texts like this one, as far
        as residuals lie evenly around the price.
        """
        _, low, high = self.prices(found, 0.5)
        return (high - low) / 2

    def calibrate(self, texts: Sequence[str], prices: np.ndarray, found: Predictions | None = None) -> None:
        """Fit the ranges on held-out texts and their prices in dollars; batches are compared with the same texts.

        `found` is what networks that had not seen them made of the texts; without it, this network is asked.
        """
        found = found or self.predictions(texts)
        self.calibration = Calibration.fit(np.log1p(prices), *found)
        dollars = self.target.to_dollars(found.log_price)
        self.reference = Reference.of(text_lengths(texts), found.familiarity, dollars)

    def save(self, folder: Path) -> None:
        """Write the folder, which appears whole or not at all; an older checkpoint in its place is replaced.

        Raises
        ------
        UserError
            The folder holds anything else than a checkpoint, or cannot be written.
        NotReadyError
            The network has no calibrated ranges yet.
        """
        if self.calibration is None:
            raise NotReadyError("This network has no calibrated ranges: give the runner validation items and train it.")
        check_replaceable(folder)
        try:
            with replacing(folder) as fresh:
                self._write(fresh, self.calibration)
        except (OSError, SafetensorError) as error:
            raise UserError(f"{folder} cannot be written ({error}): make room or choose another folder.") from error
        if self.test_split is not None:
            self.test_split = folder / TEST_SPLIT

    def _write(self, folder: Path, calibration: Calibration) -> None:
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.network.state_dict().items()}
        save_file(state, folder / WEIGHTS)
        seen = {"texts": torch.from_numpy(self.seen_texts.hashes)}
        if self.known_words is not None:
            seen["words"] = torch.from_numpy(self.known_words.bits)
        save_file(seen, folder / SEEN)
        _write_json(folder / CALIBRATION, calibration.to_dict())
        if self.reference is not None:
            _write_json(folder / REFERENCE, self.reference.to_dict())
        (folder / CARD).write_text(self.card or model_card(self.config, "", calibration.n_rows), encoding="utf-8")
        if self.test_split is not None:
            shutil.copyfile(self.test_split, folder / TEST_SPLIT)
        self.config = replace(
            self.config,
            featurizer=asdict(self.featurizer.config),
            network=describe_network(self.network),
            target=asdict(self.target),
            golden=self.config.golden or {"text": GOLDEN_TEXT, "price": self._price(GOLDEN_TEXT)},
            libraries=self.config.libraries or {name: version(name).split("+")[0] for name in LIBRARIES},
            files={each.name: sha256(each) for each in sorted(folder.iterdir())},
        )
        (folder / CONFIG).write_text(self.config.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, precision: str = "fp32", device: str = "cpu", runtime: str = "torch") -> Checkpoint:
        """Read a folder, on the CPU: every file's hash, every key and shape, finite numbers, and a golden prediction.

        Parameters
        ----------
        folder
            The checkpoint.
        precision, device, runtime
            As in `pick_precision` and `pick_runtime`; the device is the one that the network will be moved to.

        Raises
        ------
        CheckpointError
            The folder is no checkpoint, comes from another format version, or is damaged.
        DeviceError
            The model cannot be had in this precision on this device, or by this runtime.
        UserError
            The runtime is not installed.
        """
        config = verify(folder)
        try:
            runtime = pick_runtime(runtime, device, config.network, precision)
            precision = pick_precision(precision, device, config.network, runtime)
            checkpoint = cls._read(folder, config, precision, runtime)
        except (TypeError, ValueError, KeyError, OverflowError, RuntimeError) as error:
            raise CheckpointError(f"{folder.name} describes no model that this Pricer knows ({error}).") from error
        checkpoint._check_golden(folder.name)
        if isinstance(checkpoint.network, DeepNeuralNetwork) and (lower := dtype_of(checkpoint.precision)):
            checkpoint.network.round_for_pricing(lower)
        return checkpoint

    @classmethod
    def _read(cls, folder: Path, config: CheckpointConfig, precision: str, runtime: str) -> Checkpoint:
        network = _load_network(folder / WEIGHTS, config, precision, runtime)
        seen = _load_tensors(folder / SEEN)
        return cls(
            config=config,
            featurizer=Featurizer(FeaturizerConfig(**config.featurizer)),
            network=network.eval(),
            target=Target(**config.target),
            calibration=Calibration.from_dict(_read_json(folder / CALIBRATION)),
            seen_texts=SeenTexts(seen["texts"].numpy()),
            known_words=KnownWords(seen["words"].numpy()) if "words" in seen else None,
            reference=Reference.from_dict(_read_json(folder / REFERENCE)) if REFERENCE in config.files else None,
            card=read_text(folder / CARD),
            test_split=folder / TEST_SPLIT if TEST_SPLIT in config.files else None,
            folder=folder,
            precision=precision,
            runtime=runtime,
        )

    def _price(self, text: str) -> float:
        return float(self.target.to_dollars(self.log_prices([text]))[0])

    def _check_golden(self, name: str) -> None:
        text, wanted = self.config.golden.get("text"), self.config.golden.get("price")
        if not isinstance(text, str) or not isinstance(wanted, float):
            raise CheckpointError(f"{name} has no golden prediction to check it by: make the checkpoint again.")
        price = self._price(text)
        if not abs(price - wanted) <= max(0.01, GOLDEN_TOLERANCE[self.precision] * wanted):  # so put, NaN fails
            raise CheckpointError(
                f"{name} prices its golden text at ${price:.2f}, not ${wanted:.2f} as when it was made: "
                "the libraries here compute otherwise. Install the versions of requirements.txt."
            )


def check_state(state: Any, network: nn.Module, where: str) -> None:
    """Refuse weights that do not fit the network key by key and shape by shape, or are not finite.

    Raises
    ------
    CheckpointError
        With the first misfit and what was expected.
    """
    expected = network.state_dict()
    if not isinstance(state, Mapping) or not all(isinstance(each, torch.Tensor) for each in state.values()):
        raise CheckpointError(f"{where} holds no state dict: expected tensors by name.")
    _check_names(state.keys(), expected.keys(), where)
    for name, tensor in state.items():
        _check_tensor(name, tensor, expected[name], where)


def _check_names(found: Set[str], expected: Set[str], where: str) -> None:
    if missing := sorted(expected - found):
        raise CheckpointError(f"{where} lacks {len(missing)} tensors, the first is {missing[0]}.")
    if unknown := sorted(found - expected):
        raise CheckpointError(f"{where} has {len(unknown)} unexpected tensors, the first is {unknown[0]}.")


def _check_tensor(name: str, tensor: torch.Tensor, expected: torch.Tensor, where: str) -> None:
    if tensor.shape != expected.shape:
        raise CheckpointError(
            f"{where}: {name} has the shape {tuple(tensor.shape)}, expected {tuple(expected.shape)}. "
            "These weights belong to a network of other sizes."
        )
    if tensor.dtype != expected.dtype:
        raise CheckpointError(f"{where}: {name} has the type {tensor.dtype}, expected {expected.dtype}.")
    if tensor.dtype.is_floating_point and not torch.isfinite(tensor).all():
        raise CheckpointError(f"{where}: {name} has values that are not finite. Do not use these weights.")


def _load_network(path: Path, config: CheckpointConfig, precision: str, runtime: str) -> Network:
    """The network of a checkpoint, its tensors checked; it is mapped into memory, not read."""
    network, where = build_network(config.network), f"{path.parent.name}/{path.name}"
    if runtime == "torch" and precision == "int8" and isinstance(network, DeepNeuralNetwork):
        return Int8Network(network.config, _one_by_one(path, network.state_dict(), where)).eval()
    state = _load_tensors(path)
    check_state(state, network, where)
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval() if runtime == "torch" else OnnxNetwork(network, precision).eval()


def _one_by_one(path: Path, expected: Mapping[str, torch.Tensor], where: str) -> Callable[[str], torch.Tensor]:
    """A file's tensors by name, of which memory only holds those that are in use."""
    with _safetensors(path) as file:
        _check_names(set(file.keys()), expected.keys(), where)

    def read(name: str) -> torch.Tensor:
        with _safetensors(path) as file:  # anew for each: what was read of a file counts until it is closed
            tensor = file.get_tensor(name)
        _check_tensor(name, tensor, expected[name], where)
        return tensor

    return read


def _write_json(path: Path, members: dict[str, Any]) -> None:
    path.write_text(json.dumps(members, indent=2) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    return json_object(read_text(path), f"{path.parent.name}/{path.name}")


def _load_tensors(path: Path) -> dict[str, torch.Tensor]:
    with _safetensors(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)


@contextmanager
def _safetensors(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.parent.name}/{path.name} is no safetensors file: download it again.") from error

"""The course's bare state dict (.pth) made into a checkpoint, proven to price as the original code did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tqdm import tqdm

from pricer import state_dict_file
from pricer.checkpoint import Checkpoint, check_state
from pricer.checkpoint_config import CheckpointConfig, check_replaceable, replacing
from pricer.errors import CheckpointError, UserError
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.intervals import Calibration
from pricer.legacy_proof import SAMPLE_TEXTS, Proof, State, original_prices
from pricer.residual_network import DeepNetworkConfig, DeepNeuralNetwork
from pricer.seen import SeenCounter, SeenTexts
from pricer.target import Target

if TYPE_CHECKING:
    from pricer.item_stream import ItemStream
    from pricer.items import Item

NAME = "reference network, imported"
SAMPLE_ITEMS = 20  # whose prices are compared


@dataclass(frozen=True)
class Imported:
    """What an import came to."""

    proof: Proof
    target: Target
    calibrated_on: int  # validation items; 0 if there were none
    accuracy: dict[str, Any]  # on these, as `evaluate --json`; empty without any


def import_state_dict(
    path: Path,
    out: Path,
    train: ItemStream | None = None,
    validation: Sequence[Item] = (),
    target: Target | None = None,
) -> Imported:
    """Make a checkpoint of the course's state dict; the folder appears only if it prices as the original does.

    Tensors are mapped into memory, not read: the full network needs less than twice its size.

    Parameters
    ----------
    path
        The state dict.  Its shapes tell the network's sizes.
    out
        Folder for the checkpoint.
    train
        Items that the network was trained on: they tell the target, unless it is given, and what the network knows.
    validation
        Items to calibrate the ranges on; without any, these are as wide as the spread of all training prices.
    target
        Mean and standard deviation of the training items' log1p prices, which a state dict lacks.

    Raises
    ------
    CheckpointError
        The file is no state dict of this network, or the checkpoint would price otherwise than the original code.
    UserError
        Neither a target nor items to take it from are given, or the folder holds something else.
    """
    check_replaceable(out)
    with replacing(out) as fresh:
        texts, original, imported = _write(path, fresh, train, validation, target)
        ours = _prices(fresh, texts)  # by the folder that was written, as anyone will load it
        proof = Proof(original, ours)
        if not proof.holds:
            table = "\n".join(proof.lines())
            raise CheckpointError(
                f"{path.name} would not price as the original code does, so nothing was written. Check that it was "
                f"trained on hashed words as the course's were.\n{table}"
            )
    return replace(imported, proof=proof)


def sizes(state: State, where: str) -> DeepNetworkConfig:
    """The sizes of the network that a state dict belongs to.

    Raises
    ------
    CheckpointError
        It belongs to no network of this kind.
    """
    first = state.get("input_layer.0.weight")
    if first is None or first.ndim != 2:
        raise CheckpointError(
            f"{where} is no state dict of the course's network: expected input_layer.0.weight with two dimensions, "
            f"found {len(state)} tensors{', such as ' + next(iter(state)) if state else ''}."
        )
    blocks = {name.split(".")[1] for name in state if name.startswith("residual_blocks.")}
    return DeepNetworkConfig(input_size=first.shape[1], num_layers=len(blocks) + 2, hidden_size=first.shape[0])


def _write(
    path: Path, folder: Path, train: ItemStream | None, validation: Sequence[Item], target: Target | None
) -> tuple[Sequence[str], np.ndarray, Imported]:
    """Write the checkpoint; gives sample texts, their prices by the original code, and what is known so far."""
    from pricer.presets import accuracy_on

    state = state_dict_file.read(path)
    network = _network(state, path.name)
    checkpoint = _described(network, train, target)
    accuracy: dict[str, Any] = {}
    if validation:
        prices = np.array([item.price for item in validation])
        checkpoint.calibrate([item.summary for item in validation], prices)
        accuracy = accuracy_on(checkpoint, validation, "validation items, on which the ranges were calibrated")
        checkpoint.config = replace(checkpoint.config, accuracy=accuracy)
    else:
        checkpoint.calibration = Calibration.of_spread(checkpoint.target.mean, checkpoint.target.std)
    checkpoint.save(folder)
    samples = validation or list(islice(train or (), SAMPLE_ITEMS))
    texts = [item.summary for item in samples[:SAMPLE_ITEMS]] or SAMPLE_TEXTS
    original = original_prices(state, checkpoint.target, texts)
    return texts, original, Imported(Proof(original, original), checkpoint.target, len(validation), accuracy)


def _network(state: State, where: str) -> DeepNeuralNetwork:
    with torch.device("meta"):
        network = DeepNeuralNetwork(**asdict(sizes(state, where)))
    check_state(state, network, where)
    network.load_state_dict(dict(state), assign=True)
    return network.eval()


def _described(network: DeepNeuralNetwork, train: ItemStream | None, target: Target | None) -> Checkpoint:
    """The network with what its training items tell, as far as they are known."""
    config, seen_texts, known_words = CheckpointConfig(NAME, {}, {}, {}), SeenTexts(np.empty(0, dtype=np.int64)), None
    if train is not None:
        prices, seen = _seen(train)
        config, seen_texts, known_words = _config(prices), seen.seen_texts(), seen.known_words()
        target = target or Target.fit(prices)
    if target is None:
        raise UserError(
            "A state dict does not hold the mean and deviation of its training prices: give the training items "
            "(--data), or both numbers (--mean 4.4349 --std 1.0329 are those of the course's full dataset)."
        )
    features = replace(FeaturizerConfig.reference(), word_buckets=network.config.input_size)
    return Checkpoint(config, Featurizer(features), network, target, None, seen_texts, known_words)


def _seen(train: ItemStream) -> tuple[np.ndarray, SeenCounter]:
    """Prices (n_items,) of the items in dollars, and what their texts are."""
    seen, prices = SeenCounter(), [np.empty(0)]
    with tqdm(desc="Reading", unit="item", leave=False) as bar:
        for chunk in train.chunks():
            seen.add([item.summary for item in chunk])
            prices.append(np.array([item.price for item in chunk]))
            bar.update(len(chunk))
    return np.concatenate(prices), seen


def _config(prices: np.ndarray) -> CheckpointConfig:
    config = CheckpointConfig.of_training(NAME, prices)
    return replace(config, training=replace(config.training, sources={"training items": len(prices)}))


def _prices(folder: Path, texts: Sequence[str]) -> np.ndarray:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    runner = DeepNeuralNetworkRunner.from_pretrained(folder, device="cpu", precision="fp32", runtime="torch")
    return runner.price(texts).price

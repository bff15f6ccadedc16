"""The runner through which everything is priced; the notebooks import it, and its network, from here."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import numpy as np
import torch

from pricer import notebook, state_dict_file, zero_gpu
from pricer.checkpoint import Checkpoint, check_state
from pricer.checkpoint_config import CheckpointConfig
from pricer.device import Device, hardware, pick_device
from pricer.errors import CheckpointError, DeviceError, HubError, NotReadyError, SettingError
from pricer.explain import Explanation, explain
from pricer.featurised import Featurised
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.hub import FALLBACK, download, locate, parse_repo, push
from pricer.inference import Predictions, fit_blocks
from pricer.intervals import COVERAGES
from pricer.item_stream import ItemStream
from pricer.items import Item, Items, check_texts
from pricer.memory import ran_out_on_gpu
from pricer.residual_network import DeepNeuralNetwork, ResidualBlock
from pricer.target import Target
from pricer.training import EpochReport, Split, Trainer, TrainingConfig
from pricer.what_if import Comparison, compare

if TYPE_CHECKING:
    from pricer.evaluation import Evaluation

T = TypeVar("T")

SEED = 42
WARM_UP_TEXT = "kettle"
_logger = logging.getLogger(__name__)
_MOVING = Lock()  # held while a runner goes over to the CPU; no runner has one of its own, as locks are not pickled


class Prices(NamedTuple):
    """Prices of texts, each an array of shape (n_texts,) in dollars."""

    price: np.ndarray
    low: np.ndarray  # lower end of the range
    high: np.ndarray  # upper end of the range

    def __repr__(self) -> str:
        return notebook.prices_line(self)

    def _repr_html_(self) -> str:
        return notebook.prices_html(self)


@dataclass(frozen=True)
class Quotes:
    """Prices of texts with what is known about each; arrays of shape (n_texts,)."""

    price: np.ndarray  # dollars
    low: np.ndarray  # dollars
    high: np.ndarray  # dollars
    familiarity: np.ndarray  # how much of the text training has seen, 0-1
    typical_error: np.ndarray  # dollars that half of such prices are off by at most; see `Checkpoint.typical_error`
    warnings: list[list[str]]  # plain sentences, one list per text

    def __repr__(self) -> str:
        return notebook.prices_line(self)

    def _repr_html_(self) -> str:
        return notebook.quotes_html(self)


class DeepNeuralNetworkRunner:
    """Trains, loads and prices: the one runner behind the notebooks, the page and the command line.

    Parameters
    ----------
    train, val
        Items to train on and to validate and calibrate with; not needed by `from_pretrained`.  Items to train on may
        be a stream, of which memory then holds only a part.
    network_options
        Sizes for `DeepNeuralNetwork` that differ from its defaults, such as `hidden_size=64`.

    Examples
    --------
    >>> runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    >>> runner
    <DeepNeuralNetworkRunner: Pricer compact (built-in) on cpu, fp32>
    >>> price, low, high = runner.price(["Steel kettle, 1.7 litres", "Cordless drill, 20 V, two batteries"])
    >>> price.shape, bool((low < price).all() and (price < high).all())
    ((2,), True)
    >>> [each.word for each in runner.explain("Steel kettle").words]
    ['Steel', 'kettle']
    """

    def __init__(
        self,
        train: Sequence[Item] | ItemStream = (),
        val: Sequence[Item] | ItemStream = (),
        **network_options: Any,
    ) -> None:
        self.train_data = train
        self.val_data = Items(val) if isinstance(val, ItemStream) else val
        self.network_options = network_options
        self.device = pick_device("auto")
        self.source = "trained here"
        self.notice = ""  # what the user should know of how the checkpoint was come by
        self._checkpoint: Checkpoint | None = None
        self._trainer: Trainer | None = None
        self._precision_asked = "auto"

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path | None = None,
        revision: str | None = None,
        device: str = "auto",
        precision: str = "auto",
        runtime: str = "auto",
    ) -> Self:
        """A runner for a checkpoint; no training data are needed.

        Parameters
        ----------
        source
            A folder, a Hub repo ("owner/name", also "owner/name@revision"), or None for the built-in checkpoint; should
            that be damaged, a smaller one takes its place and `notice` says so.
        revision
            Branch, tag or commit of a Hub repo.
        device, precision, runtime
            As in `pick_device`, `pick_precision` and `pick_runtime`; chosen once, so that a text has one price.

        Raises
        ------
        CheckpointError, HubError, DeviceError
            The checkpoint or the device cannot be had; the message says what to do.
        UserError
            The runtime is not installed.
        """
        runner = cls()
        runner.device = pick_device("cpu" if runtime == "onnx" and device == "auto" else device)
        runner._precision_asked = precision
        try:
            folder, runner.source = locate(source, revision)
            runner._checkpoint = Checkpoint.load(folder, precision, runner.device.name, runtime)
        except CheckpointError as error:
            if source is not None or not FALLBACK.is_dir():
                raise
            runner._checkpoint, runner.source = _fallback(error), "fallback"
            runner.notice = f"{error} Until then, prices come from a simpler model, which errs more."
        runner._settle(device)
        return runner

    @classmethod
    def from_pretrained_or_builtin(
        cls, source: str | None, device: str = "auto", precision: str = "auto", runtime: str = "auto"
    ) -> Self:
        """As `from_pretrained`, but with the built-in checkpoint where a Hub repo fails; `notice` then says so.

        Raises
        ------
        CheckpointError, DeviceError
            A folder is no checkpoint, or the device is missing: nothing that would pass by itself.
        """
        try:
            return cls.from_pretrained(source, device=device, precision=precision, runtime=runtime)
        except (HubError, CheckpointError) as error:
            if source is None or Path(source).expanduser().is_dir():
                raise
            runner = cls.from_pretrained(device=device)  # in its own precision, as another was meant for another model
            runner.notice = f"{error} {runner.notice or 'Until then, prices come from the built-in model.'}"
            return runner

    @classmethod
    def from_hub(
        cls,
        repo: str,
        revision: str | None = None,
        device: str = "auto",
        precision: str = "auto",
        runtime: str = "auto",
    ) -> Self:
        """As `from_pretrained`, but of a Hub repo alone: what strangers name is never taken for a folder here.

        Raises
        ------
        UserError
            The name is that of no repo, or the Hub does not give a checkpoint that runs here.
        """
        name, revision = parse_repo(repo, revision)
        folder = download(name, revision)
        runner = cls.from_pretrained(folder, device=device, precision=precision, runtime=runtime)
        runner.source = f"{name}@{folder.name[:7]}"
        return runner

    @classmethod
    def of_checkpoint(cls, checkpoint: Checkpoint, source: str = "trained here") -> Self:
        """A runner for a checkpoint in memory, on the device that its network is on."""
        runner = cls()
        runner.device, runner.source = pick_device(checkpoint.device.type), source
        runner._checkpoint = checkpoint
        return runner

    def __repr__(self) -> str:
        return notebook.runner_line(self)

    def _repr_html_(self) -> str:
        return notebook.runner_html(self)

    @property
    def is_ready(self) -> bool:
        """Whether there is a network."""
        return self._checkpoint is not None

    @property
    def checkpoint(self) -> Checkpoint:
        """The network with everything that pricing needs.

        Raises
        ------
        NotReadyError
            Neither `setup` nor `from_pretrained` was called.
        """
        if self._checkpoint is None:
            raise NotReadyError("This runner has no network yet: call setup(), or make it by from_pretrained().")
        return self._checkpoint

    @property
    def precision(self) -> str:
        """The number format that the network computes in: "fp32", "bf16", "fp16" or "int8"."""
        return self._checkpoint.precision if self._checkpoint else "fp32"

    @property
    def runtime(self) -> str:
        """What computes the network: "torch" or "onnx"."""
        return self._checkpoint.runtime if self._checkpoint else "torch"

    def setup(self, config: TrainingConfig | None = None, rows_dir: str | Path | None = None) -> None:
        """Featurise the training items, standardise their prices and build a fresh network.

        Parameters
        ----------
        config
            How to train; None: as the course's original.
        rows_dir
            Folder for the rows of a stream; None: a temporary one, which is removed with the runner.

        Raises
        ------
        TrainingError
            There are too few items or all prices are equal.
        """
        seed = config.seed if config else SEED
        np.random.seed(seed)
        torch.manual_seed(seed)
        featurizer = Featurizer(FeaturizerConfig.reference())
        train = self._featurised(featurizer, rows_dir)
        texts = [item.summary for item in self.val_data]
        validation = Split(featurizer.transform(texts), np.array([item.price for item in self.val_data]))
        target = Target.fit(train.prices)
        network = DeepNeuralNetwork(train.rows.shape[1], **self.network_options)
        split = Split(train.rows, train.prices)
        self._trainer = Trainer(network, split, validation, target, self.device.torch_device, config)
        self._checkpoint = Checkpoint(
            config=CheckpointConfig.of_training("reference network", train.prices),
            featurizer=featurizer,
            network=network,
            target=target,
            calibration=None,
            seen_texts=train.seen_texts,
            known_words=train.known_words,
        )

    def train(self, epochs: int = 5, state_dir: str | Path | None = None, *, quiet: bool = False) -> list[EpochReport]:
        """Train for some epochs, with a progress bar and a report per epoch; calibrate on the validation items.

        Parameters
        ----------
        epochs
            How many more passes over the training items.
        state_dir
            A folder to keep the state of each finished epoch in; a state found there is gone on from.
        quiet
            Show neither the bar nor the reports.
        """
        if self._trainer is None:
            raise NotReadyError("There is nothing to train yet: call setup() first.")
        reports = self._trainer.run(epochs, Path(state_dir) if state_dir else None, quiet=quiet)
        self._note_effort(self._trainer)
        self._calibrate()
        return reports

    def save(self, path: str | Path) -> None:
        """Write the network's weights as a bare state dict (.pth), as the course's notebooks do."""
        state_dict_file.write(self.checkpoint.network.state_dict(), Path(path))

    def load(self, path: str | Path) -> None:
        """Read a bare state dict (.pth) into the network that `setup` built.

        Raises
        ------
        CheckpointError
            The file is missing, is no plain state dict, or belongs to a network of other sizes.
        """
        network = self.checkpoint.network
        state = state_dict_file.read(Path(path))
        check_state(state, network, Path(path).name)
        network.load_state_dict(state)
        self._calibrate()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write a checkpoint folder, which `from_pretrained` reads."""
        self.checkpoint.save(Path(folder))

    def push_to_hub(
        self, repo: str, *, private: bool = False, revision: str | None = None, overwrite: bool = False
    ) -> str:
        """Upload the checkpoint to a Hub repo; returns its address.  Parameters and errors as in `pricer.hub.push`."""
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            return push(folder, repo, private, revision, overwrite)

    def inference(self, item: Item) -> float:
        """The price of one item in dollars."""
        return float(self.price([item.summary]).price[0])

    def price(self, texts: Sequence[str], coverage: float = 0.8) -> Prices:
        """Price texts.

        Parameters
        ----------
        texts
            Descriptions; as many as fit in memory.
        coverage
            Share of true prices that the ranges should contain, 0.5-0.95.

        Returns
        -------
        Prices
            Arrays `price, low, high` of shape (n_texts,), dollars.

        Raises
        ------
        TextError
            A text is empty, too long or no text.
        """
        return self._priced(texts, coverage)[0]

    def quote(self, texts: Sequence[str], coverage: float = 0.8) -> Quotes:
        """Price texts and say how familiar each is; parameters and errors as in `price`."""
        prices, found = self._priced(texts, coverage)
        warnings = self._warnings(found.familiarity, prices.price)
        return Quotes(*prices, found.familiarity, self.checkpoint.typical_error(found), warnings)

    def explain(self, text: str) -> Explanation:
        """What each word of a text adds to its price; see `pricer.explain`.

        Raises
        ------
        TextError
            The text is empty, too long or no text.
        """
        check_texts([text])
        return self._computed(lambda checkpoint: explain(text, checkpoint.log_prices))

    def compare(self, before: str, after: str) -> Comparison:
        """What the words that two texts do not share do to the price; see `pricer.what_if`.

        Raises
        ------
        TextError
            A text is empty, too long or no text.
        """
        check_texts([before, after])
        return self._computed(lambda checkpoint: compare(before, after, checkpoint.log_prices))

    def evaluate(self, items: Sequence[Item], *, exclude_seen: bool = False, coverage: float = 0.8) -> Evaluation:
        """How wrong the prices of items are; see `Evaluation`.

        Parameters
        ----------
        items
            Items with true prices.
        exclude_seen
            Leave out items whose text was trained on.
        coverage
            Share of true prices that the ranges should contain, 0.5-0.95.

        Raises
        ------
        ItemError
            There is no item to evaluate.
        """
        from pricer.evaluator import evaluate_runner

        *_, (_, evaluation) = evaluate_runner(self, items, exclude_seen=exclude_seen, coverage=coverage)
        assert evaluation is not None
        return evaluation

    def _settle(self, device: str) -> None:
        """Move the network to the device and warm it up; a device that was picked but fails gives way to the CPU."""
        if zero_gpu.here():
            self._settle_on_zero_gpu()
            return
        try:
            self.checkpoint.network.to(self.device.torch_device)
            fit_blocks(self.checkpoint.network, self.device.torch_device)
            self.checkpoint.predictions([WARM_UP_TEXT])
        except RuntimeError as error:  # torch's own, such as an operation that a device lacks
            if device != "auto" or self.device.name == "cpu":
                raise DeviceError(
                    f"The {self.device.name} device cannot run this model ({error}): use --device cpu."
                ) from error
            self._move_to_cpu(f"picked: {self.device.name} was found, but cannot run this model")

    def _move_to_cpu(self, reason: str) -> None:
        folder = self.checkpoint.folder
        if folder is not None:  # anew, as each device has precisions of its own
            self._checkpoint = Checkpoint.load(folder, self._precision_asked)
        self.checkpoint.network.to("cpu")
        self.device = Device("cpu", reason)

    def _computed(self, work: Callable[[Checkpoint], T]) -> T:
        """What the work makes of the checkpoint; anew on the CPU where a GPU has no room for a single row."""
        checkpoint = self.checkpoint
        try:
            return work(checkpoint)
        except RuntimeError as error:
            if self._trainer is not None or not ran_out_on_gpu(error):
                raise
        with _MOVING:  # outside of the handler, which holds on to what was on the GPU
            if self.checkpoint is checkpoint and self.device.name != "cpu":
                before = self.device.name
                self._move_to_cpu(f"{before} ran out of memory")
                self.notice = f"The {before} device ran out of memory: prices are computed on the CPU from now on."
                _logger.warning(self.notice)
        return work(self.checkpoint)

    def _settle_on_zero_gpu(self) -> None:
        """Borrow a GPU for each call, without a warm-up: there is none but while a visitor waits for a price."""
        checkpoint = self.checkpoint

        def forward(rows: Any) -> Predictions:  # plain, as the package keeps functions in a dictionary
            return checkpoint.forward(rows)

        borrowed = zero_gpu.borrowing(forward)  # in any case: a Space without such a function is ended
        if checkpoint.network.is_small:
            self.device = Device("cpu", "picked: this model is quicker here than a GPU is borrowed")
        if self.device.name == "cuda":
            checkpoint.network.to(self.device.torch_device)
            fit_blocks(checkpoint.network, self.device.torch_device)
            checkpoint.elsewhere = borrowed

    def _priced(self, texts: Sequence[str], coverage: float) -> tuple[Prices, Predictions]:
        """Prices of texts, and the predictions that they were made of."""
        check_texts(texts)
        if not COVERAGES[0] <= coverage <= COVERAGES[-1]:
            raise SettingError(f"A coverage of {coverage} was not calibrated: expected 0.5 to 0.95.")
        found = self._computed(lambda checkpoint: checkpoint.predictions(texts))
        prices = Prices(*self.checkpoint.prices(found, coverage))
        if not np.isfinite(prices if self.checkpoint.calibration else prices.price).all():
            raise CheckpointError(f"{self.source} gives a price that is no number: do not use this checkpoint.")
        return prices, found

    def _warnings(self, familiarity: np.ndarray, price: np.ndarray) -> list[list[str]]:
        """Plain sentences about each text that is unlike the training texts, or as dear as the dearest of them."""
        found: list[list[str]] = [[] for _ in price]
        calibration = self.checkpoint.calibration
        if calibration is not None:
            for index in np.flatnonzero(familiarity < calibration.known_from):
                found[index].append(_unfamiliar(float(familiarity[index])))
        highest = self.checkpoint.config.training.highest_price
        if highest:
            for index in np.flatnonzero(price >= 0.95 * highest):
                found[index].append(f"The training prices end at ${highest:,.0f}: the true price may be higher.")
        return found

    def _featurised(self, featurizer: Featurizer, rows_dir: str | Path | None) -> Featurised:
        if not isinstance(self.train_data, ItemStream):
            return Featurised.in_memory(self.train_data, featurizer)
        if rows_dir is None:
            rows_dir = tempfile.mkdtemp(prefix="pricer-rows-")
            weakref.finalize(self, shutil.rmtree, rows_dir, ignore_errors=True)
        return Featurised.in_files(self.train_data, featurizer, Path(rows_dir))

    def _note_effort(self, trainer: Trainer) -> None:
        """Keep how long the network was trained, and on what."""
        checkpoint = self.checkpoint
        effort = replace(checkpoint.config.training, seconds=trainer.seconds, hardware=hardware(trainer.device))
        checkpoint.config = replace(checkpoint.config, training=effort)

    def _calibrate(self) -> None:
        if self.val_data:
            self.checkpoint.calibrate(
                [item.summary for item in self.val_data],
                np.array([item.price for item in self.val_data]),
            )


def _unfamiliar(familiarity: float) -> str:
    known = f"only {familiarity:.0%} of this text is familiar" if familiarity >= 0.005 else "no word is familiar"
    return f"To this model, which reads English, {known}: take this price as a guess, and its range too."


def _fallback(error: CheckpointError) -> Checkpoint:
    """The simpler checkpoint; the first error if that is damaged too."""
    try:
        return Checkpoint.load(FALLBACK)
    except CheckpointError:
        raise error from None


__all__ = ["DeepNeuralNetwork", "DeepNeuralNetworkRunner", "Prices", "Quotes", "ResidualBlock"]

"""What a checkpoint folder says of itself: `config.json`, and whether the folder's files are those that it names."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pricer import durable
from pricer.errors import CheckpointError, UserError
from pricer.market import LEAST_USD, Market, price_counts

FORMAT_VERSION = 2
SEAL = "config_sha256"  # member of the config: the digest of all others
CONFIG, WEIGHTS, CALIBRATION, REFERENCE, SEEN, CARD, TEST_SPLIT = (
    "config.json",
    "model.safetensors",
    "calibration.json",
    "reference.json",
    "seen.safetensors",
    "README.md",
    "test_split.parquet",
)
MOST_TEXT_BYTES = 64 << 20  # of a config, a calibration or a card; each is some kilobytes
_FILE_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class TrainingData:
    """What a model was trained on."""

    items: int = 0  # training items in all
    sources: dict[str, int] = field(default_factory=dict)  # name of a source -> its items
    terms: str = ""  # under which terms the data may be used
    lowest_price: float = 0.0  # dollars
    highest_price: float = 0.0  # dollars
    # Items in each bin of `market`, of those whose prices are known; empty in checkpoints made before it was kept.
    price_counts: list[int] = field(default_factory=list)
    seconds: float = 0.0  # that training took; 0 in checkpoints made before it was kept
    hardware: str = ""  # what it ran on

    def __post_init__(self) -> None:
        self.market  # noqa: B018 - counts that cannot be meant raise here, as every other member does

    @property
    def market(self) -> Market | None:
        """How the training prices are spread; None where the checkpoint does not say."""
        if not self.price_counts:
            return None
        return Market(max(self.lowest_price, LEAST_USD), self.highest_price, tuple(self.price_counts))


@dataclass(frozen=True)
class CheckpointConfig:
    """`config.json`."""

    name: str  # what the model is called on the page
    featurizer: dict[str, Any]  # fields of FeaturizerConfig
    network: dict[str, Any]  # "kind" and the fields of that network's config
    target: dict[str, float]  # fields of Target
    training: TrainingData = field(default_factory=TrainingData)
    accuracy: dict[str, Any] = field(default_factory=dict)  # on real rows that were held out, as `evaluate --json`
    peers: list[dict[str, Any]] = field(default_factory=list)  # other models on the same rows; see `pricer.card`
    test_split: str = ""  # what the built-in test split is, a sentence; empty if there is none
    libraries: dict[str, str] = field(default_factory=dict)  # versions that the model was trained with
    golden: dict[str, Any] = field(default_factory=dict)  # "text" and its "price" in dollars, checked when loading
    files: dict[str, str] = field(default_factory=dict)  # SHA-256 of every other file
    format_version: int = FORMAT_VERSION

    @property
    def digest(self) -> str:
        """SHA-256 of the config, which has those of all other files."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        members = asdict(self)
        return json.dumps(members | {SEAL: _seal(members)}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"

    @classmethod
    def of_training(cls, name: str, prices: np.ndarray) -> CheckpointConfig:
        """The config of a model in training on items with these prices (dollars); `save` fills in the rest."""
        lowest, highest = float(prices.min()), float(prices.max())
        training = TrainingData(len(prices), {}, "", lowest, highest, price_counts(prices, lowest, highest))
        return cls(name, {}, {}, {}, training)

    @classmethod
    def from_json(cls, text: str, where: str) -> CheckpointConfig:
        """The config in a JSON text; unknown and missing members are errors.

        Its seal may be absent, as in older ones; it is there to notice damage.  No digest inside of a checkpoint can
        prove who made it, as whoever forges one computes it anew: pin a commit to have what you have seen.

        Raises
        ------
        CheckpointError
            The text is no config, or one of another format version.
        """
        members = json_object(text, where)
        version = members.get("format_version")
        if not isinstance(version, int) or version != FORMAT_VERSION:
            older = isinstance(version, int) and version < FORMAT_VERSION
            raise CheckpointError(
                f"{where} has format version {version!r}: this Pricer reads version {FORMAT_VERSION}. "
                + ("Train it again, or pin a newer revision." if older else "Update Pricer, or pin an older revision.")
            )
        found, seal = members.pop(SEAL, None), _seal(members)
        try:
            _check_members(members)
            config = cls(**{**members, "training": TrainingData(**members.get("training", {}))})
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"{where} has other members than expected ({error}): download it again.") from error
        if found is not None and found != seal:
            raise CheckpointError(f"{where} is damaged (its SHA-256 differs): download it again.")
        return config


def read_config(folder: Path) -> CheckpointConfig:
    """The config of a folder, whose other files are not looked at.

    Raises
    ------
    CheckpointError
        The folder has no config, or one that cannot be read.
    """
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} is no checkpoint: it has no {CONFIG}. Give a folder made by Pricer.")
    return CheckpointConfig.from_json(read_text(folder / CONFIG), f"{folder.name}/{CONFIG}")


def verify(folder: Path) -> CheckpointConfig:
    """The config of a folder whose files are all there and have the hashes that it names.

    Raises
    ------
    CheckpointError
        A file is missing or differs.
    """
    config = read_config(folder)
    for name in file_names(config):
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{folder.name} lacks {name}: the checkpoint is partial. Download it again.")
        if sha256(path) != config.files[name]:
            raise CheckpointError(f"{folder.name}/{name} is damaged (its SHA-256 differs): download it again.")
    return config


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: Path) -> str:
    if path.stat().st_size > MOST_TEXT_BYTES:
        raise CheckpointError(f"{path.parent.name}/{path.name} is far too large to be meant: do not use it.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path.parent.name}/{path.name} is damaged: download it again.") from error


def json_object(text: str, where: str) -> dict[str, Any]:
    try:
        members = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{where} is no JSON: download it again.") from error
    if not isinstance(members, dict):
        raise CheckpointError(f"{where} is no JSON object: download it again.")
    return members


def _seal(members: dict[str, Any]) -> str:
    """Hex SHA-256 of members, however they are written."""
    return hashlib.sha256(json.dumps(members, sort_keys=True).encode()).hexdigest()


def _refuse_constant(word: str) -> None:
    """NaN and Infinity are no JSON, though Python would read them."""
    raise ValueError(word)


def _check_members(members: dict[str, Any]) -> None:
    """Raise TypeError for a member that is of another kind than the default config's, or a file without a hash."""
    default = asdict(CheckpointConfig("", {}, {}, {}))
    _check_kinds(members, default)
    _check_kinds(members.get("training", {}), default["training"])
    if not all(isinstance(each, str) for each in members.get("files", {}).values()):
        raise TypeError("files has something else than hashes")


def _check_kinds(members: dict[str, Any], default: dict[str, Any]) -> None:
    for name, value in members.items():
        wanted = type(default.get(name, value))
        if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
            raise TypeError(f"{name} is no {wanted.__name__}")


def file_names(config: CheckpointConfig) -> list[str]:
    """The files of a checkpoint besides its config, all directly in its folder.

    Raises
    ------
    CheckpointError
        The config names a file elsewhere, or a file of the folder is not named.
    """
    if any(not _FILE_NAME.fullmatch(name) for name in config.files):
        raise CheckpointError(f"The {CONFIG} of {config.name!r} names a file outside of its folder: do not use it.")
    if missing := {WEIGHTS, CALIBRATION, SEEN, CARD} - config.files.keys():
        raise CheckpointError(
            f"The {CONFIG} of {config.name!r} does not name {min(missing)}: make the checkpoint again."
        )
    return sorted(config.files)


def calibrated_on(folder: Path) -> int:
    """How many items a checkpoint's ranges were calibrated on; 0 if on none."""
    found = json_object(read_text(folder / CALIBRATION), CALIBRATION).get("n_rows")
    return found if isinstance(found, int) else 0


def check_replaceable(folder: Path, besides: str = "") -> None:
    """Refuse to replace a folder that holds anything else than a checkpoint and, perhaps, something of this name.

    Raises
    ------
    UserError
        It does; the message names the folder.
    """
    if not _replaceable(folder, besides):
        raise UserError(f"{folder} is there and holds other files than a checkpoint: name a new or an empty folder.")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A fresh folder beside this one, which takes its place when all has gone well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        fresh = Path(beside, "new")
        fresh.mkdir()
        yield fresh
        durable.put_folder(fresh, folder)


def _replaceable(folder: Path, besides: str) -> bool:
    if not folder.exists():
        return True
    if not folder.is_dir() or folder.is_symlink():
        return False
    found = {each.name for each in folder.iterdir()} - {besides}
    try:  # of any format version, and damaged or not
        files = json_object(read_text(folder / CONFIG), CONFIG).get("files")
    except (CheckpointError, OSError):
        return not found
    return isinstance(files, dict) and found <= {CONFIG, *files}

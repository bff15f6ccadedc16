"""Texts to train on, and how they are read from Parquet files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pricer.errors import TrainingError
from pricer.featurizer import in_labelled_lines
from pricer.tables import open_table

REAL, TEACHER, SHOP, CATALOGUE = "real", "teacher", "shop", "catalogue"
READ_ROWS = 4096
LABELLED, PLAIN, TITLE = "labelled", "plain", "title"

_VALIDATION_PERCENT = 10  # of the rows, where no split is given


@dataclass(frozen=True)
class TrainingText:
    """A text with its price."""

    text: str  # what the featurizer reads
    price: float  # dollars
    kind: str  # REAL: of the kind that the model is for; TEACHER: an estimate; SHOP: another source; CATALOGUE
    form: str  # LABELLED or PLAIN; TITLE for the title of one alone
    item: str  # texts of the same item share this, and never stand on both sides of a split


@dataclass(frozen=True)
class TrainingTexts:
    """All that the recipe trains on; without any row of a test split."""

    real: list[TrainingText]
    validation: list[TrainingText]
    teacher: list[TrainingText] = field(default_factory=list)
    extra: list[TrainingText] = field(default_factory=list)


def read_training_data(data: Path, teacher: Path | None = None, extra: Sequence[Path] = ()) -> TrainingTexts:
    """Training texts of Parquet files.

    Parameters
    ----------
    data
        Columns ``summary`` and ``price`` (dollars), optionally ``source`` and ``split``. Sources with validation
        rows are the kind of text that the model is for, the others are extra; without a ``split`` column a tenth
        of the texts validates.
    teacher
        Columns ``summary`` and/or ``full`` (two forms of an item) and ``price_estimate``.
    extra
        Columns ``summary`` and ``price``, optionally ``split``, whose test and validation rows are left out.

    Raises
    ------
    TrainingError
        A column is missing, or there is no usable row.
    """
    table = _with_split(_usable(data, "price", ("summary",)))
    own = _in_domain(table)
    train, held = table["split"].eq("train"), table["split"].eq("validation")
    result = TrainingTexts(
        real=_texts(table[own & train], REAL, str(data)),
        validation=_texts(table[own & held], REAL, str(data)),
        teacher=_texts(_usable(teacher, "price_estimate", ("summary", "full")), TEACHER, str(teacher))
        if teacher is not None
        else [],
        extra=_texts(table[~own & train], SHOP, str(data)),
    )
    for path in extra:
        rows = _usable(path, "price", ("summary",))
        rows = rows[rows["split"].eq("train")] if "split" in rows else rows
        result.extra.extend(_texts(rows, CATALOGUE, str(path)))
    if not result.real:
        raise TrainingError(f"found no row with a text and a price to train on in {data}; expected at least two")
    return result


def form_of(text: str) -> str:
    """LABELLED for a text in the course's labelled lines, else PLAIN."""
    return LABELLED if in_labelled_lines(text.lower()) else PLAIN


def _usable(path: Path, price: str, texts: tuple[str, ...]) -> pd.DataFrame:
    """Rows with a price of at least 0 dollars; ``price`` and whichever of the text columns there are."""
    table = _frame(path)
    present = [name for name in texts if name in table]
    if price not in table or not present:
        raise TrainingError(f"{path} has columns {', '.join(table)}; expected {price} and {' or '.join(texts)}")
    table = table.rename(columns={price: "price"})
    table["price"] = pd.to_numeric(table["price"], errors="coerce")
    for name in present:
        table[name] = table[name].where(table[name].map(lambda value: isinstance(value, str) and bool(value.strip())))
    usable = table["price"].between(0, 1e9) & table[present].notna().any(axis=1)
    return table[usable].reset_index(drop=True)


def _frame(path: Path) -> pd.DataFrame:
    """A file of any format that `pricer.tables` reads."""
    if path.suffix.lower() == ".parquet" and path.is_file():
        return pd.read_parquet(path)
    table = open_table(path)
    return pd.DataFrame([row for chunk in table.chunks(READ_ROWS) for row in chunk.rows], columns=table.columns)


def _with_split(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a ``split`` of train, validation and test; by hash of the text where it has none."""
    if "split" in table:
        return table.assign(split=table["split"].astype(str).replace({"val": "validation", "valid": "validation"}))
    draw = table["summary"].map(lambda text: int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 100)
    return table.assign(split=draw.lt(_VALIDATION_PERCENT).map({True: "validation", False: "train"}))


def _in_domain(table: pd.DataFrame) -> pd.Series:
    """Which rows are of a source that has validation rows; all of them where no source is named."""
    if "source" not in table or not table["split"].eq("validation").any():
        return pd.Series(True, index=table.index)
    return table["source"].isin(table.loc[table["split"].eq("validation"), "source"].unique())


def _texts(table: pd.DataFrame, kind: str, origin: str) -> list[TrainingText]:
    """One text for each filled text column of each row."""
    return [
        TrainingText(text, float(price), kind, form_of(text), f"{origin}:{number}")
        for column in ("summary", "full")
        if column in table
        for number, text, price in zip(table.index, table[column], table["price"], strict=True)
        if isinstance(text, str)
    ]

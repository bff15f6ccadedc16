"""Texts to train on, and how they are read from files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pricer.errors import TrainingError
from pricer.items import find_column, find_text_columns, parse_price, price_problem, split_name
from pricer.tables import cell_text, open_table
from pricer.tokens import in_labelled_lines

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
    weight: float = 1.0  # how much it counts, besides what its kind and form say


@dataclass(frozen=True)
class TrainingTexts:
    """All that the recipe trains on; without any row of a test split."""

    real: list[TrainingText]
    validation: list[TrainingText]
    teacher: list[TrainingText] = field(default_factory=list)
    extra: list[TrainingText] = field(default_factory=list)
    skipped: int = 0  # rows without a text or a usable price


def read_training_data(data: Path, teacher: Path | None = None, extra: Sequence[Path] = ()) -> TrainingTexts:
    """Training texts of files in any format that `pricer.tables` reads.

    Parameters
    ----------
    data
        A text column as in `find_text_columns` and ``price`` (dollars), optionally ``source`` and ``split``. Sources
        with validation rows are the kind of text that the model is for, the others are extra; without a ``split``
        column a tenth of the texts validates.
    teacher
        Columns ``summary`` and/or ``full`` (two forms of an item) and ``price_estimate``.
    extra
        Columns as in ``data``, without ``source``; with a ``split``, only its train rows are taken.

    Raises
    ------
    TrainingError, TableError
        A column is missing, or there is no usable row.
    """
    own, skipped = _rows(data, "price")
    domain = {row.source for row in own if row.split == "validation"} or {row.source for row in own}
    own = own if any(row.split for row in own) else [row.with_drawn_split() for row in own]
    estimated, unusable = _rows(teacher, "price_estimate", ("summary", "full")) if teacher else ([], 0)
    skipped += unusable
    result = TrainingTexts(
        real=_texts([row for row in own if row.source in domain and row.split == "train"], REAL),
        validation=_texts([row for row in own if row.source in domain and row.split == "validation"], REAL),
        teacher=_texts(estimated, TEACHER),
        extra=_texts([row for row in own if row.source not in domain and row.split == "train"], SHOP),
    )
    for path in extra:
        rows, unusable = _rows(path, "price")
        skipped += unusable
        result.extra.extend(_texts([row for row in rows if row.split in {"", "train"}], CATALOGUE))
    if not result.real:
        raise TrainingError(f"Found no row to train on in {data.name}: expected rows with a text and a price.")
    return replace(result, skipped=skipped)


def form_of(text: str) -> str:
    """LABELLED for a text in the course's labelled lines, else PLAIN."""
    return LABELLED if in_labelled_lines(text.lower()) else PLAIN


@dataclass(frozen=True)
class _Row:
    """A usable row of a file."""

    forms: tuple[str, ...]  # its texts, empty where there is none; at least one is not
    price: float  # dollars
    source: str
    split: str
    item: str  # names the row among all files

    def with_drawn_split(self) -> _Row:
        """The row in the validation split for a tenth of all texts, by their hash, else in the train split."""
        draw = int(hashlib.sha256(self.forms[0].encode()).hexdigest()[:8], 16) % 100
        return replace(self, split="validation" if draw < _VALIDATION_PERCENT else "train")


def _rows(path: Path, price_column: str, text_columns: Sequence[str] = ()) -> tuple[list[_Row], int]:
    """The usable rows of a file, and how many others it has; text columns that are missing are passed over."""
    table = open_table(path)
    price_at, source_at, split_at = (find_column(table, name) for name in (price_column, "source", "split"))
    if price_at is None:
        raise TrainingError(f"{path.name} has no column {price_column!r}: found {', '.join(table.columns)}.")
    texts_at = [at for name in text_columns if (at := find_column(table, name)) is not None]
    texts_at = texts_at or find_text_columns(table)
    rows = []
    for chunk in table.chunks(READ_ROWS):
        for number, cells in enumerate(chunk.rows, start=chunk.first_row):
            price = parse_price(cells[price_at])
            forms = tuple(text if text.strip() else "" for text in (cell_text(cells[at]) for at in texts_at))
            if price is None or price_problem(price) or not any(forms):
                continue
            source = "" if source_at is None else cell_text(cells[source_at])
            split = "" if split_at is None else split_name(cells[split_at])
            rows.append(_Row(forms, price, source, split, f"{path}:{number}"))
    return rows, table.n_rows - len(rows)


def _texts(rows: Sequence[_Row], kind: str) -> list[TrainingText]:
    """One text for each form of each row, form by form."""
    n_forms = max((len(row.forms) for row in rows), default=0)
    return [
        TrainingText(row.forms[form], row.price, kind, form_of(row.forms[form]), row.item)
        for form in range(n_forms)
        for row in rows
        if row.forms[form]
    ]

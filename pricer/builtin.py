"""Rebuilds the built-in checkpoint: `python -m pricer.builtin FOLDER OUT` (`make weights DATA=FOLDER`)."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pricer.card import model_card
from pricer.checkpoint_config import (
    CARD,
    CONFIG,
    CheckpointConfig,
    calibrated_on,
    check_replaceable,
    replacing,
    sha256,
    verify,
)
from pricer.errors import CheckpointError
from pricer.hub import FALLBACK
from pricer.items import Item
from pricer.presets import Description, train_compact

REAL_SOURCE = "amazon2023"
EVERYDAY = Path(__file__).parent.parent / "catalogue" / "everyday.csv"
TERMS = (
    "Only weights and figures are shipped, none of the training texts but the catalogue's test rows. The real listings "
    "are research data: items curated from Amazon Reviews 2023 metadata (no licence assigned to the texts, offered for "
    "research), other Amazon titles (none stated), entity-matching benchmarks (research), a toy catalogue (not stated) "
    "and one fashion shop (MIT). The estimates were made by a large language model from texts alone. The catalogue was "
    "written for this project (MIT, as the code). Check these terms before commercial use."
)
DESCRIPTION = Description(
    name="Pricer compact",
    terms=TERMS,
    kind_names={
        "real": "real listings with prices (Amazon, 2023)",
        "teacher": "real listings with prices estimated by a language model",
        "shop": "real listings of other shops and older years",
        "catalogue": "everyday products with typical prices, written for this project",
    },
    accuracy_data="real listings that were held out (Amazon, 2023)",
    test_split=(
        "Everyday products with their typical US price, written for this project from general market knowledge: "
        "no listings, no observed sales."
    ),
)


def main() -> None:
    """Train on `items.parquet`, `estimates.parquet` and `catalogue.parquet` of a folder, and on our own catalogue."""
    parser = argparse.ArgumentParser(prog="python -m pricer.builtin", description="Rebuilds the built-in checkpoint.")
    parser.add_argument("data", type=Path, help="folder with items.parquet, estimates.parquet and catalogue.parquet")
    parser.add_argument("out", type=Path, help="folder for the checkpoint")
    chosen = parser.parse_args()
    build(chosen.data, chosen.out)


def sources(data: Path) -> tuple[Path, Path, list[Path]]:
    """The files that are trained on: real items, the teacher's estimates, and catalogues."""
    return data / "items.parquet", data / "estimates.parquet", [data / "catalogue.parquet", EVERYDAY]


def build(data: Path, out: Path) -> None:
    """Write the built-in checkpoint, with the fallback in a folder of its own within; both when both are whole.

    Raises
    ------
    UserError
        The folder holds other files than these two.
    """
    items, estimates, catalogues = sources(data)
    check_replaceable(out, besides=FALLBACK.name)
    check_replaceable(out / FALLBACK.name)
    with replacing(out) as fresh, tempfile.TemporaryDirectory() as folder:
        train_compact(
            items,
            estimates,
            catalogues,
            fresh,
            fallback=fresh / FALLBACK.name,
            test_items=_real_test_items(items),
            description=replace(DESCRIPTION, test_file=_test_file(catalogues[0], Path(folder))),
        )


def note_peers(folder: Path, peers: list[dict[str, Any]]) -> None:
    """Put other models' errors on the same rows into a checkpoint's config and model card; see `pricer.card`."""
    _note(folder, replace(verify(folder), peers=peers))


def note_effort(folder: Path, rebuilt: Path) -> None:
    """Put how long a rebuild took, and on what, into a checkpoint's config and model card.

    For where a rebuild is not the same to the byte, as on another processor, and the checkpoint itself is kept.

    Raises
    ------
    CheckpointError
        One of the two is damaged, or they were not trained on the same items.
    """
    ours, theirs = verify(folder), verify(rebuilt)
    if ours.training.sources != theirs.training.sources or ours.network != theirs.network:
        raise CheckpointError(f"{rebuilt} is no rebuild of {folder}: expected the same network and training items.")
    effort = replace(ours.training, seconds=theirs.training.seconds, hardware=theirs.training.hardware)
    _note(folder, replace(ours, training=effort))


def _note(folder: Path, config: CheckpointConfig) -> None:
    """Write a checkpoint's config anew, and the card that it makes."""
    card, fresh = folder / f".{CARD}", folder / f".{CONFIG}"
    card.write_text(model_card(config, "", calibrated_on(folder)), encoding="utf-8")
    fresh.write_text(replace(config, files={**config.files, CARD: sha256(card)}).to_json(), encoding="utf-8")
    card.replace(folder / CARD)
    fresh.replace(folder / CONFIG)


def _test_file(catalogue: Path, folder: Path) -> Path:
    """The catalogue's test rows as a file of items."""
    import pandas as pd

    rows = pd.read_parquet(catalogue)
    rows = rows[rows["split"] == "test"].rename(columns={"department": "category"})
    says_nothing = rows["category"].str.startswith("mixed")
    rows["category"] = rows["category"].where(~says_nothing, None)
    path = folder / "test_split.parquet"
    rows[["summary", "price", "category"]].to_parquet(path, index=False)
    return path


def _real_test_items(items: Path) -> list[Item]:
    """Held-out real listings of the kind that the model is for."""
    import pandas as pd

    rows = pd.read_parquet(items)
    rows = rows[(rows["source"] == REAL_SOURCE) & (rows["split"] == "test")]
    return [Item(summary=row.summary, price=row.price) for row in rows.itertuples()]


if __name__ == "__main__":
    main()

"""The dataset card: what a dataset of items holds; its owner fills in the licence and the source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pricer.hub.watch import watched

if TYPE_CHECKING:
    from huggingface_hub import DatasetCard

_START, _END = "<!-- written by Pricer at every upload -->", "<!-- end of what Pricer writes -->"
_OURS = re.compile(f"{_START}.*?{_END}", re.DOTALL)
_MEANINGS = {
    "title": "name of the product",
    "category": "its category",
    "price": "what it costs, US dollars",
    "full": "the raw listing that the summary was made from",
    "weight": "as given by the source, usually pounds",
    "summary": "the words that the price is told from",
    "prompt": "prompt for a language model",
    "id": "number or name of the item",
}
_FOR_THE_OWNER = """## Licence and source

**To be filled in by the owner:** under which licence these rows may be used (set `license` at the top of this card, now
`other`), where they come from, and what of them is personal."""
_TAGS = ["pricing", "price-prediction", "e-commerce"]


def write_card(name: str, rows: Mapping[str, int], columns: list[str], token: str | None, **where: Any) -> None:
    """Put a card into a dataset that was just uploaded; what its owner wrote there is kept.

    The library has written its own part (`dataset_info`, `configs`) by then.  Ours is a passage between two comments,
    and the metadata that are not there yet.

    Parameters
    ----------
    name
        Of the dataset, "owner/name".
    rows
        Rows of each split.
    columns
        Of every split.
    token, where
        As for `DatasetCard.push_to_hub`, such as a `revision`.
    """
    from huggingface_hub import DatasetCard, hf_hub_download

    def write(_: object) -> None:
        path = hf_hub_download(name, "README.md", repo_type="dataset", token=token, **where)
        card = DatasetCard.load(path)
        if _complete(card, name, rows, columns):
            card.push_to_hub(name, token=token, commit_message="Describe the items", **where)

    watched(write, f"the dataset {name!r}")


def _complete(card: DatasetCard, name: str, rows: Mapping[str, int], columns: list[str]) -> bool:
    """Fill in what the card lacks; says whether anything changed."""
    before = str(card)
    members = card.data.to_dict()
    for key, value in {"license": "other", "task_categories": ["tabular-regression"], "tags": _TAGS}.items():
        if not members.get(key):
            setattr(card.data, key, value)
    ours = _passage(rows, columns)
    if not card.text.strip():
        card.text = f"\n# {name.rpartition('/')[2]}\n\n{ours}\n\n{_FOR_THE_OWNER}\n"
    card.text = _OURS.sub(lambda _: ours, card.text)
    return str(card) != before


def _passage(rows: Mapping[str, int], columns: list[str]) -> str:
    lines = [
        _START,
        "Products with their words and prices, as Pricer's `Item.from_hub` reads them.",
        "",
        "| split | rows |",
        "|---|---|",
        *(f"| {split} | {count:,} |" for split, count in rows.items()),
        "",
        "| column | meaning |",
        "|---|---|",
        *(f"| `{column}` | {_MEANINGS.get(column, '')} |" for column in columns),
        _END,
    ]
    return "\n".join(lines)

"""Which items are evaluated: the built-in split, a file, or a Hub dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pricer.errors import DatasetError
from pricer.hub.datasets import full_name
from pricer.items import Item, Items
from pricer.tables import Limits
from pricer.ui.context import PageContext
from pricer.words import count

INSTEAD = "Take the first items, or use the command line: python -m pricer evaluate."
BUILT_IN, FILE, HUB = "Built-in test split", "My file", "Hub dataset"


@dataclass(frozen=True)
class Source:
    """What a visitor chose to evaluate."""

    kind: str  # BUILT_IN, FILE or HUB
    path: str | None = None  # of an uploaded file
    dataset: str = ""  # name on the Hub
    most: int = 0  # only so many items, from the first; 0 takes all
    exclude_seen: bool = False  # leave out items that the model was trained on

    @property
    def name(self) -> str:
        """What to call the items in headings and reports."""
        return {BUILT_IN: "the built-in test split", FILE: Path(self.path or "").name, HUB: self.dataset}[self.kind]

    def read(self, context: PageContext) -> Items:
        """The items; rows without a text or a price are counted, not refused.

        Raises
        ------
        UserError
            Nothing was chosen, what was chosen cannot be read, or there is more of it than the page takes.
        """
        limits = replace(context.table_limits, instead=INSTEAD)
        most = self.most if 0 < self.most <= context.settings.max_page_rows else None
        if most:
            limits = replace(limits, rows=None)  # the rows after these items are not looked at
        if self.kind == HUB:
            return self._read_hub(context, most, limits)
        path = self.path
        if self.kind == BUILT_IN:
            path = str(context.runner.checkpoint.test_split or "")
            if not path:
                raise DatasetError("This model has no test split of its own: give a file or a Hub dataset.")
        if not path:
            raise DatasetError("Which file? Upload one with the columns summary and price.")
        return Item.from_file(path, split="test", skip_invalid=True, most=most, limits=limits)

    def _read_hub(self, context: PageContext, most: int | None, limits: Limits) -> Items:
        if not context.settings.hub_datasets:
            raise DatasetError("Hub datasets are switched off on this page: give a file.")
        if not self.dataset.strip():
            raise DatasetError("Which dataset? Give its name on the Hub, such as owner/name.")
        name = full_name(self.dataset.strip(), context.settings.lite_mode)
        return Item.from_hub_split(name, "test", skip_invalid=True, most=most, limits=limits)


def remarks(source: Source, items: Items) -> list[str]:
    """What a reader of the figures should know of their items."""
    said = []
    if source.kind == BUILT_IN:
        said.append("These are the built-in test items, not real listings: “Beside others” tells the error on those.")
    if source.exclude_seen:
        said.append("Items that the model was trained on are left out.")
    if items.skipped:
        said.append(
            f"{count(items.skipped, 'row')} without a text or a usable price left out, such as {items.problems[0]}."
        )
    return said

"""The upload's part of the batch tab: a file, its text columns, and what is found in it before it is priced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import gradio as gr

from pricer.batch.inspection import TextGuess, guess_text_columns
from pricer.batch.priced_file import ending
from pricer.batch.sample import write_sample, write_template
from pricer.errors import TableError, UserError
from pricer.tables import Chunk, Table, open_table
from pricer.ui import batch_upload_cards, cards
from pricer.ui.context import FETCH, PRIVATE, PageContext, run_and_stop, run_id_box
from pricer.ui.stop_flags import StopFlags

SAMPLE, TEMPLATE = "sample-products.csv", "template.csv"
RUN = "Price all"
LOOKED_AT_ROWS = 50  # by which the text column is guessed


class BatchUpload:
    """Lays out the upload and wires what belongs to it alone."""

    def __init__(self, context: PageContext) -> None:
        self._context, self._flags, self._samples = context, StopFlags(), context.folders.samples
        write_template(self._samples / TEMPLATE)
        self.look = run_id_box()  # at the file: an earlier one must not write over the last

    def lay_out(self) -> None:
        """The file, its columns, and the buttons; what is found in it is laid out apart."""
        self.file = gr.File(label="Your file", height=150, elem_id="batch-file")
        with gr.Row(elem_classes="pr-chips"):
            sample = gr.Button("Try a sample file", size="sm", min_width=0, visible=self._sample() is not None)
            template = gr.Button("Download a template", size="sm", min_width=0)
        self._context.follow(sample, lambda: gr.Button(visible=self._sample() is not None))
        template_file = gr.File(elem_classes="pr-out-of-sight")
        self.columns = gr.Dropdown(
            [], value=[], multiselect=True, interactive=True, label="Text columns",
            info="What describes the product; several are joined in the order chosen.", elem_id="batch-columns",
        )  # fmt: skip
        self.button, self.stop = run_and_stop(RUN, interactive=False)
        sample.click(self._sample, None, self.file, queue=False, **PRIVATE)
        asked = template.click(lambda: str(self._samples / TEMPLATE), None, template_file, queue=False, **PRIVATE)
        asked.success(None, template_file, js=FETCH, **PRIVATE)

    def lay_out_findings(self) -> None:
        """The file as a whole, and its text row by row."""
        self.found = gr.HTML(batch_upload_cards.card(batch_upload_cards.NO_FILE), elem_id="batch-found")
        self.checked = gr.HTML(elem_id="batch-checked")

    def changed(self, path: str | None, look_id: str) -> dict[Any, Any]:
        """What stands there until another file is read."""
        self._flags.get(look_id).set()
        shown = batch_upload_cards.READING if path else batch_upload_cards.NO_FILE
        return {self.found: batch_upload_cards.card(shown), self.checked: "", self.look: self._flags.new()}

    def chosen(self, path: str | None, columns: list[str], look_id: str) -> dict[Any, Any]:
        """After another choice of columns: whether to go on; another look follows."""
        self._flags.get(look_id).set()
        return {self.button: gr.Button(RUN, interactive=bool(path and columns)), self.look: self._flags.new()}

    def first_look(self, path: str | None, look_id: str) -> dict[Any, Any]:
        """An upload: what it holds, its text columns with a guess, and whether to go on; `check` follows.

        One answer, not the first of several: of answers that come at once, Gradio's page takes from the earlier ones
        whatever the later ones leave out, and the button would stay as it was.
        """
        over, is_refused = self._flags.get(look_id), False
        try:
            shown = self._looked(path) if path else self._none(batch_upload_cards.NO_FILE)
        except UserError as error:
            shown, is_refused = self._none(cards.message("error", str(error), "This file cannot be read")), True
        if over.is_set():
            return {self.button: gr.skip()}
        if is_refused:
            over.set()  # else it would be read once more, only to be refused again
        return shown

    def check(self, path: str | None, columns: list[str], look_id: str) -> Iterator[str]:
        """The card of an upload's rows, read in these text columns; silent where the first look found why not."""
        over = self._flags.get(look_id)
        if not path or over.is_set():
            return
        try:
            table, first, guess = self._opened(path)
            guessed = not guess.by_name and columns and columns == guess.names(table)
            hint = cards.message("notice", batch_upload_cards.GUESSED) if guessed else ""
            for checked in takewhile(lambda _: not over.is_set(), batch_upload_cards.checked(table, first, columns)):
                yield hint + checked
        except UserError as error:
            yield cards.message("error", str(error))

    def _opened(self, path: str) -> tuple[Table, Chunk | None, TextGuess]:
        table = open_table(path, self._context.table_limits)
        first = next(table.chunks(LOOKED_AT_ROWS), None)
        return table, first, guess_text_columns(table, first)

    def _looked(self, path: str) -> dict[Any, Any]:
        table, first, guess = self._opened(path)
        names = guess.names(table) if table.n_rows else []
        return {
            self.found: batch_upload_cards.card(batch_upload_cards.facts(table, first)),
            self.columns: _choice(list(dict.fromkeys(table.columns)), names),
            self.button: gr.Button(RUN, interactive=bool(names)),
        }

    def _sample(self) -> str | None:
        """A file of items from the model's test split, made once for each model; None where it has no such split."""
        checkpoint = self._context.runner.checkpoint
        if not checkpoint.test_split:
            return None
        path = self._samples / checkpoint.digest / SAMPLE
        if not path.is_file():
            path.parent.mkdir(exist_ok=True)
            with self._context.folders.new() as folder:
                write_sample(checkpoint.test_split, folder / SAMPLE)
                (folder / SAMPLE).replace(path)
        return str(path)

    def _none(self, instead: str) -> dict[Any, Any]:
        """Nothing that can be priced, and what is shown in its place."""
        return {
            self.found: batch_upload_cards.card(instead),
            self.checked: "",
            self.columns: _choice([], []),
            self.button: gr.Button(RUN, interactive=False),
        }


def own_copy(path: str, folder: Path) -> Path:
    """An upload, copied into the folder of its run.

    Gradio keeps equal files of two visitors as one, writes it again with each upload, and removes it after a while.
    """
    try:
        return Path(shutil.copyfile(path, folder / Path(path).name))
    except FileNotFoundError as error:
        raise TableError("This upload is no longer kept here: choose the file again.") from error


def output_name(source: Path) -> str:
    """The download's name: the upload's, marked as priced."""
    own = ending(source) or source.suffix
    return f"{source.name[: -len(own)] if own else source.name}-priced{own}"


def _choice(columns: list[str], chosen: list[str]) -> gr.Dropdown:
    return gr.Dropdown(choices=columns, value=chosen, multiselect=True)

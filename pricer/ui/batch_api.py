"""The API endpoint `batch`."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from pricer.batch import BatchOptions, price_file
from pricer.errors import UserError
from pricer.tables import SUFFIXES
from pricer.ui.batch_upload import output_name, own_copy
from pricer.ui.context import PageContext, for_callers


def add_endpoint(context: PageContext) -> None:
    """Let other programs price a file."""

    def batch(file: str, text_columns: list[str] | None = None) -> Iterator[str | None]:
        """Price every row of a file.

        Args:
            file: CSV, TSV, JSONL (also .gz), XLSX or Parquet.
            text_columns: columns that hold the text; empty: summary, text, description or title.

        Returns:
            The file in the same format with four more columns: predicted_price, price_low, price_high, price_note.
        """
        with for_callers("batch") as facts:
            if not file:
                raise UserError("No file was given: expected one that ends in " + ", ".join(SUFFIXES) + ".")
            columns = [] if text_columns is None else text_columns
            if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
                raise UserError(
                    'text_columns is no list: expected a list of column names, such as ["title", "details"].'
                )
            options = BatchOptions(text_columns=columns, limits=context.table_limits, served_until=context.ending)
            with context.folders.new() as folder:
                source = own_copy(file, folder)
                output = folder / output_name(source)
                for progress in price_file(context.runner, source, output, options):
                    context.check_going()
                    facts["rows"] = progress.rows_done
                    yield None
                yield str(output)

    source, result = gr.File(visible=False, label="file"), gr.File(visible=False, label="priced file")
    text_columns = gr.JSON([], visible=False, label="text_columns")
    gr.Button(visible=False).click(
        batch, [source, text_columns], result, api_name="batch", show_progress="hidden", **context.long
    )

"""A table of any size in, prices out."""

from pricer.batch.batch import (
    CHUNK_ROWS,
    PREVIEW_ROWS,
    BatchOptions,
    BatchProgress,
    PriceHistogram,
    check_paths,
    price_file,
)
from pricer.batch.priced_chunk import ADDED_COLUMNS

__all__ = [
    "ADDED_COLUMNS",
    "CHUNK_ROWS",
    "PREVIEW_ROWS",
    "BatchOptions",
    "BatchProgress",
    "PriceHistogram",
    "check_paths",
    "price_file",
]

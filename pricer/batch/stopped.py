"""What a stopped batch says of the rows that it did not come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pricer.batch.priced_chunk import PricedChunk
from pricer.drift.reference import DriftCounts

if TYPE_CHECKING:
    from pricer.tables import Chunk

STOPPED = "not priced: the run was stopped"


def stopped_chunk(chunk: Chunk, *, with_counts: bool) -> PricedChunk:
    """The chunk without prices; each row's note says why, after what is known of the row already."""
    notes = ["; ".join(filter(None, (chunk.notes.get(row), STOPPED))) for row in range(len(chunk))]
    return PricedChunk(np.full((3, len(chunk)), np.nan), notes, DriftCounts() if with_counts else None)

"""What is finished of a job: `OUTPUT.partial/` in the output's storage, in which every machine keeps its share."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import Any

from pricer.batch.priced_chunk import PricedChunk
from pricer.errors import TableError
from pricer.ray_engine.job import Job
from pricer.ray_engine.storage import Storage, split_address

MANIFEST = "manifest.json"
HASH_BYTES = 32

_OURS = re.compile(r"manifest\.json|unit-\d{6}-\d{6}|part-\d{6}\.json|\..+\.[0-9a-f]{32}")
_LISTED = ("name", "output", "size_bytes", "modified_ns")


class JobState:
    """A manifest of the job, a file for each priced unit behind its SHA-256, and a record of each written part.

    Nobody writes what another one does, and a file that is there is whole: no machine has to ask another.
    """

    def __init__(self, address: str) -> None:
        self._storage = Storage(address)
        self._name = split_address(address)[1]

    def job(self, wanted: Job) -> Job | None:
        """The job that was begun here, if it is the wanted one, whose parts have only been listed; None without one.

        Raises
        ------
        TableError
            What was begun here is another job.
        """
        try:
            found = Job.from_json(self._storage.read(MANIFEST) or b"")
        except (ValueError, TypeError, KeyError):
            return None
        if found.cuts != wanted.cuts:
            raise TableError(
                f"{self._name} belongs to a run of another version of Pricer, which cuts tables elsewhere: finish it "
                "with that version, or run without --resume to start afresh."
            )
        for name, value in vars(wanted).items():
            if name not in {"source", "output", "state", "parts"} and getattr(found, name) != value:
                self._refuse(name)
        if _listed(found) != _listed(wanted):
            self._refuse("input")
        return replace(wanted, parts=found.parts)

    def begin(self, job: Job) -> None:
        """Forget what was there and note what is going to be priced."""
        self.clear()
        self._storage.write(MANIFEST, job.to_json().encode())

    def clear(self) -> None:
        """Remove the folder.

        Raises
        ------
        TableError
            It holds anything else than a state.
        """
        if any(not _OURS.fullmatch(each.name) for each in self._storage.listed()):
            raise TableError(f"{self._name} is in the way and is no state of such a batch: move it elsewhere.")
        self._storage.remove()

    def unit(self, part: int, number: int) -> PricedChunk | None:
        """A priced unit; None if it is not finished or is damaged."""
        content = self._storage.read(f"unit-{part:06d}-{number:06d}") or b""
        wanted, priced = content[:HASH_BYTES], content[HASH_BYTES:]
        return PricedChunk.from_bytes(priced) if hashlib.sha256(priced).digest() == wanted else None

    def keep_unit(self, part: int, number: int, priced: PricedChunk) -> None:
        """Keep a priced unit."""
        content = priced.to_bytes()
        self._storage.write(f"unit-{part:06d}-{number:06d}", hashlib.sha256(content).digest() + content)

    def part(self, number: int) -> dict[str, Any] | None:
        """The record of a written part; None if it is not written."""
        content = self._storage.read(f"part-{number:06d}.json")
        return None if content is None else json.loads(content)

    def keep_part(self, number: int, record: dict[str, Any]) -> None:
        """Keep the record of a written part."""
        self._storage.write(f"part-{number:06d}.json", json.dumps(record).encode())

    def _refuse(self, what: str) -> None:
        raise TableError(
            f"{self._name} belongs to a run with another {what.replace('_', ' ')}: "
            "give what that run was given, or run without --resume to start afresh."
        )


def _listed(job: Job) -> list[tuple[Any, ...]]:
    """What a listing tells of each part."""
    return [tuple(getattr(part, name) for name in _LISTED) for part in job.parts]

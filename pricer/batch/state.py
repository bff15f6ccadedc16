"""The state of a batch: `OUTPUT.partial/`, from which an interrupted run goes on."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pricer import durable
from pricer.batch.priced_chunk import PricedChunk
from pricer.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST, UNFINISHED = "manifest.json", "unfinished"
SEAL_BYTES = hashlib.sha256().digest_size

_OURS = re.compile(r"manifest\.json|unfinished|prices-\d{8}\.arrow")


class BatchState:
    """`OUTPUT.partial/`: a manifest and what is kept of each finished chunk; locked while a run works in it.

    A kept chunk begins with a seal: a digest of the run's fingerprint, the chunk's number and texts, and its prices.
    One that was torn by a power cut, that rotted, or that belongs to other texts is not taken, and priced again.  So
    it need not be waited for until chunks are on the disk, which would cost a fifth of the time.
    """

    def __init__(self, output: Path, fingerprint: dict[str, Any], resume: bool) -> None:
        self.folder = output.with_name(output.name + ".partial")
        self._run = json.dumps(fingerprint, sort_keys=True).encode()
        self._output_name = output.name
        self.folder.mkdir(exist_ok=True)
        self._lock = _locked(self.folder)
        try:
            self._prepare(fingerprint, resume)
        except BaseException:
            self.close()
            raise

    def _prepare(self, fingerprint: dict[str, Any], resume: bool) -> None:
        """Go on from what the folder holds, or empty it and begin."""
        found = list(self.folder.iterdir())
        if any(not _OURS.fullmatch(each.name) and each.name != self._output_name for each in found):
            raise TableError(f"{self.folder.name} is in the way and is no state of a batch: move it elsewhere.")
        manifest = self._manifest()
        if resume and manifest is not None:
            _check_same_run(self.folder.name, manifest, fingerprint)
            return
        for each in sorted(found, key=lambda each: each.name != MANIFEST):  # which speaks of the others
            each.unlink()
        unfinished = self.folder / UNFINISHED
        unfinished.write_text(json.dumps(fingerprint, indent=2), encoding="utf-8")
        durable.put(unfinished, self.folder / MANIFEST)

    def _manifest(self) -> dict[str, Any] | None:
        """What the finished chunks belong to; None if there is no manifest that can be read."""
        try:
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def read(self, number: int, texts: bytes, *, with_counts: bool = False) -> PricedChunk | None:
        """What is kept of a chunk; None if it is not finished, is damaged, or lacks the counts that are asked for.

        `texts` is the `digest_of` its texts: what was kept of other ones is not taken.
        """
        try:
            kept = self._path(number).read_bytes()
            if kept[:SEAL_BYTES] != self._seal(number, texts, kept[SEAL_BYTES:]):
                return None
            found = PricedChunk.from_bytes(kept[SEAL_BYTES:])
        except (FileNotFoundError, ValueError):  # Arrow's errors are ValueErrors
            return None
        return None if with_counts and found.counts is None else found

    def write(self, number: int, texts: bytes, priced: PricedChunk) -> None:
        """Keep a chunk; `texts` as in `read`."""
        content = priced.to_bytes()
        unfinished = self.folder / UNFINISHED
        unfinished.write_bytes(self._seal(number, texts, content) + content)
        unfinished.replace(self._path(number))

    def remove(self) -> None:
        """Forget the run."""
        shutil.rmtree(self.folder)

    def close(self) -> None:
        """Let other runs have the folder."""
        os.close(self._lock)

    def _seal(self, number: int, texts: bytes, content: bytes) -> bytes:
        return hashlib.sha256(b"%s %d %s " % (self._run, number, texts) + content).digest()

    def _path(self, number: int) -> Path:
        return self.folder / f"prices-{number:08d}.arrow"


def digest_of(texts: Sequence[str], notes: Mapping[int, str]) -> bytes:
    """A digest of a chunk's texts and of what was noted of them, to know its prices by."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    digest = hashlib.sha256(lengths.tobytes())
    digest.update("".join(texts).encode("utf-8", "surrogatepass"))
    digest.update(json.dumps(sorted(notes.items())).encode())
    return digest.digest()


def _locked(folder: Path) -> int:
    """A descriptor that holds the lock of a folder until it is closed, or its process ends.

    Raises
    ------
    TableError
        Another run holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == folder.stat().st_ino:  # else the other run ended just now and removed it
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    raise TableError(f"Another run is writing {folder.name.removesuffix('.partial')}: wait for it, or stop it first.")


def _check_same_run(name: str, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = {"runtime": "torch"} | found  # which older states do not name, as there was no other
    changed = [each for each in wanted if found.get(each) != wanted[each]]
    if changed:
        raise TableError(
            f"{name} belongs to a run with another {changed[0].replace('_', ' ')}: "
            "give what that run was given, or run without --resume to start afresh."
        )

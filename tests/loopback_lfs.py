"""How the Hub keeps large files: uploads by the LFS protocol, in one piece or in parts, and downloads by redirect."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field

LARGE = (".parquet", ".safetensors")  # what is kept as LFS objects

BATCH = re.compile(r"/(?P<prefix>datasets/|spaces/)?(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
STORE = re.compile(r"/lfs/(?P<verb>put|part|complete|verify)/(?P<oid>[0-9a-f]{64})(?:/(?P<part>\d+))?")
GIVEN = re.compile(r"/lfs/get/(?P<oid>[0-9a-f]{64})/(?P<commit>[0-9a-f]{40})/(?P<name>.+)")


@dataclass
class Store:
    """Large files by their SHA-256: those that arrived whole, and the parts of those that have not."""

    objects: dict[str, bytes] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    chunk_bytes: int | None = None  # size of a part; None: files come in one piece

    def batch(self, wanted: dict, url: str) -> dict:
        """The answer of the batch endpoint: what is to be done for each object; nothing for one that is here."""
        return {"transfer": "basic", "objects": [self._actions(each, url) for each in wanted["objects"]]}

    def _actions(self, wanted: dict, url: str) -> dict:
        oid, size = wanted["oid"], wanted["size"]
        answer = {"oid": oid, "size": size}
        if oid in self.verified:
            return answer
        upload = {"href": f"{url}/lfs/put/{oid}"}
        if self.chunk_bytes:
            n_parts = -(-size // self.chunk_bytes)
            links = {f"{part:05}": f"{url}/lfs/part/{oid}/{part}" for part in range(1, n_parts + 1)}
            upload = {"href": f"{url}/lfs/complete/{oid}", "header": {"chunk_size": str(self.chunk_bytes), **links}}
        return answer | {"actions": {"upload": upload, "verify": {"href": f"{url}/lfs/verify/{oid}"}}}

    def take(self, found: re.Match, body: bytes) -> tuple[int, dict[str, str]]:
        """What a request to the store comes to: status and headers."""
        oid, verb = found["oid"], found["verb"]
        if verb == "part":
            self.parts[oid, int(found["part"])] = body
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}
        if verb == "verify":
            wanted = json.loads(body)
            is_whole = wanted["oid"] == oid and len(self.objects.get(oid, b"")) == wanted["size"]
            self.verified |= {oid} if is_whole else set()
            return (200 if is_whole else 404), {}
        if verb == "complete":
            parts = [self.parts[oid, each["partNumber"]] for each in json.loads(body)["parts"]]
            body = b"".join(parts)
        if hashlib.sha256(body).hexdigest() != oid:
            return 400, {}
        self.objects[oid] = body
        return 200, {}


def entry(path: str, content: bytes) -> dict:
    """A file as the Hub lists it; git keeps a pointer in place of a large one."""
    if not path.endswith(LARGE):
        return {"type": "file", "path": path, "size": len(content), "oid": _git_hash(content)}
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n".encode()
    lfs = {"oid": oid, "size": len(content), "pointerSize": len(pointer)}
    return {"type": "file", "path": path, "size": len(content), "oid": _git_hash(pointer), "lfs": lfs}


def _git_hash(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()

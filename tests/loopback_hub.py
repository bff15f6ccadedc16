"""A Hub on 127.0.0.1 for the tests: models and datasets, read and written as huggingface_hub does, with faults."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback_lfs import BATCH, GIVEN, LARGE, STORE, Store, entry

TOKEN = "hf_loopback_token"

_RESOLVE = re.compile(r"/(?P<kind>datasets/)?(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
_API = re.compile(
    r"/api/(?P<kind>models|datasets|spaces)/(?P<repo>[^/]+/[^/]+)"
    r"(?:/(?P<verb>revision|tree|paths-info|preupload|commit|branch)/(?P<revision>[^/]+)(?:/(?P<path>.*))?)?"
)
_SPACE = re.compile(r"/api/spaces/(?P<repo>[^/]+/[^/]+)/(?P<what>variables|hardware|secrets|runtime)")
_PREFIXES = {"models": "", "datasets": "datasets/", "spaces": "spaces/"}  # of a repo's address


@dataclass
class Repo:
    """A repo with its commits, the oldest first."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)  # commit -> path -> content
    branches: dict[str, str] = field(default_factory=dict)  # name -> its last commit
    gated: bool = False
    asked: list[tuple[str, dict]] = field(default_factory=list)  # of a Space: "variables", "hardware" or "secrets"
    variables: dict[str, str] = field(default_factory=dict)  # of a Space
    hardware: dict[str, str | None] = field(default_factory=lambda: {"current": None, "requested": None})  # of a Space
    private: bool = False

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        digest = hashlib.sha1(f"{len(self.commits)}".encode())
        for path, content in sorted(files.items()):
            digest.update(path.encode() + b"\0" + content)
        self.commits[digest.hexdigest()] = dict(files)
        self.branches[branch] = digest.hexdigest()
        return digest.hexdigest()

    def resolve(self, revision: str) -> str | None:
        return self.branches.get(revision, revision if revision in self.commits else None)


class LoopbackHub:
    """The server; `requests` holds what it was asked, such as "HEAD /owner/name/resolve/main/config.json".

    Faults, set in `fault`, for requests whose path ends in `fault_path`, `fault_times` times:
    "hang" (no header), "hang_body" (half a body), "cut" (half a body, then closed), "slow" (half a second per 64 kB),
    "truncated" (a short file), "wrong_content" (of the right size), "unavailable" (503), "unauthorized" (401),
    "forbidden" (403), "portal" (a page of something else), "dribble" (a byte now and then), "redirect" (to `redirect`).
    Of a PUT, "cut" and "slow" mean what it sends.
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.store = Store()
        self.port = 0
        self.start()
        self.reset()

    def start(self) -> None:
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.daemon_threads = True
        self.server.hub = self
        self.port = self.server.server_port
        self.released = threading.Event()
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """From now on, connections are refused; requests that hang are let go."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def reset(self) -> None:
        """No faults, no requests counted."""
        self.released.set()
        self.released = threading.Event()
        self.requests: list[str] = []
        self.fault, self.fault_path, self.fault_times = "", "", -1
        self.store.chunk_bytes = None
        self.redirect = ""  # where large files are sent for
        self.half_sent = threading.Event()  # by a hanging answer
        self.ranges = True  # whether a download may be taken up in the middle

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, repo: str, files: dict[str, bytes], kind: str = "models") -> str:
        """Commit the whole contents of a repo; gives the commit."""
        return self.repos.setdefault((kind, repo), Repo()).commit(files)

    def files(self, repo: str, kind: str = "models", branch: str = "main") -> dict[str, bytes]:
        """The contents of a repo on a branch."""
        found = self.repos[kind, repo]
        return found.commits[found.branches[branch]]

    def asked(self, repo: str) -> list[str]:
        """The requests about a repo; a thread that was given up on may still be asking about another one."""
        return [request for request in self.requests if repo in request]

    def take_fault(self, path: str) -> str:
        if not self.fault or not path.endswith(self.fault_path) or self.fault_times == 0:
            return ""
        self.fault_times -= 1
        return self.fault


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # on a busy machine, connections wait here instead of being refused


class _Handler(BaseHTTPRequestHandler):
    # HTTP/1.0: every answer ends its connection, so that a stopped server is really gone.
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        hub: LoopbackHub = self.server.hub
        address = urlsplit(self.path)
        path = unquote(address.path)
        hub.requests.append(f"{self.command} {path}")
        answered, sent = {"hang_body", "truncated", "wrong_content"}, {"cut", "slow"}  # of bodies: a HEAD has none
        with_body = {"GET"} if hub.fault in answered else {"GET", "PUT"} if hub.fault in sent else {self.command}
        self.fault = hub.take_fault(path) if self.command in with_body else ""
        body = self._read_body()
        if self.fault == "cut" and self.command == "PUT":
            return
        if self.fault == "hang":
            hub.released.wait(60)
            return
        if self.fault == "portal":
            self._portal()
            return
        if self.fault == "dribble":
            self._dribble()
            return
        refusals = {"unavailable": (503, ""), "unauthorized": (401, ""), "forbidden": (403, "")}
        if self.fault in refusals:
            message = "Invalid credentials in Authorization header" if self.fault == "unauthorized" else ""
            self._refuse(*refusals[self.fault], message)
        elif path == "/api/whoami-v2":
            self._whoami()
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif BATCH.fullmatch(path):
            self._json(hub.store.batch(json.loads(body), hub.url))
        elif found := STORE.fullmatch(path):
            status, headers = hub.store.take(found, body)
            self._json({}, status, headers)
        elif found := GIVEN.fullmatch(path):
            self._send_file(hub.store.objects[found["oid"]], found["commit"])
        elif found := _SPACE.fullmatch(path):
            self._space(found, json.loads(body or b"null"))
        elif found := _API.fullmatch(path):
            self._api(found, body, parse_qs(address.query))
        elif found := _RESOLVE.fullmatch(path):
            self._resolve(found)
        else:
            self._refuse(404, "")

    def _portal(self) -> None:
        page = b"<!doctype html><title>Please log in to this network</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    def _dribble(self) -> None:
        """An answer that begins well and takes minutes."""
        released, answer = self.server.hub.released, b"HTTP/1.0 200 OK\r\nX-Padding: " + b"a" * 1000
        for at in range(len(answer)):
            self.wfile.write(answer[at : at + 1])
            self.wfile.flush()
            if released.wait(0.1):
                return

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return self._read_chunks()
        size = int(self.headers.get("Content-Length") or 0) // (2 if self.fault == "cut" else 1)
        piece = 64 * 1024 if self.fault == "slow" else size + 1
        parts = []
        for start in range(0, size, piece):
            parts.append(self.rfile.read(min(piece, size - start)))
            if self.fault == "slow":
                self.server.hub.released.wait(0.5)
        return b"".join(parts)

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _repo(self, kind: str, name: str) -> Repo | None:
        """The repo if it is there and may be seen; else the refusal is sent."""
        repo = self.server.hub.repos.get((kind, name))
        if repo is None:
            self._refuse(404 if self._authorized() else 401, "RepoNotFound")
        elif repo.private and not self._authorized():
            self._refuse(401, "RepoNotFound")
            return None
        elif repo.gated and not self._authorized():
            self._refuse(403 if self.headers.get("Authorization") else 401, "GatedRepo")
            return None
        return repo

    def _authorized(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _whoami(self) -> None:
        if not self._authorized():
            self._refuse(401, "", "Invalid credentials in Authorization header")
            return
        token = {"displayName": "loopback", "role": "write"}
        self._json({"type": "user", "name": "tester", "auth": {"accessToken": token}, "orgs": []})

    def _create(self, wanted: dict) -> None:
        kind = f"{wanted.get('type') or 'model'}s"
        name = f"{wanted.get('organization') or 'tester'}/{wanted['name']}"
        if not self._authorized():
            self._refuse(401, "", "Invalid credentials in Authorization header")
            return
        there = (kind, name) in self.server.hub.repos
        if not there:
            self.server.hub.publish(name, {}, kind)
            self.server.hub.repos[kind, name].private = wanted.get("visibility") == "private"
        self._json({"url": f"{self.server.hub.url}/{_PREFIXES[kind]}{name}"}, 409 if there else 200)

    def _space(self, found: re.Match, wanted: dict | None) -> None:
        repo = self._repo("spaces", found["repo"])
        if repo is None:
            return
        if not self._authorized():
            self._refuse(403, "")
            return
        if wanted:
            repo.asked.append((found["what"], wanted))
            repo.hardware["requested"] = wanted.get("flavor", repo.hardware["requested"])
        if found["what"] != "variables":
            self._json({"stage": "BUILDING", "hardware": repo.hardware})
            return
        if self.command == "POST":
            repo.variables[wanted["key"]] = wanted["value"]
        elif self.command == "DELETE":
            del repo.variables[wanted["key"]]
        self._json({key: {"value": value} for key, value in repo.variables.items()})

    def _api(self, found: re.Match, body: bytes, query: dict) -> None:
        repo = self._repo(found["kind"], found["repo"])
        if repo is None:
            return
        new_branch = found["verb"] == "branch" and found["revision"]
        commit = repo.resolve("main" if new_branch else found["revision"] or "main")
        if commit is None:
            self._refuse(404, "RevisionNotFound")
            return
        files = repo.commits[commit]
        if found["verb"] == "tree":
            self._tree(files, found["path"] or "", "true" in query.get("recursive", [""])[0].lower())
        elif found["verb"] == "paths-info":
            wanted = parse_qs(body.decode()).get("paths", [])
            self._json([entry(path, files[path]) for path in wanted if path in files])
        elif found["verb"] in {"preupload", "commit", "branch"} and not self._authorized():
            self._refuse(403, "")
        elif found["verb"] == "preupload":
            modes = {True: "lfs", False: "regular"}
            paths = [each["path"] for each in json.loads(body)["files"]]
            self._json(
                {"files": [{"path": p, "uploadMode": modes[p.endswith(LARGE)], "shouldIgnore": False} for p in paths]}
            )
        elif new_branch:
            there = new_branch in repo.branches
            repo.branches.setdefault(new_branch, commit)
            self._json({}, 409 if there else 200)
        elif found["verb"] == "commit":
            self._commit(repo, found, files, body)
        else:
            siblings = [{"rfilename": path} for path in files]
            self._json({"id": found["repo"], "sha": commit, "siblings": siblings, "tags": [], "private": repo.private})

    def _tree(self, files: dict[str, bytes], folder: str, recursive: bool) -> None:
        prefix = f"{folder}/" if folder else ""
        inside = {path: content for path, content in files.items() if path.startswith(prefix)}
        if folder and not inside:
            self._refuse(404, "EntryNotFound")
            return
        entries = [entry(p, content) for p, content in inside.items() if recursive or "/" not in p[len(prefix) :]]
        folders = {prefix + p[len(prefix) :].split("/")[0] for p in inside if "/" in p[len(prefix) :]}
        entries += [{"type": "directory", "path": each, "oid": "0" * 40, "size": 0} for each in sorted(folders)]
        self._json(entries)

    def _commit(self, repo: Repo, found: re.Match, files: dict[str, bytes], body: bytes) -> None:
        files = dict(files)
        for line in body.decode().splitlines():
            operation = json.loads(line)
            if operation["key"] == "file":
                files[operation["value"]["path"]] = base64.b64decode(operation["value"]["content"])
            elif operation["key"] == "lfsFile":
                files[operation["value"]["path"]] = self.server.hub.store.objects[operation["value"]["oid"]]
            elif operation["key"] == "deletedFile":
                files.pop(operation["value"]["path"], None)
        commit = repo.commit(files, found["revision"])
        address = f"{self.server.hub.url}/{_PREFIXES[found['kind']]}{found['repo']}/commit/{commit}"
        self._json({"success": True, "commitOid": commit, "commitUrl": address})

    def _resolve(self, found: re.Match) -> None:
        repo = self._repo("datasets" if found["kind"] else "models", found["repo"])
        if repo is None:
            return
        commit = repo.resolve(found["revision"])
        if commit is None:
            self._refuse(404, "RevisionNotFound")
        elif found["path"] not in repo.commits[commit]:
            self._refuse(404, "EntryNotFound", commit=commit)
        elif found["path"].endswith(LARGE):
            self._redirect(repo.commits[commit][found["path"]], commit, found["path"])
        else:
            self._send_file(repo.commits[commit][found["path"]], commit)

    def _redirect(self, content: bytes, commit: str, path: str) -> None:
        """Send the client to where large files are kept."""
        oid = hashlib.sha256(content).hexdigest()
        self.server.hub.store.objects[oid] = content
        self.send_response(302)
        self.send_header("Location", f"{self.server.hub.url}/lfs/get/{oid}/{commit}/{path}")
        self.send_header("X-Repo-Commit", commit)
        self.send_header("X-Linked-Etag", f'"{oid}"')
        self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_file(self, content: bytes, commit: str) -> None:
        etag = hashlib.sha256(content).hexdigest()
        if self.fault == "redirect":
            linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content)), "X-Repo-Commit": commit}
            self._json({}, 302, {"Location": self.server.hub.redirect, **linked})
            return
        if self.fault == "truncated":
            content = content[: len(content) // 2]
        if self.fault == "wrong_content":
            content = bytes(byte ^ 1 for byte in content)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", (self.server.hub.ranges and self.headers.get("Range")) or "")
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]), len(content) - 1) if asked and asked[2] else len(content) - 1
        self.send_response(206 if asked else 200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last + 1 - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.fault in {"hang_body", "cut"}:
            self.wfile.write(content[first : (first + last) // 2])
            self.wfile.flush()
            self.server.hub.half_sent.set()
            if self.fault == "hang_body":
                self.server.hub.released.wait(60)
            return
        piece = 64 * 1024 if self.fault == "slow" else len(content) + 1
        for start in range(first, last + 1, piece):
            self.wfile.write(content[start : min(start + piece, last + 1)])
            self.wfile.flush()
            if self.fault == "slow":
                self.server.hub.released.wait(0.5)

    def _refuse(self, status: int, code: str, message: str = "", commit: str = "") -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message, "X-Repo-Commit": commit}
        self._json({"error": message or code}, status, {name: value for name, value in headers.items() if value})

    def _json(self, answer: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

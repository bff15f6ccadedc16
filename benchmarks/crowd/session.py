"""One visitor's session with a running page: Gradio's queue over plain HTTP, in one event loop with all others."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

BUSY_WORDS = ("busy", "already waiting or running", "is restarting", "queue is full")
PATIENCE_SECONDS = 600.0


class BusyError(Exception):
    """The page said that it is busy."""


class FailedError(Exception):
    """The page gave no answer, or an error that is no refusal."""


class Page:
    """Where a page is served, and the numbers of its endpoints."""

    def __init__(self, address: str, numbers: dict[str, int]) -> None:
        self.address, self.numbers = address, numbers

    @classmethod
    async def found(cls, client: httpx.AsyncClient, address: str) -> Page:
        """Ask a page for its endpoints, as a browser does."""
        config = (await client.get(f"{address}/config")).raise_for_status().json()
        return cls(address, {each["api_name"]: each["id"] for each in config["dependencies"] if each["api_name"]})


class Session:
    """What one visitor does; calls go one after another, as the page's own do."""

    def __init__(self, client: httpx.AsyncClient, page: Page, visitor: str) -> None:
        self._client, self._page = client, page
        self._headers = {"x-forwarded-for": visitor}  # everyone comes from this machine, through a trusted proxy
        self.name = secrets.token_hex(8)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Session]:
        """Within: the page is open in a browser, which holds a connection to it."""
        beats = asyncio.create_task(self._beat())
        try:
            yield self
        finally:
            beats.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await beats

    async def load(self) -> None:
        """What a browser fetches to show the page."""
        for path in ("/", "/config", "/theme.css"):
            (await self._client.get(self._page.address + path, headers=self._headers)).raise_for_status()

    async def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Send a file; gives what an endpoint is given for it."""
        sent = await self._client.post(
            f"{self._page.address}/gradio_api/upload", files={"files": (name, content)}, headers=self._headers
        )
        if sent.status_code in {429, 503}:
            raise BusyError(sent.text)
        sent.raise_for_status()
        return {"path": sent.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}

    async def call(self, endpoint: str, *data: Any, leave_after: float | None = None) -> Any:
        """What an endpoint answers; or None if the visitor leaves before it does.

        Raises
        ------
        BusyError, FailedError
            The page refused, or gave no answer.
        """
        body = {"data": data, "fn_index": self._page.numbers[endpoint], "session_hash": self.name}
        join = f"{self._page.address}/gradio_api/queue/join"
        joined = await self._client.post(join, json=body, headers=self._headers)
        if joined.status_code != 200:
            raise _refusal(joined.text)
        stream = self._answer(joined.json()["event_id"])
        if leave_after is None:
            return await asyncio.wait_for(stream, PATIENCE_SECONDS)
        with suppress(TimeoutError):
            return await asyncio.wait_for(stream, leave_after)
        return None

    async def fetch(self, answer: dict[str, Any]) -> int:
        """Download a file of an answer; gives its lines."""
        lines = 0
        async with self._client.stream("GET", answer["url"], headers=self._headers) as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                lines += part.count(b"\n")
        return lines

    async def _answer(self, event: str) -> Any:
        address, asked = f"{self._page.address}/gradio_api/queue/data", {"session_hash": self.name}
        async with self._client.stream("GET", address, params=asked, headers=self._headers) as response:
            response.raise_for_status()
            completed: dict[str, Any] = {}
            async for line in response.aiter_lines():
                message = json.loads(line[6:]) if line.startswith("data: ") else {"msg": ""}
                if message["msg"] == "process_completed" and message["event_id"] == event:
                    completed = message
                if message["msg"] == "unexpected_error":
                    raise _refusal(str(message.get("message")))
                if message["msg"] == "close_stream":  # who leaves before may take the next call's answers with them
                    break
        if not completed:
            raise FailedError("the stream ended without an answer")
        if not completed["success"]:
            raise _refusal(str(completed["output"].get("error")))
        return completed["output"]["data"][0]

    async def _beat(self) -> None:
        address = f"{self._page.address}/gradio_api/heartbeat/{self.name}"
        async with self._client.stream("GET", address, headers=self._headers) as response:
            async for _ in response.aiter_bytes():
                pass


def client() -> httpx.AsyncClient:
    """One pool of connections for all visitors."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    return httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(PATIENCE_SECONDS), trust_env=False)


def _refusal(words: str) -> Exception:
    return (BusyError if any(each in words.lower() for each in BUSY_WORDS) else FailedError)(words)


def own_seconds() -> float:
    """Processor time that this process has taken: the visitors' share."""
    return time.process_time()

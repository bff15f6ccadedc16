"""What visitors do, over and over, until time is up; each draws from a generator of its own."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.crowd.session import Page, Session
from benchmarks.crowd.tally import Tally
from benchmarks.texts import catalogue_items

SECONDS_BETWEEN = 8.0  # two prices of one person
PAUSE_SECONDS = 1.0  # after a refused batch


@dataclass
class Crowd:
    """People at one page until a moment, and what became of their requests."""

    client: httpx.AsyncClient
    page: Page
    until: float  # of time.monotonic()
    seed: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    rows: int = 0  # priced in batches that came back whole

    def tally(self, name: str) -> Tally:
        """Where requests of a kind are counted."""
        return self.tallies.setdefault(name, Tally(name))

    async def run(self, n_people: int, sources: list[Path], kind: Callable[..., Awaitable[None]] | None = None) -> None:
        """So many people, each with the kind of visit, and a batch over and over for each source; to the end."""
        texts = [item.summary for item in catalogue_items(500, seed=self.seed)]
        visits = [self._visit(number, texts, kind or prices) for number in range(n_people)]
        files = [self._files(1000 + number, source) for number, source in enumerate(sources)]
        await asyncio.gather(*visits, *files)

    def session(self, number: int) -> Session:
        """A new session of a person, who keeps the address."""
        return Session(self.client, self.page, f"203.{number // 250 % 250}.{number % 250}.7")

    def is_over(self) -> bool:
        """Whether it is time to go."""
        return time.monotonic() >= self.until

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        await asyncio.sleep(max(0.0, min(seconds, self.until - time.monotonic())))

    async def _visit(self, number: int, texts: list[str], kind: Callable[..., Awaitable[None]]) -> None:
        draw = random.Random(self.seed * 10_000 + number)
        await self.pause(draw.uniform(0, SECONDS_BETWEEN))
        await kind(self, number, texts, draw)

    async def _files(self, number: int, source: Path) -> None:
        content = source.read_bytes()
        async with self.session(number).open() as session:
            while not self.is_over():
                lines = await self.tally("batch").take(_priced(session, source, content))
                if lines:
                    self.rows += lines - 1
                else:
                    await self.pause(PAUSE_SECONDS)


async def prices(crowd: Crowd, number: int, texts: list[str], draw: random.Random) -> None:
    """A person who keeps the page open and prices an item every eight seconds or so."""
    async with crowd.session(number).open() as session:
        while not crowd.is_over():
            await crowd.tally("price").take(session.call("price", draw.choice(texts)))
            await crowd.pause(draw.uniform(0.5, 1.5) * SECONDS_BETWEEN)


async def _priced(session: Session, source: Path, content: bytes) -> int:
    given = await session.upload(source.name, content)
    return await session.fetch(await session.call("batch", given, []))

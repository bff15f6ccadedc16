"""Mixed use: what a visitor may do to a page, in turn, each time in a session of its own that is then closed."""

from __future__ import annotations

import random

from benchmarks.crowd.people import SECONDS_BETWEEN, Crowd
from benchmarks.crowd.session import FailedError, Session
from benchmarks.texts import TEXT_CHARS

STOPPED_ROWS, STOPPED_AFTER = 20_000, 1.0  # seconds
EVALUATED = 200  # items


async def mixed(crowd: Crowd, number: int, texts: list[str], draw: random.Random) -> None:
    """A person who does one thing after another, each in a new session."""
    things = (_price, _explain, _page, _mistake, _price, _explain, _compare, _evaluation, _left_upload, _stopped_batch)
    weights = (20, 20, 10, 10, 20, 10, 6, 2, 1, 1)
    while not crowd.is_over():
        chosen = draw.choices(things, weights)[0]
        async with crowd.session(number).open() as session:
            await crowd.tally(chosen.__name__[1:]).take(chosen(session, texts, draw))
        await crowd.pause(draw.uniform(0.5, 1.5) * SECONDS_BETWEEN)


async def _price(session: Session, texts: list[str], draw: random.Random) -> None:
    for _ in range(3):
        await session.call("price", draw.choice(texts))


async def _explain(session: Session, texts: list[str], draw: random.Random) -> None:
    await session.call("explain", draw.choice(texts))


async def _compare(session: Session, texts: list[str], draw: random.Random) -> None:
    await session.call("compare", draw.choice(texts), draw.choice(texts))


async def _page(session: Session, texts: list[str], draw: random.Random) -> None:
    await session.load()


async def _mistake(session: Session, texts: list[str], draw: random.Random) -> None:
    try:
        await session.call("price", draw.choice(["", " ", 5, None]))
    except FailedError as error:
        if "cannot be priced" not in str(error):
            raise
    else:
        raise FailedError("a mistake was priced")


async def _evaluation(session: Session, texts: list[str], draw: random.Random) -> None:
    await session.call("evaluate", None, "", EVALUATED, False)


async def _left_upload(session: Session, texts: list[str], draw: random.Random) -> None:
    await session.upload(*_file(texts, draw))


async def _stopped_batch(session: Session, texts: list[str], draw: random.Random) -> None:
    given = await session.upload(*_file(texts, draw))
    await session.call("batch", given, [], leave_after=draw.uniform(0, STOPPED_AFTER))


def _file(texts: list[str], draw: random.Random) -> tuple[str, bytes]:
    lines = [f'{draw.random()},"{draw.choice(texts)[:TEXT_CHARS]}"'.replace("\n", " ") for _ in range(STOPPED_ROWS)]
    return "items.csv", "\n".join(["id,summary", *lines]).encode()

"""Several visitors at once: everyone is answered, the answers are right, and nothing stays."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest

from benchmarks.crowd.footprint import on_disk
from benchmarks.crowd.session import Page, Session, client
from pricer import DeepNeuralNetworkRunner
from tests import coroutines
from tests.load.conftest import ROWS, running

CALLERS, CALLS = 8, 6
TEXTS = ["steel kettle, 1.7 litres", "cordless drill with two batteries", "desk lamp", "gold ring", "office chair"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory, large):
    """What eight callers and two with large files get, and the state of the app before and after."""
    with running(tmp_path_factory.mktemp("crowd") / "tmp", PRICER_PUBLIC="true", PRICER_TRUSTED_PROXY="true") as app:
        before = app.health()
        prices, files = coroutines.run(_crowd(app.address, large))
        after = app.health()
        app.process.terminate()
        code = app.process.wait(30)
        return {"before": before, "after": after, "prices": prices, "files": files, "code": code, "app": app}


async def _crowd(address, large):
    async with client() as pool:
        page = await Page.found(pool, address)
        callers = [_prices(Session(pool, page, f"8.8.8.{number}")) for number in range(CALLERS)]
        files = [_batch(pool, Session(pool, page, f"9.9.9.{number}"), large) for number in range(2)]
        *prices, first, second = await asyncio.gather(*callers, *files)
        return prices, (first, second)


async def _prices(session):
    async with session.open():
        return [await session.call("price", TEXTS[at % len(TEXTS)]) for at in range(CALLS)]


async def _batch(pool, session, large):
    answer = await session.call("batch", await session.upload(large.name, large.read_bytes()), [])
    return (await pool.get(answer["url"])).raise_for_status().text


def test_every_caller_gets_the_price_that_the_runner_gives(answers):
    alone = DeepNeuralNetworkRunner.from_pretrained(device="cpu").price(TEXTS).price
    for caller in answers["prices"]:
        assert [found["price"] for found in caller] == [float(alone[at % len(TEXTS)]) for at in range(CALLS)]


def test_every_row_of_both_files_is_priced_in_order(answers, large):
    with large.open(encoding="utf-8", newline="") as file:
        given = list(csv.reader(file))
    first, second = answers["files"]
    assert first == second
    rows = list(csv.reader(io.StringIO(first)))
    assert [row[:3] for row in rows] == given
    assert all(float(row[3]) > 0 for row in rows[1:])
    assert len(rows) == ROWS + 1


def test_health_tells_of_the_model_and_of_queues_that_are_empty_again(answers):
    assert set(answers["before"]) == {"status", "model", "device", "precision", "version", "uptime_s", "queue"}
    for told in (answers["before"], answers["after"]):
        assert told["status"] == "ok"
        assert all(lane == {"waiting": 0, "running": 0} for lane in told["queue"].values())
    assert set(answers["after"]["queue"]) == {"short", "long"}


def test_the_app_ends_as_asked_and_leaves_no_file(answers):
    assert answers["code"] == 0
    assert on_disk(answers["app"].temporary) == (0, 0)

"""How much of the page one visitor may take, and what the others are told when there is no place."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from functools import cache

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from gradio_client.utils import QueueError

from benchmarks.crowd.session import BusyError, FailedError, Page, Session, client
from pricer import DeepNeuralNetworkRunner
from pricer.settings import Settings
from pricer.ui import page as our_page
from pricer.ui.context import BUSY, PageContext
from pricer.ui.sessions import LeanSession
from tests import coroutines

FILE = ("goods.csv", b"summary\nkettle\n")
ONE, OTHER = "8.8.8.8", "9.9.9.9"


@cache
def _runner():
    return DeepNeuralNetworkRunner.from_pretrained(device="cpu")


@contextmanager
def served(monkeypatch, **limits):
    """A page with these limits, and what holds all prices back until it is set."""
    context = PageContext(_runner(), Settings(trusted_proxy=True, **limits))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(context.folders.cache))  # removed at the end
    go_on, quote = threading.Event(), context.runner.quote

    def held(*arguments):
        assert go_on.wait(60)
        return quote(*arguments)

    monkeypatch.setattr(context.runner, "quote", held)
    demo = our_page.build(context)
    _, url, _ = demo.launch(**our_page.launch_options(context), prevent_thread_lock=True, quiet=True)
    try:
        yield url.rstrip("/"), go_on, demo
    finally:
        go_on.set()
        demo.close(verbose=False)
        context.folders.remove()


async def _taken(pool, url, lane, n):
    """Wait until so many calls are in a lane."""
    while sum((await pool.get(f"{url}/healthz")).json()["queue"].get(lane, {}).values()) < n:
        pass


def test_one_visitor_has_so_many_calls_and_others_have_their_own(monkeypatch):
    with served(monkeypatch, visitor_calls=2) as (url, go_on, _):

        async def visit():
            async with client() as pool:
                page = await Page.found(pool, url)
                mine = [asyncio.create_task(Session(pool, page, ONE).call("price", "kettle")) for _ in range(2)]
                await _taken(pool, url, "short", 2)
                with pytest.raises(BusyError) as refused:
                    await Session(pool, page, ONE).call("price", "kettle")
                theirs = asyncio.create_task(Session(pool, page, OTHER).call("price", "kettle"))
                await _taken(pool, url, "short", 3)
                go_on.set()
                answers = await asyncio.gather(*mine, theirs)
                again = await Session(pool, page, ONE).call("price", "kettle")
                return str(refused.value), [each["price"] for each in (*answers, again)]

        said, prices = coroutines.run(visit())
    assert said == (
        "You have 2 calls already waiting or running here, the most for one visitor: try again once one ends."
    )
    assert len(set(prices)) == 1


def test_a_session_counts_wherever_it_comes_from(monkeypatch):
    with served(monkeypatch, visitor_calls=1) as (url, go_on, _):

        async def visit():
            async with client() as pool:
                page = await Page.found(pool, url)
                session = Session(pool, page, ONE)
                mine = asyncio.create_task(session.call("price", "kettle"))
                await _taken(pool, url, "short", 1)
                body = {"data": ["kettle"], "fn_index": page.numbers["price"], "session_hash": session.name}
                headers = {"x-forwarded-for": OTHER}
                (await pool.post(f"{url}/gradio_api/queue/join", json=body, headers=headers)).raise_for_status()
                lanes = (await pool.get(f"{url}/healthz")).json()["queue"]
                go_on.set()
                await mine
                return lanes

        assert coroutines.run(visit())["short"] == {"waiting": 0, "running": 1}


def test_runs_are_counted_apart_from_calls_and_each_waits_for_a_free_place(monkeypatch):
    with served(monkeypatch, visitor_runs=2, runs_at_once=1, visitor_calls=1) as (url, go_on, _):

        async def visit():
            async with client() as pool:
                page = await Page.found(pool, url)
                given = await Session(pool, page, ONE).upload(*FILE)
                runs = [asyncio.create_task(Session(pool, page, ONE).call("batch", given, [])) for _ in range(2)]
                await _taken(pool, url, "long", 2)
                lanes = (await pool.get(f"{url}/healthz")).json()["queue"]
                with pytest.raises(BusyError, match="You have 2 runs already waiting or running"):
                    await Session(pool, page, ONE).call("evaluate", None, "", 10, False)
                price = asyncio.create_task(Session(pool, page, ONE).call("price", "kettle"))
                await _taken(pool, url, "short", 1)
                go_on.set()
                await asyncio.gather(*runs, price)
                return lanes

        assert coroutines.run(visit())["long"] == {"waiting": 1, "running": 1}


def test_a_full_queue_is_busy_for_programs_and_in_plain_http(monkeypatch):
    with served(monkeypatch, queue_size=1, runs_at_once=1) as (url, go_on, _):

        async def fill(pool):
            page = await Page.found(pool, url)
            given = await Session(pool, page, ONE).upload(*FILE)
            runs = []
            for n in (1, 2):
                runs.append(asyncio.create_task(Session(pool, page, ONE).call("batch", given, [])))
                await _taken(pool, url, "long", n)
            return runs

        async def visit():
            async with client() as pool:
                runs = await fill(pool)
                plain = await pool.post(f"{url}/gradio_api/call/price", json={"data": ["kettle"]})
                with pytest.raises(QueueError, match="Queue is full"):
                    await asyncio.to_thread(_asked_by_client, url)
                go_on.set()
                await asyncio.gather(*runs)
                return plain

        plain = coroutines.run(visit())
    assert plain.status_code == 503
    assert plain.json() == {"detail": BUSY}


def test_a_program_is_told_in_words_that_it_has_too_many_calls(monkeypatch):
    with served(monkeypatch, visitor_calls=1) as (url, go_on, _):
        page = Client(url, verbose=False)
        first = page.submit("kettle", api_name="/price")
        while httpx.get(f"{url}/healthz").json()["queue"].get("short", {}).get("running") != 1:
            pass
        with pytest.raises(AppError, match="You have 1 call already waiting or running here"):
            page.predict("kettle", api_name="/price")
        go_on.set()
        assert first.result()["price"] > 0
        page.close()


def test_a_text_longer_than_this_page_takes_is_refused_by_every_endpoint(monkeypatch):
    with served(monkeypatch, max_text_chars=20) as (url, go_on, _):
        go_on.set()

        async def visit():
            async with client() as pool:
                session, long = Session(pool, await Page.found(pool, url), ONE), "kettle " * 3
                said = []
                for endpoint, *data in (("price", long), ("explain", long), ("compare", "kettle", long)):
                    with pytest.raises(FailedError, match="21 characters, at most 20 are priced") as refused:
                        await session.call(endpoint, *data)
                    said.append(refused.value)
                return said

        assert len(coroutines.run(visit())) == 3


def test_an_upload_waits_where_the_disk_is_full(monkeypatch):
    with served(monkeypatch, disk_mb=1, max_upload_mb=1) as (url, _, _):

        async def visit():
            async with client() as pool:
                session = Session(pool, await Page.found(pool, url), ONE)
                await session.upload("large.csv", b"x" * 600_000)
                with pytest.raises(BusyError, match="busy: there is no room for another file"):
                    await session.upload("more.csv", b"y" * 600_000)
                await session.upload("small.csv", b"z")

        coroutines.run(visit())


def test_a_session_costs_no_copy_of_the_page_and_keeps_its_own_values(monkeypatch):
    with served(monkeypatch) as (url, go_on, demo):
        go_on.set()
        for _ in range(2):
            page = Client(url, verbose=False)
            page.predict("kettle", api_name="/price")
            page.close()
        sessions = list(demo.app.state_holder.session_data.values())
    assert len(sessions) >= 2
    assert all(isinstance(session, LeanSession) and not session.config_values for session in sessions)


def _asked_by_client(url):
    page = Client(url, verbose=False)
    try:
        return page.predict("kettle", api_name="/price")
    finally:
        page.close()


def test_a_visitor_who_waits_for_an_answer_gets_it_however_many_come_after(monkeypatch):
    with served(monkeypatch) as (url, go_on, demo):
        demo._queue.pending_messages_per_session.max_size = 3

        async def visit():
            async with client() as pool:
                page = await Page.found(pool, url)
                waiting = asyncio.create_task(Session(pool, page, ONE).call("price", "kettle"))
                await _taken(pool, url, "short", 1)
                for _ in range(6):
                    with pytest.raises(FailedError, match="cannot be priced"):
                        await Session(pool, page, OTHER).call("price", "")
                go_on.set()
                return await waiting

        assert coroutines.run(visit())["price"] > 0
        assert len(demo._queue.pending_messages_per_session) == 3
        assert len(demo._queue.pending_event_ids_session) <= 3

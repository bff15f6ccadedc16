"""How the app ends: asked to, it tells its visitors; killed, the next one cleans up; its helpers end with it."""

from __future__ import annotations

import asyncio
import os
import select
import signal

import httpx
import pytest

from benchmarks.crowd.session import BusyError, Page, Session, client
from tests import coroutines
from tests.load.conftest import running

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes as Linux allows")
PATIENCE_SECONDS = 60.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_asked_to_end_amid_a_batch_the_app_tells_its_visitor_and_goes(tmp_path, endless, number):
    with running(tmp_path / "tmp") as app:

        async def visit():
            async with client() as pool:
                _, job, pids = await _begun(app, pool, await Page.found(pool, app.address), endless)
                helpers = [os.pidfd_open(pid) for pid in pids]
                app.process.send_signal(number)
                with pytest.raises(BusyError, match="is restarting"):
                    await job
                return helpers

        helpers = coroutines.run(visit())
        assert app.process.wait(PATIENCE_SECONDS) == 0
        assert all(map(_has_ended, helpers))
        assert not list(app.temporary.glob("pricer-*"))


def test_while_the_app_ends_it_takes_nothing_new_and_says_so(tmp_path, endless):
    with running(tmp_path / "tmp") as app:

        async def visit():
            async with client() as pool:
                page = await Page.found(pool, app.address)
                visitor, job, _ = await _begun(app, pool, page, endless)
                os.kill(app.process.pid, signal.SIGTERM)
                while (told := await pool.get(f"{app.address}/healthz")).status_code == 200:
                    pass
                said = [told.json()["status"]]
                for late in (
                    Session(pool, page, "8.8.4.4").call("price", "kettle"),
                    visitor.upload(endless.name, b"x"),
                ):
                    with pytest.raises(BusyError) as refused:
                        await late
                    said.append(str(refused.value))
                with pytest.raises(BusyError):
                    await job
                return said

        status, call, upload = coroutines.run(visit())
        assert status == "stopping"
        assert call == upload == "The page is restarting. Try again in a minute."


def test_a_batch_that_is_nearly_done_is_finished_and_can_still_be_fetched(tmp_path):
    with running(tmp_path / "tmp") as app:

        async def visit():
            async with client() as pool:
                session = Session(pool, await Page.found(pool, app.address), "8.8.8.8")
                rows = "".join(f"steel kettle of {at / 1000} litres\n" for at in range(6000))
                given = await session.upload("items.csv", f"summary\n{rows}".encode())
                job = asyncio.create_task(session.call("batch", given, []))
                while not (job.done() or app.health()["queue"].get("long", {}).get("running")):
                    await asyncio.sleep(0.005)  # in which the call gets on its way
                app.process.send_signal(signal.SIGTERM)
                return await session.fetch(await job)

        assert coroutines.run(visit()) == 6001
        assert app.process.wait(PATIENCE_SECONDS) == 0


def test_an_app_that_is_killed_takes_its_helpers_with_it_and_the_next_one_removes_its_files(tmp_path, large):
    temporary = tmp_path / "tmp"
    with running(temporary) as app:

        async def visit():
            async with client() as pool:
                _, job, pids = await _begun(app, pool, await Page.found(pool, app.address), large)
                helpers = [os.pidfd_open(pid) for pid in pids]
                app.process.kill()
                with pytest.raises(httpx.HTTPError):
                    await job
                return helpers

        helpers = coroutines.run(visit())
        assert all(map(_has_ended, helpers))
        (left,) = temporary.glob("pricer-*")
    with running(temporary) as app:
        assert not left.exists()
        assert len(list(temporary.glob("pricer-*"))) == 1
        assert app.health()["status"] == "ok"


async def _begun(app, pool, page, large):
    """A visitor whose batch is at work: their session, the batch, and the ids of the processes that price it."""
    session = Session(pool, page, "8.8.8.8")
    job = asyncio.create_task(session.call("batch", await session.upload(large.name, large.read_bytes()), []))
    return session, job, await asyncio.to_thread(app.wait_for_helpers)


def _has_ended(descriptor: int) -> bool:
    """Whether a process is gone, as soon as it is."""
    try:
        return bool(select.select([descriptor], [], [], PATIENCE_SECONDS)[0])
    finally:
        os.close(descriptor)

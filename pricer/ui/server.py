"""What stands around Gradio's server: health, limits of disk and memory, and an orderly end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Timer
from typing import Any

import gradio as gr
from anyio import to_thread
from starlette.middleware import Middleware

from pricer.settings import Settings
from pricer.ui.context import PageContext
from pricer.ui.fair_queue import FairQueue
from pricer.ui.gate import Gate, GateRules
from pricer.ui.health import health_route
from pricer.ui.sessions import Sessions
from pricer.ui.upload_guard import UploadGuard

MEGABYTE = 1024 * 1024
SWEEP_SECONDS = 30
FINISH_SECONDS = 4.0  # that running work may take to its end, once the app is to end
GIVE_UP_SECONDS = 2.0  # that it may take, after that, to the end of its step
TELL_SECONDS = 0.5  # that visitors have to hear of it
CLOSE_SECONDS = 1.5  # that connections have to end by themselves


def server_options(context: PageContext) -> dict[str, Any]:
    """What the server's app is given."""
    settings = context.settings

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        app.state_holder = Sessions(app.get_blocks())
        sweeping = asyncio.create_task(_sweep(app.get_blocks(), context))
        try:
            yield
        finally:
            sweeping.cancel()

    return {
        "routes": [health_route(context)],
        "middleware": [Middleware(Gate, _gate_rules(settings)), Middleware(UploadGuard, context)],
        "openapi_url": None,  # it would list every route
        "lifespan": lifespan,
    }


def _gate_rules(settings: Settings) -> GateRules:
    return GateRules(
        body_bytes=settings.max_request_kb * 1024,
        upload_bytes=(settings.max_upload_mb + 1) * MEGABYTE,  # with what stands around the file
        host_names=settings.host_names,
        shared=settings.share,
    )


async def _sweep(demo: gr.Blocks, context: PageContext) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await to_thread.run_sync(context.results.sweep)
        context.evaluations.sweep()
        removed = set(map(str, await to_thread.run_sync(context.disk.sweep)))
        for names in demo.temp_file_sets:
            names.difference_update(removed)


def shut_down(demo: gr.Blocks, context: PageContext) -> None:
    """End the app: nothing new is taken; what runs is finished or, where that takes too long, ends and says why."""
    context.stopping.set()
    _wait(demo._queue, FINISH_SECONDS)
    context.ending.set()
    _wait(demo._queue, GIVE_UP_SECONDS)
    time.sleep(TELL_SECONDS)
    forcing = Timer(CLOSE_SECONDS, setattr, [demo.server, "force_exit", True])  # else connections are waited for
    forcing.start()
    demo.close(verbose=False)
    forcing.cancel()
    context.folders.remove()


def _wait(queue: FairQueue, seconds: float) -> None:
    """Until nothing waits or runs, at most so long."""
    over = time.monotonic() + seconds
    while queue.events() and time.monotonic() < over:
        time.sleep(0.02)

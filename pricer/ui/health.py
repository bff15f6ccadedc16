"""Whether the page can price, for whatever watches over its process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pricer import __version__
from pricer.ui.context import PageContext

PATH = "/healthz"


def health_route(context: PageContext) -> Route:
    """The route, outside of the queue and of any login; it tells nothing of visitors."""
    started = time.monotonic()

    async def health(request: Request) -> JSONResponse:
        lengths: Callable[[], Any] = request.app.get_blocks()._queue.lengths
        stopping, runner = context.stopping.is_set(), context.runner
        found = {
            "status": "stopping" if stopping else "ok",
            "model": runner.checkpoint.config.name,
            "device": runner.device.name,
            "precision": runner.precision,
            "version": __version__,
            "uptime_s": round(time.monotonic() - started, 1),
            "queue": lengths(),
        }
        return JSONResponse(found, 503 if stopping else 200, {"cache-control": "no-store"})

    return Route(PATH, health, methods=["GET"])

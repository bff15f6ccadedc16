"""Which uploads are read at all: not more than there is room for, and none once the app is to end."""

from __future__ import annotations

from contextlib import AsyncExitStack

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pricer.errors import BusyError
from pricer.ui.context import RESTARTING, PageContext
from pricer.ui.request_bodies import is_upload


class UploadGuard:
    """ASGI middleware that answers 503 to an upload that must wait."""

    def __init__(self, app: ASGIApp, context: PageContext) -> None:
        self._app, self._context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not is_upload(scope):
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as taken:
            try:
                if self._context.stopping.is_set():
                    raise BusyError(RESTARTING)
                room = self._context.disk.room(self._size_bytes(Headers(scope=scope)))
                await to_thread.run_sync(room.__enter__)
            except BusyError as busy:
                await PlainTextResponse(str(busy), 503, {"retry-after": "60"})(scope, receive, send)
                return
            taken.push(room.__exit__)
            await self._app(scope, receive, send)

    def _size_bytes(self, headers: Headers) -> int:
        """What is said to come; the most that may come where nothing is said."""
        length = headers.get("content-length", "")
        return int(length) if length.isdigit() else self._context.settings.max_upload_mb << 20

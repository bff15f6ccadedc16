"""What stands before Gradio's own server: which requests reach it at all, and what its answers say to browsers.

Gradio serves more than this page uses, lets any other web page read its answers unless it runs on localhost, and reads
bodies of any size.  A request is refused here in one line that repeats nothing of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pricer import log
from pricer.ui.answers import Guarded
from pricer.ui.request_bodies import Refused, checked_json, counted, is_upload, remove_unfinished, too_large, whole_body

PREFIX = "/gradio_api/"
# Of Gradio's own routes, those that the page, its API and its MCP server use; a file is never an address elsewhere.
_USED = re.compile(
    PREFIX
    + r"(?:info|openapi\.json|theme\.css|user|app_id|login_check|startup-events|upload|upload_progress|cancel|reset"
    r"|queue/(?:join|data|status)|(?:run|api)/[\w-]+|call/(?:v2/)?[\w-]+(?:/[\w-]+)?|heartbeat/[\w-]+|mcp(?:/.*)?"
    r"|file=(?![A-Za-z][A-Za-z0-9+.-]*:).*)/?",
    re.DOTALL,
)
_UNUSED = re.compile(r"/monitoring(?:/.*)?", re.DOTALL)
# What the login page needs, and what says nothing of anybody.
_OPEN = frozenset(
    {"/", "/login", "/logout", "/theme.css", "/favicon.ico", "/manifest.json", "/pwa_icon", "/robots.txt", "/healthz"}
)
_OPEN_API = frozenset({"theme.css", "login_check", "startup-events", "app_id", "user"})
_OPEN_FOLDERS = ("/assets/", "/static/", "/svelte/")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class GateRules:
    """What may come in."""

    body_bytes: int  # of any request but an upload
    upload_bytes: int  # of an upload with all its files
    host_names: frozenset[str] = frozenset()  # that the page answers to; empty: see `_named`
    shared: bool = False  # a Gradio link leads here, by a tunnel whose end is on this machine


class Gate:
    """ASGI middleware; the outermost of ours, in which a request is judged by the path that Gradio's router sees."""

    def __init__(self, app: ASGIApp, rules: GateRules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = Guarded(send, self._rules.shared)
        try:
            self._check(scope)
            await self._app(scope, await self._checked(scope, receive), answer)
        except Refused as refused:
            log.event("request_refused", status=refused.status, reason=str(refused))
            await _refuse(answer, refused)
        except ClientDisconnect:
            log.event("request_left")
        except Exception:
            # Gradio's routes raise on arguments that they did not expect; what our own functions raise ends elsewhere.
            log.failure("request_failed")
            if answer.begun:
                raise
            wrong = scope["method"] not in _READING
            await _refuse(answer, Refused(400, "This request cannot be used.") if wrong else Refused(500, "Sorry."))
        finally:
            if is_upload(scope):
                remove_unfinished()

    def _check(self, scope: Scope) -> None:
        """Refuse by the address, by who sends it from where, and by who is logged in."""
        path, headers = scope["path"], Headers(scope=scope)
        if not self._named(scope, _host(headers.get("host", ""))):
            raise Refused(421, "This page has another name: its owner can add this one to PRICER_HOST_NAMES.")
        if not _of_this_page(headers):
            raise Refused(403, "Another web page may not call this one.")
        if (path.startswith(PREFIX) and not _USED.fullmatch(path)) or _UNUSED.fullmatch(path):
            raise Refused(404, "There is nothing here.")
        if not _open(path) and not _logged_in(scope["app"], headers):
            raise Refused(401, "Log in first.")

    def _named(self, scope: Scope, host: str) -> bool:
        """Whether the page answers to a name.

        Without a list, any name will do, but not for a connection from this machine itself: another web page could
        have had its own name lead here (DNS rebinding), and would then pass for this one.
        """
        names = self._rules.host_names
        if names:
            return host in names or "*" in names
        return self._rules.shared or not _is_loopback(scope.get("server")) or host in _LOOPBACK_NAMES

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        """What gives the body: counted while it comes for an upload, else read and looked through before."""
        if scope["method"] in _READING:
            return receive
        headers = Headers(scope=scope)
        is_form = headers.get("content-type", "").lower().startswith(_FORMS)
        uploads = is_form and is_upload(scope)
        limit = self._rules.upload_bytes if uploads else self._rules.body_bytes
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            raise too_large(limit)
        if uploads:
            return counted(receive, limit)
        body = await whole_body(receive, limit)
        if not is_form:  # as the login is
            checked_json(body)
        return _replayed(body, receive)


def _host(address: str) -> str:
    """The host's name of ``name:port``, ``[::1]:port`` or ``https://name:port``, in lower case."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def _of_this_page(headers: Headers) -> bool:
    """Whether a request comes from this page, or from no web page.

    A browser says so itself where the address is https or this machine's; else it names the origin with every request
    that changes something or wants the answer read.
    """
    if headers.get("sec-fetch-site") == "same-origin" or "origin" not in headers:
        return True
    origin = urlsplit(headers["origin"]).netloc.lower()
    own = {headers.get("host", ""), headers.get("x-forwarded-host", "").partition(",")[0].strip()}
    return bool(origin) and origin in {name.lower() for name in own}


def _open(path: str) -> bool:
    inner = path.removeprefix(PREFIX).rstrip("/") if path.startswith(PREFIX) else ""
    return path in _OPEN or path.startswith(_OPEN_FOLDERS) or inner in _OPEN_API


def _logged_in(app: Any, headers: Headers) -> bool:
    """Whether Gradio knows the cookie, or wants none."""
    if app.auth is None:
        return True
    cookies = cookie_parser(headers.get("cookie", ""))
    names = f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}"
    return any(cookies.get(name) in app.tokens for name in names)


def _is_loopback(server: tuple[str, int] | None) -> bool:
    try:
        return ip_address((server or ("",))[0]).is_loopback
    except ValueError:
        return False


def _replayed(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Gives a body that was read already, then whatever comes after it."""
    messages: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def _refuse(send: Send, refused: Refused) -> None:
    body = json.dumps({"detail": str(refused)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

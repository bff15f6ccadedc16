"""What every answer of the server says to browsers, and which scripts of the page they may run."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

# A link of Gradio's own has the page's scripts come from there.
_SHARED = " https://gradio.s3-us-west-2.amazonaws.com"
_EMBEDDERS = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guarded:
    """Sends an answer on, with our headers; a page of HTML is held back until its own scripts are marked."""

    def __init__(self, send: Send, shared: bool) -> None:
        self._send, self._shared = send, shared
        self._held: Message | None = None
        self._parts: list[bytes] = []
        self.begun = False  # whether anything has left

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            if headers.get("content-type", "").startswith("text/html"):
                self._held = message
                return
        elif self._held is not None and message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            message = await self._marked(self._held)
        self.begun = True
        await self._send(message)

    async def _marked(self, start: Message) -> Message:
        """Begin the answer with a policy by which only scripts run that the template brought, or that come from here.

        The page's values are in it as JSON without any `<`, so that what begins a script is the template's own.
        """
        nonce = secrets.token_urlsafe(16)
        body = b"".join(self._parts).replace(b"<script", f'<script nonce="{nonce}"'.encode())
        headers = MutableHeaders(scope=start)
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        headers["Content-Security-Policy"] = policy(nonce, self._shared)
        self._held, self.begun = None, True
        await self._send(start)
        return {"type": "http.response.body", "body": body, "more_body": False}


def policy(nonce: str, shared: bool = False) -> str:
    """The Content-Security-Policy of the page.

    Gradio makes functions of text for the page's events (unsafe-eval); an attribute such as onerror, a javascript:
    address or a script that was written into the page runs nothing, and nothing is sent elsewhere.
    """
    origin = f"'self'{_SHARED * shared}"
    return "; ".join(
        [
            f"default-src {origin}",
            f"script-src {origin} 'nonce-{nonce}' 'unsafe-eval'",
            f"style-src {origin} 'unsafe-inline'",
            f"img-src {origin} data: blob:",
            f"font-src {origin} data:",
            f"connect-src {origin} blob: data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {_EMBEDDERS}",
        ]
    )

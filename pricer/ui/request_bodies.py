"""Bodies of requests: how large and how deep they may be, and which files they may name."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

UNFINISHED_SECONDS = 600  # without a new byte, after which an upload has been given up
MOST_LEVELS = 32  # of lists and objects within each other; the page's own have six


def is_upload(scope: Scope) -> bool:
    """Whether a request sends files."""
    return bool(scope["path"].rstrip("/") == "/gradio_api/upload")


class Refused(Exception):  # noqa: N818 - an answer rather than an error
    """A request that goes no further, with the status and the sentence that it is answered with."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def too_large(limit: int) -> Refused:
    """The refusal of a body of more than `limit` bytes."""
    return Refused(413, f"This request is too large: at most {limit:,} bytes are read.")


async def whole_body(receive: Receive, limit: int) -> bytes:
    """The body of a request, in at most `limit` bytes."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        _check_size(size, limit)
        if not message.get("more_body"):
            return b"".join(parts)


def counted(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    """Gives the body as it comes, and refuses once it is more than `limit` bytes."""
    size = 0

    async def next_part() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        _check_size(size, limit)
        return message

    return next_part


def remove_unfinished() -> None:
    """Remove what is left of uploads that broke off: Gradio writes them beside the folders of whole ones, and forgets.

    One that another visitor is sending meanwhile has been written to of late.
    """
    from gradio.utils import get_upload_folder

    given_up = time.time() - UNFINISHED_SECONDS
    for path in Path(get_upload_folder()).glob("tmp*"):
        with suppress(OSError):  # it has become whole meanwhile
            if path.is_file() and path.stat().st_mtime < given_up:
                path.unlink()


def checked_json(body: bytes) -> Any:
    """The value of a JSON body that is not too deep, has no number that JSON has not, and names uploaded files only.

    Gradio fetches a file that is given by an address on the web, and copies no other but its own: here, both end.
    """
    if not body:
        return None
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "This request is no JSON, or too deep.") from error
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return value
        if not all(map(_is_own_file, level)):
            raise Refused(400, "A file is given by the path that its upload was answered with.")
    raise Refused(400, f"This request is too deep: at most {MOST_LEVELS} levels are read.")


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_own_file(value: Any) -> bool:
    """Whether a value is no file, or one in the folder of uploads and results."""
    from gradio.utils import get_upload_folder

    if not isinstance(value, dict) or "path" not in value or "meta" not in value:
        return True
    path = value["path"]
    if not isinstance(path, str) or "\0" in path or ".." in Path(path).parts:
        return False
    return Path(path).is_relative_to(get_upload_folder()) and Path(path).is_file()


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise too_large(limit)

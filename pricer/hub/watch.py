"""A deadline for what the Hub's library does, and our errors for its errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from pricer.errors import HubError

STALL_SECONDS = 9.0  # how long the Hub may go without a new byte; below the 10 s after which the library tries again
WATCHED_BYTES = 64 * 1024  # progress is noticed in pieces of this size


class OutOfReachError(HubError):
    """The Hub gave no useful answer, so a cached copy is the next best thing."""


class Watch:
    """Gives up on a series of questions and downloads once no new byte has come for `STALL_SECONDS`.

    Answers to questions are no such bytes: a Hub that answers each late, or sends a byte now and then, gets no more
    time than one that hangs.  A large file that comes in steadily is never cut.

    The library's timeouts alone do not bound it: they are per read, each is retried, and without end by a server that
    sends the same first half again and again; some requests have none, and looking up a host name has none at all.
    """

    def __init__(self, seconds: float | None = None, stalled: str = "sent nothing of") -> None:
        self.seconds = seconds or STALL_SECONDS
        self.stalled = stalled  # what the Hub did when it is given up on, in words
        self.last_byte = time.monotonic()
        self.given_up = threading.Event()

    def progress(self) -> None:
        """Note that new bytes came or went; ends work that was given up on.

        Raises
        ------
        TimeoutError
            It was.
        """
        if self.given_up.is_set():
            raise TimeoutError("given up")
        self.last_byte = time.monotonic()

    def do(self, work: Callable[[type], Any], what: str) -> Any:
        """What the work comes to; it is given a class of progress bars, and done in a thread of its own.

        A thread that is given up on is a daemon, so that it does not hold the exit; it ends at its next byte or its own
        timeouts, and writes only a temporary file until then.

        Raises
        ------
        OutOfReachError
            It was given up on.
        """
        done, outcome = threading.Event(), dict[str, Any]()

        def run() -> None:
            try:
                outcome["result"] = work(_bar(self))
            except BaseException as error:
                outcome["error"] = error
            done.set()

        threading.Thread(target=run, name="pricer-hub", daemon=True).start()
        while not done.wait(max(0.0, self.last_byte + self.seconds - time.monotonic())):
            if time.monotonic() - self.last_byte >= self.seconds:
                self.given_up.set()
                raise OutOfReachError(
                    f"The Hub {self.stalled} {what} for {self.seconds:.0f} s: check the network, or try later."
                )
        if "error" in outcome:
            raise explained(outcome["error"], what) from None  # the library's own words may quote request headers
        return outcome["result"]


def watched(work: Callable[[type], Any], what: str) -> Any:
    """What one piece of work comes to; see `Watch.do`."""
    return Watch().do(work, what)


def _bar(watch: Watch) -> type:
    """A class of the library's progress bars, whose news the watch hears."""
    from huggingface_hub import constants
    from huggingface_hub.utils import tqdm

    # The library reports progress once per chunk, and 10 MB take a slow line longer than the deadline.
    constants.DOWNLOAD_CHUNK_SIZE = WATCHED_BYTES

    class Bar(tqdm):
        received = furthest = 0.0  # bytes of one file; a retry from its start takes some back

        def update(self, n: float | None = 1) -> bool | None:
            if watch.given_up.is_set():
                raise TimeoutError("given up")
            self.received += n or 0
            if self.received > self.furthest:
                self.furthest = self.received
                watch.progress()
            return super().update(n)

    return Bar


def explained(error: BaseException, what: str) -> BaseException:
    """Our error for one of the library's, with what to do; ours and unknown ones as they are."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, RuntimeError) and error.__cause__:  # so the library wraps what became of a large file
        return explained(error.__cause__, what)
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    file = response.url.path.rpartition("/")[2] if response is not None else ""
    for types, kind, remedy in _remedies(status, bool(getattr(error, "errno", None))):
        if isinstance(error, types):
            return kind(remedy.format(what=what, file=file))
    return error


def _remedies(status: int, disk_problem: bool) -> list[tuple[Any, type[HubError], str]]:
    """Errors of the library and of its transport, the narrower first, with our error and what to do."""
    import httpx2
    from huggingface_hub import constants, errors

    offline = (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) if constants.is_offline_mode() else ()
    unreachable = (httpx2.HTTPError, httpx2.InvalidURL, errors.FileMetadataError, errors.LocalEntryNotFoundError)
    unspoken = (httpx2.LocalProtocolError, UnicodeEncodeError)
    may = "set HF_TOKEN to a token that may"
    answered = {
        401: (HubError, f"The Hub refuses {{what}} (status 401): {may} use it."),
        403: (HubError, f"The Hub refuses {{what}} (status 403): {may} use it."),
        404: (HubError, "There is no {what} (status 404): check the name and HF_ENDPOINT."),
    }.get(status, (OutOfReachError, f"The Hub cannot give {{what}} now (status {status}): try again later."))
    kept = "could not be kept: check the disk under HF_HOME" if disk_problem else "came truncated: try again"
    return [
        (errors.GatedRepoError, HubError, f"{{what}} is gated: accept its terms on its Hub page, and {may} read it."),
        (errors.RevisionNotFoundError, HubError, "{what} has no such revision: check the branch, tag or commit."),
        (errors.RemoteEntryNotFoundError, HubError, "{what} lacks {file}: it is no whole checkpoint. Check the name."),
        (errors.RepositoryNotFoundError, HubError, f"This token sees no {{what}}: check the name, or {may} read it."),
        (errors.HfHubHTTPError, *answered),
        (errors.LocalTokenNotFoundError, HubError, f"The Hub wants to know who asks for {{what}}: {may} use it."),
        (offline, OutOfReachError, "{what} cannot be looked up: HF_HUB_OFFLINE is set. Unset it to download."),
        (unspoken, HubError, "HF_TOKEN holds characters that no token has: set it again."),
        (unreachable, OutOfReachError, "The Hub is out of reach for {what}: check the network and HF_ENDPOINT."),
        (OSError, HubError, f"{{what}} {kept}."),
    ]

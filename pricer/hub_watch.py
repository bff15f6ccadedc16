"""A deadline for what the Hub's library does, and our errors for its errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from pricer.errors import HubError

STALL_SECONDS = 15.0  # how long the Hub may go without sending a new byte
WATCHED_BYTES = 64 * 1024  # progress is noticed in pieces of this size


class OutOfReachError(HubError):
    """The Hub gave no useful answer, so a cached copy is the next best thing."""


def watched(work: Callable[[type], Any], what: str) -> Any:
    """Do the work in a thread of its own, and give up on it once nothing has come for `STALL_SECONDS`.

    The library's timeouts alone do not bound it: they are per read, each is retried five times, some requests have
    none, and looking up a host name has none at all.  A thread that is given up on is a daemon, so that it does not
    hold the exit; it ends at its next byte or its own timeouts, and writes only a temporary file until then.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import tqdm

    # The library reports progress once per chunk, and 10 MB take a slow line longer than the deadline.
    constants.DOWNLOAD_CHUNK_SIZE = WATCHED_BYTES
    last_byte = time.monotonic()
    done, given_up = threading.Event(), threading.Event()
    outcome: dict[str, Any] = {}

    class Bar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            nonlocal last_byte
            if given_up.is_set():
                raise TimeoutError("given up")
            last_byte = time.monotonic() if n else last_byte
            return super().update(n)

    def run() -> None:
        try:
            outcome["result"] = work(Bar)
        except BaseException as error:
            outcome["error"] = error
        done.set()

    threading.Thread(target=run, name="pricer-hub", daemon=True).start()
    while not done.wait(max(0.0, last_byte + STALL_SECONDS - time.monotonic())):
        if time.monotonic() - last_byte >= STALL_SECONDS:
            given_up.set()
            raise OutOfReachError(
                f"The Hub sent nothing of {what} for {STALL_SECONDS:.0f} s: check the network, or try later."
            )
    if "error" in outcome:
        raise explained(outcome["error"], what) from None  # the library's own words may quote request headers
    return outcome["result"]


def explained(error: BaseException, what: str) -> BaseException:
    """Our error for one of the library's, with what to do; ours and unknown ones as they are."""
    import httpx2
    from huggingface_hub import constants, errors

    offline = (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError)
    if isinstance(error, errors.GatedRepoError):
        return HubError(
            f"{what} is gated: open its page on the Hub, accept its terms, and set HF_TOKEN to a token of that account."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return HubError(f"{what} has no such revision: check the branch, tag or commit.")
    if isinstance(error, errors.RemoteEntryNotFoundError):
        name = Path(error.response.url.path).name
        return HubError(f"{what} lacks {name}: it is no whole checkpoint of Pricer. Check the name, or push it again.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return HubError(
            f"There is no {what} that this token may see: check the name; if it is private, set HF_TOKEN to a token "
            "that may read it."
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _explained_status(error.response.status_code, what)
    if isinstance(error, offline) and constants.is_offline_mode():
        return OutOfReachError(
            f"{what} is not in the cache whole and HF_HUB_OFFLINE is set: unset it once to download."
        )
    if isinstance(error, httpx2.LocalProtocolError | UnicodeEncodeError):
        return HubError("HF_TOKEN holds characters that no token has: set it again.")
    if isinstance(error, httpx2.HTTPError | errors.FileMetadataError | errors.LocalEntryNotFoundError):
        return OutOfReachError(f"The Hub is out of reach for {what}: check the network and HF_ENDPOINT.")
    if isinstance(error, OSError):  # a short file has no errno, a full or protected disk has one
        reason = f"could not be kept on disk ({error.strerror})" if error.errno else "came truncated"
        return HubError(f"{what} {reason}: check the space under HF_HOME, or try again.")
    return error


def _explained_status(status: int, what: str) -> HubError:
    if status in {401, 403}:
        return HubError(f"The Hub refuses {what} ({status}): set HF_TOKEN to a valid token that may use it.")
    return OutOfReachError(f"The Hub cannot give {what} now (status {status}): try again later.")

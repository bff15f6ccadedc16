"""Gradio's queue, in which no visitor takes the places of all others, and which closes before the app ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.queueing import Event, Queue
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import LRUCache, error_payload
from starlette.requests import Request

from pricer.ui.context import BUSY, LONG_WORK, RESTARTING, PageContext
from pricer.ui.visitors import address_of
from pricer.words import count

MOST_SESSIONS = 2000  # whose messages are kept
STATUS_SECONDS = 1.0  # between two estimates that waiting visitors are told
SLEEP_SECONDS = 0.003  # between two looks for a call that may begin


class Messages(LRUCache[str, Any]):
    """What is on its way to each session, by its name.

    Gradio's own lets the session go that came first, also one that waits for an answer, and keeps a set of each.
    """

    def __init__(self, queue: FairQueue) -> None:
        super().__init__(MOST_SESSIONS)
        self._queue = queue

    def __getitem__(self, session: str) -> Any:
        self.move_to_end(session)
        return super().__getitem__(session)

    def popitem(self, last: bool = False) -> tuple[str, Any]:
        """Let the session go that was not heard from or told anything for longest, of those that ask for nothing."""
        asking = {event.session_hash for event in self._queue.events()}
        session = next((each for each in self if each not in asking), next(iter(self)))
        self._queue.pending_event_ids_session.pop(session, None)
        return session, self.pop(session)


class FairQueue(Queue):
    """Who may wait: every visitor up to so many calls and so many long runs, all together up to the queue's size."""

    def __init__(self, demo: gr.Blocks, context: PageContext) -> None:
        super().__init__(False, demo.max_threads, STATUS_SECONDS, context.settings.queue_size, demo)
        self._context = context
        self.pending_messages_per_session = Messages(self)
        self.sleep_when_free = SLEEP_SECONDS
        self.ANALYTICS_MAX_EVENTS = 1  # for a page of Gradio's that is switched off; else each call sums up 10,000
        self.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize

    async def push(self, body: Any, request: Request, username: str | None) -> tuple[bool, Any, Any]:
        """Take a call in, or answer it with why not; a full queue answers 503."""
        fn = self.blocks.fns.get(body.fn_index)
        words = self._refusal(fn, body.session_hash, request) if fn else ""
        if words:
            return True, await self._answered(words, Event(body.session_hash, fn, request, username)), "success"
        accepted, found, how = await super().push(body, request, username)
        return (accepted, BUSY, how) if how == "queue_full" else (accepted, found, how)

    def events(self) -> list[Event]:
        """All calls that wait or run."""
        return [*self._waiting(), *self._running()]

    def lengths(self) -> dict[str, dict[str, int]]:
        """How many calls wait and run, by lane."""
        lanes = {name: {"waiting": 0, "running": 0} for name in self.event_queue_per_concurrency_id}
        for kind, events in (("waiting", self._waiting()), ("running", self._running())):
            for event in events:
                lanes.setdefault(event.concurrency_id, {"waiting": 0, "running": 0})[kind] += 1
        return {name: found for name, found in lanes.items() if name.isalpha()}  # others are numbers, of no meaning

    def _waiting(self) -> Iterator[Event]:
        return (event for lane in list(self.event_queue_per_concurrency_id.values()) for event in list(lane.queue))

    def _running(self) -> Iterator[Event]:
        return (event for job in list(self.active_jobs) if job is not None for event in list(job))

    def _refusal(self, fn: Any, session: str | None, request: Request) -> str:
        """Why a visitor's call is not taken; empty if it is."""
        settings = self._context.settings
        if self._context.stopping.is_set():
            return RESTARTING
        is_long = fn.concurrency_id == LONG_WORK
        most = settings.visitor_runs if is_long else settings.visitor_calls
        address = address_of(request, settings.trusted_proxy)
        theirs = sum(
            (event.concurrency_id == LONG_WORK) == is_long
            and (event.session_hash == session or address_of(event.request, settings.trusted_proxy) == address)
            for event in self.events()
        )
        if theirs < most:
            return ""
        found = count(most, "run" if is_long else "call")
        return f"You have {found} already waiting or running here, the most for one visitor: try again once one ends."

    async def _answered(self, words: str, event: Event) -> str:
        """Answer a call that never waits by an error; gives its id."""
        async with self.pending_message_lock:
            if event.session_hash not in self.pending_messages_per_session:
                self.pending_messages_per_session[event.session_hash] = asyncio.Queue()
            self.pending_event_ids_session.setdefault(event.session_hash, set()).add(event._id)
        output = error_payload(gr.Error(words, print_exception=False), False)
        self.send_message(event, ProcessCompletedMessage(output=output, success=False))
        return event._id

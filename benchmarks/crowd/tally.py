"""What became of requests: answers with their times, refusals, failures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from benchmarks.crowd.session import BusyError, FailedError


@dataclass
class Tally:
    """Requests of one kind in one phase."""

    name: str
    seconds: list[float] = field(default_factory=list)  # of answers
    busy: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    async def take(self, request: Awaitable[Any]) -> Any:
        """Await a request and count what becomes of it; None where there is no answer."""
        started = time.perf_counter()
        try:
            answer = await request
        except BusyError:
            self.busy += 1
        except (FailedError, httpx.HTTPError, TimeoutError) as error:
            self.failures[f"{type(error).__name__}: {error}"[:200]] += 1
        else:
            self.seconds.append(time.perf_counter() - started)
            return answer
        return None

    def to_dict(self) -> dict[str, Any]:
        """Counts, and percentiles in seconds."""
        found = dict(zip(("p50", "p95", "p99"), np.percentile(self.seconds or [np.nan], [50, 95, 99]), strict=True))
        return {
            "kind": self.name,
            "requests": len(self.seconds) + self.busy + sum(self.failures.values()),
            "answers": len(self.seconds),
            "busy": self.busy,
            "failures": dict(self.failures),
            **{name: round(float(value), 3) for name, value in found.items()},
        }

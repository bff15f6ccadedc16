"""ZeroGPU, the shared GPUs of the Hub's Spaces: a function borrows one for as long as it runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

SECONDS = 30  # that a call may take at most; short ones are served sooner


def here() -> bool:
    """Whether this process runs on ZeroGPU, as its environment says."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in {"1", "t", "true"}  # as the package itself reads it


def prepare() -> None:
    """Let the package take its place around torch; nothing may have used CUDA before.  Elsewhere: nothing."""
    if here():
        import spaces  # noqa: F401


def borrowing(compute: Function) -> Function:
    """The function, holding a GPU while it runs; its arguments and its answer travel between processes."""
    import spaces

    borrowed: Function = spaces.GPU(compute, duration=SECONDS)
    return borrowed

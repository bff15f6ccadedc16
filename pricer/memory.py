"""Whether an error says that memory ran out: the libraries each say it in their own way."""

from __future__ import annotations

import sys

_TORCH_SAYS = ("can't allocate memory", "not enough memory", "Cannot allocate memory")  # of the CPU's, a RuntimeError


def ran_out(error: BaseException) -> bool:
    """Whether it is Python's, NumPy's or Arrow's (all MemoryErrors), or torch's, of the machine's or a GPU's memory."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and (
        ran_out_on_gpu(error) or any(words in str(error) for words in _TORCH_SAYS)
    )


def ran_out_on_gpu(error: BaseException) -> bool:
    """Whether it is torch's, of a GPU's memory."""
    torch = sys.modules.get("torch")  # which raised it, if it is
    return torch is not None and isinstance(error, torch.OutOfMemoryError)

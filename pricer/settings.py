"""Every environment variable that Pricer reads, in one place.

`Settings.from_environment` is called once at launch; the result is passed down.  Nothing else in the package looks at
the environment, except huggingface_hub and gradio, which read their own variables.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pricer.errors import SettingError

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


def _variable(name: str, default: Any, parse: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"variable": name, "parse": parse, "meaning": meaning})


def _flag(word: str) -> bool:
    lowered = word.strip().lower()
    if lowered in TRUE_WORDS:
        return True
    if lowered in FALSE_WORDS:
        return False
    raise ValueError("expected true or false")


def _positive(word: str) -> int:
    number = int(word)
    if number <= 0:
        raise ValueError("expected a whole number above 0")
    return number


def _port(word: str) -> int:
    number = int(word)
    if not 0 < number < 65536:
        raise ValueError("expected a port between 1 and 65535")
    return number


def _text(word: str) -> str | None:
    return word.strip() or None


@dataclass(frozen=True)
class Settings:
    """What the environment asks for; command-line options override it."""

    model: str | None = _variable(
        "PRICER_MODEL",
        None,
        _text,
        "checkpoint to price with: a folder, or a Hub repo with an optional `@revision`; unset: the built-in one",
    )
    device: str = _variable("PRICER_DEVICE", "auto", str.strip, "`auto`, `cuda`, `mps` or `cpu`")
    precision: str = _variable("PRICER_PRECISION", "auto", str.strip, "number format: `auto`, `fp32`, `bf16` or `int8`")
    runtime: str = _variable(
        "PRICER_RUNTIME", "auto", str.strip, "what computes: `auto`, `torch` or `onnx` (`requirements-onnx.txt`)"
    )
    host: str | None = _variable(
        "PRICER_HOST", None, _text, "address that the page listens on; unset: this machine only"
    )
    port: int | None = _variable("PRICER_PORT", None, _port, "port of the page; unset: the first free one from 7860")
    share: bool = _variable("PRICER_SHARE", False, _flag, "`true` opens a public Gradio link")
    lite_mode: bool = _variable(
        "LITE_MODE",
        False,
        _flag,
        "`true`: a dataset given by its owner alone means `owner/items_lite`, not `owner/items_full`",
    )
    max_upload_mb: int = _variable("PRICER_MAX_UPLOAD_MB", 500, _positive, "largest upload to the page, in megabytes")
    max_page_rows: int = _variable("PRICER_MAX_PAGE_ROWS", 1_000_000, _positive, "most rows that the page takes")
    hub_datasets: bool = _variable(
        "PRICER_HUB_DATASETS",
        True,
        _flag,
        "`false` on a public page: visitors may not have Hub datasets fetched with this machine's token and disk",
    )
    model_loading: bool = _variable(
        "PRICER_MODEL_LOADING",
        False,
        _flag,
        "`true`: visitors may load another checkpoint from the Hub for everyone, with this machine's token and disk",
    )
    mcp: bool = _variable(
        "PRICER_MCP", False, _flag, "`true`: the page is an MCP server too; needs `requirements-mcp.txt`"
    )
    queue_size: int = _variable(
        "PRICER_QUEUE_SIZE", 64, _positive, "callers that may wait at the page before it says it is busy"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read every declared variable.

        Raises
        ------
        SettingError
            A variable has a value of the wrong kind; the message names it and what was expected.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for each in fields(cls):
            variable, parse = each.metadata["variable"], each.metadata["parse"]
            if not environment.get(variable, "").strip():  # an empty variable is one that is not set
                continue
            try:
                values[each.name] = parse(environment[variable])
            except ValueError as error:
                raise SettingError(
                    f"{variable} has an unusable value ({error}): it means {each.metadata['meaning']}."
                ) from error
        return cls(**values)


def variables() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every variable, for the README and its test."""
    return [
        (each.metadata["variable"], "" if each.default is None else str(each.default), each.metadata["meaning"])
        for each in fields(Settings)
    ]

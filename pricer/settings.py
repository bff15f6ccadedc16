"""Every environment variable that Pricer reads, in one place.

`Settings.from_environment` is called once at launch; the result is passed down.  Nothing else in the package looks at
the environment, except huggingface_hub and gradio, which read their own variables.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pricer import log
from pricer.errors import SettingError

LEAST_PASSWORD, LEAST_DISTINCT = 12, 5  # characters, and different ones: nobody limits how often one is tried

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


_SAME = object()  # on a public page as elsewhere


def _variable(
    name: str,
    default: Any,
    parse: Callable[[str], Any],
    meaning: str,
    public: Any = _SAME,
    secret: bool = False,
) -> Any:
    stricter = {} if public is _SAME else {"public": public}
    metadata = {"variable": name, "parse": parse, "meaning": meaning, **stricter}
    return field(default=default, metadata=metadata, repr=not secret)


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


def _accounts(word: str) -> tuple[tuple[str, str], ...]:
    """The pairs of ``name:password name:password``; an error repeats none of them."""
    accounts = [tuple(each.split(":", 1)) for each in word.split()]
    if not all(len(account) == 2 and account[0] for account in accounts):
        raise ValueError("expected name:password, several apart by spaces")
    if any(len(password) < LEAST_PASSWORD for _, password in accounts):
        raise ValueError(f"a password is too short: expected {LEAST_PASSWORD} characters or more, without spaces")
    if any(len(set(password)) < LEAST_DISTINCT or name.lower() in password.lower() for name, password in accounts):
        raise ValueError("a password is easily guessed: expected one of many characters, without the name in it")
    if len({name for name, _ in accounts}) < len(accounts):
        raise ValueError("a name is given twice")
    return tuple((name, password) for name, password in accounts)


def _names(word: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in word.split(",") if name.strip())
    if any("/" in name or ":" in name for name in names):
        raise ValueError("expected names such as pricer.example.org, without http:// and port")
    return names


def _log(word: str) -> str:
    if word.strip() not in log.CHOICES:
        raise ValueError(f"expected one of {', '.join(log.CHOICES)}")
    return word.strip()


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
    public: bool = _variable(
        "PRICER_PUBLIC",
        False,
        _flag,
        "`true`: strangers may come, and of two defaults the second holds; unset: so on a Space and with a public link",
    )
    lite_mode: bool = _variable(
        "LITE_MODE",
        False,
        _flag,
        "`true`: a dataset given by its owner alone means `owner/items_lite`, not `owner/items_full`",
    )
    max_upload_mb: int = _variable(
        "PRICER_MAX_UPLOAD_MB",
        500,
        _positive,
        "largest upload to the page, in megabytes; packed, it may hold 10 times as much",
        public=100,
    )
    max_page_rows: int = _variable(
        "PRICER_MAX_PAGE_ROWS", 1_000_000, _positive, "most rows that the page takes", public=200_000
    )
    max_text_chars: int = _variable(
        "PRICER_MAX_TEXT_CHARS",
        20_000,  # no model prices longer ones
        _positive,
        "longest text that the page prices or explains by itself, in characters",
        public=5_000,
    )
    hub_datasets: bool = _variable(
        "PRICER_HUB_DATASETS",
        True,
        _flag,
        "`false` on a public page: visitors may not have Hub datasets fetched with this machine's token and disk",
        public=False,
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
        "PRICER_QUEUE_SIZE", 256, _positive, "calls that may wait at the page before it says it is busy", public=128
    )
    visitor_calls: int = _variable(
        "PRICER_VISITOR_CALLS",
        64,
        _positive,
        "calls of one visitor that may wait or run: prices, explanations, looks at a file, downloads",
        public=8,
    )
    visitor_runs: int = _variable(
        "PRICER_VISITOR_RUNS", 16, _positive, "batches and evaluations of one visitor that may wait or run", public=2
    )
    runs_at_once: int = _variable(
        "PRICER_RUNS_AT_ONCE", 4, _positive, "batches and evaluations that run at once; others wait", public=2
    )
    trusted_proxy: bool = _variable(
        "PRICER_TRUSTED_PROXY",
        False,
        _flag,
        "`true` behind a proxy of yours: visitors are told apart by its `X-Forwarded-For`; always so on a Space and "
        "with a public link",
    )
    kept_minutes: int = _variable(
        "PRICER_KEPT_MINUTES", 60, _positive, "how long uploads and results can be had, in minutes", public=30
    )
    disk_mb: int = _variable(
        "PRICER_DISK_MB",
        20_000,
        _positive,
        "disk for uploads and results together, in megabytes; then the oldest go, and uploads are refused as busy",
        public=2_000,
    )
    accounts: tuple[tuple[str, str], ...] = _variable(
        "PRICER_AUTH",
        (),
        _accounts,
        "who may use the page: `name:password`, several apart by spaces; unset: everyone who reaches it",
        secret=True,
    )
    host_names: frozenset[str] = _variable(
        "PRICER_HOST_NAMES",
        frozenset(),
        _names,
        "names that the page answers to, apart by commas, for a proxy on this machine; unset: on connections from this "
        "machine `localhost`, on others any",
    )
    max_request_kb: int = _variable(
        "PRICER_MAX_REQUEST_KB", 1024, _positive, "largest request to the page but an upload, in kilobytes"
    )
    logged: str = _variable(
        "PRICER_LOG",
        log.PROBLEMS,
        _log,
        "lines of JSON to stderr: `off`, `problems` of ours, all `events`, or events with visitors' `texts`",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Read every declared variable; what is given beside them, by the names of the members, goes before.

        The page is public if that is said, on a Space, and with a public link; defaults are then stricter.

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
        values |= given
        forwarded = bool(environment.get("SPACE_ID")) or values.get("share", False)  # strangers, by a proxy not ours
        values.setdefault("public", forwarded)
        values["trusted_proxy"] = values.get("trusted_proxy", False) or forwarded
        stricter = {each.name: each.metadata["public"] for each in fields(cls) if "public" in each.metadata}
        return cls(**(stricter if values["public"] else {}) | values)


def _shown(default: Any) -> str:
    return "" if default is None or default in ((), frozenset()) else str(default)


def variables() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every variable, as in the README; a public page's default comes second."""
    return [
        (
            each.metadata["variable"],
            " / ".join(filter(None, map(_shown, _defaults(each.default, each.metadata)))),
            each.metadata["meaning"],
        )
        for each in fields(Settings)
    ]


def _defaults(default: Any, metadata: Mapping[str, Any]) -> list[Any]:
    return [default, metadata["public"]] if "public" in metadata else [default]

"""Checkpoints from Hub repos: fetched into the Hub's own cache, verified, and found there again."""

from __future__ import annotations

import logging
import re
from functools import partial
from pathlib import Path

from pricer import durable
from pricer.checkpoint_config import CONFIG, CheckpointConfig, file_names, sha256, verify
from pricer.errors import CheckpointError, UserError
from pricer.hub.watch import OutOfReachError, Watch

ANSWER_SECONDS = 8.0  # how long the Hub may take to answer a question about a file

COMMIT = re.compile(r"[0-9a-f]{40}")
_REVISION = re.compile(r"(?!.*\.\.)[\w][\w./-]*")
_logger = logging.getLogger(__name__)


def parse_repo(source: str, revision: str | None = None, otherwise: str = "") -> tuple[str, str]:
    """Repo id and revision ("main" unless named) of "owner/name" or "owner/name@revision".

    `otherwise` names what else the caller would take, for the message.

    Raises
    ------
    UserError
        The text names no repo, or two revisions.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    repo, at, inner = source.partition("@")
    try:
        validate_repo_id(repo)
    except HFValidationError:
        repo = ""
    if repo.count("/") != 1:
        raise UserError(f"{source!r} is no model: expected {otherwise}a Hub repo (owner/name or owner/name@revision).")
    if at and revision is not None and inner != revision:
        raise UserError(f"{source!r} names another revision than {revision!r}: give only one.")
    chosen = inner if at else revision or "main"
    if not _REVISION.fullmatch(chosen):
        raise UserError(f"{chosen!r} is no revision: expected a branch, a tag or a commit of {repo}.")
    return repo, chosen


def download(repo: str, revision: str | None = None) -> Path:
    """The folder of a verified checkpoint from the Hub, kept in the Hub's cache (HF_HOME) under its commit.

    A commit that is cached whole costs no request.  A branch or a tag is looked up; when the Hub is out of reach,
    offline or too slow, the copy that was verified last is taken instead, with a warning in the log.

    Raises
    ------
    HubError
        The repo or revision is missing, gated, out of reach or too slow.
    CheckpointError
        What the repo holds is no checkpoint, a damaged one, or one of a newer format.
    """
    repo, revision = parse_repo(repo, revision)
    if COMMIT.fullmatch(revision) and (cached := _cached(repo, revision)):
        return cached
    try:
        return _fetch(repo, revision)
    except OutOfReachError as error:
        cached = _cached(repo, revision)
        if cached is None:
            raise
        _logger.warning("%s Going on with the cached copy of commit %s.", error, cached.name[:7])
        return cached


def _fetch(repo: str, revision: str) -> Path:
    """Download what the cache lacks; damaged files are thrown out of the cache and asked for once more."""
    watch = Watch()
    commit = watch.do(lambda _: _ask(repo, CONFIG, revision), f"{repo}@{revision}") or ""
    if not COMMIT.fullmatch(commit):  # such as the page of a network that wants a login first
        raise OutOfReachError(f"The server that answers for {repo} is no Hub: check HF_ENDPOINT and any proxy.")
    try:
        folder = _fetch_commit(repo, commit, watch)
    except CheckpointError as error:
        _logger.warning("%s Asking once more.", error)
        folder = _fetch_commit(repo, commit, Watch())
    if revision != commit:  # only now, so that this name always leads to a whole copy
        name = folder.parent.parent / "refs" / revision
        name.parent.mkdir(parents=True, exist_ok=True)
        with durable.fresh_file(name) as fresh:
            fresh.write_text(commit, encoding="utf-8")
    return folder


def _fetch_commit(repo: str, commit: str, watch: Watch) -> Path:
    what = f"{repo}@{commit[:7]}"
    folder = watch.do(partial(_get, repo, CONFIG, commit), what).parent
    try:
        for name in file_names(_config(folder)):  # all names are checked before anything is asked for by them
            watch.do(partial(_get, repo, name, commit), what)
        verify(folder)
    except CheckpointError as error:
        _throw_out_damaged(folder)
        raise CheckpointError(str(error).replace(commit, what)) from error
    return folder


def _get(repo: str, name: str, commit: str, bar: type) -> Path:
    """The path of a file in the cache, where it is put if need be."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    if not isinstance(try_to_load_from_cache(repo, name, revision=commit), str):
        _ask(repo, name, commit)
    return Path(hf_hub_download(repo, name, revision=commit, tqdm_class=bar, etag_timeout=ANSWER_SECONDS))


def _ask(repo: str, name: str, revision: str) -> str | None:
    """The commit that a file is given from; fails at once where a download would retry a refusing Hub for 23 s."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    return get_hf_file_metadata(hf_hub_url(repo, name, revision=revision), timeout=ANSWER_SECONDS).commit_hash


def _config(folder: Path) -> CheckpointConfig:
    text = (folder / CONFIG).read_text(encoding="utf-8", errors="replace")
    return CheckpointConfig.from_json(text, f"{folder.name}/{CONFIG}")


def _throw_out_damaged(folder: Path) -> None:
    """Remove files whose hash is wrong from the cache, and the config, which may be what is wrong."""
    damaged = [CONFIG]
    try:
        hashes = _config(folder).files
        damaged += [name for name in file_names(_config(folder)) if _differs(folder / name, hashes[name])]
    except CheckpointError:
        pass  # the config alone is to blame
    for name in damaged:
        (folder / name).resolve().unlink(missing_ok=True)  # the cache's blob
        (folder / name).unlink(missing_ok=True)  # and the link to it


def _differs(path: Path, expected: str) -> bool:
    return path.is_file() and sha256(path) != expected


def _cached(repo: str, revision: str) -> Path | None:
    """The cached folder of a revision if it is whole; asks nobody."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(repo, CONFIG, revision=revision)
    if not isinstance(config, str):
        return None
    try:
        verify(Path(config).parent)
    except CheckpointError as error:
        _logger.info("The cached copy is not whole: %s", error)
        return None
    return Path(config).parent

"""Checkpoints to Hub repos: in one commit, only what is not there yet, and never over something else unasked."""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.card import model_card
from pricer.checkpoint_config import CARD, CONFIG, calibrated_on, file_names, json_object, read_text, sha256, verify
from pricer.errors import CheckpointError, HubError, UserError
from pricer.hub.downloads import COMMIT, parse_repo
from pricer.hub.watch import OutOfReachError, explained, watched

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

UPLOAD_STALL_SECONDS = 60.0  # how long the Hub may take no further byte; it stores large files before it answers
_OF_ANY_REPO = {".gitattributes", CARD}


def push(
    folder: str | Path, repo: str, private: bool = False, revision: str | None = None, overwrite: bool = False
) -> str:
    """Upload a checkpoint folder in one commit, making the repo if need be; returns the repo's address.

    The card goes up with the repo's own name in it.  What the repo holds already is not sent again; if that is all,
    there is no commit.

    Parameters
    ----------
    folder
        The checkpoint.
    repo
        "owner/name".
    private
        Make a new repo private.
    revision
        Branch to commit to, made of main if need be; None for main.
    overwrite
        Upload into a repo that holds something else; its other files are kept.

    Raises
    ------
    CheckpointError
        The folder is no whole checkpoint.
    UserError
        The repo is public where a private one was asked for, or holds something else than a checkpoint.
    HubError
        The Hub refuses the upload or is out of reach.
    """
    from huggingface_hub import HfApi

    repo, branch = parse_repo(repo, revision)
    if COMMIT.fullmatch(branch):
        raise UserError(f"{branch} is a commit, which cannot be added to: name a branch of {repo}, or none.")
    api = HfApi()
    with tempfile.TemporaryDirectory() as beside:
        files = _with_its_name(Path(folder), repo, Path(beside))
        url = _stage(lambda _: _prepare(api, repo, branch, private), repo)
        there = _stage(lambda _: _files_of(api, repo, branch), repo)
        stale = _stale(api, repo, branch, there, files, overwrite)
        changed = {name: path for name, path in files.items() if not _is_same(there.get(name), path)}
        if changed or stale:
            _commit(api, repo, branch, changed, stale)
    return url if branch == "main" else f"{url}/tree/{branch}"


def _with_its_name(folder: Path, repo: str, beside: Path) -> dict[str, Path]:
    """The checkpoint's files by name, the card made anew for this repo and the config with that card's hash."""
    config = verify(folder)
    (beside / CARD).write_text(model_card(config, repo, calibrated_on(folder)), encoding="utf-8")
    config = replace(config, files={**config.files, CARD: sha256(beside / CARD)})
    (beside / CONFIG).write_text(config.to_json(), encoding="utf-8")
    return {name: folder / name for name in file_names(config)} | {name: beside / name for name in (CARD, CONFIG)}


def _prepare(api: HfApi, repo: str, branch: str, private: bool) -> str:
    """See that there are the repo and the branch; gives the repo's address."""
    url = api.create_repo(repo, private=private, exist_ok=True)
    if private and not api.repo_info(repo).private:
        raise UserError(f"{repo} is there already and public: make it private in its settings, or name another repo.")
    if branch != "main":
        api.create_branch(repo, branch=branch, exist_ok=True)
    return str(url)


def _files_of(api: HfApi, repo: str, branch: str) -> dict[str, RepoFile]:
    from huggingface_hub.hf_api import RepoFile

    entries = api.list_repo_tree(repo, recursive=True, revision=branch)
    return {each.path: each for each in entries if isinstance(each, RepoFile)}


def _stale(
    api: HfApi,
    repo: str,
    branch: str,
    there: Mapping[str, RepoFile],
    files: Mapping[str, Path],
    overwrite: bool,
) -> list[str]:
    """Files of an older checkpoint in the repo that the new one does not have."""
    config = _stage(lambda _: _config_of(api, repo, branch), repo) if CONFIG in there else {}
    if {"format_version", "featurizer"} <= config.keys() and isinstance(config.get("files"), dict):
        return sorted((set(config["files"]) & there.keys()) - files.keys())
    others = sorted(there.keys() - _OF_ANY_REPO)
    if others and not overwrite:
        raise UserError(
            f"{repo} holds something else than a checkpoint ({len(others)} files, such as {others[0]}): "
            "name another repo, or push with --overwrite, which keeps its other files."
        )
    return []


def _config_of(api: HfApi, repo: str, branch: str) -> dict[str, Any]:
    """The repo's config as it is; empty if it is no JSON object. Not by the cache, where only whole copies belong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(api.hf_hub_download(repo, CONFIG, revision=branch, local_dir=folder))
        try:
            found: dict[str, Any] = json_object(read_text(path), CONFIG)
        except CheckpointError:
            return {}
    return found


def _is_same(there: RepoFile | None, path: Path) -> bool:
    """Whether the repo's file is this one: large files are known by their SHA-256, small ones as git knows them."""
    if there is None or there.size != path.stat().st_size:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == sha256(path))
    content = path.read_bytes()
    return bool(there.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())


def _commit(api: HfApi, repo: str, branch: str, changed: Mapping[str, Path], stale: list[str]) -> None:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    def upload(notice: Callable[[], None]) -> None:
        operations: list[Any] = [CommitOperationDelete(name) for name in stale]
        with ExitStack() as files, warnings.catch_warnings(), _without_xet_s_regret():
            # The library takes the built-in test split for a dataset gone astray.
            warnings.filterwarnings("ignore", "It seems that you are about to commit a data file")
            for name, path in changed.items():
                operations.append(CommitOperationAdd(name, files.enter_context(_Noticed(path, notice))))
            api.create_commit(repo, operations, commit_message="Upload checkpoint", revision=branch)

    try:
        watched(lambda bar: upload(bar.notice), repo, UPLOAD_STALL_SECONDS, "took nothing more of")
    except OutOfReachError as error:
        raise HubError(f"The upload was not finished. {error} Pushing again sends only what is missing.") from None
    except Exception as error:
        raise _upload_error(error, repo) from None


@contextmanager
def _without_xet_s_regret() -> Iterator[None]:
    """Within: the library does not say that it would rather send such files by Xet, whose progress it does not tell."""
    logger = logging.getLogger("huggingface_hub._commit_api")
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was


class _Noticed(io.BufferedReader):
    """A file of which every piece that is read is noticed, so that an upload that goes on is known from a stalled one.

    The library sends such files as plain LFS objects, in one piece or in parts.
    """

    def __init__(self, path: Path, notice: Callable[[], None]) -> None:
        super().__init__(io.FileIO(path))
        self._notice = notice

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._notice()
        return piece


def _stage(work: Callable[[Any], Any], repo: str) -> Any:
    """Do what comes before the upload."""
    try:
        return watched(work, repo)
    except Exception as error:
        raise _upload_error(error, repo) from None


def _upload_error(error: BaseException, repo: str) -> BaseException:
    if isinstance(error, RuntimeError) and error.__cause__:  # so the library wraps what became of a large file
        return _upload_error(error.__cause__, repo)
    reason = explained(error, repo)
    return HubError(f"Nothing was uploaded. {reason}") if isinstance(reason, HubError) else reason

"""Where a checkpoint comes from: the built-in folder, any other folder, or a Hub repo; and how one gets to the Hub."""

from __future__ import annotations

import io
import shutil
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pricer.checkpoint_config import CONFIG, check_replaceable, file_names, replacing, verify
from pricer.errors import CheckpointError, HubError, UserError
from pricer.hub.downloads import download, parse_repo
from pricer.hub.watch import Watch, explained, watched

BUILT_IN = Path(__file__).parents[2] / "weights"
FALLBACK = BUILT_IN / "fallback"  # a simpler checkpoint, for when the built-in one is damaged

UPLOAD_STALL_SECONDS = 60.0  # how long an upload may stand still; the Hub checks large files before its last answer


def locate(source: str | Path | None = None, revision: str | None = None) -> tuple[Path, str]:
    """The folder of a checkpoint, and what to call it on the page and in logs.

    Parameters
    ----------
    source
        None for the built-in checkpoint, an existing folder, or a Hub repo: "owner/name", "owner/name@revision".
    revision
        Branch, tag or commit of a Hub repo.

    Raises
    ------
    UserError
        The source is neither a folder nor the name of a repo.
    CheckpointError, HubError
        The checkpoint is missing or damaged, or the Hub does not give it.
    """
    if source is None or Path(source).expanduser().is_dir():
        if revision is not None:
            raise UserError(f"The revision {revision!r} needs a Hub repo: give one (owner/name), or no revision.")
        return _built_in() if source is None else _local(Path(source).expanduser())
    repo, revision = parse_repo(str(source), revision, otherwise="an existing folder, or ")
    folder = download(repo, revision)
    return folder, f"{repo}@{folder.name[:7]}"


def push(folder: str | Path, repo: str, private: bool = False) -> str:
    """Upload a checkpoint folder in one commit, making the repo if need be; returns the repo's address.

    Raises
    ------
    CheckpointError
        The folder is no whole checkpoint.
    HubError
        The Hub refuses the upload or is out of reach.
    """
    from huggingface_hub import HfApi

    folder = Path(folder)
    names = [*file_names(verify(folder)), CONFIG]
    repo, _ = parse_repo(repo)
    api = HfApi()
    try:
        url = watched(lambda _: api.create_repo(repo, private=private, exist_ok=True), repo)
        with warnings.catch_warnings():  # the library takes the built-in test split for a dataset gone astray
            warnings.filterwarnings("ignore", "It seems that you are about to commit a data file")
            _upload(api, [folder / name for name in names], repo)
    except Exception as error:
        raise _upload_error(error, repo) from None
    return str(url)


def pull(repo: str, folder: str | Path, revision: str | None = None) -> Path:
    """Download a checkpoint into a folder, which appears whole or not at all.

    Raises
    ------
    UserError
        The folder holds anything else than a checkpoint, which would be replaced.
    HubError, CheckpointError
        As in `download`.
    """
    folder = Path(folder).expanduser().resolve()
    check_replaceable(folder)
    source = download(repo, revision)
    try:
        with replacing(folder) as fresh:
            for name in [*file_names(verify(source)), CONFIG]:
                shutil.copyfile(source / name, fresh / name)
            verify(fresh)
    except OSError as error:
        raise UserError(f"{folder} could not be written ({error.strerror}): choose another folder.") from error
    return folder


def _upload(api: Any, paths: Sequence[Path], repo: str) -> None:
    """Upload files in one commit; given up on once nothing has gone out for `UPLOAD_STALL_SECONDS`."""
    from huggingface_hub import CommitOperationAdd

    watch = Watch(UPLOAD_STALL_SECONDS)
    with ExitStack() as open_files:
        files = [open_files.enter_context(_WatchedFile(path, watch)) for path in paths]
        added = [CommitOperationAdd(path.name, file) for path, file in zip(paths, files, strict=True)]
        watch.do(lambda _: api.create_commit(repo, added, commit_message="Upload checkpoint"), repo)


class _WatchedFile(io.BufferedReader):
    """A file whose reading is heard of: the library tells nothing of an upload's progress."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(io.FileIO(path))
        self._watch = watch

    def read(self, size: int | None = -1, /) -> bytes:
        self._watch.progress()
        return super().read(size)


def _built_in() -> tuple[Path, str]:
    if not (BUILT_IN / CONFIG).is_file():
        raise CheckpointError(
            f"There is no built-in model at {BUILT_IN}: run Pricer from its clone, or set --model or PRICER_MODEL."
        )
    return BUILT_IN, "built-in"


def _local(folder: Path) -> tuple[Path, str]:
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} is no checkpoint: it has no {CONFIG}. Give a folder made by Pricer.")
    return folder, folder.resolve().name


def _upload_error(error: BaseException, repo: str) -> BaseException:
    if isinstance(error, RuntimeError) and error.__cause__:  # so the library wraps what became of a large file
        return _upload_error(error.__cause__, repo)
    reason = explained(error, repo)
    return HubError(f"Nothing was uploaded. {reason}") if isinstance(reason, HubError) else reason


__all__ = ["BUILT_IN", "FALLBACK", "download", "locate", "parse_repo", "pull", "push"]

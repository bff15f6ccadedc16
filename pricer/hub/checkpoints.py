"""Where a checkpoint comes from: the built-in folder, any other folder, or a Hub repo."""

from __future__ import annotations

import shutil
from pathlib import Path

from pricer.checkpoint_config import CONFIG, check_replaceable, file_names, replacing, verify
from pricer.errors import CheckpointError, UserError
from pricer.hub.downloads import download, parse_repo

_INSTALLED, _CLONED = (Path(__file__).parents[level] / "weights" for level in (1, 2))  # in the package, or beside it
BUILT_IN = _INSTALLED if _INSTALLED.is_dir() else _CLONED
BUILT_IN_NAME = "built-in"  # what the built-in checkpoint is called, on the page, in logs and by commands
FALLBACK = BUILT_IN / "fallback"  # a simpler checkpoint, for when the built-in one is damaged


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


def _built_in() -> tuple[Path, str]:
    if not (BUILT_IN / CONFIG).is_file():
        raise CheckpointError(
            f"There is no built-in model at {BUILT_IN}: install Pricer again, or set --model or PRICER_MODEL."
        )
    return BUILT_IN, BUILT_IN_NAME


def _local(folder: Path) -> tuple[Path, str]:
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} is no checkpoint: it has no {CONFIG}. Give a folder made by Pricer.")
    return folder, folder.resolve().name


__all__ = ["BUILT_IN", "BUILT_IN_NAME", "FALLBACK", "download", "locate", "parse_repo", "pull"]

"""Checkpoints to Hub repos: in one commit, only what is not there yet, and never over something else unasked."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.card import model_card
from pricer.checkpoint_config import CARD, CONFIG, calibrated_on, file_names, json_object, read_text, sha256, verify
from pricer.errors import CheckpointError, UserError
from pricer.hub.commits import INITIAL_FILES, Destination
from pricer.hub.downloads import COMMIT, parse_repo

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile


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
    destination = Destination(HfApi(), repo, branch)
    with tempfile.TemporaryDirectory() as beside:
        files = _with_its_name(Path(folder), repo, Path(beside))
        url = destination.prepare(private)
        there = destination.files()
        destination.send(files, there, _stale(destination, there, files, overwrite), "Upload checkpoint")
    return url if branch == "main" else f"{url}/tree/{branch}"


def _with_its_name(folder: Path, repo: str, beside: Path) -> dict[str, Path]:
    """The checkpoint's files by name, the card made anew for this repo and the config with that card's hash."""
    config = verify(folder)
    (beside / CARD).write_text(model_card(config, repo, calibrated_on(folder)), encoding="utf-8")
    config = replace(config, files={**config.files, CARD: sha256(beside / CARD)})
    (beside / CONFIG).write_text(config.to_json(), encoding="utf-8")
    return {name: folder / name for name in file_names(config)} | {name: beside / name for name in (CARD, CONFIG)}


def _stale(
    destination: Destination, there: Mapping[str, RepoFile], files: Mapping[str, Path], overwrite: bool
) -> list[str]:
    """Files of an older checkpoint in the repo that the new one does not have."""
    config = destination.stage(lambda _: _config_of(destination)) if CONFIG in there else {}
    if {"format_version", "featurizer"} <= config.keys() and isinstance(config.get("files"), dict):
        return sorted((set(config["files"]) & there.keys()) - files.keys())
    others = sorted(there.keys() - INITIAL_FILES)
    if others and not overwrite:
        raise UserError(
            f"{destination.repo} holds something else than a checkpoint ({len(others)} files, such as {others[0]}): "
            "name another repo, or push with --overwrite, which keeps its other files."
        )
    return []


def _config_of(destination: Destination) -> dict[str, Any]:
    """The repo's config as it is; empty if it is no JSON object. Not by the cache, where only whole copies belong."""
    with tempfile.TemporaryDirectory() as folder:
        download = destination.api.hf_hub_download
        path = Path(download(destination.repo, CONFIG, revision=destination.branch, local_dir=folder))
        try:
            found: dict[str, Any] = json_object(read_text(path), CONFIG)
        except CheckpointError:
            return {}
    return found

"""The way of a Space's folder to the Hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pricer.errors import UserError
from pricer.hub import parse_repo
from pricer.hub.commits import INITIAL_FILES, Destination
from pricer.space.folder import CARRIED, MODEL
from pricer.space.front_matter import CPU

_MARK = "pricer/space/front_matter.py"  # a file that every Space of ours has
_OURS = ("pricer/", "weights/", f"{CARRIED}/")  # folders in which a file that we do not have is an old one


def hardware_of(repo: str) -> str:
    """The hardware of a Space: what was asked for last, or what it runs on; cpu-basic for one that is not there.

    Raises
    ------
    HubError
        The Hub does not tell.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    name, _ = parse_repo(repo)
    api = HfApi()

    def ask(_: type) -> str:
        try:
            runtime = api.get_space_runtime(name)
        except RepositoryNotFoundError:
            return CPU
        return runtime.requested_hardware or runtime.hardware or CPU

    return str(Destination(api, name, kind="space").stage(ask))


def deploy(
    folder: Path,
    repo: str,
    variables: Mapping[str, str],
    hardware: str | None,
    *,
    private: bool = False,
    overwrite: bool = False,
) -> str:
    """Create or update a Space from a folder that `write_folder` wrote; gives its address.

    Hardware is asked for where it is named; else the Space keeps its own.  Variables are set before the files arrive,
    so that the first start has them; that of the model is removed where none is given.  Secrets are the owner's to set:
    none is ever sent.  Files of an earlier version that are gone from the folder are removed; files that the owner
    added beside ours stay.  Equal files make no commit.

    Raises
    ------
    UserError
        The Space is public where a private one is asked for, or, without `overwrite`, holds something else.
    HubError
        The Hub refuses it or is out of reach.
    """
    from huggingface_hub import HfApi, SpaceHardware

    name, _ = parse_repo(repo)
    api = HfApi()
    destination = Destination(api, name, kind="space")

    def set_up(_: type) -> None:
        if hardware:
            api.request_space_hardware(name, SpaceHardware(hardware))
        for key, value in variables.items():
            api.add_space_variable(name, key, value)
        if MODEL not in variables and MODEL in api.get_space_variables(name):  # of an earlier version
            api.delete_space_variable(name, MODEL)

    url = destination.prepare(private, space_sdk="gradio")
    there = destination.files()
    if not overwrite:
        _check_ours(name, there)
    destination.stage(set_up)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    old = {path for path in there if path.startswith(_OURS)} - files.keys()
    destination.send(files, there, old, "Update Pricer")
    return url


def _check_ours(name: str, there: Iterable[str]) -> None:
    """Raise UserError if a Space holds something else than what we put there."""
    others = sorted(set(there) - INITIAL_FILES)
    if others and _MARK not in others:
        raise UserError(
            f"{name} holds something else than Pricer ({len(others)} files, such as {others[0]}): name another Space, "
            f"or add --overwrite, which puts Pricer's files over its own and clears its folders {', '.join(_OURS)}."
        )

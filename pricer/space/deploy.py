"""The way of a Space's folder to the Hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pricer.hub import parse_repo
from pricer.hub.commits import Destination
from pricer.space.folder import CARRIED, MODEL
from pricer.space.front_matter import CPU

_OURS = ("pricer/", "weights/", f"{CARRIED}/")  # folders in which a file that we do not have is an old one


def deploy(folder: Path, repo: str, variables: Mapping[str, str], hardware: str, *, private: bool = False) -> str:
    """Create or update a Space from a folder that `write_folder` wrote; gives its address.

    Variables are set before the files arrive, so that the first start has them; that of the model is removed where none
    is given.  Secrets are the owner's to set: none is ever sent.  Files of an earlier version that are gone from the
    folder are removed; files that the owner added beside ours stay.  Equal files make no commit.

    Raises
    ------
    HubError
        The Hub refuses it or is out of reach.
    """
    from huggingface_hub import HfApi, SpaceHardware

    name, _ = parse_repo(repo)
    api = HfApi()
    destination = Destination(api, name, kind="space")

    def prepare(_: type) -> str:
        url = api.create_repo(name, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        if hardware != CPU:  # which every Space has to begin with
            api.request_space_hardware(name, SpaceHardware(hardware))
        for key, value in variables.items():
            api.add_space_variable(name, key, value)
        if MODEL not in variables and MODEL in api.get_space_variables(name):  # of an earlier version
            api.delete_space_variable(name, MODEL)
        return str(url)

    url: str = destination.stage(prepare)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    there = destination.files()
    old = {path for path in there if path.startswith(_OURS)} - files.keys()
    destination.send(files, there, old, "Update Pricer")
    return url

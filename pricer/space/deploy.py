"""The way of a Space's folder to the Hub."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from pricer.hub import parse_repo
from pricer.hub.watch import explained, watched
from pricer.space.folder import CARRIED
from pricer.space.front_matter import CPU


def deploy(folder: Path, repo: str, variables: Mapping[str, str], hardware: str, *, private: bool = False) -> str:
    """Create or update a Space from a folder that `write_folder` wrote; gives its address.

    Variables are set before the files arrive, so that the first start has them.  Secrets are the owner's to set: none
    is ever sent.  Files of an earlier version that are gone from the folder are removed; files that the owner added
    beside ours stay.  Equal files make no commit.

    Raises
    ------
    HubError
        The Hub refuses it or is out of reach.
    """
    from huggingface_hub import HfApi, SpaceHardware

    name, _ = parse_repo(repo)
    api = HfApi()

    def prepare(_: type) -> str:
        url = api.create_repo(name, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        if hardware != CPU:  # which every Space has to begin with
            api.request_space_hardware(name, SpaceHardware(hardware))
        for key, value in variables.items():
            api.add_space_variable(name, key, value)
        return str(url)

    try:
        url: str = watched(prepare, f"the Space {name}")
        with warnings.catch_warnings():  # the library takes the built-in test split for a dataset gone astray
            warnings.filterwarnings("ignore", "It seems that you are about to commit a data file")
            api.upload_folder(
                folder_path=folder,
                repo_id=name,
                repo_type="space",
                commit_message="Update Pricer",
                delete_patterns=["pricer/*", "weights/*", f"{CARRIED}/*"],
            )
    except Exception as error:
        raise explained(error, f"the Space {name}") from None
    return url

"""A Hugging Face Space of this checkout: its front matter, its folder, a trial start, and the way to the Hub."""

from pricer.space.deploy import deploy, hardware_of
from pricer.space.folder import SpaceModel, write_folder
from pricer.space.front_matter import FrontMatter
from pricer.space.trial import differences, own_packages, try_out

__all__ = [
    "FrontMatter",
    "SpaceModel",
    "deploy",
    "differences",
    "hardware_of",
    "own_packages",
    "try_out",
    "write_folder",
]

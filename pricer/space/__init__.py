"""A Hugging Face Space of this checkout: its front matter, its folder, a trial start, and the way to the Hub."""

from pricer.space.deploy import deploy
from pricer.space.folder import SpaceModel, write_folder
from pricer.space.front_matter import FrontMatter
from pricer.space.trial import try_out

__all__ = ["FrontMatter", "SpaceModel", "deploy", "try_out", "write_folder"]

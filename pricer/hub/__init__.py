"""What comes from the Hub and goes to it: checkpoints and datasets."""

from pricer.hub.checkpoints import BUILT_IN, FALLBACK, locate, pull, push
from pricer.hub.downloads import download, parse_repo

__all__ = ["BUILT_IN", "FALLBACK", "download", "locate", "parse_repo", "pull", "push"]

"""What comes from the Hub and goes to it: checkpoints and datasets."""

from pricer.hub.checkpoints import BUILT_IN, BUILT_IN_NAME, FALLBACK, locate, pull
from pricer.hub.downloads import download, parse_repo
from pricer.hub.uploads import push

__all__ = ["BUILT_IN", "BUILT_IN_NAME", "FALLBACK", "download", "locate", "parse_repo", "pull", "push"]

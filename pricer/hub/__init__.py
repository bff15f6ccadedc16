"""What comes from the Hub and goes to it: checkpoints and datasets."""

from pricer.hub.checkpoints import BUILT_IN, FALLBACK, locate, pull
from pricer.hub.downloads import download, parse_repo
from pricer.hub.uploads import push

__all__ = ["BUILT_IN", "FALLBACK", "download", "locate", "parse_repo", "pull", "push"]

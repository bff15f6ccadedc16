from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class CompactConfig:
    n: int = 1


class CompactNetwork(nn.Module):
    cpu_block_rows = 256

"""The peers by the names that the command takes, the quick ones first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.peers.bag_of_words import BagOfWords
from benchmarks.peers.boosted_trees import LightgbmTfidf, XgboostHashed
from benchmarks.peers.constant import Constant
from benchmarks.peers.peer import Peer
from benchmarks.peers.reference_network import ReferenceNetwork
from benchmarks.peers.ridge import TfidfRidge
from benchmarks.peers.sentence_embeddings import SentenceEmbeddings
from benchmarks.peers.sparse_mlp import SparseMlp

REAL, ESTIMATES = "real rows", "real rows and estimates"


@dataclass(frozen=True)
class Entry:
    """A peer with what it is trained on."""

    key: str  # what the command calls it
    rows: str  # REAL or ESTIMATES
    make: Callable[[], Peer]
    slow: bool = False  # only run with --all


ENTRIES = (
    Entry("constant", REAL, Constant),
    Entry("constant", ESTIMATES, Constant),
    Entry("bag_of_words", REAL, BagOfWords),
    Entry("bag_of_words", ESTIMATES, BagOfWords),
    Entry("ridge", REAL, lambda: TfidfRidge(2.0)),
    Entry("ridge", ESTIMATES, lambda: TfidfRidge(0.5)),
    Entry("xgboost", REAL, XgboostHashed),
    Entry("xgboost", ESTIMATES, XgboostHashed),
    Entry("lightgbm", REAL, LightgbmTfidf),
    Entry("lightgbm", ESTIMATES, LightgbmTfidf),
    Entry("sparse_mlp", REAL, SparseMlp),
    Entry("sparse_mlp", ESTIMATES, SparseMlp),
    Entry("reference_network", REAL, lambda: ReferenceNetwork(512, epochs=10)),
    Entry("reference_network", ESTIMATES, lambda: ReferenceNetwork(512, epochs=10)),
    Entry("reference_network_full", REAL, lambda: ReferenceNetwork(4096, epochs=5)),
    Entry("reference_network_full", ESTIMATES, lambda: ReferenceNetwork(4096, epochs=1), slow=True),
    Entry("sentence_embeddings", REAL, SentenceEmbeddings),
    Entry("sentence_embeddings", ESTIMATES, SentenceEmbeddings, slow=True),
)
NAMES = tuple(dict.fromkeys(entry.key for entry in ENTRIES))

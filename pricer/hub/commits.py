"""Changes to a Hub repo in one commit: only what is not there yet, watched, and with errors in our words."""

from __future__ import annotations

import hashlib
import io
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.checkpoint_config import CARD, sha256
from pricer.errors import HubError, UserError
from pricer.hub.watch import OutOfReachError, Watch, watched

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

INITIAL_FILES = {".gitattributes", CARD}  # that the Hub itself puts into a new repo
UPLOAD_STALL_SECONDS = 60.0  # how long the Hub may take no further byte; it stores large files before it answers


@dataclass(frozen=True)
class Destination:
    """Where changes go."""

    api: HfApi
    repo: str  # "owner/name"
    branch: str = "main"
    kind: str = "model"  # or "space"

    def stage(self, work: Callable[[Any], Any]) -> Any:
        """Do what comes before the upload; errors say that nothing was uploaded."""
        try:
            return watched(work, self.repo)
        except HubError as error:
            raise HubError(f"Nothing was uploaded. {error}") from None

    def prepare(self, private: bool, **options: Any) -> str:
        """See that there are the repo and the branch; gives the repo's address.

        Raises
        ------
        UserError
            The repo is public where a private one is asked for.
        """

        def make(_: type) -> str:
            url = self.api.create_repo(self.repo, repo_type=self.kind, private=private, exist_ok=True, **options)
            if private and not self.api.repo_info(self.repo, repo_type=self.kind).private:
                raise UserError(
                    f"{self.repo} is there already and public: make it private in its settings, or name another repo."
                )
            if self.branch != "main":
                self.api.create_branch(self.repo, repo_type=self.kind, branch=self.branch, exist_ok=True)
            return str(url)

        return str(self.stage(make))

    def files(self) -> dict[str, RepoFile]:
        """What is there, by path."""
        from huggingface_hub.hf_api import RepoFile

        entries = self.stage(
            lambda _: list(
                self.api.list_repo_tree(self.repo, recursive=True, revision=self.branch, repo_type=self.kind)
            )
        )
        return {each.path: each for each in entries if isinstance(each, RepoFile)}

    def send(
        self, files: Mapping[str, Path], there: Mapping[str, RepoFile], stale: Iterable[str], message: str
    ) -> None:
        """Commit the files that are not there as they are and remove the stale ones; nothing to do is no commit.

        Raises
        ------
        HubError
            The Hub refuses them, is out of reach, or takes nothing for `UPLOAD_STALL_SECONDS`.
        """
        changed = {name: path for name, path in files.items() if not _is_same(there.get(name), path)}
        gone = sorted(stale)
        if changed or gone:
            self._commit(changed, gone, message)

    def _commit(self, changed: Mapping[str, Path], stale: list[str], message: str) -> None:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        watch = Watch(UPLOAD_STALL_SECONDS, "took nothing more of")

        def upload(_: type) -> None:
            # The library takes the built-in test split for a dataset gone astray.
            with ExitStack() as files, warnings.catch_warnings(), _without_xet_s_regret():
                warnings.filterwarnings("ignore", "It seems that you are about to commit a data file")
                added = [
                    CommitOperationAdd(name, files.enter_context(_WatchedFile(path, watch)))
                    for name, path in changed.items()
                ]
                where: dict[str, Any] = {"revision": self.branch, "repo_type": self.kind}
                # Of equal files, one goes first: sent side by side, the library has them all read from one open file.
                unlike = {each.upload_info.sha256: each for each in added}.values()
                self.api.preupload_lfs_files(self.repo, unlike, free_memory=False, **where)
                gone = [CommitOperationDelete(name) for name in stale]
                self.api.create_commit(self.repo, [*gone, *added], commit_message=message, **where)

        try:
            watch.do(upload, self.repo)
        except OutOfReachError as error:
            raise HubError(f"The upload was not finished. {error} Pushing again sends only what is missing.") from None
        except HubError as error:
            raise HubError(f"Nothing was uploaded. {error}") from None


def _is_same(there: RepoFile | None, path: Path) -> bool:
    """Whether the repo's file is this one: large files are known by their SHA-256, small ones as git knows them."""
    if there is None or there.size != path.stat().st_size:
        return False
    if there.lfs is not None:
        return bool(there.lfs.sha256 == sha256(path))
    content = path.read_bytes()
    return bool(there.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())


@contextmanager
def _without_xet_s_regret() -> Iterator[None]:
    """Within: the library does not say that it would rather send such files by Xet, whose progress it does not tell."""
    logger = logging.getLogger("huggingface_hub._commit_api")
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was


class _WatchedFile(io.BufferedReader):
    """A file whose reading is heard of, so that an upload that goes on is known from a stalled one.

    The library sends such files as plain LFS objects, in one piece or in parts.
    """

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(io.FileIO(path))
        self._watch = watch

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._watch.progress()
        return piece

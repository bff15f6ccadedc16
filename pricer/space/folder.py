"""The files of a Space: this checkout's code, its requirements for the target, and a model or the way to one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pricer.checkpoint_config import CONFIG, file_names, replacing, verify
from pricer.errors import SettingError
from pricer.hub import BUILT_IN, BUILT_IN_NAME, download, parse_repo
from pricer.space.front_matter import ZERO_GPU, FrontMatter

CHECKOUT = Path(__file__).parents[2]
CARRIED = "model"  # the folder of a checkpoint that the Space brings along
MODEL = "PRICER_MODEL"  # the variable that names the model; without it, the Space prices with the built-in one
CODE = ("app.py", "LICENSE", "SECURITY.md", "requirements.txt")  # beside `pricer/` and `weights/`; nothing else goes
CODE_SUFFIXES = (".py", ".css", ".js", ".svg", ".typed")
ZERO_GPU_TORCH = "torch>=2.10,<2.12"  # ZeroGPU takes 2.8 to 2.11

_TORCH = re.compile(r"^torch\b.*$", re.MULTILINE)
_GRADIO = re.compile(r"^gradio==(?P<version>\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class SpaceModel:
    """What a Space prices with."""

    folder: Path | None = None  # a checkpoint that is carried along; None: the built-in one, or `repo`
    repo: str = ""  # a Hub repo that is fetched when the Space is built
    commit: str = ""  # of the repo
    files: tuple[str, ...] = ()  # of the repo

    @classmethod
    def of(cls, source: str | None) -> SpaceModel:
        """The model meant by `--model`; a repo is pinned to the commit that it has now.

        Raises
        ------
        UserError
            There is no such checkpoint, or it is damaged.
        """
        if source in {None, BUILT_IN_NAME} or Path(source).expanduser().resolve() == BUILT_IN:
            return cls()
        if (folder := Path(source).expanduser()).is_dir():
            verify(folder)
            return cls(folder)
        repo, revision = parse_repo(source, otherwise="an existing folder, or ")
        cached = download(repo, revision)
        return cls(None, repo, cached.name, (CONFIG, *file_names(verify(cached))))

    @property
    def variables(self) -> dict[str, str]:
        """What the Space's environment must say of it."""
        if self.folder:
            return {MODEL: CARRIED}
        return {MODEL: f"{self.repo}@{self.commit}"} if self.repo else {}

    @property
    def preload(self) -> tuple[str, ...]:
        """For the front matter: what is fetched when the Space is built."""
        return (f"{self.repo} {','.join(self.files)} {self.commit}",) if self.repo else ()


def write_folder(folder: Path, model: SpaceModel, hardware: str, title: str) -> Path:
    """Write the files of a Space into a folder, which appears whole or not at all.

    Only named files go along: no `.env`, no data, no state of a run.

    Raises
    ------
    SettingError
        The folder is in the way, this is no checkout, or the front matter has a value that the Hub would refuse.
    """
    if not (CHECKOUT / "app.py").is_file():
        raise SettingError("A Space is made of a checkout: clone Pricer, and run this in its folder.")
    if folder.exists() and not _is_space(folder):
        raise SettingError(f"{folder} is there and holds something else than a Space: name a new or an empty folder.")
    requirements = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8")
    front_matter = FrontMatter(
        _sdk_version(requirements),
        title,
        suggested_hardware=hardware,
        models=(model.repo,) if model.repo else (),
        preload_from_hub=model.preload,
    )
    with replacing(folder.resolve()) as fresh:
        for path in _code():
            _copy(path, fresh / path.relative_to(CHECKOUT))
        _copy_checkpoint(BUILT_IN, fresh / "weights")
        _copy_checkpoint(BUILT_IN / "fallback", fresh / "weights" / "fallback")
        if model.folder:
            _copy_checkpoint(model.folder, fresh / CARRIED)
        (fresh / "requirements.txt").write_text(_for_target(requirements, hardware), encoding="utf-8")
        (fresh / "README.md").write_text(front_matter.to_yaml() + _page(front_matter, model), encoding="utf-8")
    return folder


def _is_space(folder: Path) -> bool:
    """Whether a folder is empty or holds what `write_folder` wrote before."""
    ours = {*CODE, "README.md", "pricer", "weights", CARRIED}
    return folder.is_dir() and {each.name for each in folder.iterdir()} <= ours


def _code() -> Iterator[Path]:
    yield from (CHECKOUT / name for name in CODE if (CHECKOUT / name).is_file())
    for path in sorted((CHECKOUT / "pricer").rglob("*")):
        if path.suffix in CODE_SUFFIXES:
            yield path


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _copy_checkpoint(source: Path, target: Path) -> None:
    """The config and the files that it names: nothing that lies beside them."""
    for name in (CONFIG, *file_names(verify(source))):
        _copy(source / name, target / name)


def _sdk_version(requirements: str) -> str:
    found = _GRADIO.search(requirements)
    if found is None:
        raise SettingError("requirements.txt does not pin gradio to one version: expected a line gradio==x.y.z.")
    return found["version"]


def _for_target(requirements: str, hardware: str) -> str:
    """The requirements as the hardware accepts them."""
    if hardware != ZERO_GPU:
        return requirements
    return _TORCH.sub(ZERO_GPU_TORCH, requirements).rstrip("\n") + "\nspaces>=0.51\n"


def _page(front_matter: FrontMatter, model: SpaceModel) -> str:
    """What the Space's README says below the front matter."""
    priced_with = f"`{model.repo}`" if model.repo else "the model that it carries"
    return (
        f"\n# {front_matter.title}\n\n{front_matter.short_description}, in dollars, with a range. "
        f"It prices with {priced_with}. Limits for a public page are on; the Space's variables change them. "
        "Uploads and results are kept for an hour at most; only the browser that made them gets them.\n"
    )

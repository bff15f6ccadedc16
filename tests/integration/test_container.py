"""The recipe for Docker in docs/deploy.md, read as Docker reads it: what it copies starts, and holds no secret."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from pricer.space.trial import try_out

ROOT = Path(__file__).parents[2]
(RECIPE,) = re.findall(r"```dockerfile\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"), re.DOTALL)
RULES = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
SECRETS = (
    ".env", ".env.production", ".git/config", ".venv/lib/token.py", ".cache/huggingface/token", "pricer/.env",
    "weights/.env", "pricer/ui/__pycache__/page.pyc", "shared/data/items.parquet", "your-catalogue.csv", "p.partial/x",
)  # fmt: skip


def _copies():
    """Sources and target of each COPY."""
    for line in RECIPE.splitlines():
        if line.startswith("COPY "):
            *sources, target = shlex.split(line)[1:]
            yield sources, target


def _is_sent(path):
    """Whether `.dockerignore` lets Docker have a file: the last rule that fits it or a folder around it says so."""
    sent = True
    around = [path, *(str(each) for each in Path(path).parents if each.name)]
    for rule in RULES:
        pattern = re.escape(rule.lstrip("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, each) for each in around):
            sent = rule.startswith("!")
    return sent


def _build(context, image):
    """Copy as the recipe does."""
    files = [each for each in context.rglob("*") if each.is_file()]
    sent = {each for each in files if _is_sent(each.relative_to(context).as_posix())}
    for sources, target in _copies():
        for source in map(context.joinpath, sources):
            for path in sent & {source, *source.rglob("*")}:
                place = image / target / (path.relative_to(source) if source.is_dir() else path.name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
    return image


def _checkout(folder):
    """What the recipe may ask for."""
    for name in ("pricer", "weights", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [each for each in ROOT.iterdir() if each.is_file() and not each.name.startswith(".")]:
        shutil.copyfile(path, folder / path.name)
    return folder


def test_the_image_starts_with_what_is_copied_and_holds_nothing_secret(tmp_path):
    context = _checkout(tmp_path / "checkout")
    for name in SECRETS:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("HF_TOKEN=hf_secret")
    image = _build(context, tmp_path / "image")
    copied = {each.relative_to(image).as_posix() for each in image.rglob("*")}
    assert not copied & {*SECRETS, "tests", ".git"}
    assert not [each for each in image.rglob("*") if each.is_file() and b"hf_secret" in each.read_bytes()]
    assert {"app.py", "requirements.txt", "LICENSE", "pricer/ui/style.css", "weights/fallback/config.json"} <= copied
    assert try_out(image, "me/prices", {}).startswith("Model: built-in")


def test_the_recipe_copies_by_name():
    named = [source for sources, _ in _copies() for source in sources]
    assert named
    assert all((ROOT / source).exists() and source not in {".", "./"} and "*" not in source for source in named)


@pytest.mark.parametrize("secret", SECRETS)
def test_docker_is_sent_nothing_else_by_any_recipe(secret):
    assert not _is_sent(secret)


def test_docker_is_sent_all_that_the_package_has():
    files = [each for folder in ("pricer", "weights") for each in (ROOT / folder).rglob("*") if each.is_file()]
    wanted = [each.relative_to(ROOT).as_posix() for each in files if "__pycache__" not in each.parts]
    assert [each for each in wanted if not _is_sent(each)] == []

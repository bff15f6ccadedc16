"""A Space of this checkout: what it says of itself, what goes along, that it starts, and its way to the Hub."""

from __future__ import annotations

import hashlib
import os
import sys
import types
import zipfile
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import SpaceCard

from pricer.checkpoint import Checkpoint
from pricer.cli import main
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import HubError, SettingError, UserError
from pricer.hub import BUILT_IN
from pricer.space import FrontMatter, SpaceModel, deploy, differences, own_packages, try_out, write_folder
from pricer.space.folder import CHECKOUT
from tests.loopback_hub import TOKEN

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")  # of the Hub's library
CPU, ZERO = "cpu-basic", "zero-a10g"


def test_a_dry_run_writes_a_folder_that_starts_as_a_space_and_stays_as_it_was_written(
    tmp_path, tiny_checkpoint, capsys
):
    folder = tmp_path / "space"
    code = main(["space", "me/prices", "--dry-run", str(folder), "--model", str(tiny_checkpoint)])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "It starts: Model: model" in said.err
    assert "The Space would have the variable PRICER_MODEL=model." in said.err
    assert not list(folder.rglob("__pycache__"))


def test_a_dry_run_says_what_the_space_would_have_otherwise(tmp_path, monkeypatch):
    monkeypatch.setattr("pricer.space.trial.python_version", lambda: "3.13.1")
    asked = "# floors\n\nnumpy>=2\nhuggingface_hub>=1,<2\nno-such-package>=0.51\n"
    (tmp_path / "requirements.txt").write_text(asked)
    python = "Python ==3.12.* (here: 3.13.1)"
    hub = f"huggingface_hub <2,>=1 (here: {version('huggingface_hub')})"
    assert differences(tmp_path) == [python, hub, "no-such-package >=0.51 (here: none)"]
    assert differences(tmp_path, packages=False) == [python]
    monkeypatch.setattr("pricer.space.trial.python_version", lambda: "3.12.4")
    assert differences(tmp_path, packages=False) == []


def test_what_a_folder_requires_is_installed_for_its_trial_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wheel = _wheel(tmp_path, "kettle_of_a_space")
    (tmp_path / "requirements.txt").write_text(f"{wheel}\n")
    (tmp_path / "app.py").write_text(
        "import sys, kettle_of_a_space\n"
        "print('Model: a kettle in', sys.prefix, file=sys.stderr, flush=True)\n"
        "print('Pricer is open at home', flush=True)\n"
    )
    with pytest.raises(SettingError, match=r"does not start: ModuleNotFoundError.*kettle_of_a_space"):
        try_out(tmp_path, "me/prices", {})
    with own_packages(tmp_path) as python:
        prefix = str(Path(python).parents[1])
        assert try_out(tmp_path, "me/prices", {}, python) == f"Model: a kettle in {prefix}"
    assert not Path(prefix).exists()
    wheel.unlink()
    with pytest.raises(SettingError, match=r"cannot be installed: ERROR: .*kettle"), own_packages(tmp_path):
        pass


def _wheel(folder, name):
    """A package of one empty module, as pip takes it."""
    wheel, info = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return wheel


def test_the_command_tries_a_space_with_its_own_packages_only_if_told(tmp_path, monkeypatch, capsys):
    tried = []
    monkeypatch.setattr("pricer.space.own_packages", lambda _: nullcontext("python of its own"))
    monkeypatch.setattr("pricer.space.try_out", lambda *given: tried.append(given[-1]) or "Model: built-in")
    monkeypatch.setattr("pricer.space.differences", lambda _, packages: ["torch <2.12 (here: 2.13)"] * packages)
    folder = str(tmp_path / "space")
    assert main(["space", "me/prices", "--dry-run", folder]) == 0
    assert "unlike this trial: torch <2.12 (here: 2.13)." in capsys.readouterr().err
    assert main(["space", "me/prices", "--dry-run", folder, "--install"]) == 0
    assert "unlike" not in capsys.readouterr().err
    assert tried == [sys.executable, "python of its own"]
    assert main(["space", "me/prices", "--install"]) == 1
    assert "add --dry-run DIR" in capsys.readouterr().err


def test_the_front_matter_is_the_hubs_and_names_the_tested_gradio(tmp_path):
    import gradio

    write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices")
    card = SpaceCard.load(tmp_path / "space" / "README.md").data
    assert (card.title, card.sdk, card.app_file, card.license) == ("Prices", "gradio", "app.py", "mit")
    assert card.sdk_version == gradio.__version__
    assert f"gradio=={card.sdk_version}" in (tmp_path / "space" / "requirements.txt").read_text()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "two\nlines"),
        ("color_from", "beige"),
        ("sdk_version", "latest"),
        ("python_version", "3.10.13"),
        ("suggested_hardware", "abacus"),
        ("short_description", "x" * 61),
    ],
)
def test_what_the_hub_would_refuse_is_refused_here(field, value):
    with pytest.raises(SettingError, match="cannot be"):
        FrontMatter(**{"sdk_version": "6.31.0", field: value})


def test_only_pythons_that_zero_gpu_runs_go_there():
    assert FrontMatter("6.31.0", python_version="3.12.12", suggested_hardware=ZERO)
    with pytest.raises(SettingError, match=r"3\.13\.1"):
        FrontMatter("6.31.0", python_version="3.13.1", suggested_hardware=ZERO)


def test_nothing_but_code_and_checkpoints_goes_along(tmp_path, tiny_checkpoint):
    model = tmp_path / "mine"
    Checkpoint.load(tiny_checkpoint).save(model)
    (model / ".env").write_text(f"HF_TOKEN={TOKEN}")
    (model / "notes.csv").write_text("private")
    folder = write_folder(tmp_path / "space", SpaceModel.of(str(model)), CPU, "Prices")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"app.py", "README.md", "requirements.txt", "pricer/ui/page.py", "weights/config.json"} <= names
    assert "model/model.safetensors" in names
    assert not {name for name in names if ".env" in name or name.endswith((".csv", ".pyc")) or "test" in name} - {
        "weights/test_split.parquet"
    }
    assert all(TOKEN.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_zero_gpu_gets_a_torch_that_it_takes_and_the_package_that_lends_gpus(tmp_path):
    requirements = (write_folder(tmp_path / "zero", SpaceModel(), ZERO, "Prices") / "requirements.txt").read_text()
    assert "torch>=2.10,<2.12\n" in requirements
    assert "\nspaces" in requirements
    plain = (write_folder(tmp_path / "cpu", SpaceModel(), CPU, "Prices") / "requirements.txt").read_text()
    assert plain == (CHECKOUT / "requirements.txt").read_text()


def test_a_folder_with_anything_else_is_left_alone_and_one_of_ours_is_written_anew(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SettingError, match="something else than a Space"):
        write_folder(tmp_path, SpaceModel(), CPU, "Prices")
    folder = write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices")
    assert "Second" in (write_folder(folder, SpaceModel(), CPU, "Second") / "README.md").read_text()


def test_the_built_in_model_may_be_named():
    assert SpaceModel.of("built-in") == SpaceModel.of(None) == SpaceModel.of(str(BUILT_IN)) == SpaceModel()


def test_a_hub_model_is_pinned_and_preloaded(hub, tmp_path, tiny_checkpoint):
    files = {path.name: path.read_bytes() for path in tiny_checkpoint.iterdir()}
    commit = hub.publish("me/kettles", files)
    model = SpaceModel.of("me/kettles@main")
    assert model.variables == {"PRICER_MODEL": f"me/kettles@{commit}"}
    card = SpaceCard.load(write_folder(tmp_path / "space", model, CPU, "Prices") / "README.md").data.to_dict()
    (preload,) = card["preload_from_hub"]
    repo, names, revision = preload.split(" ")
    assert (repo, revision, set(names.split(","))) == ("me/kettles", commit, set(files))
    assert card["models"] == ["me/kettles"]


def test_a_deployed_space_has_its_variables_before_its_files_and_no_secret(hub, tmp_path, monkeypatch, tiny_checkpoint):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    model = SpaceModel.of(str(tiny_checkpoint))
    folder = write_folder(tmp_path / "space", model, ZERO, "Prices")
    url = deploy(folder, "me/prices", model.variables, ZERO)
    assert url == f"{hub.url}/spaces/me/prices"
    there = hub.files("me/prices", "spaces")
    assert there.keys() == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    asked = hub.repos["spaces", "me/prices"].asked
    assert [what for what, _ in asked] == ["hardware", "variables"]
    assert asked[0][1]["flavor"] == ZERO
    assert asked[1][1]["value"] == "model"
    requests = [each for each in hub.requests if "/me/prices/" in each]
    assert requests.index("POST /api/spaces/me/prices/variables") < requests.index(
        "POST /api/spaces/me/prices/commit/main"
    )
    assert not any("secrets" in each for each in requests)


def test_an_update_removes_our_old_files_keeps_the_owners_and_commits_nothing_twice(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    folder = write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices")
    deploy(folder, "me/shop", {}, CPU)
    hub.publish("me/shop", {**hub.files("me/shop", "spaces"), "pricer/old.py": b"", "logo.png": b"png"}, "spaces")
    (folder / "app.py").write_text("print('new')")
    deploy(folder, "me/shop", {}, CPU)
    there = hub.files("me/shop", "spaces")
    assert there["app.py"] == b"print('new')"
    assert "pricer/old.py" not in there
    assert there["logo.png"] == b"png"
    commits = len(hub.repos["spaces", "me/shop"].commits)
    deploy(folder, "me/shop", {}, CPU)
    assert len(hub.repos["spaces", "me/shop"].commits) == commits


def test_back_to_the_built_in_model_no_variable_names_the_one_that_is_gone(hub, tmp_path, monkeypatch, tiny_checkpoint):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    model = SpaceModel.of(str(tiny_checkpoint))
    deploy(write_folder(tmp_path / "space", model, CPU, "Prices"), "me/back", model.variables, CPU)
    hub.repos["spaces", "me/back"].variables["PRICER_AUTH"] = "me:secret"  # the owner's
    assert hub.repos["spaces", "me/back"].variables["PRICER_MODEL"] == "model"
    deploy(write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices"), "me/back", {}, CPU)
    assert hub.repos["spaces", "me/back"].variables == {"PRICER_AUTH": "me:secret"}
    assert "model/config.json" not in hub.files("me/back", "spaces")


def test_a_space_of_something_else_is_kept_unless_told_otherwise(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    foreign = {"app.py": b"theirs", "weights/years.bin": b"of work", "logo.png": b"png"}
    hub.publish("me/foreign", foreign, "spaces")
    assert main(["space", "me/foreign", "--hardware", ZERO]) == 1
    assert "3 files, such as app.py" in (said := capsys.readouterr().err)
    assert "--overwrite" in said
    assert hub.files("me/foreign", "spaces") == foreign
    assert hub.repos["spaces", "me/foreign"].asked == []
    assert main(["space", "me/foreign", "--overwrite"]) == 0
    there = hub.files("me/foreign", "spaces")
    assert there["app.py"] == (CHECKOUT / "app.py").read_bytes()
    assert there["logo.png"] == b"png"
    assert "weights/years.bin" not in there


def test_what_the_hub_puts_into_a_new_space_is_no_one_s(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.publish("me/fresh", {".gitattributes": b"", "README.md": b"---\nsdk: gradio\n---\n"}, "spaces")
    deploy(write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices"), "me/fresh", {}, CPU)
    assert b"Prices" in hub.files("me/fresh", "spaces")["README.md"]


def test_a_public_space_is_not_taken_for_a_private_one(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    folder = write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices")
    deploy(folder, "me/hidden", {}, CPU, private=True)
    assert hub.repos["spaces", "me/hidden"].private
    deploy(folder, "me/hidden", {}, CPU, private=True)
    hub.publish("me/seen", {}, "spaces")
    with pytest.raises(UserError, match="me/seen is there already and public"):
        deploy(folder, "me/seen", {"PRICER_MODEL": "model"}, CPU, private=True)
    assert hub.files("me/seen", "spaces") == hub.repos["spaces", "me/seen"].variables == {}


@pytest.mark.parametrize("runtime", [{"current": None, "requested": ZERO}, {"current": ZERO, "requested": None}])
def test_an_update_fits_the_hardware_that_the_space_has(hub, repo, monkeypatch, runtime):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert main(["space", repo, "--hardware", ZERO]) == 0
    hub.repos["spaces", repo].hardware = runtime
    assert main(["space", repo, "--title", "Second"]) == 0
    there = hub.files(repo, "spaces")
    assert b"\nspaces" in there["requirements.txt"]
    assert b'"Second"' in there["README.md"]
    assert len(hub.repos["spaces", repo].asked) == 1
    assert main(["space", repo, "--hardware", CPU]) == 0
    assert hub.repos["spaces", repo].asked[1:] == [("hardware", {"flavor": CPU})]
    assert b"\nspaces" not in hub.files(repo, "spaces")["requirements.txt"]


def test_a_new_space_has_a_cpu_and_asks_for_nothing(hub, repo, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert main(["space", repo]) == 0
    assert hub.repos["spaces", repo].asked == []
    assert f'suggested_hardware: "{CPU}"'.encode() in hub.files(repo, "spaces")["README.md"]


def test_equal_large_files_are_sent_once_and_arrive_twice(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    content = os.urandom(200_000)
    for folder in ("weights", "weights/fallback"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "seen.safetensors").write_bytes(content)
    sent = f"/lfs/put/{hashlib.sha256(content).hexdigest()}"
    hub.fault, hub.fault_path = "slow", sent
    deploy(tmp_path, "me/twins", {}, CPU)
    assert hub.requests.count(f"PUT {sent}") == 1
    there = hub.files("me/twins", "spaces")
    assert there == dict.fromkeys(["weights/seen.safetensors", "weights/fallback/seen.safetensors"], content)


def test_a_refused_token_is_told(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    folder = write_folder(tmp_path / "space", SpaceModel(), CPU, "Prices")
    with pytest.raises(HubError, match="set HF_TOKEN"):
        deploy(folder, "me/prices", {}, CPU)


class _Lender(types.ModuleType):
    """The package that lends GPUs, without GPUs: it counts what is decorated and what is called."""

    def __init__(self):
        super().__init__("spaces")
        self.decorated, self.calls = 0, 0

    def GPU(self, task, duration):  # noqa: N802 - its name
        self.decorated += 1
        assert duration > 0

        def borrowed(rows):
            self.calls += 1
            return task(rows)

        return borrowed


@pytest.fixture
def lender(monkeypatch):
    lender = _Lender()
    monkeypatch.setitem(sys.modules, "spaces", lender)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return lender


def test_on_zero_gpu_a_small_model_stays_on_the_cpu_though_a_function_could_borrow(lender, tiny_checkpoint):
    runner = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint)
    assert (lender.decorated, runner.device.name) == (1, "cpu")
    assert np.isfinite(runner.price(["A steel kettle"]).price).all()
    assert lender.calls == 0


def test_on_zero_gpu_a_large_model_borrows_once_a_call_and_not_before(lender, tiny_checkpoint, monkeypatch):
    monkeypatch.setattr("pricer.device.available", lambda: ["cuda", "cpu"])
    monkeypatch.setattr("pricer.device.Device.torch_device", property(lambda _: __import__("torch").device("cpu")))
    monkeypatch.setattr("pricer.residual_network.SMALL_WIDTH", 1)
    monkeypatch.setattr("pricer.precision.multiplied_fast", lambda _: [])
    runner = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint)
    assert (runner.device.name, lender.calls) == ("cuda", 0)
    runner.price(["A steel kettle", "A lamp"])
    assert lender.calls == 1

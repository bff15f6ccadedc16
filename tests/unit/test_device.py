"""CUDA, then MPS, then CPU; stand-ins for the machines that are not here."""

import pytest
import torch

from pricer.device import pick_device
from pricer.errors import DeviceError


@pytest.fixture
def machine(monkeypatch):
    def has(cuda=False, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return has


@pytest.mark.parametrize(
    ("cuda", "mps", "name"), [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_fastest_and_says_why(machine, cuda, mps, name):
    machine(cuda, mps)
    device = pick_device()
    assert device.name == name
    assert "picked" in str(device)


def test_an_explicit_choice_is_kept(machine):
    machine(cuda=True)
    assert pick_device("cpu").name == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_missing_device_is_an_error_that_says_what_there_is(machine, name):
    machine()
    with pytest.raises(DeviceError, match=f"No {name} device.*it has cpu"):
        pick_device(name)


def test_an_unknown_device_is_an_error():
    with pytest.raises(DeviceError, match="auto, cuda, mps, cpu"):
        pick_device("tpu")

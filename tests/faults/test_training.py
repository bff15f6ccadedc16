"""Training that is interrupted, at any moment: it goes on from its last epoch, and comes to the same weights."""

import json
import random
import shutil

import pytest

from pricer.checkpoint_config import CONFIG, SEAL, WEIGHTS, verify
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.errors import CheckpointError, TrainingError
from pricer.items import Items
from pricer.presets import train_reference
from pricer.training import STATE
from tests.faults.disk_events import failing, failure, moments, watching


@pytest.fixture
def splits(items):
    return Items(items[:60]), Items(items[120:])


@pytest.fixture
def train(splits):
    def run(out, epochs=2):
        return train_reference(splits, out, epochs, "cpu", hidden_size=4, num_layers=2)

    return run


def full():
    return OSError(28, "No space left on device")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def but_for_the_time(files):
    """What `contents` gives, without the seconds that training took, and the digest that has them in it."""
    config = json.loads(files[CONFIG])
    del config["training"]["seconds"], config[SEAL]
    return files | {CONFIG: config}


@pytest.mark.parametrize("older", [False, True])
def test_killed_before_any_change_on_disk_it_comes_to_the_same_checkpoint(train, tmp_path, tiny_checkpoint, older):
    train(tmp_path / "undisturbed")
    whole, folder = but_for_the_time(contents(tmp_path / "undisturbed")), tmp_path / "run"
    folder.mkdir()
    if older:
        shutil.copytree(tiny_checkpoint, folder / "model")
    left = moments(folder, tmp_path / "left", lambda: train(folder / "model"))
    assert len(left) > 10
    for moment in left:
        assert (moment / "model").exists() or not older  # no moment without a whole one
        if (moment / "model").exists():
            verify(moment / "model")
    for moment in [*left[::4], *left[-2:]]:
        train(moment / "model")
        assert but_for_the_time(contents(moment / "model")) == whole
        assert not (moment / "model.partial").exists()


def test_a_kill_costs_an_epoch_at_most(splits, tmp_path):
    """Also while a state is written: the one before is there until the next is whole."""

    def runner():
        made = DeepNeuralNetworkRunner(*splits, hidden_size=4, num_layers=2)
        made.setup()
        return made

    folder = tmp_path / "run"
    folder.mkdir()
    runner().train(1, folder / "state")
    for moment in moments(folder, tmp_path / "left", lambda: runner().train(2, folder / "state")):
        going_on = runner()
        going_on._trainer.run(0, moment / "state")
        assert len(going_on._trainer.reports) >= 1


@pytest.fixture
def state(splits, tmp_path):
    """A kept state of one epoch, and what goes on from it."""
    made = DeepNeuralNetworkRunner(*splits, hidden_size=4, num_layers=2)
    made.setup()
    made.train(1, tmp_path / "state")

    def go_on():
        fresh = DeepNeuralNetworkRunner(*splits, hidden_size=4, num_layers=2)
        fresh.setup()
        fresh.train(2, tmp_path / "state")

    return tmp_path / "state" / STATE, go_on


def test_a_damaged_state_is_refused_with_what_to_do(state):
    path, go_on = state
    good = path.read_bytes()
    sizes = range(0, len(good), len(good) // 20)
    generator = random.Random(4)
    for content in [*(good[:size] for size in sizes), generator.randbytes(2000), b"\xff" * 8 + good[8:]]:
        path.write_bytes(content)
        with pytest.raises(TrainingError, match=r"state.* is damaged .*remove it to start afresh"):
            go_on()


def test_a_state_that_cannot_be_kept_leaves_the_one_before(state):
    path, go_on = state
    good, messages = path.read_bytes(), []
    for number in range(10):
        path.write_bytes(good)
        heard, seen = failing(path.parent, number, full)
        with watching(path.parent, heard):
            message = failure(go_on)
        if len(seen) <= number:
            break
        if not message:  # what failed was not needed, such as a folder that is there
            continue
        messages.append(message)
        assert path.read_bytes() == good
        assert [each.name for each in path.parent.iterdir()] == [STATE]
    assert len(messages) >= 1
    assert all("cannot be kept" in message and "No space left" in message for message in messages)


def test_a_checkpoint_that_cannot_be_written_leaves_the_older_one(train, splits, tmp_path, tiny_checkpoint):
    runner = DeepNeuralNetworkRunner(*splits, hidden_size=4, num_layers=2)
    runner.setup()
    runner.train(1)
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copytree(tiny_checkpoint, folder / "model")
    older, messages = contents(folder / "model"), []
    for number in range(50):
        shutil.rmtree(folder / "model")
        shutil.copytree(tiny_checkpoint, folder / "model")
        heard, seen = failing(folder, number, full)
        with watching(folder, heard):
            message = failure(runner.save_pretrained, folder / "model")
        if len(seen) <= number:
            break
        if not message:  # what failed was not needed, such as a folder that is there
            continue
        messages.append(message)
        assert contents(folder / "model") == older
        assert [each.name for each in folder.iterdir()] == ["model"]
    assert len(messages) > 5
    assert all("cannot be written" in message and "No space left" in message for message in messages)
    assert verify(folder / "model").training.items == 60


def test_without_an_exchange_of_names_an_older_checkpoint_is_replaced_all_the_same(train, tmp_path, monkeypatch):
    """As on systems that have none."""
    monkeypatch.setattr("pricer.durable._exchanged", lambda *_: False)
    train(tmp_path / "model", epochs=1)
    first = (tmp_path / "model" / WEIGHTS).read_bytes()
    train(tmp_path / "model", epochs=2)
    assert (tmp_path / "model" / WEIGHTS).read_bytes() != first
    assert verify(tmp_path / "model")
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_a_bare_state_dict_appears_whole_or_not_at_all(splits, tmp_path):
    runner = DeepNeuralNetworkRunner(*splits, hidden_size=4, num_layers=2)
    runner.setup()
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "model.pth").write_bytes(b"older")
    for moment in moments(folder, tmp_path / "left", lambda: runner.save(folder / "model.pth")):
        assert (moment / "model.pth").read_bytes() in {b"older", (folder / "model.pth").read_bytes()}
    heard, _ = failing(folder, 0, full)
    before = (folder / "model.pth").read_bytes()
    with watching(folder, heard), pytest.raises(CheckpointError, match="cannot be written"):
        runner.save(folder / "model.pth")
    assert contents(folder) == {"model.pth": before}
    assert CONFIG not in contents(folder)

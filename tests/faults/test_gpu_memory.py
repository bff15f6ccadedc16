"""A GPU whose memory runs out: smaller blocks, then the CPU, with a notice; a batch keeps one price for one text."""

import csv
import logging

import pytest
import torch

import pricer.device
from pricer.batch import BatchOptions, price_file
from pricer.batch.review import BatchReview
from pricer.cli import main
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.device import Device
from pricer.errors import DeviceError, TableError
from pricer.residual_network import DeepNeuralNetwork

TEXTS = ["A steel kettle for travel", "A wireless monitor", "A compact drill"]


class Gpu:
    """A GPU of the name "cuda" that computes as this machine's CPU does, and has room for so many rows of a pass."""

    def __init__(self):
        self.room, self.passes_left, self.room_for_sums = 1 << 20, 1 << 20, 1 << 20

    def spend(self, rows):
        self.passes_left -= 1
        if rows > self.room or self.passes_left < 0:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.fixture
def gpu(monkeypatch):
    made, place = Gpu(), torch.device("cpu", 0)  # which differs from torch.device("cpu") in name alone
    head, embed, to = DeepNeuralNetwork.head, DeepNeuralNetwork.embed, DeepNeuralNetwork.to

    def moved(self, device):
        self.is_on_gpu = device == place
        return to(self, device)

    def limited_head(self, embedded):
        if getattr(self, "is_on_gpu", False):
            made.spend(len(embedded))
        return head(self, embedded)

    def limited_embed(self, entries, device):
        if getattr(self, "is_on_gpu", False) and entries.shape[0] > made.room_for_sums:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return embed(self, entries, device)

    monkeypatch.setattr(pricer.device, "available", lambda: ["cuda", "cpu"])
    monkeypatch.setattr(Device, "torch_device", property(lambda d: place if d.name == "cuda" else torch.device("cpu")))
    monkeypatch.setattr(DeepNeuralNetwork, "to", moved)
    monkeypatch.setattr(DeepNeuralNetwork, "head", limited_head)
    monkeypatch.setattr(DeepNeuralNetwork, "embed", limited_embed)
    return made


@pytest.fixture
def runner(gpu, tiny_checkpoint):
    made = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint)
    assert made.device.name == "cuda"
    return made


def test_blocks_and_sums_that_do_not_fit_are_halved_and_the_gpu_goes_on(gpu, runner):
    expected = runner.price(TEXTS * 20).price
    gpu.room, gpu.room_for_sums = 8, 5
    assert runner.price(TEXTS * 20).price == pytest.approx(expected, rel=1e-5)
    assert (runner.device.name, runner.notice, runner.checkpoint.network.block_rows) == ("cuda", "", 8)


@pytest.mark.parametrize(
    "ask", [lambda r: r.price(TEXTS), lambda r: r.explain(TEXTS[0]), lambda r: r.compare(*TEXTS[:2])]
)
def test_where_not_even_a_row_fits_the_cpu_takes_over_with_a_notice(gpu, runner, tiny_runner, ask, caplog):
    gpu.room = 0
    with caplog.at_level(logging.WARNING):
        ask(runner)
    assert runner.price(TEXTS).price.tolist() == tiny_runner.price(TEXTS).price.tolist()
    assert str(runner.device) == "cpu (cuda ran out of memory)"
    assert "ran out of memory: prices are computed on the CPU from now on" in runner.notice
    assert caplog.text.count(runner.notice) == 1


def test_a_gpu_that_is_full_from_the_start_gives_way_unless_it_was_asked_for(gpu, tiny_checkpoint):
    gpu.room = 0
    assert DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint).device.name == "cpu"
    with pytest.raises(DeviceError, match=r"cuda device cannot run.*--device cpu"):
        DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cuda")


def test_another_error_is_not_taken_for_a_lack_of_memory(gpu, runner, monkeypatch):
    def broken(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(DeepNeuralNetwork, "embed", broken)
    with pytest.raises(RuntimeError, match="illegal"):
        runner.price(TEXTS)
    assert runner.device.name == "cuda"


@pytest.mark.parametrize("passes", [0, 1, 3])
def test_a_batch_is_priced_anew_on_the_cpu_from_its_first_row(gpu, runner, source, tmp_path, undisturbed, passes):
    """Chunks of two devices would not agree to the last cent: no file has both."""
    whole, review = undisturbed("out.csv"), BatchReview()
    gpu.passes_left = passes
    *_, last = price_file(runner, source, tmp_path / "out.csv", review=review)
    assert (tmp_path / "out.csv").read_bytes() == whole
    assert last.notices == ["GPU memory ran short: all rows were priced anew, on cpu in fp32."]
    assert (last.rows_done, last.priced, review.skipped) == (14, 13, {"no text": 1})


def test_a_batch_whose_blocks_were_halved_is_priced_anew_in_those(gpu, runner, source, tmp_path):
    run = price_file(runner, source, tmp_path / "out.csv")
    next(run), next(run)
    gpu.room = 4
    *_, last = run
    assert last.notices == ["GPU memory ran short: all rows were priced anew, on cuda in fp32."]
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row["summary"] for row in rows if row["summary"]]
    prices = [row["predicted_price"] for row in rows if row["summary"]]
    assert prices == [f"{price:.2f}" for price in runner.price(texts).price]


def test_a_batch_that_was_begun_on_the_gpu_is_not_gone_on_with_elsewhere(
    gpu, runner, tiny_runner, source, tmp_path, undisturbed
):
    run = price_file(runner, source, tmp_path / "out.csv")
    next(run), next(run)
    run.close()
    with pytest.raises(TableError, match="another device"):
        list(price_file(tiny_runner, source, tmp_path / "out.csv", BatchOptions(resume=True)))
    gpu.room = 0
    *_, last = price_file(runner, source, tmp_path / "out.csv", BatchOptions(resume=True))
    assert (last.resumed_rows, last.finished) == (0, True)
    assert (tmp_path / "out.csv").read_bytes() == undisturbed("out.csv")


def test_the_command_says_so(gpu, source, tmp_path, tiny_checkpoint, capsys):
    gpu.passes_left = 3
    assert main(["batch", str(source), str(tmp_path / "out.csv"), "--model", str(tiny_checkpoint)]) == 0
    err = capsys.readouterr().err
    assert "Device: cuda" in err
    assert "GPU memory ran short: all rows were priced anew, on cpu in fp32.\n" in err

"""The course's network on a GPU: pricing, training, and what share of the GPU's rate that is.

python benchmarks/gpu.py [--items N]        (default: 100,000 training items, from which 800,000 are reckoned)
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch

from benchmarks.measure import machine, seconds, table
from benchmarks.texts import items
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.device import Device
from pricer.inference import fit_blocks, forward
from pricer.training import TrainingConfig

AT_ONCE, BATCHES, STEPS, WARM_UP = (1, 1_000, 65_536), (64, 1_024, 4_096), 60, 10
FULL, EPOCHS = 800_000, 5
PASSES = 3  # a training step costs a forward pass and two of its size backward


def pricing(runner: DeepNeuralNetworkRunner, rate: float) -> str:
    network, device, rows = runner.checkpoint.network, runner.device.torch_device, runner._trainer.train_split.rows
    network.round_for_pricing(torch.bfloat16)
    fit_blocks(network, device)
    found = []
    for n_items in AT_ONCE:
        chosen = rows[np.arange(n_items) % rows.shape[0]]
        forward(network, chosen, device)
        taken = statistics.median(seconds(lambda chosen=chosen: forward(network, chosen, device)) for _ in range(7))
        share = n_items * operations(network) / taken / rate
        found.append((f"{n_items:,}", f"{taken * 1e3:.2f}", f"{n_items / taken:,.0f}", f"{share:.0%}"))
    return table(["items at once, bf16", "ms", "items/s", "of the bf16 rate"], found)


def training(n_items: int, device: Device, rate: float) -> str:
    train = list(items(n_items))
    found = []
    for batch_size in BATCHES:
        runner = DeepNeuralNetworkRunner(train, train[:1000])
        runner.device = device
        runner.setup(TrainingConfig.of_batch(batch_size))
        trainer = runner._trainer
        trainer.network.train()
        trainer.network.compute_dtype = trainer._dtype
        taken = _steps(trainer, batch_size, n_items)
        per_second = batch_size / taken
        share = per_second * PASSES * operations(trainer.network) / rate
        whole = FULL * EPOCHS / per_second
        found.append((f"{batch_size:,}", f"{taken * 1e3:.1f}", f"{per_second:,.0f}", f"{share:.0%}", f"{whole:,.0f}"))
    header = ["items a step", "ms a step", "samples/s", "of the bf16 rate", f"{EPOCHS} epochs of {FULL:,}, reckoned, s"]
    return table(header, found)


def _steps(trainer, batch_size: int, n_items: int) -> float:
    """Seconds of a step, over many: nothing waits for the GPU until the last one."""
    order = np.random.default_rng(0).integers(0, n_items, (STEPS + WARM_UP, batch_size))
    for chosen in order[:WARM_UP]:
        trainer._step(chosen)
    _wait(trainer.device)
    started = time.perf_counter()
    for chosen in order[WARM_UP:]:
        trainer._step(chosen)
    _wait(trainer.device)
    return (time.perf_counter() - started) / STEPS


def operations(network) -> float:
    """Multiplications and additions of one item in the blocks."""
    config = network.config
    return 2.0 * (config.num_layers - 2) * 2 * config.hidden_size**2


def bf16_rate(device: torch.device, width: int = 8192) -> float:
    """Operations a second of a large bf16 product."""
    left = torch.rand(width, width, device=device).bfloat16()

    def products() -> None:
        for _ in range(10):
            left @ left
        _wait(device)

    products()
    return 10 * 2 * width**3 / min(seconds(products) for _ in range(3))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description="The course's network on a GPU.")
    parser.add_argument("--items", type=int, default=100_000)
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("This machine has no CUDA GPU, and these figures mean nothing without one.")
    device = Device("cuda", "asked for")
    rate = bf16_rate(device.torch_device)
    print(f"{torch.cuda.get_device_name()}, {rate / 1e12:,.0f} TFLOP/s in bf16; {machine()}.\n")
    print(training(chosen.items, device, rate), flush=True)
    runner = DeepNeuralNetworkRunner(list(items(70_000)))
    runner.device = device
    runner.setup()
    print(pricing(runner, rate))


if __name__ == "__main__":
    main()

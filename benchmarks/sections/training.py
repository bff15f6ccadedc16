"""Training steps of the course's network on a CPU, ours and the original loop's in turn.

Both start from the same weights and take the same items, without dropout, so that their losses can be compared.
"""

from __future__ import annotations

import statistics

import numpy as np

from benchmarks.measure import ratio, seconds, table
from benchmarks.opponents.original import Training
from benchmarks.texts import catalogue_items
from pricer.deep_neural_network import DeepNeuralNetworkRunner

ITEMS, BATCH, STEPS = 2000, 64, 12


def report() -> str:
    runner = DeepNeuralNetworkRunner(list(catalogue_items(ITEMS)), dropout_prob=0.0)
    runner.setup()
    trainer = runner._trainer
    split, target = trainer.train_split, trainer.target
    original = Training(split.rows, target.to_standardised(split.prices), trainer.network.state_dict(), 0.0)
    order = np.random.default_rng(0).permutation(ITEMS)[: BATCH * STEPS].reshape(STEPS, BATCH)
    trainer.network.train()
    trainer.network.compute_dtype = trainer._dtype
    ours, theirs, losses = [], [], []
    for chosen in order:
        found: list[float] = []
        theirs.append(seconds(lambda chosen=chosen, found=found: found.append(original.step(chosen))))
        ours.append(seconds(lambda chosen=chosen, found=found: found.append(float(trainer._step(chosen)))))
        losses.append(found)
    their_loss, our_loss = np.mean(losses[2:], axis=0)
    faster = ratio(theirs[2:], ours[2:])  # the first steps set memory aside
    precision = str(trainer._dtype or "torch.float32").removeprefix("torch.")
    rows = [
        ("original loop", f"{statistics.median(theirs[2:]):.2f}", "1", f"{their_loss:.3f}", ""),
        (f"ours, {precision}", f"{statistics.median(ours[2:]):.2f}", faster, f"{our_loss:.3f}", "≥ 1.3"),
    ]
    header = [f"training step, batch {BATCH}, {STEPS - 2} pairs", "seconds", "times as fast", "mean loss", "bar"]
    return table(header, rows)

"""What the unit tests share."""

import pytest


@pytest.fixture(scope="session")
def trained_runner(items):
    """A small reference runner, trained in memory."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    runner = DeepNeuralNetworkRunner(items[:100], items[100:], hidden_size=16)
    runner.setup()
    runner.train(epochs=2)
    return runner


@pytest.fixture(scope="session")
def tiny_runner(tiny_checkpoint):
    """A runner made from the tiny checkpoint."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    return DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")

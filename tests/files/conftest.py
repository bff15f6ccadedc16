"""What the tests of files share."""

import pytest


@pytest.fixture(scope="session")
def tiny_runner(tiny_checkpoint):
    """A runner made from the tiny checkpoint."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    return DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")

"""The reference network, as the course defined it."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from pricer.deep_neural_network import DeepNeuralNetwork, DeepNeuralNetworkRunner, ResidualBlock
from pricer.errors import CheckpointError, DeviceError, NotReadyError, TextError
from pricer.inference import forward
from pricer.items import Item


def test_the_reference_network_has_exactly_289128449_parameters():
    with torch.device("meta"):
        network = DeepNeuralNetwork(5000)
    assert sum(parameter.numel() for parameter in network.parameters()) == 289_128_449


def test_state_dict_keys_are_those_of_the_original():
    with torch.device("meta"):
        keys = list(DeepNeuralNetwork(10, hidden_size=4).state_dict())
    assert keys[:4] == ["input_layer.0.weight", "input_layer.0.bias", "input_layer.1.weight", "input_layer.1.bias"]
    assert keys[4] == "residual_blocks.0.block.0.weight"
    assert [key for key in keys if key.startswith("residual_blocks.7")][-1] == "residual_blocks.7.block.5.bias"
    assert keys[-2:] == ["output_layer.weight", "output_layer.bias"]


def test_a_residual_block_adds_its_input_before_the_last_relu():
    block = ResidualBlock(8, 0.2).eval()
    x = torch.randn(3, 8)
    layers = block.block
    by_hand = torch.relu(layers[5](layers[4](torch.relu(layers[1](layers[0](x))))) + x)
    torch.testing.assert_close(block(x), by_hand)


@pytest.mark.parametrize("n_items", [1, 15, 16, 17, 40])
def test_an_output_does_not_depend_on_the_neighbours(n_items):
    torch.manual_seed(0)
    network = DeepNeuralNetwork(50, num_layers=4, hidden_size=64)
    rows = csr_matrix((np.random.default_rng(0).random((n_items, 50)) > 0.8).astype(np.float32))
    together = forward(network, rows, torch.device("cpu"))
    alone = np.concatenate([forward(network, rows[i], torch.device("cpu")) for i in range(n_items)])
    assert np.array_equal(together, alone)


def test_inference_is_the_inverse_of_the_target_at_the_network_output(trained_runner, items):
    summary = items[0].summary
    checkpoint = trained_runner.checkpoint
    rows = checkpoint.featurizer.transform([summary])
    with torch.no_grad():
        z = float(checkpoint.network.eval()(torch.from_numpy(rows.toarray()))[0, 0])
    expected = max(0.0, float(np.expm1(z * checkpoint.target.std + checkpoint.target.mean)))
    assert trained_runner.inference(items[0]) == pytest.approx(expected, rel=1e-5)


def test_the_bare_state_dict_round_trips(trained_runner, items, tmp_path):
    path = tmp_path / "deep_neural_network.pth"
    trained_runner.save(path)
    other = DeepNeuralNetworkRunner(items[:100], items[100:], hidden_size=16)
    other.setup()
    other.load(path)
    texts = [item.summary for item in items[:20]]
    assert np.array_equal(other.price(texts).price, trained_runner.price(texts).price)


def test_a_state_dict_of_another_size_is_refused_with_both_shapes(trained_runner, items, tmp_path):
    path = tmp_path / "deep_neural_network.pth"
    trained_runner.save(path)
    other = DeepNeuralNetworkRunner(items[:100], items[100:], hidden_size=8)
    other.setup()
    with pytest.raises(CheckpointError, match=r"\(16, 5000\), expected \(8, 5000\)"):
        other.load(path)


def test_a_pickle_with_code_is_not_run(trained_runner, tmp_path):
    class Malice:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "evil.pth"
    torch.save({"x": Malice()}, path)
    with pytest.raises(CheckpointError, match="no plain state dict"):
        trained_runner.load(path)
    assert not (tmp_path / "ran").exists()


def test_training_twice_gives_the_same_weights(items):
    def weights():
        runner = DeepNeuralNetworkRunner(items[:100], items[100:], hidden_size=16)
        runner.setup()
        runner.train(epochs=1)
        return runner.checkpoint.network.state_dict()

    first, second = weights(), weights()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_interrupted_training_resumes_to_the_same_weights(items, tmp_path):
    def runner():
        made = DeepNeuralNetworkRunner(items[:100], items[100:], hidden_size=16)
        made.setup()
        return made

    whole = runner()
    reports = whole.train(epochs=3)
    first = runner()
    first.train(epochs=1, state_dir=tmp_path)
    second = runner()
    resumed = second.train(epochs=3, state_dir=tmp_path)
    assert resumed == reports
    state = second.checkpoint.network.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in whole.checkpoint.network.state_dict().items())


def test_the_learning_rate_follows_half_a_cosine_over_ten_epochs(items):
    runner = DeepNeuralNetworkRunner(items[:20], items[100:], hidden_size=4, num_layers=2)
    runner.setup()
    rates = [report.learning_rate for report in runner.train(epochs=4)]
    assert rates == pytest.approx([0.0005 * (1 + np.cos(np.pi * epoch / 10)) for epoch in range(4)])


def test_a_range_contains_its_price_and_grows_with_coverage(trained_runner, items):
    texts = [item.summary for item in items]
    narrow, wide = trained_runner.price(texts, 0.5), trained_runner.price(texts, 0.95)
    assert (narrow.low <= narrow.price).all()
    assert (narrow.price <= narrow.high).all()
    assert (wide.low <= narrow.low).all()
    assert (narrow.high <= wide.high).all()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["fine", "  "], "Text 2 of 2 cannot be priced: no text"),
        ([""], "no text"),
        ([None], "no text"),
        ([3], "found int"),
        (["x" * 20_001], "20,001 characters"),
        ("bare", "a single one"),
    ],
)
def test_texts_that_cannot_be_priced_are_named(trained_runner, texts, message):
    with pytest.raises(TextError, match=message):
        trained_runner.price(texts)


def test_no_texts_give_no_prices(trained_runner):
    assert trained_runner.price([]).price.shape == (0,)


def test_a_runner_without_a_network_says_what_to_call():
    with pytest.raises(NotReadyError, match=r"setup\(\)"):
        DeepNeuralNetworkRunner().inference(Item(summary="thing", price=1))


@pytest.fixture
def failing_gpu(monkeypatch):
    """A machine whose GPU is found but lacks an operation."""
    monkeypatch.setattr("pricer.device.available", lambda: ["mps", "cpu"])
    real = DeepNeuralNetwork.to

    def to(network, device):
        if str(device) == "mps":
            raise NotImplementedError("The operator is not implemented for the MPS device")
        return real(network, device)

    monkeypatch.setattr(DeepNeuralNetwork, "to", to)


@pytest.mark.usefixtures("failing_gpu")
def test_a_picked_device_that_fails_gives_way_to_the_cpu(tiny_checkpoint):
    runner = DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint)
    assert runner.device.name == "cpu"
    assert "mps was found, but cannot" in runner.device.reason
    assert runner.price(["A kettle"]).price[0] > 0


@pytest.mark.usefixtures("failing_gpu")
def test_a_device_that_was_asked_for_and_fails_is_an_error(tiny_checkpoint):
    with pytest.raises(DeviceError, match="mps device cannot run this model"):
        DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="mps")


def test_the_typical_error_is_half_the_width_of_the_range_of_half_of_the_prices(trained_runner):
    texts = ["A steel kettle", "words that nobody knows"]
    _, low, high = trained_runner.price(texts, coverage=0.5)
    assert np.array_equal(trained_runner.quote(texts, coverage=0.9).typical_error, (high - low) / 2)

"""What is fast gives what is plain, but for rounding: same order, same prices to a ten-thousandth."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from pricer.batch import BatchOptions, price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.residual_network import DeepNeuralNetwork, SparseLinear
from pricer.tables import open_table
from pricer.tokens import FEW, cut_few, cut_many
from pricer.training import Split, Trainer, TrainingConfig

TEXTS = (
    "Stainless steel electric kettle, 1.7 liters, with automatic shut-off",
    "Pack of 24 AA alkaline batteries, 1.5 V",
    'Samsung 55" 4K TV – 2023 model™, 3-in-1 café stand',
    "Title: Acoustic Guitar\nCategory: Music\nBrand: Northwind\nDescription: Spruce top.\nDetails: 41 inch",
    "zzqx flurb",
)


@pytest.fixture(scope="module")
def builtin():
    return DeepNeuralNetworkRunner.from_pretrained(device="cpu")


@torch.no_grad()
def _plain_price(checkpoint, text):
    """The compact network's price of one text, term by term in Python's own floats."""
    network, columns = checkpoint.network, checkpoint.network.columns
    row = checkpoint.featurizer.transform([text])
    idf_of = dict(zip(columns.kept.tolist(), columns.idf.tolist(), strict=True))
    place_of = {column: place for place, column in enumerate(columns.kept.tolist())}
    counts = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
    weights = {c: (1 + math.log(n)) * idf_of.get(c, float(columns.unseen_idf)) for c, n in counts.items()}
    length = math.sqrt(sum(weight**2 for weight in weights.values()))
    table = network.table.double() * network.table_step.double()
    summed = torch.zeros(table.shape[1], dtype=torch.float64)
    for column, weight in weights.items():
        if column in place_of:
            summed += weight / length * table[place_of[column]]
    told = []
    for member in range(network.config.members):
        share = summed[member * network.config.width : (member + 1) * network.config.width]
        first = torch.relu(share + network.bias[member, 0].double())
        hidden = torch.relu(network.bias_hidden[member, 0] + first @ network.weight_hidden[member].double())
        out = network.bias_out[member, 0] + hidden @ network.weight_out[member].double()
        told.append((out[0] + summed[-1], out[1:].softmax(0)))
    number = sum(price for price, _ in told) / len(told)
    mixture = sum(shares for _, shares in told) / len(told)
    labelled = network.config.form_column in counts and text.lower().startswith("title:")
    z = (number + mixture @ network.bin_centres.double()) / 2 + labelled * network.form_shift.double()
    return math.expm1(float(z) * checkpoint.target.std + checkpoint.target.mean)


@pytest.mark.parametrize("text", TEXTS)
def test_a_price_is_the_one_computed_term_by_term(builtin, text):
    assert builtin.price([text]).price[0] == pytest.approx(_plain_price(builtin.checkpoint, text), rel=1e-4)


def test_a_batch_has_the_prices_of_its_texts_one_by_one_in_order(builtin, tmp_path):
    texts = [f"{text.splitlines()[0]} number {number}" for number in range(60) for text in TEXTS]
    (tmp_path / "in.csv").write_text("summary\n" + "".join('"{}"\n'.format(t.replace('"', '""')) for t in texts))
    list(price_file(builtin, tmp_path / "in.csv", tmp_path / "out.csv", BatchOptions(processes=2)))
    rows = [row for chunk in open_table(tmp_path / "out.csv").chunks(1000) for row in chunk.rows]
    assert [row[0] for row in rows] == texts
    assert [row[1] for row in rows] == [f"{builtin.price([text]).price[0]:.2f}" for text in texts]


def test_many_texts_are_cut_as_few_are():
    parts = [*TEXTS, "", "  ", "a" * 500] * FEW
    (few_lengths, few, few_ids), (lengths, distinct, ids) = cut_few(parts), cut_many(parts)
    assert lengths.tolist() == few_lengths.tolist()
    assert [distinct[each] for each in ids] == [few[each] for each in few_ids]
    assert len(distinct) == len(Counter(few))


@pytest.fixture
def sparse_rows():
    from scipy.sparse import random

    return random(120, 40, density=0.2, format="csr", dtype=np.float32, random_state=1)


def test_the_sparse_first_layer_is_the_dense_one(sparse_rows):
    torch.manual_seed(0)
    network = DeepNeuralNetwork(40, num_layers=3, hidden_size=32).eval()
    with torch.no_grad():
        sparse = network.head(network.embed(sparse_rows, torch.device("cpu")))
        dense = network(torch.from_numpy(sparse_rows.toarray()))
    torch.testing.assert_close(sparse, dense, rtol=1e-4, atol=1e-6)


def test_a_sparse_layer_starts_with_the_weights_of_a_linear_one():
    torch.manual_seed(3)
    ours = SparseLinear(7, 5)
    torch.manual_seed(3)
    plain = nn.Linear(7, 5)
    assert torch.equal(ours.weight, plain.weight)
    ours.load_state_dict(plain.state_dict(), assign=True)
    assert torch.equal(ours.weight, plain.weight)
    assert ours.weight.t().is_contiguous()


def test_training_takes_the_steps_of_the_original_loop(sparse_rows):
    """From the same weights, without dropout: the losses and the weights of a plain loop on dense rows."""
    torch.manual_seed(0)
    ours = DeepNeuralNetwork(40, num_layers=3, hidden_size=32, dropout_prob=0.0)
    plain = DeepNeuralNetwork(40, num_layers=3, hidden_size=32, dropout_prob=0.0)
    plain.load_state_dict(ours.state_dict())
    prices = np.random.default_rng(0).lognormal(3, 1, sparse_rows.shape[0])
    target = _Target()
    nothing = Split(sparse_rows[:0], prices[:0])
    trainer = Trainer(
        ours, Split(sparse_rows, prices), nothing, target, torch.device("cpu"), TrainingConfig(batch_size=16)
    )
    optimizer = torch.optim.AdamW(plain.parameters(), lr=0.001, weight_decay=0.01, foreach=False)
    wanted = torch.from_numpy(target.to_standardised(prices).astype(np.float32))
    ours.train()
    for step in range(8):
        chosen = np.arange(step * 15, step * 15 + 15)
        loss = nn.L1Loss()(plain(torch.from_numpy(sparse_rows[chosen].toarray()))[:, 0], wanted[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), max_norm=1.0)
        optimizer.step()
        assert float(trainer._step(chosen)) == pytest.approx(float(loss.detach()), rel=1e-3)
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(ours.get_parameter(name), parameter, rtol=1e-2, atol=1e-4)


class _Target:
    mean, std = 3.0, 1.0

    def to_standardised(self, prices):
        return (np.log1p(prices) - self.mean) / self.std


def test_a_larger_batch_takes_larger_steps_by_its_root():
    assert TrainingConfig.of_batch(64) == TrainingConfig()
    assert TrainingConfig.of_batch(1024).learning_rate == pytest.approx(0.004)

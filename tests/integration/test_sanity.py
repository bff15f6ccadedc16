"""Everyday sanity of the built-in checkpoint, on texts that a new user would type.

Both lists were written from general knowledge: none of their texts is in the catalogue.
"""

import csv
from pathlib import Path

import pytest

from pricer.deep_neural_network import DeepNeuralNetworkRunner

DATA = Path(__file__).parents[1] / "data"


def _rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _folded(text):
    return " ".join(text.lower().split())


DIRECTIONS = _rows("directions.csv")
KNOWN_PRODUCTS = _rows("known_products.csv")


@pytest.fixture(scope="module")
def builtin():
    return DeepNeuralNetworkRunner.from_pretrained(device="cpu")


def test_there_are_60_distinct_pairs_of_different_texts():
    pairs = {(_folded(row["cheaper"]), _folded(row["dearer"])) for row in DIRECTIONS}
    assert len(pairs) == len(DIRECTIONS) == 60
    assert all(cheaper != dearer for cheaper, dearer in pairs)
    assert not {(dearer, cheaper) for cheaper, dearer in pairs} & pairs
    assert all(row["why"] for row in DIRECTIONS)


def test_there_are_100_distinct_products_from_2_to_900_dollars():
    assert len({_folded(row["summary"]) for row in KNOWN_PRODUCTS}) == len(KNOWN_PRODUCTS) == 100
    assert all(2 <= float(row["price"]) <= 900 for row in KNOWN_PRODUCTS)
    assert all(row["category"] for row in KNOWN_PRODUCTS)


def test_nine_of_ten_pairs_cost_more_in_the_right_direction(builtin):
    cheaper = builtin.price([row["cheaper"] for row in DIRECTIONS]).price
    dearer = builtin.price([row["dearer"] for row in DIRECTIONS]).price
    misses = [
        f"{row['why']}: {row['cheaper']} ${low:.2f}, {row['dearer']} ${high:.2f}"
        for row, low, high in zip(DIRECTIONS, cheaper, dearer, strict=True)
        if not high > low
    ]
    assert len(misses) <= 0.1 * len(DIRECTIONS), "\n".join([f"{len(misses)} pairs missed:", *misses])


def test_seven_of_ten_known_products_are_priced_within_a_factor_of_two(builtin):
    predicted = builtin.price([row["summary"] for row in KNOWN_PRODUCTS]).price
    misses = [
        f"{row['category']}: {row['summary']} is ${float(row['price']):.2f}, predicted ${price:.2f}"
        for row, price in zip(KNOWN_PRODUCTS, predicted, strict=True)
        if not 0.5 <= price / float(row["price"]) <= 2
    ]
    assert len(misses) <= 0.3 * len(KNOWN_PRODUCTS), "\n".join([f"{len(misses)} products missed:", *misses])

"""The examples in the docstrings of the names that people use."""

import doctest
from importlib import import_module

import pytest

PUBLIC = {
    "DeepNeuralNetworkRunner": "deep_neural_network",
    "Evaluation": "evaluation.evaluation",
    "Item": "items",
    "PriceRegressor": "price_regressor",
    "evaluate": "evaluator",
    "price_file": "batch.batch",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_its_examples_come_out_as_they_stand(name):
    module = import_module(f"pricer.{PUBLIC[name]}")
    finder = doctest.DocTestFinder(recurse=False)
    (examples,) = finder.find(getattr(module, name), name, module)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0

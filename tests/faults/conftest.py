"""What the tests of faults share: a runner, a file to price, and small chunks."""

import csv

import pytest

import pricer.batch.batch
from pricer.batch import BatchOptions, price_file
from tests.integration.conftest import files, repo  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def tiny_runner(tiny_checkpoint):
    """A runner made from the tiny checkpoint."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    return DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(pricer.batch.batch, "CHUNK_ROWS", 4)


@pytest.fixture
def source(tmp_path, items):
    """A CSV of 14 rows with awkward cells, one of them without a text."""
    path = tmp_path / "items.csv"
    rows = [[f"00{number}", item.summary, 'a "quoted"\nnote, NA'] for number, item in enumerate(items[:14])]
    rows[3][1] = ""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["sku", "summary", "remark"], *rows])
    return path


@pytest.fixture
def price(tiny_runner, source):
    """Prices the source into an output from end to end; gives the last progress."""

    def run(output, given=source, **options):
        *_, last = price_file(tiny_runner, given, output, BatchOptions(**options))
        return last

    return run


@pytest.fixture
def undisturbed(price, tmp_path):
    """The bytes of an undisturbed run's output of a name."""

    def content(name, **options):
        folder = tmp_path / "undisturbed"
        folder.mkdir(exist_ok=True)
        price(folder / name, **options)
        return (folder / name).read_bytes()

    return content

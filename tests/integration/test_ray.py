"""Batches on a cluster of several nodes in one machine: the local engine's rows and prices, whatever is killed."""

import csv
import datetime
import gzip
import json
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

import pricer.batch.batch
from pricer.batch import BatchOptions, price_file
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.drift import DriftReport
from pricer.errors import UserError
from pricer.ray_engine import RayOptions, price_with_ray
from pricer.reported_model import ReportedModel
from pricer.tables import open_table
from tests.ray_workers import environment

pytest.importorskip("ray")
ROOT = Path(__file__).parents[2]
SMALL = {"chunk_rows": 4, "unit_chunks": 2}


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    """The folder through which tests and workers talk."""
    return tmp_path_factory.mktemp("control")


@pytest.fixture(scope="module")
def cluster(control):
    """Two nodes with a core each, and this process connected to them."""
    import warnings

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own, of its own settings
        import ray
        from ray.cluster_utils import Cluster

        node = {"num_cpus": 1, "object_store_memory": 100 << 20}
        cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
        cluster.other = cluster.add_node(**node)
        ray.init(cluster.address, runtime_env=environment(control), log_to_driver=False, logging_level=logging.ERROR)
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture(scope="module")
def runner(tiny_checkpoint):
    return DeepNeuralNetworkRunner.from_pretrained(tiny_checkpoint, device="cpu")


@pytest.fixture
def local(runner, monkeypatch):
    """Prices a file by the local engine."""
    monkeypatch.setattr(pricer.batch.batch, "CHUNK_ROWS", SMALL["chunk_rows"])

    def run(source, output):
        *_, last = price_file(runner, source, output)
        return last

    return run


@pytest.fixture
def priced(control):
    """The first texts of the chunks that were priced in this test, with how often."""
    (control / "priced").write_text("")
    return lambda: Counter(map(json.loads, (control / "priced").read_text().splitlines()))


def _texts(n, name="kettle"):
    return [f"A steel {name}, model {number}" for number in range(n)]


def _write_csv(path, n, name="kettle"):
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[f"00{number}", text, 'a "quoted"\nnote, NA'] for number, text in enumerate(_texts(n, name))]
        csv.writer(file).writerows([["sku", "summary", "remark"], *rows])
    return path


def _write_folder(folder):
    """A folder with a file of each kind, and what other programs leave in one."""
    (folder / "more").mkdir(parents=True)
    _write_csv(folder / "a.csv", 30)
    (folder / "b.csv").write_bytes(
        "summary;prix;n\nCafetière, 1 l;5;NA\n;6;null\n\nFritteuse für öl\n".encode("cp1252")
    )
    days = [datetime.date(2026, 1, 1 + number) if number % 3 else None for number in range(21)]
    typed = pyarrow.table(
        {"summary": [*_texts(20, "lamp"), None], "day": days, "n": range(21), "tags": [["x", "y"]] * 21}
    )
    pyarrow.parquet.write_table(typed, folder / "more" / "c.parquet", row_group_size=7)
    lines = [json.dumps({"text": text, "size": 1.10}) for text in _texts(5, "drill")]
    (folder / "more" / "d.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (folder / "_SUCCESS").touch()
    return ["a.csv", "b.csv", "more/c.parquet", "more/d.jsonl.gz"]


def _run(model, source, output, resume=False, **options):
    *_, last = price_with_ray(
        model, str(source), str(output), BatchOptions(resume=resume), RayOptions(**SMALL, **options)
    )
    return last


def test_a_folder_gives_a_folder_of_the_local_engines_bytes(cluster, tiny_checkpoint, runner, local, tmp_path, priced):
    names = _write_folder(tmp_path / "in")
    progress = _run(tiny_checkpoint, f"local://{tmp_path}/in", f"local://{tmp_path}/out", workers=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    assert sum(priced().values()) == 8 + 1 + 6 + 2
    record = json.loads((tmp_path / "out" / "_pricer.json").read_text())
    assert [part["name"] for part in record["parts"]] == names
    counts = []
    for name in names:
        alone = local(tmp_path / "in" / name, tmp_path / Path(name).name)
        counts.append(alone.counts)
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / Path(name).name).read_bytes()
        assert open_table(tmp_path / "out" / name).n_rows == alone.rows_total
    assert progress.finished
    assert (progress.rows_done, progress.rows_total, progress.priced) == (59, 59, 57)
    whole = DriftReport.of(runner.checkpoint.reference, sum(counts[1:], counts[0]))
    assert progress.drift.to_dict() == whole.to_dict()


def test_a_killed_worker_loses_no_row_and_no_finished_unit(cluster, tiny_checkpoint, local, tmp_path, control, priced):
    source, output = _write_csv(tmp_path / "in.csv", 90), tmp_path / "out.csv"
    victim = _texts(90)[20]  # begins the second of the two chunks of a unit
    (control / "die-before").write_text(victim)
    progress = _run(tiny_checkpoint, source, output, workers=2)
    assert (control / "claimed").exists()
    local(source, tmp_path / "local.csv")
    assert output.read_bytes() == (tmp_path / "local.csv").read_bytes()
    assert progress.priced == 90
    chunks = dict.fromkeys(_texts(90)[::4], 1)
    assert priced() == chunks | {_texts(90)[16]: 2}  # the chunk before it, of the same unit, was not kept yet


def test_a_killed_driver_is_gone_on_from(cluster, tiny_checkpoint, local, tmp_path, control, priced):
    source, output = _write_csv(tmp_path / "in.csv", 90), tmp_path / "out.csv"
    (control / "wait-before").write_text(_texts(90)[8])
    os.mkfifo(control / "reached")
    arguments = [cluster.address, control, tiny_checkpoint, source, output]
    with subprocess.Popen([sys.executable, "-m", "tests.ray_workers", *map(str, arguments)], cwd=ROOT) as driver:
        (control / "reached").read_text()  # returns once a worker is there
        driver.send_signal(signal.SIGKILL)
    assert not output.exists()
    first = priced()
    progress = _run(tiny_checkpoint, source, output, workers=2, resume=True)
    local(source, tmp_path / "local.csv")
    assert output.read_bytes() == (tmp_path / "local.csv").read_bytes()
    assert progress.resumed_rows >= 8
    assert (priced() - first).total() * 4 <= 90 - progress.resumed_rows + 4
    assert not Path(f"{output}.partial").exists()


def test_the_command_prices_on_the_cluster_of_the_environment(cluster, tiny_checkpoint, runner, tmp_path):
    source = _write_csv(tmp_path / "in.csv", 50)
    command = ["-m", "pricer", "batch", str(source), "out.csv", "--engine", "ray", "--workers", "1"]
    command += ["--precision", "fp32", "--report", "report.html"]
    environment = os.environ | {
        "RAY_ADDRESS": cluster.address,
        "PRICER_MODEL": str(tiny_checkpoint),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "Wrote 50 rows to out.csv: 50 priced." in done.stderr
    list(price_file(runner, source, tmp_path / "local.csv"))
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["model"] == ReportedModel.of(runner).to_dict()
    assert report["rows"] == 50


def test_a_file_that_cannot_be_read_is_refused_before_anything_is_priced(cluster, tiny_checkpoint, tmp_path, priced):
    _write_csv(tmp_path / "a.csv", 5)
    (tmp_path / "b.csv").write_text("summary,n\nA lamp,1,2\n")
    (folder := tmp_path / "in").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).rename(folder / name)
    with pytest.raises(UserError, match=r"b\.csv, row 1: found 3 cells"):
        _run(tiny_checkpoint, folder, tmp_path / "out")
    assert not priced()
    assert not (tmp_path / "out").exists()


def test_a_lost_node_loses_no_row(cluster, tiny_checkpoint, local, tmp_path, priced):
    source, output = _write_csv(tmp_path / "in.csv", 240), tmp_path / "out.csv"
    run = price_with_ray(tiny_checkpoint, str(source), str(output), None, RayOptions(workers=2, **SMALL))
    next(run)
    assert next(run).rows_done < 240
    cluster.remove_node(cluster.other)
    *_, progress = run
    local(source, tmp_path / "local.csv")
    assert output.read_bytes() == (tmp_path / "local.csv").read_bytes()
    assert progress.priced == 240
    counts = priced()
    assert set(counts) == set(_texts(240)[::4])
    assert counts.total() - len(counts) <= SMALL["unit_chunks"]  # the unit that was being priced there

"""What the Ray engine decides before any cluster is asked."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from pricer.batch.priced_chunk import PricedChunk
from pricer.cli import main
from pricer.errors import UserError
from pricer.ray_engine import price_with_ray
from pricer.ray_engine.job import Item, Job, Part
from pricer.ray_engine.state import JobState
from pricer.ray_engine.storage import Storage, beside, is_within, split_address
from pricer.ray_engine.worker import _priced_chunks
from pricer.tables import open_table

JOB = Job("/in", "/out", "/out.partial", "abc", "cpu", "fp32", (), 0.8, False, 4, 2, False)


def _job(*rows):
    parts = [Part(f"{at}.csv", f"{at}.csv", 10, 5, "hash", n, 4, (1,), ("a",)) for at, n in enumerate(rows)]
    return replace(JOB, parts=tuple(parts))


@pytest.mark.parametrize("options", [["--workers", "2"], ["--engine", "ray", "--device", "mps"], ["--engine", "spark"]])
def test_options_that_do_not_go_together_are_a_usage_error(options, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["batch", str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), *options])
    assert stopped.value.code == 2
    assert "usage: pricer batch" in capsys.readouterr().err


def test_a_missing_ray_is_told_with_the_requirements_file(monkeypatch, tiny_checkpoint, tmp_path):
    (tmp_path / "in.csv").write_text("summary\nA lamp\n")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install -r requirements-ray\.txt"):
        next(price_with_ray(tiny_checkpoint, str(tmp_path / "in.csv"), str(tmp_path / "out.csv")))


@pytest.mark.parametrize(
    ("source", "output", "said"),
    [
        ("nowhere", "out", "There is no file or folder"),
        ("in", "out.csv", "is a folder"),
        ("in", "in/out", "is the input or in it"),
        ("in/a.csv", "in/a.csv", "is the input or in it"),
    ],
)
def test_paths_that_cannot_be_meant_are_refused(source, output, said, tiny_checkpoint, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("summary\nA lamp\n")
    with pytest.raises(UserError, match=said):
        next(price_with_ray(tiny_checkpoint, str(tmp_path / source), str(tmp_path / output)))


def test_every_unit_is_in_one_item_and_no_item_has_two_parts():
    job = _job(100, 0, 3, 50)
    items = list(job.items(workers=2))
    units = [(item.part, unit) for item in items for unit in range(item.first_unit, item.end_unit)]
    assert units == [(part, unit) for part, n in enumerate((13, 0, 1, 7)) for unit in range(n)]
    assert items[0] == Item(0, 0, 4)


def test_a_state_belongs_to_one_job(tmp_path):
    state, job = JobState(str(tmp_path / "out.partial")), _job(3)
    assert state.job(job) is None
    state.begin(job)
    listed = replace(job, parts=(replace(job.parts[0], sha256="", n_rows=0),))
    assert state.job(listed) == job
    with pytest.raises(UserError, match="another coverage"):
        state.job(replace(listed, coverage=0.9))
    with pytest.raises(UserError, match="another input"):
        state.job(replace(listed, parts=(replace(job.parts[0], size_bytes=11),)))


def test_a_job_of_a_version_that_cut_tables_elsewhere_is_not_gone_on_with(tmp_path):
    state, job = JobState(str(tmp_path / "out.partial")), _job(3)
    state.begin(job)
    manifest = tmp_path / "out.partial" / "manifest.json"
    members = json.loads(manifest.read_text())
    assert members.pop("cuts") == 2
    manifest.write_text(json.dumps(members))
    with pytest.raises(UserError, match="another version of Pricer, which cuts tables elsewhere"):
        state.job(job)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ((8, 2), None),
        ((8, 3), "more prices than 0.csv has rows"),
        ((11, 2), "more prices"),
        ((8, 1), "fewer prices"),
        ((None, 10), "lost prices"),  # those of its rows must not be given to the rows before
    ],
)
def test_prices_are_written_only_if_there_are_as_many_as_rows(tmp_path, kept, said):
    (tmp_path / "0.csv").write_text("summary\n" + "kettle\n" * 10)
    job = replace(_job(10), state=str(tmp_path / "out.partial"))
    for number, n_rows in enumerate(kept):
        if n_rows is not None:
            JobState(job.state).keep_unit(0, number, PricedChunk(np.ones((3, n_rows)), [""] * n_rows, None))
    chunks = _priced_chunks(job, 0, open_table(tmp_path / "0.csv"))
    if said is None:
        assert [len(priced.notes) for _, priced in chunks] == [4, 4, 2]
        return
    with pytest.raises(UserError, match=said):
        list(chunks)


def test_a_folder_that_is_no_state_is_left_alone(tmp_path):
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="in the way"):
        JobState(str(tmp_path / "out.partial")).begin(_job(3))
    assert (tmp_path / "out.partial" / "notes.txt").read_text() == "mine"


def test_a_damaged_unit_counts_as_not_finished(tmp_path):
    state = JobState(str(tmp_path))
    (tmp_path / "unit-000000-000000").write_bytes(b"x" * 100)
    assert state.unit(0, 0) is None
    assert state.unit(0, 1) is None


def test_a_file_that_fails_while_it_is_written_does_not_appear(tmp_path):
    storage = Storage(f"local://{tmp_path}/folder")
    with pytest.raises(TypeError):
        storage.write("a.csv", 5)
    assert storage.size_bytes("a.csv") is None
    storage.write("a.csv", b"whole")
    assert storage.read("a.csv") == b"whole"


def test_an_addresss_options_stay_behind_it():
    address = "s3://shop/in/a.csv?scheme=http"
    assert split_address(address) == ("s3://shop/in?scheme=http", "a.csv")
    assert beside(address, ".partial") == "s3://shop/in/a.csv.partial?scheme=http"
    assert is_within(address, "s3://shop/in?scheme=http")
    assert not is_within("/shop/inner", "/shop/in")


def test_an_unknown_scheme_is_told():
    with pytest.raises(UserError, match=r"nowhere:// cannot be reached"):
        Storage("nowhere://shop/in")

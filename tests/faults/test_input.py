"""An input that changes while it is priced: refused, never mixed; what was kept is taken only for the same texts."""

import os

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from pricer.batch import price_file
from pricer.batch.source_file import SourceFile
from pricer.errors import TableError

NAMES = ["in.csv", "in.jsonl", "in.parquet", "in.xlsx", "in.csv.gz"]


@pytest.fixture
def given(items, tmp_path):
    """Writes 14 rows of a format, the kettles and lamps among them exchanged or not."""

    def write(name, exchanged=False):
        texts = [item.summary for item in items[:14]]
        if exchanged:
            texts = texts[::-1]
        path = tmp_path / name
        if name.endswith(".csv"):
            path.write_text("summary\n" + "".join(f'"{text}"\n' for text in texts))
        elif name.endswith(".gz"):
            import gzip

            path.write_bytes(gzip.compress(("summary\n" + "".join(f'"{text}"\n' for text in texts)).encode()))
        elif name.endswith(".jsonl"):
            path.write_text("".join(f'{{"summary": "{text}"}}\n' for text in texts))
        elif name.endswith(".parquet"):
            pyarrow.parquet.write_table(pyarrow.table({"summary": texts}), path)
        else:
            book = openpyxl.Workbook()
            for text in ["summary", *texts]:
                book.active.append([text])
            book.save(path)
        return path

    return write


def _half_done(runner, path, output):
    run = price_file(runner, path, output)
    next(run), next(run)
    return run


CHANGES = {
    "append": lambda path, _: path.open("ab").write(b"more,\n"),
    "cut": lambda path, _: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path, _: os.truncate(path, 0),
    "garbage": lambda path, _: path.write_bytes(b'\xff\xfe\x00"' * (path.stat().st_size // 4)),
    "remove": lambda path, _: path.unlink(),
    "other": lambda path, other: path.write_bytes(other),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_midway_is_refused_and_the_first_content_can_be_gone_on_with(
    price, tiny_runner, given, tmp_path, name, change
):
    other = given(name, exchanged=True).read_bytes()
    path, output = given(name), tmp_path / "out.csv"
    first = path.read_bytes()
    price(tmp_path / "whole.csv", given=path)
    run = _half_done(tiny_runner, path, output)
    CHANGES[change](path, other)
    with pytest.raises(TableError, match=f"{path.name} (changed|vanished) while it was priced"):
        list(run)
    assert not output.exists()
    path.write_bytes(first)
    assert price(output, given=path, resume=True).resumed_rows >= 4
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("by", ["writing", "renaming"])
def test_a_change_that_keeps_size_and_time_is_noticed(tiny_runner, given, tmp_path, by):
    path = given("in.csv")
    run, before = _half_done(tiny_runner, path, tmp_path / "out.csv"), path.stat()
    other = given("other.csv", exchanged=True)
    if by == "writing":
        path.write_bytes(other.read_bytes())
    else:
        other.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    with pytest.raises(TableError, match="changed while it was priced"):
        list(run)
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_was_only_moved_or_put_back_is_the_same(tiny_runner, given, tmp_path):
    path = given("in.csv")
    run, before = _half_done(tiny_runner, path, tmp_path / "out.csv"), path.stat()
    path.chmod(0o400)
    os.link(path, tmp_path / "second name")
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list(run)[-1].finished


def test_prices_of_a_content_that_was_there_meanwhile_are_never_taken_for_the_first_one(
    price, undisturbed, tiny_runner, given, tmp_path
):
    """Killed before the change was noticed: what is kept then belongs to texts that are in the file no more."""
    other = given("in.csv", exchanged=True).read_bytes()
    path = given("in.csv")
    first, before = path.read_bytes(), path.stat()
    run = price_file(tiny_runner, path, tmp_path / "out.csv")
    next(run)
    path.write_bytes(other)
    next(run), next(run), next(run)
    run.close()
    path.write_bytes(first)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    price(tmp_path / "out.csv", given=path, resume=True)
    assert (tmp_path / "out.csv").read_bytes() == undisturbed("out.csv", given=path)


def test_a_read_that_fails_is_told_as_the_inputs_fault(price, given, tmp_path, monkeypatch):
    from pricer.tables.csv_table import CsvTable

    def broken(self, size):
        raise OSError(5, "Input/output error")
        yield

    monkeypatch.setattr(CsvTable, "chunks", broken)
    with pytest.raises(TableError, match=r"in\.csv cannot be read to its end \(Input/output error\)"):
        price(tmp_path / "out.csv", given=given("in.csv"))


def test_a_source_knows_its_content(given):
    path = given("in.csv")
    source = SourceFile(path)
    source.check()
    path.unlink()
    with pytest.raises(TableError, match="vanished"):
        source.check()

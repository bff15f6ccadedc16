"""The disk that uploads and results may take."""

from __future__ import annotations

import os

import pytest

from pricer.errors import BusyError, TableError
from pricer.ui.batch_upload import own_copy
from pricer.ui.disk import YOUNG_SECONDS, Disk
from pricer.ui.run_folders import RunFolders


class _Clock:
    """Seconds since the epoch, from now on as the test turns them."""

    def __init__(self) -> None:
        self.later = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.later


@pytest.fixture
def stored():
    """A disk for 1,000 bytes, kept for an hour, with what puts an upload on it and turns its clock."""
    folders, clock = RunFolders(), _Clock()

    def put(name, size_bytes=400):
        path = folders.cache / name / "goods.csv"
        path.parent.mkdir()
        path.write_bytes(b"x" * size_bytes)
        return path

    yield Disk(folders, 1000, 3600, clock), put, clock
    folders.remove()


def test_uploads_go_with_their_folders_when_their_time_is_over(stored):
    disk, put, clock = stored
    path = put("a")
    os.utime(path.parent, (0, 0))
    assert disk.sweep() == []
    clock.later = 3601
    assert disk.sweep() == [path]
    assert not path.parent.exists()


def test_the_oldest_uploads_give_way_where_there_is_too_little_room(stored):
    disk, put, clock = stored
    first, second, third = put("a"), put("b"), put("c")
    assert disk.sweep() == []  # each may just be about to be priced
    clock.later = YOUNG_SECONDS + 1
    assert disk.sweep() == [first]
    assert second.exists()
    assert third.exists()


def test_an_upload_for_which_there_is_no_room_has_to_wait(stored):
    disk, put, clock = stored
    put("a")
    with disk.room(500), pytest.raises(BusyError, match="busy: there is no room"), disk.room(500):
        pass
    with disk.room(500):
        pass
    put("b", 500)
    with pytest.raises(BusyError), disk.room(500):
        pass
    clock.later = YOUNG_SECONDS + 1
    put("c", 1)
    clock.later += 3600
    with disk.room(500):
        pass


def test_a_file_that_is_gone_is_asked_for_again(tmp_path):
    with pytest.raises(TableError, match="no longer kept here: choose the file again"):
        own_copy(str(tmp_path / "goods.csv"), tmp_path)


def test_what_was_given_room_is_not_counted_twice_as_it_grows(stored):
    disk, put, _ = stored
    put("a", 100)
    with disk.room(600):
        put("b", 600)
        disk.check()
        put("c", 400)
        with pytest.raises(BusyError, match="no room"):
            disk.check()

"""A folder that every machine reaches: a disk that they share, or an object store."""

from __future__ import annotations

import posixpath
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pricer.errors import TableError

COPIED_BYTES = 8 << 20  # at a time


@dataclass(frozen=True)
class Stored:
    """A file in a storage, as it is listed."""

    name: str  # its path below the storage's folder, parts joined by /
    size_bytes: int
    modified_ns: int  # nanoseconds since 1970; 0 where the storage does not tell


class Storage:
    """Files below a folder, by their names; a file that is there is whole.

    Parameters
    ----------
    address
        A path, or a URI that pyarrow or fsspec knows: file://, s3://, gs://, …; pyarrow takes options after a question
        mark, such as ?endpoint_override=host:port.  Credentials come from the environment.
    unfinished
        Address of a folder in the same storage for files that are being written; empty: they are hidden ones beside
        what they are going to be.
    """

    def __init__(self, address: str, unfinished: str = "") -> None:
        self._files, self._root = _resolved(address)
        self._unfinished = _resolved(unfinished)[1] if unfinished else ""

    @property
    def is_local(self) -> bool:
        """Whether the files have paths on this machine."""
        return bool(self._files.type_name == "local")

    @property
    def is_file(self) -> bool:
        """Whether the address is that of a single file."""
        return bool(self._info("").is_file)

    def listed(self) -> list[Stored]:
        """Every file, in the order of the names; none where there is no folder."""
        from pyarrow.fs import FileSelector

        found = self._files.get_file_info(FileSelector(self._root, recursive=True, allow_not_found=True))
        names = {each.path.removeprefix(f"{self._root}/"): each for each in found if each.is_file}
        return [Stored(name, names[name].size, names[name].mtime_ns or 0) for name in sorted(names)]

    def size_bytes(self, name: str) -> int | None:
        """Size of a file; None where it is not there."""
        found = self._info(name)
        return found.size if found.is_file else None

    def read(self, name: str) -> bytes | None:
        """Content of a file; None where it is not there."""
        try:
            with self._files.open_input_stream(self._path(name)) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Put a file."""
        with self._appearing(name) as file:
            file.write(content)

    def upload(self, path: Path, name: str) -> None:
        """Put a copy of a file of this machine."""
        with path.open("rb") as source, self._appearing(name) as file:
            while block := source.read(COPIED_BYTES):
                file.write(block)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """A path on this machine at which a file can be read, under its own last name."""
        if self.is_local:
            yield Path(self._path(name))
            return
        with tempfile.TemporaryDirectory(prefix="pricer-") as folder:
            path = Path(folder, posixpath.basename(name))
            with self._files.open_input_stream(self._path(name)) as source, path.open("wb") as file:
                while block := source.read(COPIED_BYTES):
                    file.write(block)
            yield path

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        from pyarrow.fs import FileType

        if self._info("").type == FileType.Directory:
            self._files.delete_dir(self._root)

    def _info(self, name: str) -> Any:
        return self._files.get_file_info(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    @contextmanager
    def _appearing(self, name: str) -> Iterator[Any]:
        """A file to write to, which gets its name once all is written: others see it whole or not at all."""
        path = self._path(name)
        folder, last = posixpath.split(path)
        unfinished = f"{self._unfinished or folder}/.{last}.{uuid.uuid4().hex}"
        self._files.create_dir(folder, recursive=True)
        with self._files.open_output_stream(unfinished) as file:
            yield file
        self._files.move(unfinished, path)


def absolute(address: str) -> str:
    """The same place for a process in another folder, without a last slash."""
    if "://" not in address:
        return str(Path(address).expanduser().absolute())
    place, query = _parted(address)
    return place.rstrip("/") + query


def split_address(address: str) -> tuple[str, str]:
    """The folder that an absolute path or URI is in, and its last name."""
    place, query = _parted(address)
    folder, _, name = place.rpartition("/")
    return (folder or "/") + query, name


def beside(address: str, ending: str) -> str:
    """The address of what has this ending more in its name."""
    place, query = _parted(address)
    return f"{place}{ending}{query}"


def is_within(address: str, folder: str) -> bool:
    """Whether an absolute path or URI is a folder, or in it."""
    return f"{_parted(address)[0]}/".startswith(f"{_parted(folder)[0]}/")


def _parted(address: str) -> tuple[str, str]:
    """A URI's place, and its options with their question mark; a path is a place alone."""
    if "://" not in address:
        return address, ""
    place, mark, options = address.partition("?")
    return place, mark + options


def _resolved(address: str) -> tuple[Any, str]:
    """A file system of pyarrow, and the path in it."""
    import pyarrow
    from pyarrow.fs import FileSystem, FSSpecHandler, LocalFileSystem, PyFileSystem

    if "://" not in address:
        return LocalFileSystem(), absolute(address)
    try:
        files, path = FileSystem.from_uri(address)
    except pyarrow.ArrowInvalid:  # a scheme that pyarrow does not know
        import fsspec

        try:
            found, path = fsspec.core.url_to_fs(address)
        except (ValueError, ImportError) as error:
            raise TableError(
                f"{address.partition('://')[0]}:// cannot be reached ({error}): "
                "use a path, file://, s3://, gs://, or install the package that fsspec has for it."
            ) from error
        files = PyFileSystem(FSSpecHandler(found))
    return files, path.rstrip("/")

"""Archives in directories: files appear only when they are complete, and a lock excludes other runs."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catindex.archive.dumps import DUMPS
from catindex.errors import BusyError, CannotCreateError, TransferError
from catindex.export.tables import TABLES

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: The directory of files that are not complete. Readers of Hive layouts ignore names that begin with an underscore.
STAGING = "_staging"


class Directory:
    """An archive on a file system."""

    def __init__(self, path: str) -> None:
        """Use the directory at ``path``, which need not exist."""
        self.name = path
        self.location = str(Path(path).absolute())  # workers have other current directories
        self._root = Path(self.location)

    def files(self, table: str = "*") -> set[str]:
        """Return the names of the Parquet files of a table or of all tables. Raises TransferError."""
        with self._errors("read"):
            tables = _contents(self._root) if table == "*" else [self._root / table]
            dates = [date for each in tables for date in _contents(each) if "=" in date.name]
            files = [file for date in dates for file in _contents(date) if file.suffix == ".parquet"]
        return {file.relative_to(self._root).as_posix() for file in files}

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by name; files that do not exist are left out. Raises TransferError."""
        found = {}
        for name in names:
            with self._errors("read"), contextlib.suppress(FileNotFoundError):
                found[name] = self._path(name).read_bytes()
        return found

    def url(self, name: str) -> str:
        """Return the name by which DuckDB opens a file."""
        return str(self._path(name))

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - duckdb need not be installed
        """Do nothing: DuckDB can read local files."""

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Provide an empty directory for files that are being written. It is removed at the end.

        Raises TransferError if this machine does not see the archive of the process that started the run.
        """
        try:
            path = tempfile.mkdtemp(dir=self._root / STAGING)
        except FileNotFoundError as error:
            where = f"{self.location} does not exist on {platform.node()}"
            raise TransferError(f"{where}; every worker must see the archive at this path") from error
        except OSError as error:
            message = f"{self.location}: temporary files cannot be created in {STAGING} ({error.strerror})"
            raise TransferError(message) from error
        try:
            yield Path(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def has(self, names: Iterable[str]) -> bool:
        """Return whether all these files exist. Raises TransferError."""
        with self._errors("read"):
            return all(self._path(name).exists() for name in names)

    def put(self, source: Path, name: str) -> None:
        """Move a complete file from the scratch directory to its place."""
        target = self._path(name)
        with self._errors("written"):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
            for directory in (target.parent, target.parent.parent, self._root):
                _sync(directory)

    def write(self, name: str, data: bytes, *, replace: bool) -> None:
        """Write a small file atomically. Raises FileExistsError if it exists and ``replace`` is false."""
        target = self._path(name)
        if not replace and target.exists():  # the lock keeps other runs out
            raise FileExistsError(name)
        with self._errors("written"), self.scratch() as directory:
            source = directory / target.name
            with source.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self.put(source, name)

    def remove(self, names: Collection[str]) -> None:
        """Remove files. Directories that become empty are removed at the end of the run, when nothing writes there."""
        with self._errors("written"):
            for name in names:
                self._path(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Create the directory if necessary, and lock it. Yields whether no other run can write.

        The lock is on the directory itself: there is no lock file, and the kernel releases it however the run ends.
        The files of killed runs in the staging directory are removed. Raises BusyError and CannotCreateError.
        """
        created = self._create()
        try:
            with self._locked() as alone:
                if alone:
                    self._clear()
                try:
                    (self._root / STAGING).mkdir(exist_ok=True)
                except OSError as error:
                    message = f"{self.name}: cannot be written ({error.strerror}); check its permissions"
                    raise CannotCreateError(message) from error
                try:
                    yield alone
                finally:
                    if alone:
                        self._clear()
                        self._prune()
        finally:
            if created:
                with contextlib.suppress(OSError):  # unless dumps were added
                    self._root.rmdir()

    def _create(self) -> bool:
        try:
            self._root.mkdir()
        except FileExistsError as error:
            if not self._root.is_dir():
                message = f"{self.name}: is not a directory, as an archive must be; choose another path"
                raise CannotCreateError(message) from error
            return False
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            step = f"create its parent first: mkdir -p {self._root.parent}" if missing else "choose another path"
            raise CannotCreateError(f"{self.name}: cannot be created ({error.strerror}); {step}") from error
        return True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[bool]:
        if sys.platform == "win32":
            yield False
            return
        try:
            descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise CannotCreateError(
                f"{self.name}: cannot be opened ({error.strerror}); check its permissions"
            ) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = True
            except BlockingIOError:
                message = f"{self.name}: another run adds dumps to this archive; wait until it has ended"
                raise BusyError(message) from None
            except OSError:  # a network file system without locks
                alone = False
            yield alone
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _errors(self, attempt: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            step = "; check its permissions" if isinstance(error, PermissionError) else ""
            raise TransferError(f"{self.name}: cannot be {attempt} ({error.strerror or error}){step}") from error

    def _clear(self) -> None:
        shutil.rmtree(self._root / STAGING, ignore_errors=True)

    def _prune(self) -> None:
        """Remove the empty directories of dates and tables."""
        for table in (DUMPS, *TABLES):
            for directory in (*self._root.glob(f"{table}/dump_date=*"), self._root / table):
                with contextlib.suppress(OSError):
                    directory.rmdir()

    def _path(self, name: str) -> Path:
        return self._root / name


def _contents(directory: Path) -> list[Path]:
    """Return the contents of a directory; nothing if it does not exist, because another run may have removed it."""
    try:
        return list(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync(directory: Path) -> None:
    """Make the renames in a directory durable."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system that does not sync directories
            os.fsync(descriptor)
    finally:
        os.close(descriptor)

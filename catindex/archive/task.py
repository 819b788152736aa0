"""Converts one dump to the data files of an archive, in a worker that can be on another machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import stat
import traceback
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from catindex import __version__
from catindex.archive.dumps import Dump, token_of
from catindex.archive.results import FAILED, Result, verdict
from catindex.archive.store import open_store
from catindex.archive.tables import write_tables
from catindex.archive.urls import file_system, is_url, storage_problem
from catindex.errors import CatindexError, DataError, NoInputError, TransferError
from catindex.export.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catindex.archive.tables import DumpCounts

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """A dump to convert: its path for messages, its path or URL for the worker, and the archive.

    ``known`` maps the token of each dump in the archive to its date. ``cluster`` is whether a cluster runs the task.
    """

    path: str
    location: str
    archive: str
    known: Mapping[str, date]
    date: date | None = None
    recover: bool = False
    huge: bool = False
    replace: bool = False
    cluster: bool = False


def convert(task: Task) -> Dump | Result:
    """Convert a dump, and put its data files into the archive. They are invisible until their row is written.

    Returns the row, or a result if nothing was added. Raises nothing, because a failed dump must not stop the others.
    """
    try:
        return _convert(task)
    except Exception as error:  # noqa: BLE001 - see above
        problem = _problem(error)
        message = problem if task.path in problem else f"{task.path}: {problem}"
        return Result(task.path, FAILED, message=message, trace=traceback.format_exc())


def _problem(error: Exception) -> str:
    if isinstance(error, DataError) and error.hint:
        return f"{error}; {error.hint}"
    if isinstance(error, CatindexError):
        return str(error)
    if isinstance(error, OSError):
        return f"a file cannot be read or written ({error.strerror or error})"
    return f"a fault of catindex itself: {type(error).__name__}: {error}"


def date_in_name(path: str) -> date | None:
    """Return the date in the name of a file or URL (``2012-09-15`` or ``20120915``), None if it has none."""
    name = Path(urlsplit(path).path if is_url(path) else path).name
    for year, _, month, day in _DATE.findall(name):
        with contextlib.suppress(ValueError):
            return date(int(year), int(month), int(day))
    return None


def _convert(task: Task) -> Dump | Result:
    store = open_store(task.archive)
    day = task.date or date_in_name(task.location)
    with store.scratch() as scratch, _local(task, scratch) as path:
        before = _fingerprint(path)
        sha256 = _sha256(path)
        if result := verdict(task.path, token_of(sha256), day, task.known, replace=task.replace):
            return result
        try:
            counts = write_tables(str(path), scratch, recover=task.recover, huge=task.huge)
        except DataError as error:
            raise error.in_file(task.path) from error
        if before != _fingerprint(path):
            raise TransferError(f"{task.path}: changed while it was read; add it again when it is complete")
        dump = _row(task, day, sha256, before[0], counts)
        for table, name in zip(TABLES, dump.files, strict=True):
            store.put(scratch / f"{table}.parquet", name)
    return dump


def _row(task: Task, day: date | None, sha256: str, size: int, counts: DumpCounts) -> Dump:
    if day is None and counts.updated is not None:
        day = datetime.fromtimestamp(counts.updated, timezone.utc).date()
    if day is None:
        raise DataError("has no date, neither in its name nor in an updated element; use --date", path=task.path)
    return Dump(
        dump_date=day,
        path=os.fsencode(task.path).decode("utf-8", "backslashreplace"),
        sha256=sha256,
        bytes=size,
        dialect=counts.dialect,
        records=counts.records,
        rejected=counts.rejected,
        titles=counts.titles,
        streaming_titles=counts.streaming_titles,
        dvd_titles=counts.dvd_titles,
        catindex=__version__,
    )


@contextlib.contextmanager
def _local(task: Task, scratch: Path) -> Iterator[Path]:
    """Provide a dump as a file. A URL is downloaded, because it is read twice: for its checksum and for its titles."""
    if not is_url(task.location):
        try:
            with Path(task.location).open("rb") as file:
                is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        except OSError as error:
            step = f"{platform.node()} must see it at {task.location}" if task.cluster else "check the path"
            raise NoInputError(f"{task.path}: cannot be opened ({error.strerror}); {step}") from error
        if not is_regular:
            raise NoInputError(f"{task.path}: is not a regular file, but a dump is read twice; save it to a file")
        yield Path(task.location)
        return
    path = scratch / "dump"
    files, source = file_system(task.location)
    try:
        with files.open(source, "rb") as remote, path.open("wb") as file:
            shutil.copyfileobj(remote, file, _BLOCK)
    except Exception as error:  # noqa: BLE001 - each storage has its own exceptions
        raise NoInputError(f"{task.path}: {storage_problem(error)}") from None  # it may name credentials
    yield path
    path.unlink()


def _fingerprint(path: Path) -> tuple[int, int, int]:
    """Return the size, modification time and inode of a file, one of which changes if it is written or replaced."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_BLOCK):
            digest.update(data)
    return digest.hexdigest()

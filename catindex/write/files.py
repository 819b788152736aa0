"""Output files that replace the old files together at the end of a run, or not at all."""

# ruff: noqa: PTH110, PTH112, PTH113, PTH116, PTH120 - tests replace ``os`` to make each call fail

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import stat
import sys
from typing import TYPE_CHECKING

from catindex.errors import CannotCreateError, TransferError
from catindex.read import compression as compressions
from catindex.write.output import STDOUT, Output, display_name, transfer_error
from catindex.write.pending import SUFFIXES, PendingFile, already_exists, file_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

__all__ = ["STDOUT", "Output", "Outputs", "write_atomically"]

_DESCRIPTOR = re.compile(r"/dev/std(out|err)|(?:/dev|/proc/self)/fd/(\d+)")


class Outputs:
    """All outputs of a run. Leaving the ``with`` block without `publish` leaves every file as it was."""

    def __init__(self, *, no_clobber: bool = False, inputs: Sequence[str] = ()) -> None:
        """Never replace a file in ``inputs`` (``-`` is standard input), nor any other file if ``no_clobber``."""
        self._no_clobber = no_clobber
        self._inputs = {key for path in inputs if (key := _input_key(path))}
        self._outputs: list[Output] = []
        self._files: dict[str, PendingFile] = {}  # by target
        self._directories: dict[tuple[int, int], int] = {}  # device and inode: descriptor
        self._claimed: dict[Hashable, str] = {}

    def __enter__(self) -> Outputs:  # noqa: PYI034 - Self is not in Python 3.10
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Discard what has not been published and release the locks."""
        try:
            self._close()
        except BaseException:  # raised by a signal handler, which raises only once
            self._close()
            raise

    def open(self, target: str, compression: str | None = None) -> Output:
        """Return a stream to ``target``: a path, or ``-`` for standard output.

        ``compression`` is a name in `catindex.read.compression.COMPRESSIONS` or ``none``. It defaults to that of the
        suffix. Devices, pipes and descriptors such as ``/dev/fd/3`` are written directly.

        Raises `CannotCreateError`, `BusyError`, `TransferError` if standard output is closed, and `CatindexError` if
        the compression needs an extra.
        """
        name = compression or compressions.from_suffix(target)
        compressor = compressions.compressor(name) if name and name != "none" else None
        try:
            fd = self._open(target)
        except OSError as error:
            raise _cannot_create(target, error) from error
        output = Output(target, fd, compressor, is_file=target in self._files)
        self._outputs.append(output)
        return output

    def withdraw(self, output: Output) -> None:
        """Discard one output. The file at its target stays as it was."""
        output.discard()
        self._outputs.remove(output)
        if file := self._files.pop(output.target, None):
            file.close()

    def publish(self) -> None:
        """Wait until all outputs are complete and on disk, rename the files, then sync their directories.

        If anything fails, the files that were already renamed are put back. Raises the same errors as `Output.write`.
        """
        for output in self._outputs:
            output.end()
        for output in self._outputs:
            output.close()
        file = None
        try:
            for file in self._files.values():
                file.put(no_clobber=self._no_clobber)
            for fd in self._directories.values():
                _sync_directory(fd)
        except BaseException as error:
            for renamed in self._files.values():
                renamed.put_back()
            if isinstance(error, OSError) and file:
                raise transfer_error(file.target, error) from error
            raise
        for file in self._files.values():
            file.clear()

    def _close(self) -> None:
        for output in self._outputs:
            output.discard()
        for file in self._files.values():
            file.close()
        while self._directories:
            with contextlib.suppress(OSError):
                os.close(self._directories.popitem()[1])

    def _open(self, target: str) -> int:
        """Return a descriptor that writes to ``target`` or to its temporary file."""
        if (number := _descriptor(target)) is not None:
            return self._open_descriptor(target, number)
        final = os.path.realpath(target)
        try:
            found = os.stat(final)
        except FileNotFoundError:
            found = None
        if target.endswith("/") or (found and stat.S_ISDIR(found.st_mode)):
            raise CannotCreateError(f"{target}: is a directory; name a file in it")
        if found and not stat.S_ISREG(found.st_mode):
            if not stat.S_ISCHR(found.st_mode):  # two outputs may go to /dev/null
                self._claim(target, ("special", found.st_dev, found.st_ino))
            return os.open(final, os.O_WRONLY)
        return self._create(target, final, found)

    def _open_descriptor(self, target: str, number: int) -> int:
        if number == 1 and sys.__stdout__ is None:  # closed at the start; another file may have the number now
            raise TransferError(f"{display_name(target)}: is closed; redirect it to a file or a pipe")
        self._claim(target, file_key(os.fstat(number)) or ("descriptor", number))
        return os.dup(number)

    def _create(self, target: str, final: str, found: os.stat_result | None) -> int:
        """Create the temporary file for a regular file, after refusing what could only fail at the end."""
        path, name = os.path.split(final)
        directory = os.stat(path)
        identity = directory.st_dev, directory.st_ino
        self._claim(target, file_key(found) if found else ("new", *identity, name))
        if found and self._no_clobber:
            raise already_exists(target)
        if found and not os.access(final, os.W_OK):
            raise CannotCreateError(f"{target}: is read-only; make it writable or choose another path")
        if found and directory.st_mode & stat.S_ISVTX and os.geteuid() not in {0, found.st_uid, directory.st_uid}:
            what = f"belongs to another user, and the directory {path} is sticky"
            raise CannotCreateError(f"{target}: {what}; choose another path")
        if name.endswith(SUFFIXES):
            raise CannotCreateError(f"{target}: {name} is the name of a temporary file; choose another name")
        if identity not in self._directories:
            self._directories[identity] = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self._files[target] = PendingFile(target, final, found)
        return self._files[target].create(self._inputs)

    def _claim(self, target: str, key: Hashable) -> None:
        """Refuse a target that is also an input or another output of this run."""
        shown = display_name(target)
        if key in self._inputs:
            raise CannotCreateError(f"{shown}: is the input; choose another path")
        if key in self._claimed:
            raise CannotCreateError(f"{shown}: is also the output {self._claimed[key]}; choose two different paths")
        self._claimed[key] = shown


def write_atomically(path: str, data: bytes) -> None:
    """Write a small file, completely or not at all. Raises the same errors as `Outputs`."""
    with Outputs() as outputs:
        outputs.open(path, "none").write(data)
        outputs.publish()


def _descriptor(target: str) -> int | None:
    """Return the number of the open descriptor that ``target`` names, or None if it is an ordinary path."""
    if target == STDOUT:
        return 1
    if not (match := _DESCRIPTOR.fullmatch(target)):
        return None
    return int(match[2]) if match[2] else {"out": 1, "err": 2}[match[1]]


def _input_key(path: str) -> Hashable:
    try:
        return file_key(os.fstat(0) if path == "-" else os.stat(path))
    except OSError:  # reported when the input is opened
        return None


def _sync_directory(fd: int) -> None:
    """Make the renames in a directory durable."""
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a file system that cannot sync directories
            raise


def _cannot_create(target: str, error: OSError) -> CannotCreateError:
    directory = os.path.dirname(target) or "."
    if isinstance(error, FileNotFoundError) and not os.path.isdir(directory):
        command = f"mkdir -p {shlex.quote(directory)}"
        return CannotCreateError(f"{target}: the directory {directory} does not exist; create it: {command}")
    if isinstance(error, NotADirectoryError):
        problem = f"cannot be created, because {directory} is not a directory"
        return CannotCreateError(f"{target}: {problem}; choose another path")
    special = os.path.exists(target) and not os.path.isfile(target)
    if isinstance(error, PermissionError) and not special and not os.access(directory, os.W_OK | os.X_OK):
        return CannotCreateError(f"{target}: the directory {directory} is not writable; choose another one")
    return CannotCreateError(f"{display_name(target)}: cannot be created ({error.strerror}); choose another path")

"""A file that is written under a temporary name and then takes the place of the old file."""

# ruff: noqa: PTH105, PTH108, PTH118 - tests replace ``os`` to make each call fail

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from functools import partial
from typing import TYPE_CHECKING

from catindex.errors import BusyError, CannotCreateError, TransferError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable
    from io import FileIO

SUFFIXES = TEMPORARY, OLD = ".catindex-tmp", ".catindex-old"

_LONGEST_NAME = 128  # in bytes; with its suffix it must fit into the 143 to 255 bytes that file systems allow
_ATTEMPTS = 100  # each failed attempt means that another run has just created or removed the temporary file


class PendingFile:
    """A temporary file beside its target, locked until `close`.

    There is one temporary name per target. The kernel releases the lock however a run ends, so an unlocked temporary
    file was left by a run that was killed. Only the run that holds the lock may rename or remove the file.
    """

    def __init__(self, target: str, final: str, replaced: os.stat_result | None) -> None:
        """Choose the names. ``final`` is the real path of ``target``, ``replaced`` the file that is there now."""
        self.target = target
        self._final = final
        self._replaced = replaced
        self._existed = False
        self._file: FileIO | None = None
        directory, name = os.path.split(final)
        encoded = os.fsencode(name)
        if len(encoded) > _LONGEST_NAME:
            name = hashlib.sha256(encoded).hexdigest()
        self._temporary = os.path.join(directory, f".{name}{TEMPORARY}")
        self._old = os.path.join(directory, f".{name}{OLD}")

    def create(self, inputs: Collection[Hashable]) -> int:
        """Create and lock the temporary file, and return a descriptor to write to it.

        What a killed run left is removed, unless it is one of ``inputs`` (keys as `file_key` returns them). Raises
        `BusyError` if another run is writing to this target, `CannotCreateError`, and OSError.
        """
        mode = stat.S_IMODE(self._replaced.st_mode) if self._replaced else 0o666
        opener = partial(os.open, mode=mode)
        for _ in range(_ATTEMPTS):
            try:
                self._file = open(self._temporary, "xb", buffering=0, opener=opener)  # noqa: SIM115
            except FileExistsError:
                self._remove_leftover(inputs)
                continue
            if self._lock(self._file):
                break
            self._file.close()
            self._file = None
        else:
            raise self._busy()
        if os.path.lexists(self._old):  # left by a run that was killed in `put`
            with contextlib.suppress(FileNotFoundError):  # or another run is publishing and has just removed it
                os.unlink(self._old)
        if self._replaced:
            _copy_permissions(self._file.fileno(), self._replaced)
        return os.dup(self._file.fileno())

    def put(self, *, no_clobber: bool) -> None:
        """Rename the temporary file to the target. The old file keeps a second name until `clear`."""
        if not self._is_at(self._temporary):
            raise TransferError(f"{self.target}: the temporary file {self._temporary} was removed; start again")
        self._existed = os.path.lexists(self._final)
        if self._existed and no_clobber:
            raise already_exists(self.target)
        # A link and not a rename, so that the target exists at every moment. On a file system without hard links
        # `put_back` cannot restore the old file; the target is then the new file, and still whole.
        with contextlib.suppress(OSError):
            os.link(self._final, self._old)
        os.replace(self._temporary, self._final)

    def put_back(self) -> None:
        """Undo `put`, unless the target has been replaced again since."""
        if self._is_at(self._final):
            with contextlib.suppress(OSError):
                if self._existed:
                    os.replace(self._old, self._final)
                else:
                    os.unlink(self._final)

    def clear(self) -> None:
        """Remove the temporary names."""
        if not self._file:
            return  # the names may belong to another run
        with contextlib.suppress(OSError):
            os.unlink(self._old)
        if self._is_at(self._temporary):
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def close(self) -> None:
        """Remove the temporary names and release the lock."""
        self.clear()
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _is_at(self, path: str) -> bool:
        return self._file is not None and _is_same(path, self._file.fileno())

    def _lock(self, file: FileIO) -> bool:
        """Lock the new file. Return False if another run takes it for a leftover, which it removes."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a file system without locks: only the exclusive creation keeps other runs out
        return self._is_at(self._temporary)

    def _remove_leftover(self, inputs: Collection[Hashable]) -> None:
        """Remove the temporary file of a killed run."""
        fd = -1
        try:
            # In a shared directory, anybody can put a symbolic link or a named pipe here. NFS locks only files that are
            # open for writing.
            fd = os.open(self._temporary, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if file_key(os.fstat(fd)) in inputs:
                raise CannotCreateError(f"{self.target}: the input {self._temporary} is its temporary file; rename it")
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(self._temporary, fd):  # else its run ended a moment ago
                os.unlink(self._temporary)
        except FileNotFoundError:
            return
        except BlockingIOError:
            raise self._busy() from None
        except OSError as error:
            what = f"the temporary file {self._temporary} of an earlier run cannot be removed ({error.strerror})"
            raise CannotCreateError(f"{self.target}: {what}; remove it if no other run is writing") from error
        finally:
            if fd >= 0:
                os.close(fd)

    def _busy(self) -> BusyError:
        return BusyError(f"{self.target}: another run is writing this file; wait until it has ended")


def file_key(found: os.stat_result) -> Hashable:
    """Return the identity of a regular file, or None for anything else."""
    return ("file", found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def already_exists(target: str) -> CannotCreateError:
    """Return the error for a file that must not be replaced."""
    return CannotCreateError(f"{target}: already exists; remove it or drop --no-clobber")


def _is_same(path: str, fd: int) -> bool:
    """Return whether ``path`` is a name of the file that is open as ``fd``."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(fd))
    except OSError:
        return False


def _copy_permissions(fd: int, replaced: os.stat_result) -> None:
    """Copy owner, group and mode as far as the file system and the rights of the user allow."""
    with contextlib.suppress(OSError):
        if (replaced.st_uid, replaced.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(fd, replaced.st_uid, replaced.st_gid)
    with contextlib.suppress(OSError):
        os.fchmod(fd, stat.S_IMODE(replaced.st_mode))

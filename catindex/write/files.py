"""Outputs: written under temporary names beside their targets and put in place together, or not at all.

Every call that can fail goes through this module's ``os``, so that a test can replace it and make each fail in turn.
"""

# ruff: noqa: PTH105, PTH108, PTH110, PTH112, PTH113, PTH116, PTH118, PTH120

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import select
import shlex
import stat
import sys
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from catindex.errors import BusyError, CannotCreateError, CatindexError, PipeClosedError, TransferError
from catindex.read import compression as compressions

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from types import TracebackType

STDOUT = "-"

_FILE_BLOCK = 1 << 20
_PIPE_BLOCK = 1 << 16  # a reader such as head wants to see something soon
_BLOCKS_WAITING = 4  # for each output, so that memory stays bounded where the disk is slower than the caller
_STOP_SECONDS = 0.5  # how long a discarded pipe may keep the run: its reader may never read on
_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows
_LEFTOVER = re.compile(r"\..*\.catindex-[0-9a-f]{16}\.(?:tmp|old)", re.DOTALL)
_DESCRIPTOR = re.compile(r"/dev/std(out|err)|(?:/dev|/proc/self)/fd/(\d+)")


class Output:
    """A sink for bytes. What follows the caller's `write` (compression, hashing, the disk) is done by a thread.

    Attributes:
        target: as the user gave it, ``-`` for standard output.
        bytes: how many bytes reached the file so far; final after `close`.
        sha256: of these bytes, in hexadecimal; valid after `close`.

    """

    def __init__(self, target: str, fd: int, compressor: compressions.Compressor | None, *, is_file: bool) -> None:
        """Write to ``fd`` and close it, whatever happens; a file, unlike a pipe or device, is synced before."""
        self.target = target
        self.bytes = 0
        self.sha256 = ""
        self._fd = fd
        self._is_file = is_file
        self._block = _FILE_BLOCK if is_file else 1 if os.isatty(fd) else _PIPE_BLOCK
        self._compressor = compressor
        self._hash = hashlib.sha256()
        self._parts: list[bytes] = []
        self._size = 0
        # SimpleQueue is written in C: an interrupt cannot leave it locked, as it can queue.Queue. What bounds it is
        # a second one, from which a token is taken for each block.
        self._blocks: SimpleQueue[list[bytes] | None] = SimpleQueue()
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(_BLOCKS_WAITING):
            self._free.put(None)
        self._thread: Thread | None = None
        self._ended = False
        self._discarded = False
        self._error: BaseException | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which nobody sees before it is put in place."""
        return self._is_file

    def write(self, data: bytes) -> None:
        """Take ``data`` over, which must not change any more.

        Raises `TransferError` if an earlier block could not be written, `PipeClosedError` if nobody reads any more.
        """
        self._parts.append(data)
        self._size += len(data)
        if self._size >= self._block:
            self._pass_on()

    def close(self) -> None:
        """Wait until everything has reached the disk. The file is not put in place yet.

        Raises as `write` does.
        """
        self.end()
        if self._thread:
            self._thread.join()
        self._check()

    def end(self) -> None:
        """Say that nothing more comes, without waiting for it to be written (a small output is written here)."""
        if self._ended:
            return
        self._ended = True
        if self._parts:
            self._blocks.put(self._parts)
        self._blocks.put(None)
        if not self._thread:
            self._work()

    def discard(self) -> None:
        """Stop writing and close the file. Raises nothing."""
        self._discarded = self._ended = True
        self._blocks.put(None)
        if self._thread and self._thread.is_alive():
            self._thread.join(None if self._is_file else _STOP_SECONDS)
        elif self._fd >= 0:  # no thread yet, or an interrupt came while it was being started: an end mark for each
            self._blocks.put(None)
            self._work()

    def _pass_on(self) -> None:
        self._check()
        if not self._thread:
            # A daemon: a discarded pipe that nobody reads must not keep the program from ending.
            self._thread = Thread(target=self._work, name=f"catindex {self.target}", daemon=True)
            self._thread.start()
        self._free.get()
        self._blocks.put(self._parts)
        self._parts, self._size = [], 0

    def _check(self) -> None:
        if isinstance(self._error, OSError):
            raise _failed(self.target, self._error) from self._error
        if self._error:
            raise self._error

    def _work(self) -> None:
        """Write blocks until the end mark. After an error only take them, so that the caller never waits in vain."""
        while (parts := self._blocks.get()) is not None:
            self._attempt(parts)
            self._free.put(None)
        self._attempt(None)
        fd, self._fd = self._fd, -1
        try:
            os.close(fd)
        except OSError as error:
            self._error = self._error or error
        self.sha256 = self._hash.hexdigest()

    def _attempt(self, parts: list[bytes] | None) -> None:
        """Write a block, or at the end what the compressor holds. Errors are kept for the caller."""
        if self._error or self._discarded:
            return
        try:
            if parts is not None:
                data = b"".join(parts)
                self._put(self._compressor.compress(data) if self._compressor else data)
                return
            if self._compressor:
                self._put(self._compressor.flush())
            if self._is_file:
                os.fsync(self._fd)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller
            self._error = error

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            try:
                written = os.write(self._fd, view)
            except BlockingIOError:  # a standard output that another program has made non-blocking
                select.select([], [self._fd], [])
                continue
            self.bytes += written
            view = view[written:]


class _Place:
    """Where a file is written and where it goes; and back, as long as not every file of the run is in place."""

    def __init__(self, target: str, final: str, replaced: os.stat_result | None) -> None:
        self.target = target
        self._final = final
        self._replaced = replaced
        self._begun = False
        folder, name = os.path.split(final)
        # Cut so that with the longest name a folder takes (255 bytes) there is still room for what is added.
        stem = os.path.join(folder, f".{name[:50]}.catindex-{secrets.token_hex(8)}")
        self._temporary = stem + ".tmp"
        self._aside = stem + ".old"

    def create(self) -> int:
        """Open the temporary file, with the permissions of the file that it is to replace or those of the umask."""
        mode = stat.S_IMODE(self._replaced.st_mode) if self._replaced else 0o666
        fd = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        if self._replaced and sys.platform != "win32":
            with contextlib.suppress(OSError):  # another's file, or a file system without owners
                if (self._replaced.st_uid, self._replaced.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(fd, self._replaced.st_uid, self._replaced.st_gid)
            with contextlib.suppress(OSError):  # a file system without modes
                os.fchmod(fd, mode)
        return fd

    def put(self, *, no_clobber: bool) -> None:
        """Put the temporary file in place; the old one keeps a second name."""
        if no_clobber and os.path.lexists(self._final):
            raise _exists(self.target)
        if self._replaced:
            # A link and not a rename, so that the target is there at every moment. Where the file system has no hard
            # links, the file cannot be put back; it is still wholly the old or wholly the new one.
            with contextlib.suppress(OSError):
                os.link(self._final, self._aside)
        self._begun = True
        os.replace(self._temporary, self._final)

    def put_back(self) -> None:
        """Undo `put`, if it came to that: then the temporary name is gone."""
        if self._begun and not os.path.lexists(self._temporary):
            with contextlib.suppress(OSError):
                if self._replaced:
                    os.replace(self._aside, self._final)
                else:
                    os.unlink(self._final)

    def clear(self) -> None:
        """Remove what is left beside the target."""
        for path in (self._temporary, self._aside):
            with contextlib.suppress(OSError):
                os.unlink(path)


class _Folder:
    """A folder that is written to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1

    def lock(self, target: str) -> None:
        """Keep other runs out, and remove what killed ones left.

        The lock is on the folder itself: no lock file stays, and the kernel releases it however the run ends.
        """
        if sys.platform == "win32":
            return
        self._fd = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{target}: another run is writing into the folder {self._path}; wait until it has ended"
            raise BusyError(message) from None
        except OSError:  # a network file system that does not lock folders: whose leftovers these are is not known
            return
        with contextlib.suppress(OSError), os.scandir(self._path) as entries:
            for entry in entries:
                if _LEFTOVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)

    def sync(self) -> None:
        """Make the renames last."""
        if self._fd < 0:
            return
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that does not sync folders
                raise

    def release(self) -> None:
        """Let other runs in, even if a forked process still has the folder open."""
        fd, self._fd = self._fd, -1
        if fd >= 0 and sys.platform != "win32":
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_UN)
            with contextlib.suppress(OSError):
                os.close(fd)


class Outputs:
    """All outputs of a run. Leaving the block without `publish` leaves everything as it was before."""

    def __init__(self, *, no_clobber: bool = False, inputs: Sequence[str] = ()) -> None:
        """Refuse to replace a file if ``no_clobber``, and in any case to write one of ``inputs`` (``-`` is stdin)."""
        self._no_clobber = no_clobber
        self._outputs: list[Output] = []
        self._places: list[_Place] = []
        self._place_of: dict[Output, _Place] = {}
        self._folders: dict[tuple[int, int], _Folder] = {}
        self._taken: dict[Hashable, str] = {}
        self._inputs = {key for path in inputs if (key := _input_key(path))}

    def __enter__(self) -> Outputs:  # noqa: PYI034 - Self is not in Python 3.10
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Discard what has not been published, and let other runs in."""
        try:
            self._clear()
        except BaseException:  # a signal: it comes only once
            self._clear()
            raise

    def _clear(self) -> None:
        for output in self._outputs:
            output.discard()
        for place in self._places:
            place.clear()
        for folder in self._folders.values():
            folder.release()

    def open(self, target: str, compression: str | None = None) -> Output:
        """Return a sink for ``target``: a path, or ``-`` for standard output.

        ``compression`` is a name in `catindex.read.compression.COMPRESSIONS`, or ``none``. It defaults to the suffix's.
        Regular files are written beside the target; devices, pipes and descriptors (``/dev/fd/3``) at once.

        Raises `CannotCreateError`, `BusyError`, and `CatindexError` if the compression needs a package.
        """
        name = compression or compressions.from_suffix(target)
        compressor = compressions.compressor(name) if name and name != "none" else None
        try:
            fd, is_file = self._open(target)
        except OSError as error:
            raise _cannot_create(target, error) from error
        output = Output(target, fd, compressor, is_file=is_file)
        self._outputs.append(output)
        if is_file:
            self._place_of[output] = self._places[-1]
        return output

    def withdraw(self, output: Output) -> None:
        """Take an output back that turned out not to be needed: what is there stays there."""
        output.discard()
        self._outputs.remove(output)
        if place := self._place_of.pop(output, None):
            place.clear()
            self._places.remove(place)

    def publish(self) -> None:
        """Wait until every output is complete and on the disk, then put all files in place, then sync the folders.

        If anything fails, files that were put in place already are taken back. Raises as `Output.write` does.
        """
        for output in self._outputs:
            output.end()
        for output in self._outputs:
            output.close()
        place = None
        try:
            for place in self._places:
                place.put(no_clobber=self._no_clobber)
            for folder in self._folders.values():
                folder.sync()
        except BaseException as error:
            for done in self._places:
                done.put_back()
            if isinstance(error, OSError) and place:
                raise _failed(place.target, error) from error
            raise
        for place in self._places:
            place.clear()

    def _open(self, target: str) -> tuple[int, bool]:
        """Return a descriptor to write to, and whether it is that of a temporary file."""
        if (number := _descriptor(target)) is not None:
            self._claim(target, os.fstat(number), ("descriptor", number))
            return os.dup(number), False
        final = os.path.realpath(target)
        try:
            found = os.stat(final)
        except FileNotFoundError:
            found = None
        if target.endswith("/") or (found and stat.S_ISDIR(found.st_mode)):
            raise CannotCreateError(f"{target}: is a folder; name a file in it")
        if found and not stat.S_ISREG(found.st_mode):
            self._claim(target, found, None if stat.S_ISCHR(found.st_mode) else ("special", found.st_dev, found.st_ino))
            return os.open(final, os.O_WRONLY | _BINARY), False
        path, name = os.path.split(final)
        folder = os.stat(path)
        self._claim(target, found, ("new", folder.st_dev, folder.st_ino, name))
        if found and self._no_clobber:
            raise _exists(target)
        if found and not os.access(final, os.W_OK):
            raise CannotCreateError(f"{target}: is write-protected; allow writing or choose another name")
        if (folder.st_dev, folder.st_ino) not in self._folders:
            self._folders[folder.st_dev, folder.st_ino] = _Folder(path)
            self._folders[folder.st_dev, folder.st_ino].lock(target)
        self._places.append(_Place(target, final, found))
        return self._places[-1].create(), True

    def _claim(self, target: str, found: os.stat_result | None, otherwise: Hashable) -> None:
        """Refuse a file that is read in this run, or written twice."""
        key = ("file", found.st_dev, found.st_ino) if found and stat.S_ISREG(found.st_mode) else otherwise
        if key in self._inputs:
            raise CannotCreateError(f"{_shown(target)}: is the input; choose another name")
        if key in self._taken:
            raise CannotCreateError(f"{_shown(target)}: is also the output {self._taken[key]}; name two files")
        if key:
            self._taken[key] = _shown(target)


def write_atomically(path: str, data: bytes) -> None:
    """Write a small file, wholly or not at all. Raises as `Outputs` does."""
    with Outputs() as outputs:
        outputs.open(path, "none").write(data)
        outputs.publish()


def _descriptor(target: str) -> int | None:
    """Return the number of the open descriptor that ``target`` names, if it does."""
    if target == STDOUT:
        return 1
    if not (match := _DESCRIPTOR.fullmatch(target)):
        return None
    return int(match[2]) if match[2] else {"out": 1, "err": 2}[match[1]]


def _input_key(path: str) -> Hashable:
    """Return what `Outputs._claim` compares, None where the input is no regular file."""
    try:
        found = os.fstat(0) if path == "-" else os.stat(path)
    except OSError:  # that it cannot be read is said by who reads it
        return None
    return ("file", found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _shown(target: str) -> str:
    return "standard output" if target == STDOUT else target


def _exists(target: str) -> CannotCreateError:
    return CannotCreateError(f"{target}: is there already; remove it or leave out --no-clobber")


def _cannot_create(target: str, error: OSError) -> CannotCreateError:
    folder = os.path.dirname(target) or "."
    if isinstance(error, FileNotFoundError) and not os.path.isdir(folder):
        return CannotCreateError(f"{target}: there is no folder {folder}; create it: mkdir -p {shlex.quote(folder)}")
    special = os.path.exists(target) and not os.path.isfile(target)
    if isinstance(error, PermissionError) and not special and not os.access(folder, os.W_OK | os.X_OK):
        return CannotCreateError(f"{target}: the folder {folder} cannot be written to; choose another")
    return CannotCreateError(f"{_shown(target)}: cannot be created ({error.strerror})")


def _failed(target: str, error: OSError) -> CatindexError:
    if isinstance(error, BrokenPipeError):
        return PipeClosedError(f"{_shown(target)}: nobody reads any more")
    return TransferError(f"{_shown(target)}: {error.strerror or error}")

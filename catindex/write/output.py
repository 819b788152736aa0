"""A stream of output bytes that a thread compresses, hashes and writes."""

from __future__ import annotations

import errno
import hashlib
import os
import select
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from catindex.errors import CatindexError, PipeClosedError, TransferError
from catindex.printable import printable_xml

if TYPE_CHECKING:
    from catindex.read.compression import Compressor

STDOUT = "-"

_FILE_BLOCK = 1 << 20
_PIPE_BLOCK = 1 << 16  # small, so that a reader such as head gets its first lines soon
_WAITING_BLOCKS = 4  # per output; bounds memory when the disk is slower than the caller
_STOP_SECONDS = 0.5  # how long a discarded pipe may delay the end: its reader may never read again
_NEXT_STEPS = {
    errno.ENOSPC: "; free some space or choose another path",
    errno.EDQUOT: "; free some space or choose another path",
    errno.EFBIG: "; raise the limit on file sizes (ulimit -f)",
}


class Output:
    """A stream of bytes to one target. Create it with `catindex.write.files.Outputs.open`.

    Attributes:
        target: the path as the user wrote it, or ``-`` for standard output.
        is_file: whether this is a regular file, which stays invisible until it is published.
        is_terminal: whether this is a terminal, where unsafe characters are written as XML character references.
        bytes: the number of bytes written to the target so far; final after `close`.
        sha256: the SHA-256 of these bytes in hexadecimal; valid after `close`.

    """

    def __init__(self, target: str, fd: int, compressor: Compressor | None, *, is_file: bool) -> None:
        """Take over the descriptor ``fd``, which is closed at the end. A regular file is synced first."""
        self.target = target
        self.is_file = is_file
        self.bytes = 0
        self.sha256 = ""
        self._fd = fd
        self.is_terminal = os.isatty(fd)
        self._block = _FILE_BLOCK if is_file else 1 if self.is_terminal else _PIPE_BLOCK
        self._compressor = compressor
        self._hash = hashlib.sha256()
        self._parts: list[bytes] = []
        self._size = 0
        # A signal handler that raises can leave queue.Queue locked, but not SimpleQueue, which is written in C and
        # has no maximum size. Taking a token from a second queue for each block bounds the first one.
        self._blocks: SimpleQueue[list[bytes] | None] = SimpleQueue()
        self._tokens: SimpleQueue[None] = SimpleQueue()
        for _ in range(_WAITING_BLOCKS):
            self._tokens.put(None)
        self._thread: Thread | None = None
        self._ended = False
        self._discarded = False
        self._error: BaseException | None = None

    def write(self, data: bytes) -> None:
        """Queue ``data`` for writing. The caller must not change it afterwards.

        Raises `TransferError` if an earlier write failed, and `PipeClosedError` if the reader closed the pipe.
        """
        self._parts.append(printable_xml(data) if self.is_terminal else data)
        self._size += len(data)
        if self._size < self._block:
            return
        self._raise_error()
        if not self._thread:
            # A daemon thread, because a discarded pipe without a reader must not keep the process alive.
            self._thread = Thread(target=self._write_blocks, name="catindex output", daemon=True)
            self._thread.start()
        self._tokens.get()
        self._blocks.put(self._parts)
        self._parts, self._size = [], 0

    def end(self) -> None:
        """Mark the end of the data without waiting until the thread has written it.

        An output smaller than one block has no thread and is written here.
        """
        if self._ended:
            return
        self._ended = True
        if self._parts:
            self._blocks.put(self._parts)
        self._blocks.put(None)
        if not self._thread:
            self._write_blocks()

    def close(self) -> None:
        """Mark the end of the data and wait until it is on disk. Raises the same errors as `write`."""
        self.end()
        if self._thread:
            self._thread.join()
        self._raise_error()

    def discard(self) -> None:
        """Stop writing and close the descriptor. Raises nothing."""
        self._discarded = self._ended = True
        self._blocks.put(None)
        if self._thread and self._thread.is_alive():
            self._thread.join(None if self.is_file else _STOP_SECONDS)
        elif self._fd >= 0:
            # There is no thread, or a signal interrupted its start. If it starts after all, it needs its own end mark.
            self._blocks.put(None)
            self._write_blocks()

    def _raise_error(self) -> None:
        if isinstance(self._error, OSError):
            raise transfer_error(self.target, self._error) from self._error
        if self._error:
            raise self._error

    def _write_blocks(self) -> None:
        """Write blocks until the end mark, then close the descriptor.

        After an error the blocks are still taken, because the caller waits until they are.
        """
        while (parts := self._blocks.get()) is not None:
            self._attempt(parts)
            self._tokens.put(None)
        self._attempt(None)
        fd, self._fd = self._fd, -1
        try:
            os.close(fd)
        except OSError as error:
            self._error = self._error or error
        self.sha256 = self._hash.hexdigest()

    def _attempt(self, parts: list[bytes] | None) -> None:
        """Write one block, or the end of the compressed data if ``parts`` is None. Errors are kept for the caller."""
        if self._error or self._discarded:
            return
        try:
            if parts is not None:
                data = b"".join(parts)
                self._write_fully(self._compressor.compress(data) if self._compressor else data)
                return
            if self._compressor:
                self._write_fully(self._compressor.flush())
            if self.is_file:
                os.fsync(self._fd)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
            self._error = error

    def _write_fully(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            try:
                written = os.write(self._fd, view)
            except BlockingIOError:  # another program has made standard output non-blocking
                select.select([], [self._fd], [])
                continue
            self.bytes += written
            view = view[written:]


def display_name(target: str) -> str:
    """Return the name of a target as it appears in messages."""
    return "standard output" if target == STDOUT else target


def transfer_error(target: str, error: OSError) -> CatindexError:
    """Return the error to raise if writing to ``target`` failed with ``error``."""
    if isinstance(error, BrokenPipeError):
        return PipeClosedError(f"{display_name(target)}: the reader closed the pipe")
    reason = error.strerror or str(error)
    next_step = _NEXT_STEPS.get(error.errno or 0, "")
    return TransferError(f"{display_name(target)}: cannot be written ({reason}){next_step}")

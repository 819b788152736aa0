"""Standard output, whose errors have exit statuses, and standard error, whose errors are ignored."""

from __future__ import annotations

import contextlib
import errno
import io
import sys
from typing import TYPE_CHECKING

import click

from catindex.printable import printable
from catindex.write.output import STDOUT, transfer_error

if TYPE_CHECKING:
    from typing import TextIO

    from typing_extensions import Buffer


class _StandardOutput(io.FileIO):
    """Standard output. The first failed write raises a `CatindexError`, later ones are discarded."""

    def __init__(self, *, closed: bool) -> None:
        """Open descriptor 1. ``closed`` is whether standard output was closed when the program started."""
        super().__init__(1, "wb", closefd=False)
        self._error = OSError(errno.EBADF, "it is closed") if closed else None
        self._failed = False

    def write(self, data: Buffer, /) -> int:
        size = memoryview(data).nbytes
        if self._failed:  # Python flushes once more when it exits
            return size
        try:
            if self._error:
                raise self._error
            return super().write(data)
        except OSError as error:
            self._failed = True
            raise transfer_error(STDOUT, error) from error


class _StandardError(io.FileIO):
    """Standard error. Failed writes are discarded, because no message could report them."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def open_standard_streams() -> None:
    """Replace ``sys.stdout`` and ``sys.stderr``. Characters that they cannot encode are written as escapes.

    The descriptors of closed streams must be occupied, or files that are opened later would get their numbers.
    """
    output = _StandardOutput(closed=sys.stdout is None)
    sys.stdout = _text(io.BufferedWriter(output), sys.stdout)
    if sys.stderr is not None:
        sys.stderr = _text(io.BufferedWriter(_StandardError(2, "wb", closefd=False)), sys.stderr)


def _text(binary: io.BufferedWriter, old: TextIO | None) -> io.TextIOWrapper:
    encoding = old.encoding if old else "utf-8"
    return io.TextIOWrapper(binary, encoding, "backslashreplace", line_buffering=True)


def print_trace(trace: str) -> None:
    """Write a traceback to standard error, without control characters. Raises nothing."""
    with contextlib.suppress(OSError):
        click.echo("\n".join(map(printable, trace.split("\n"))), err=True, nl=False)


def warn(message: str) -> None:
    """Write ``catindex: MESSAGE`` as one safe line to standard error, above a progress bar. Raises nothing."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"catindex: {printable(' '.join(message.split()))}\n")  # not click, which bypasses rich

"""The exit statuses and the exceptions that end a run with one of them."""

from __future__ import annotations

import contextlib
import copy
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

_Error = TypeVar("_Error", bound="CatindexError")

#: The problem with any truncated input, as `DataError` reports it.
CUT_OFF = "ends in the middle: the download was cut off"


class Status(IntEnum):
    """An exit status. Values from 64 to 78 follow BSD's ``sysexits.h``, those over 128 are 128 plus a signal number."""

    OK = 0
    VERDICT = 1
    USAGE = 2
    DATA = 65
    NO_INPUT = 66
    MISSING_EXTRA = 69
    FAULT = 70
    CANNOT_CREATE = 73
    IO = 74
    BUSY = 75
    HANGUP = 129
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


class CatindexError(Exception):
    """Base class of all errors that catindex raises on purpose.

    ``str(error)`` is the message: one line, which starts with the path and the place in the file if there is one
    (``FILE:LINE:COLUMN: problem``). ``status`` is the exit status of a command that ends with the error.
    """

    status = Status.FAULT

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the attributes instead of calling ``__init__``, whose arguments differ between subclasses."""
        return _new_error, (type(self), self.args), vars(self)


def _new_error(kind: type[_Error], args: tuple[object, ...]) -> _Error:
    return kind.__new__(kind, *args)


class UsageError(CatindexError):
    """The options or arguments are wrong, or do not fit together."""

    status = Status.USAGE


class DataError(CatindexError):
    """The input is not a catalog index, or it is malformed or truncated.

    ``what`` is the problem and ``path`` the name of the input. ``line`` and ``column`` count from 1 in the decompressed
    input, columns in characters. ``record`` is the number of the record that was being read, from 1, and ``after`` the
    key of the last complete record before it. ``hint`` is the next step, which begins with an option such as
    ``--huge``. It is not part of the message, because only commands that have the option print it.
    """

    status = Status.DATA

    def __init__(
        self,
        what: str,
        *,
        path: str,
        line: int | None = None,
        column: int | None = None,
        record: int | None = None,
        after: str | None = None,
        hint: str = "",
    ) -> None:
        """Store the parts that the message is built from."""
        super().__init__(what)
        self.what, self.path, self.line, self.column = what, path, line, column
        self.record, self.after, self.hint = record, after, hint

    def __str__(self) -> str:
        """Return ``PATH:LINE:COLUMN: what (record N, after KEY)``, without the parts that are None."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        context = [f"record {self.record}"] if self.record else []
        context += [f"after {self.after}"] if self.after else []
        return f"{place}: {self.what}" + (f" ({', '.join(context)})" if context else "")

    def following(self, key: str | None) -> Self:
        """Return a copy with ``key`` as the last complete record before the error, unless one is set already."""
        return self._with(after=self.after or key)

    def in_file(self, name: str) -> Self:
        """Return a copy with another name of the input."""
        return self._with(path=name)

    def _with(self, **parts: object) -> Self:
        error = copy.copy(self)
        vars(error).update(parts)
        return error


class NotAnIndexError(DataError):
    """The input is XML, but not a catalog index. ``data`` is the part that was read so far, as UTF-8."""

    def __init__(self, what: str, *, data: bytes, **place: Any) -> None:  # noqa: ANN401 - the parts of a DataError
        """Store ``data`` and the parts of a `DataError`."""
        super().__init__(what, **place)
        self.data = data


class NoRecordError(NotAnIndexError):
    """The input is a catalog index without any record."""


class NoInputError(CatindexError):
    """The input does not exist, or cannot be opened."""

    status = Status.NO_INPUT


class MissingExtraError(CatindexError):
    """A package that an optional feature needs is not installed."""

    status = Status.MISSING_EXTRA

    def __init__(self, what: str, extra: str) -> None:
        """Take a sentence such as ``"zstd needs the package zstandard"`` and the extra that installs the package."""
        super().__init__(f"{what}; install it with: pip install 'catindex[{extra}]'")


class CannotCreateError(CatindexError):
    """An output cannot be created, is an input, or exists and must not be replaced."""

    status = Status.CANNOT_CREATE


class TransferError(CatindexError):
    """Reading or writing failed, or the input changed while it was read."""

    status = Status.IO

    @classmethod
    def in_temporary_files(cls, error: Exception, what: str) -> TransferError:
        """Return an error for a full or failing disk under temporary files.

        ``error`` comes from the operating system or from SQLite. ``what`` names the contents of the files, for example
        ``"parts of series"``.
        """
        import tempfile  # noqa: PLC0415 - needed only here

        reason = error.strerror if isinstance(error, OSError) else str(error)
        problem = f"temporary files for {what} cannot be written ({reason})"
        with contextlib.suppress(OSError):  # no directory for temporary files is usable
            problem = f"{tempfile.gettempdir()}: {problem}"
        return cls(f"{problem}; free some space, or set TMPDIR to another directory")


class BusyError(CatindexError):
    """Another run writes to the same outputs."""

    status = Status.BUSY


class FaultError(CatindexError):
    """A fault of catindex itself, for example counts that do not add up."""

    status = Status.FAULT


class PipeClosedError(CatindexError):
    """The reader of standard output went away; the run ends without a message."""

    status = Status.PIPE

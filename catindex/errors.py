"""The exit statuses, and the errors that end a run with one of them."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

#: What is said of an input that ends too early.
CUT_OFF = "ends in the middle: the download was cut off"


class Status(IntEnum):
    """What the program's exit status says. Numbers from 64 up follow BSD's ``sysexits.h``, from 128 up a signal."""

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
    """An expected end of a run: ``str(error)`` is the one line for the user, without the program's name.

    The line names the file (and the place in it) first where there is one: ``FILE:LINE:COLUMN: what is wrong``.
    """

    status = Status.FAULT


class UsageError(CatindexError):
    """The call cannot be meant as it stands."""

    status = Status.USAGE


class DataError(CatindexError):
    """The input is not what it should be.

    ``line`` and ``column`` count from 1 in the decompressed input (columns in characters); ``record`` is the number
    of the record that was being read, from 1, and ``after`` the key of the last whole one before it. ``hint`` is what
    the user of a command can do about it that has the option with which it begins; it is no part of the message.
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
        """Keep the parts; the message is made of those that are known."""
        self.what, self.path, self.line, self.column = what, path, line, column
        self.record, self.after, self.hint = record, after, hint
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        context = [f"record {record}"] if record else []
        context += [f"after {after}"] if after else []
        told = f" ({', '.join(context)})" if context else ""
        super().__init__(f"{place}: {what}{told}")

    def __reduce__(self) -> tuple[object, ...]:
        """Tell how to make it again in another process."""
        return _data_error, (self._parts(),)

    def following(self, key: str | None) -> DataError:
        """Give the same error, with the key of the last whole record before it."""
        return _data_error(self._parts() | {"after": self.after or key})

    def in_file(self, name: str) -> DataError:
        """Give the same error, about a file that people know by another name."""
        return _data_error(self._parts() | {"path": name})

    def _parts(self) -> dict[str, Any]:
        names = ("what", "path", "line", "column", "record", "after", "hint")
        return {name: getattr(self, name) for name in names}


class NotAnIndexError(DataError):
    """The input is no catalog index, though it begins as XML does; ``data`` is what was read of it so far, as UTF-8."""

    def __init__(self, what: str, *, data: bytes, **place: Any) -> None:  # noqa: ANN401 - those of a DataError
        """Keep what was read, too."""
        super().__init__(what, **place)
        self.data = data


class NoRecordError(NotAnIndexError):
    """The input is a catalog, but has no record in it."""


def _data_error(parts: dict[str, Any]) -> DataError:
    return DataError(**parts)


class NoInputError(CatindexError):
    """There is no input there, or it cannot be read."""

    status = Status.NO_INPUT


class MissingExtraError(CatindexError):
    """A package that an optional feature needs is not installed."""

    status = Status.MISSING_EXTRA

    def __init__(self, what: str, extra: str) -> None:
        """Take what needs which package (``"zstd needs the package zstandard"``) and the extra that installs it."""
        super().__init__(f"{what}; install it with: pip install 'catindex[{extra}]'")


class CannotCreateError(CatindexError):
    """An output cannot be created, is there already where that was forbidden, or is the input."""

    status = Status.CANNOT_CREATE


class TransferError(CatindexError):
    """Reading or writing failed on the way."""

    status = Status.IO

    @classmethod
    def in_temporary_files(cls, error: Exception, what: str) -> TransferError:
        """Tell that the disk failed, or SQLite on it, where temporary files are, and ``what`` is there."""
        import tempfile  # noqa: PLC0415 - rarely needed

        reason = error.strerror if isinstance(error, OSError) else str(error)
        try:
            folder = tempfile.gettempdir()
        except OSError:
            folder = "temporary files"
        return cls(f"{folder}: {reason} ({what} there; TMPDIR names another folder)")


class BusyError(CatindexError):
    """Another run is writing there."""

    status = Status.BUSY


class FaultError(CatindexError):
    """The program found itself wrong: the counts do not add up."""

    status = Status.FAULT


class PipeClosedError(CatindexError):
    """The reader of standard output went away: the run ends without a word."""

    status = Status.PIPE

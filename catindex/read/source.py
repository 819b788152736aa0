"""Where bytes come from: a file or standard input, plain or compressed, always given on as UTF-8."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from catindex.errors import CUT_OFF, DataError, NoInputError, TransferError
from catindex.read import compression

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

STDIN = "-"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a mark, the first characters of "<?xml" tell (XML 1.0, appendix F).
_FIRST_BYTES = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_UTF8_NAMES = frozenset({"utf-8", "ascii"})
_HEAD_BYTES = 1024
_MAGIC_BYTES = 8


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Counted:
    """A raw file that counts what was read of it, so that a progress bar can tell without the readers knowing."""

    def __init__(self, raw: BinaryIO, head: bytes) -> None:
        self._raw, self._head = raw, head
        self.bytes = 0

    def read(self, size: int, /) -> bytes:
        data = self._head[:size] or self._raw.read(size)
        self._head = self._head[size:]
        self.bytes += len(data)
        return data


class Source:
    """One input, read once from front to back. Use it as a context manager.

    ``name`` is what messages call it; ``compression`` the name of its compression or None; ``size`` its size in bytes
    as it lies there, None for a pipe; ``in_place`` whether the bytes given on are those of the file at ``path``, at the
    same offsets behind the first ``skipped`` ones (a byte order mark): then others may read them there by themselves.
    """

    def __init__(self, path: str) -> None:
        """Open ``path``, or standard input for ``-``. Raises NoInputError where that is not possible."""
        self.path = path
        self.name = "standard input" if path == STDIN else path
        self._file = self._open()
        try:
            head = self._first_bytes()
            self.compression = compression.detect(head)
            self._counted = _Counted(self._file, head)
            self._reader: _Readable = self._counted
            if self.compression:
                self._reader = compression.decompressed(self.compression, self._counted)
            status = os.fstat(self._file.fileno())
            self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
            self._failure: DataError | None = None
            self._pending = self._head()
            self.skipped, encoding = _encoding_of(self._pending, self.name)
            self._pending = self._pending[self.skipped :]
            self._decoder = None if encoding in _UTF8_NAMES else codecs.getincrementaldecoder(encoding)("strict")
            self.encoding = encoding
            is_plain = self.compression is None and self._decoder is None
            self.in_place = is_plain and self.size is not None and path != STDIN
            self.uncompressed_bytes = self.skipped
        except BaseException:
            self.close()
            raise

    def _open(self) -> BinaryIO:
        if self.path == STDIN:
            if sys.stdin is None:
                raise NoInputError("standard input: is closed")
            return sys.stdin.buffer
        try:
            if Path(self.path).is_dir():
                raise NoInputError(f"{self.path}: is a folder; name the dump in it")
            return Path(self.path).open("rb", buffering=0)
        except OSError as error:
            raise NoInputError(f"{self.path}: {error.strerror or error}") from error

    def _first_bytes(self) -> bytes:
        """Read enough to tell a compression, also from a pipe that gives a byte at a time."""
        head = b""
        try:
            while len(head) < _MAGIC_BYTES and (data := self._file.read(_MAGIC_BYTES - len(head))):
                head += data
        except OSError as error:
            raise TransferError(f"{self.name}: {error.strerror or error}") from error
        return head

    def _head(self) -> bytes:
        """Read the beginning. What fails behind some bytes is raised after these have been given on."""
        head = b""
        try:
            while len(head) < _HEAD_BYTES and (data := self._read_raw(_HEAD_BYTES - len(head))):
                head += data
        except DataError as error:
            if not head:
                raise
            self._failure = error
        return head

    def _read_raw(self, size: int) -> bytes:
        if self._failure:
            raise self._failure
        try:
            return self._reader.read(size)
        except compression.TruncatedError as error:
            raise DataError(f"the {self.compression} data {CUT_OFF}", path=self.name) from error
        except compression.CorruptError as error:
            raise DataError(str(error), path=self.name) from error
        except OSError as error:
            raise TransferError(f"{self.name}: {error.strerror or error}") from error

    def read(self, size: int) -> bytes:
        """Give the next bytes, about ``size`` of them, in UTF-8; empty at the end.

        Raises DataError for damaged or cut off compression and for bytes that are not in the declared encoding,
        TransferError where reading fails.
        """
        data = self._pending or self._read_raw(size)
        self._pending = b""
        self.uncompressed_bytes += len(data)
        if self._decoder is None:
            return data
        while True:
            try:
                text = self._decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                or_else = "" if data else ", or the download was cut off in the middle of a character"
                self._failure = DataError(f"not {self.encoding}, which it claims to be{or_else}", path=self.name)
                text = _whole_part(error)
                if not text:
                    raise self._failure from error
            if text or not data:
                return text.encode("utf-8", "surrogatepass")
            data = self._read_raw(size)
            self.uncompressed_bytes += len(data)

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file, compressed as it may be, were read so far."""
        return self._counted.bytes

    def leap(self, offset: int) -> None:
        """Take the bytes before an offset of the file as read: others have read them there."""
        self._counted.bytes = self.uncompressed_bytes = offset

    def check_unchanged(self) -> None:
        """Placeholder."""

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != STDIN:
            self._file.close()

    def __enter__(self) -> Self:
        """Give the source itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _whole_part(error: UnicodeDecodeError) -> str:
    """Give the text in front of what could not be decoded."""
    return error.object[: error.start].decode(error.encoding)


def _encoding_of(head: bytes, name: str) -> tuple[int, str]:
    """Tell the length of a byte order mark and the encoding, by the name that Python's codecs use."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return len(mark), encoding
    for first, encoding in _FIRST_BYTES:
        if head.startswith(first):
            return 0, encoding
    match = _DECLARED.match(head)
    if match is None:
        return 0, "utf-8"
    declared = match[1].decode("ascii")
    try:
        found = codecs.lookup(declared).name
        # A file that was read as bytes so far cannot be UTF-16, whatever it declares.
        if found.startswith(("utf-16", "utf-32")):
            return 0, "utf-8"
        readable = match[0].decode(found) == match[0].decode("ascii")  # Python also has codecs that are no encodings
    except (LookupError, UnicodeError):
        readable = False
    if not readable:
        raise DataError(f"declares an encoding that is not known: {declared}", path=name, line=1)
    return 0, found

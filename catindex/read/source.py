"""Reads one input, a file or standard input, plain or compressed, in any encoding, as UTF-8."""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import shlex
import stat
import sys
from typing import TYPE_CHECKING

from catindex.errors import CUT_OFF, DataError, NoInputError, TransferError
from catindex.read import compression
from catindex.read.syntax import HUGE

if TYPE_CHECKING:
    from typing_extensions import Self

STDIN = "-"

# Paths that name an open descriptor. They are not opened again: a socket or a file of another user cannot be.
_DESCRIPTOR = re.compile(r"/dev/stdin|/(?:dev|proc/self)/fd/([0-9]{1,9})")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CURL_SCHEMES = {"http", "https", "ftp"}
_IS_CLOSED = "is closed; redirect a file or a pipe to it"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# UTF-16 without a mark is recognized by the first characters of "<?xml" (XML 1.0, appendix F).
_FIRST_BYTES = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_UTF8_NAMES = frozenset({"utf-8", "ascii"})
_HEAD_BYTES = 1024
_BUFFER_BYTES = 1 << 18


class _Counted:
    """A file that counts the bytes that were read from it."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file, self._head = file, b""
        self.bytes = 0

    def peek(self, size: int) -> bytes:
        """Return the first ``size`` bytes, or fewer at the end, without counting them. Must be the first call."""
        self._head = self._file.read(size)
        return self._head

    def read(self, size: int, /) -> bytes:
        data = self._head[:size] or self._file.read1(size)  # from a pipe: what is there
        self._head = self._head[size:]
        self.bytes += len(data)
        return data


class Source:
    """One input, read once from start to end. Use it as a context manager.

    ``name`` is the name of the input in messages, ``compression`` the name of its compression (None if plain),
    ``encoding`` its encoding under the name that Python's codecs use, ``size`` the size of the file in bytes (None for
    a pipe or a device), and ``uncompressed_bytes`` the number of bytes read so far after decompression.
    """

    def __init__(self, path: str, *, huge: bool = False) -> None:
        """Open ``path``, or standard input for ``-``. ``huge`` lifts the limit on the memory used to decompress.

        Raises `NoInputError` if the input cannot be opened, `TransferError` if its first bytes cannot be read,
        `DataError` if its encoding is unknown, and `MissingExtraError` if it is zstd and zstandard is not installed.
        """
        self.path = path
        self.name = "standard input" if path == STDIN else path
        self._huge = huge
        self._file = _open(path, self.name)
        try:
            self._opened = self._size_and_time()
            self.size = self._opened[0] if self._opened else None
            self._counted = _Counted(self._file)
            self.compression = compression.detect(self._first_bytes())
            self._reader: compression.Raw = self._counted
            if self.compression:
                self._reader = compression.Decompressed(self.compression, self._counted, huge=huge)
            self._failure: DataError | None = None
            self._pending = self._head()
            mark, self.encoding = _encoding_of(self._pending, self.name)
            self._pending = self._pending[mark:]
            self._decoder: codecs.IncrementalDecoder | None = None
            if self.encoding not in _UTF8_NAMES:
                self._decoder = codecs.getincrementaldecoder(self.encoding)("strict")
            self.uncompressed_bytes = mark
        except BaseException:
            self.close()
            raise

    def read(self, size: int) -> bytes:
        """Return the next bytes in UTF-8, about ``size`` of them, or ``b""`` at the end of the input.

        Raises `DataError` if the compressed data are damaged, truncated or over the memory limit, or if bytes are not
        in the declared encoding; `TransferError` if reading fails or the file has changed since it was opened.
        """
        try:
            data = self._read_utf8(size)
        except DataError:
            self.check_unchanged()  # a file that is still being written looks truncated
            raise
        if not data:
            self.check_unchanged()
        return data

    def check_unchanged(self) -> None:
        """Raise `TransferError` if the size or modification time of the open file has changed since it was opened.

        The source must be open. Pipes and devices have neither and always pass.
        """
        if self._size_and_time() != self._opened:
            raise TransferError(f"{self.name}: changed while it was read; run again when it is complete")

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file, before decompression, that were read so far."""
        return self._counted.bytes

    def close(self) -> None:
        """Close the file. Standard input and other descriptors of the caller stay open."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the source itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the source."""
        self.close()

    def _size_and_time(self) -> tuple[int, int] | None:
        """Return size and modification time of the open file, None for a pipe or a device."""
        try:
            status = os.fstat(self._file.fileno())
        except OSError as error:
            raise self._read_failed(error) from error
        return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None

    def _first_bytes(self) -> bytes:
        try:
            return self._counted.peek(compression.DETECTION_SIZE)
        except OSError as error:
            raise self._read_failed(error) from error

    def _head(self) -> bytes:
        """Read the first bytes after decompression. An error in them is raised by `read` after the bytes before it."""
        head = b""
        try:
            while len(head) < _HEAD_BYTES and (data := self._read_raw(_HEAD_BYTES - len(head))):
                head += data
        except DataError as error:
            self._failure = error
        return head

    def _read_utf8(self, size: int) -> bytes:
        while True:
            data = self._pending or self._read_raw(size)
            self._pending = b""
            self.uncompressed_bytes += len(data)
            recoded = self._recode(data)
            if recoded or not data:  # no bytes but not at the end: `data` is only a part of a character
                return recoded

    def _read_raw(self, size: int) -> bytes:
        """Return the next decompressed bytes."""
        if self._failure:
            raise self._failure
        try:
            return self._reader.read(size)
        except compression.TruncatedError as error:
            raise DataError(f"the {self.compression} data {CUT_OFF}", path=self.name) from error
        except compression.CorruptError as error:
            raise DataError(str(error), path=self.name) from error
        except compression.OverLimitError as error:
            raise DataError(str(error), path=self.name, hint="" if self._huge else HUGE) from error
        except OSError as error:
            raise self._read_failed(error) from error

    def _recode(self, data: bytes) -> bytes:
        """Return ``data`` in UTF-8, up to the first bytes that are not in the encoding; ``b""`` is the end."""
        if self._decoder is None:
            return data
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            or_else = "" if data else ", or the download was cut off in the middle of a character"
            self._failure = DataError(f"not {self.encoding}, which it claims to be{or_else}", path=self.name)
            text = error.object[: error.start].decode(error.encoding)
            if not text:
                raise self._failure from error
        return text.encode("utf-8", "surrogatepass")

    def _read_failed(self, error: OSError) -> TransferError:
        return TransferError(f"{self.name}: cannot be read ({error.strerror or error})")


def _descriptor(path: str) -> int | None:
    """Return the number of the open descriptor that ``path`` names, None if it names a file."""
    if path == STDIN:
        return 0
    match = _DESCRIPTOR.fullmatch(path)
    return int(match[1] or 0) if match else None


def _open(path: str, name: str) -> io.BufferedReader:
    descriptor = _descriptor(path)
    # The program has opened /dev/null in place of a standard input that was closed when Python started.
    if descriptor == 0 and sys.stdin is None:
        raise NoInputError(f"{name}: {_IS_CLOSED}")
    try:
        file = io.FileIO(path) if descriptor is None else io.FileIO(descriptor, closefd=False)
        if descriptor is not None and sys.platform != "win32":
            os.set_blocking(descriptor, True)  # the program at the other end may have left it non-blocking
    except OSError as error:
        raise NoInputError(f"{name}: {_why_not_opened(path, error)}") from error
    return io.BufferedReader(file, _BUFFER_BYTES)


def _why_not_opened(path: str, error: OSError) -> str:  # noqa: PLR0911 - one for each problem
    """Return the problem and, if there is one, the next step."""
    if isinstance(error, IsADirectoryError):
        return "is a directory; name a file in it"
    if error.errno == errno.EBADF:
        return _IS_CLOSED
    if match := _URL.match(path):
        pipe = f", or pipe it: curl -fL {shlex.quote(path)} | catindex COMMAND -" if match[1] in _CURL_SCHEMES else ""
        return f"is a URL; download it first{pipe}"
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the path"
    if isinstance(error, NotADirectoryError):
        return f"does not exist, because {os.path.dirname(path)} is not a directory; check the path"  # noqa: PTH120
    if isinstance(error, PermissionError) and os.access(path, os.F_OK):  # else a directory above it is the problem
        return f"cannot be read ({error.strerror}); its owner can allow reading with: chmod +r {shlex.quote(path)}"
    return f"cannot be opened ({error.strerror or error}); check the path and the permissions of its directories"


def _encoding_of(head: bytes, name: str) -> tuple[int, str]:
    """Return the length of the byte order mark and the name of the encoding.

    The mark decides, then the first characters, then the XML declaration; the default is UTF-8 (XML 1.0, appendix F).
    Raises `DataError` if the declared encoding is not known.
    """
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
        # A declaration that is readable as ASCII is not in UTF-16, even if it names it.
        if found.startswith(("utf-16", "utf-32")):
            return 0, "utf-8"
        readable = match[0].decode(found) == match[0].decode("ascii")  # Python also has codecs that are not encodings
    except (LookupError, UnicodeError):
        readable = False
    if not readable:
        raise DataError(
            f"declares an unknown encoding: {declared}",
            path=name,
            line=1,
            hint="correct the name, or convert the file to UTF-8 and remove it",
        )
    return 0, found

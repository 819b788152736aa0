"""Reads and writes gzip, bzip2, xz and zstd: one table, with the first bytes and the file name suffix of each."""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from catindex.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

DETECTION_SIZE = 6
"""The number of first bytes that `detect` needs."""

_INPUT_PIECE = 1 << 18
_ZSTD_PIECE = 256  # zstandard returns all that a piece decodes to, at most 128 KiB for each 4 bytes: here 8 MiB
_MEMORY_LIMIT = 1 << 28  # xz -9 needs 65 MiB to read, zstd --ultra -22 128 MiB; a header may ask for 4 GiB
_ZSTD_LARGEST_WINDOW = 1 << 31  # what libzstd can read
_ISAL_FLAGS = (b"\x00", b"\x04", b"\x08", b"\x10")
"""Gzip headers with at most one field. isal 1.9 misreads those with several if they arrive in more than one piece."""
_BLOCK = 1 << 18
# Parts of the messages of liblzma and libzstd, whose errors have no code in Python.
_OVER_LIMIT = ("Memory usage limit exceeded", "requires too much memory")
_NO_MEMORY = "not enough memory"


class CorruptError(ValueError):
    """The compressed data are damaged, or something else follows them."""


class TruncatedError(EOFError):
    """The compressed data stop before their end."""


class OverLimitError(ValueError):
    """Decompressing the data needs more memory than the limit allows; the data may well be sound."""


class Raw(Protocol):
    """A source of compressed bytes."""

    def read(self, size: int, /) -> bytes:
        """Return between 1 and ``size`` bytes, or ``b""`` at the end."""


class Decoder(Protocol):
    """Decodes one gzip member, bzip2 stream, xz stream or zstd frame, with the methods of `bz2.BZ2Decompressor`."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Add ``data`` to the input and return at most ``max_length`` decoded bytes; later calls return the rest."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member has been reached."""

    @property
    def needs_input(self) -> bool:
        """Whether `decompress` needs more data to return anything."""

    @property
    def unused_data(self) -> bytes:
        """The bytes after the end of the member."""


class Encoder(Protocol):
    """Compresses data that arrive in pieces."""

    def compress(self, data: bytes, /) -> bytes:
        """Add ``data`` to the input and return the output that is ready."""

    def flush(self) -> bytes:
        """Return the rest of the output, including the end mark."""


class _ZlibDecoder:
    """Decodes gzip with the standard library, which is slower than isal."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._full = False

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        decoded = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(decoded) == max_length  # then zlib may hold more, even without a tail
        return decoded

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not (self._full or self._inner.unconsumed_tail or self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


class _ZstdDecoder:
    """Decodes zstd. The stream reader of zstandard cannot be used: to it, a truncated frame is a complete one."""

    def __init__(self, *, huge: bool) -> None:
        window = _ZSTD_LARGEST_WINDOW if huge else _MEMORY_LIMIT
        self._inner = _zstandard().ZstdDecompressor(max_window_size=window).decompressobj()
        self._input = memoryview(b"")
        self._output = bytearray()

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if data:
            self._input = memoryview(data)
        while self._input and not self._inner.eof and len(self._output) < max_length:
            self._output += self._inner.decompress(self._input[:_ZSTD_PIECE])
            self._input = self._input[_ZSTD_PIECE:]
        decoded = bytes(self._output[:max_length])
        del self._output[:max_length]
        return decoded

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof) and not self._output

    @property
    def needs_input(self) -> bool:
        return not (self._input or self._output or self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data) + bytes(self._input)


class Compressor:
    """Compresses in blocks of one size, so the same data produces the same bytes in whatever pieces it arrives."""

    def __init__(self, encoder: Encoder) -> None:
        """Compress with ``encoder``, which must be new."""
        self._encoder = encoder
        self._held = bytearray()

    def compress(self, data: bytes) -> bytes:
        """Add ``data`` to the input and return the output that is ready, often none."""
        ready = []
        view = memoryview(data)
        while len(self._held) + len(view) >= _BLOCK:
            missing = _BLOCK - len(self._held)
            self._held += view[:missing]
            view = view[missing:]
            ready.append(self._encoder.compress(bytes(self._held)))
            self._held.clear()
        self._held += view
        return b"".join(ready)

    def flush(self) -> bytes:
        """Return the rest of the output, including the end mark. Call it once, last."""
        return self._encoder.compress(bytes(self._held)) + self._encoder.flush()


def _zstandard() -> Any:  # noqa: ANN401 - the module
    try:
        import zstandard  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError("zstd needs the package zstandard", "fast") from error
    return zstandard


def _gzip_decoder(first_bytes: bytes) -> Decoder:
    try:
        from isal import igzip_lib  # noqa: PLC0415 - optional
    except ImportError:
        return _ZlibDecoder()
    if first_bytes[3:4] not in _ISAL_FLAGS:
        return _ZlibDecoder()
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


def _gzip_encoder() -> Encoder:
    """Return isal's level 2 if isal is installed, else zlib's level 6. Both write a header without name and time.

    Level 2 has about the ratio of zlib's level 3, at eight times the speed of zlib's level 6. The output is the same
    in every run, but differs between an installation with isal and one without.
    """
    try:
        from isal import isal_zlib  # noqa: PLC0415 - optional
    except ImportError:
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    return isal_zlib.compressobj(2, isal_zlib.DEFLATED, 31)


def _xz_decoder(*, huge: bool) -> Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=None if huge else _MEMORY_LIMIT)


def _zstd_encoder() -> Encoder:
    encoder: Encoder = _zstandard().ZstdCompressor(level=3, write_checksum=True).compressobj()
    return encoder


@dataclass(frozen=True)
class Compression:
    """One compression: its first bytes, its suffix, its decoder and its encoder.

    ``decoder`` takes the first bytes of the member and whether the limit on memory is lifted.
    """

    name: str
    suffix: str
    magics: tuple[bytes, ...]
    decoder: Callable[[bytes, bool], Decoder]
    encoder: Callable[[], Encoder]


COMPRESSIONS = {
    entry.name: entry
    for entry in (
        Compression("gz", ".gz", (b"\x1f\x8b",), lambda first_bytes, _: _gzip_decoder(first_bytes), _gzip_encoder),
        Compression("bz2", ".bz2", (b"BZh",), lambda *_: bz2.BZ2Decompressor(), bz2.BZ2Compressor),
        Compression(
            "xz",
            ".xz",
            (b"\xfd7zXZ\0",),
            lambda _, huge: _xz_decoder(huge=huge),
            lambda: lzma.LZMACompressor(preset=1),  # 9 MiB for each output; the default preset 6 takes 94 MiB
        ),
        Compression(
            "zst",
            ".zst",
            # A file may start with a skippable frame, as those of pzstd do; these have sixteen magic numbers.
            (b"\x28\xb5\x2f\xfd", *(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))),
            lambda _, huge: _ZstdDecoder(huge=huge),
            _zstd_encoder,
        ),
    )
}
"""Every compression under the name that ``--compress`` takes."""


def detect(first_bytes: bytes) -> str | None:
    """Return the name of the compression of a file with these `DETECTION_SIZE` first bytes, None if it is plain."""
    for entry in COMPRESSIONS.values():
        if first_bytes.startswith(entry.magics):
            return entry.name
    return None


def from_suffix(target: str) -> str | None:
    """Return the name of the compression for the suffix of an output path, or None if it is plain."""
    for entry in COMPRESSIONS.values():
        if target.lower().endswith(entry.suffix):
            return entry.name
    return None


def compressor(name: str) -> Compressor:
    """Return a new compressor. Raises `MissingExtraError` if its package is not installed."""
    return Compressor(COMPRESSIONS[name].encoder())


class Decompressed:
    """Reads all members of a compressed file, one after the other. Zero bytes between and after them are padding."""

    def __init__(self, name: str, raw: Raw, *, huge: bool = False) -> None:
        """Read from ``raw``, which is at the start of a member. ``huge`` lifts the limit on memory (256 MiB).

        Raises `MissingExtraError` if the package for the compression is not installed.
        """
        self._compression = COMPRESSIONS[name]
        self._raw = raw
        self._huge = huge
        self._data = b""  # was read from `raw` and not yet passed to the decoder
        self._decoder: Decoder | None = None
        self._compression.decoder(b"", huge)  # raises now, not at the first read, if a package is missing

    def read(self, size: int) -> bytes:
        """Return between 1 and ``size`` bytes, or ``b""`` at the end.

        Raises `TruncatedError` if the file is truncated, after returning all that it holds; `CorruptError` if it is
        damaged or something else follows the last member; `OverLimitError`; and any `OSError` from ``raw``.
        """
        while self._decoder or self._next_member():
            decoder = self._decoder
            assert decoder is not None
            if decoder.needs_input and not self._data:
                self._data = self._raw.read(_INPUT_PIECE)
                if not self._data:
                    raise self._truncated()
            try:
                decoded = decoder.decompress(self._data, size)
            except Exception as error:  # zlib.error, IsalError, OSError, LZMAError, ZstdError, MemoryError
                raise self._decoding_error(error) from error
            self._data = b""
            if decoder.eof:
                self._data = decoder.unused_data
                self._decoder = None
            if decoded:
                return decoded
        return b""

    def _next_member(self) -> bool:
        """Start to decode the next member. Returns False if there is none."""
        rest = self._data.lstrip(b"\0")
        while len(rest) < DETECTION_SIZE and (more := self._raw.read(_INPUT_PIECE)):
            rest = (rest + more).lstrip(b"\0")
        self._data = rest
        if not rest:
            return False
        if not rest.startswith(self._compression.magics):
            if any(magic.startswith(rest) for magic in self._compression.magics):
                raise self._truncated()
            raise CorruptError(f"the {self._compression.name} data is followed by trailing garbage")
        self._decoder = self._compression.decoder(rest, self._huge)
        return True

    def _decoding_error(self, error: Exception) -> Exception:
        name, text = self._compression.name, str(error)
        if isinstance(error, MemoryError) or _NO_MEMORY in text:
            return MemoryError(text)
        if any(words in text for words in _OVER_LIMIT):
            limit = _ZSTD_LARGEST_WINDOW if self._huge else _MEMORY_LIMIT
            return OverLimitError(f"decompressing the {name} data needs more than {limit >> 20} MiB of memory")
        return CorruptError(f"the {name} data is damaged ({text})")

    def _truncated(self) -> TruncatedError:
        return TruncatedError(f"the {self._compression.name} data stop before their end")

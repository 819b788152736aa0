"""The compressions that catindex reads and writes: one table, told apart by their first bytes or by a suffix."""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from catindex.errors import CatindexError

if TYPE_CHECKING:
    from collections.abc import Callable

DETECTION_SIZE = 6
"""As many bytes as `detect` wants to see."""

_INPUT_PIECE = 1 << 18
_ZSTD_PIECE = 256  # zstandard returns all that a piece decodes to, at most 128 KiB for each 4 bytes: here 8 MiB
_XZ_MEMORY = 1 << 28  # xz -9 needs 65 MiB to read; a header may ask for 4 GiB
_ISAL_FLAGS = (b"\x00", b"\x04", b"\x08", b"\x10")
"""Gzip headers with no field or one. isal 1.9 misreads those with several where they arrive in more than one piece."""
_BLOCK = 1 << 18


class CorruptError(ValueError):
    """The compressed data are damaged, or something else follows them."""


class TruncatedError(EOFError):
    """The compressed data stop before their end."""


class Raw(Protocol):
    """What compressed bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return between 1 and ``size`` bytes, or none at the end."""


class Decoder(Protocol):
    """Decodes one gzip member, bzip2 stream, xz stream or zstd frame, as the standard library's `bz2` does."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take ``data`` in and return at most ``max_length`` bytes; the rest waits inside."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member has been reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more can be had without new data."""

    @property
    def unused_data(self) -> bytes:
        """What stood after the end of the member."""


class Encoder(Protocol):
    """Compresses piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Take ``data`` in and return what is ready."""

    def flush(self) -> bytes:
        """Return the rest, with the end mark."""


class _ZlibDecoder:
    """The standard library's gzip member behind the `Decoder` protocol, where isal is not installed."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._full = False

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        decoded = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(decoded) == max_length  # then there may be more inside zlib, even without a tail
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
    """A zstd frame behind the `Decoder` protocol; zstandard's own reader takes a truncated frame for a whole one."""

    def __init__(self) -> None:
        self._inner = _zstandard().ZstdDecompressor().decompressobj()
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
    """Compresses in blocks of one size, so that the result does not depend on how the data came in pieces."""

    def __init__(self, encoder: Encoder) -> None:
        """Give ``encoder`` full blocks only, and at the end what is left."""
        self._encoder = encoder
        self._held = bytearray()

    def compress(self, data: bytes) -> bytes:
        """Take ``data`` in and return what is ready, often nothing."""
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
        """Return the rest, with the end mark; nothing may follow."""
        return self._encoder.compress(bytes(self._held)) + self._encoder.flush()


def _zstandard() -> Any:  # noqa: ANN401 - the module itself, which need not be installed
    try:
        import zstandard  # noqa: PLC0415 - only who has a .zst file needs the extra
    except ImportError as error:
        raise CatindexError("zstd needs the package zstandard: pip install 'catindex[fast]'") from error
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
    """Return the fastest encoder there is. Both write a header without name and time (mtime 0).

    With isal its level 2 (about the ratio of zlib's level 3 at eight times the speed of zlib's level 6), else zlib's
    level 6: the bytes are the same on every run, but differ between an installation with isal and one without.
    """
    try:
        from isal import isal_zlib  # noqa: PLC0415 - optional
    except ImportError:
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    return isal_zlib.compressobj(2, isal_zlib.DEFLATED, 31)


def _zstd_encoder() -> Encoder:
    encoder: Encoder = _zstandard().ZstdCompressor(level=3, write_checksum=True).compressobj()
    return encoder


@dataclass(frozen=True)
class Compression:
    """How one compression is recognised, read and written."""

    name: str
    suffix: str
    magics: tuple[bytes, ...]
    decoder: Callable[[bytes], Decoder]  # given the first bytes of the member
    encoder: Callable[[], Encoder]


COMPRESSIONS = {
    entry.name: entry
    for entry in (
        Compression("gz", ".gz", (b"\x1f\x8b",), _gzip_decoder, _gzip_encoder),
        Compression("bz2", ".bz2", (b"BZh",), lambda _: bz2.BZ2Decompressor(), bz2.BZ2Compressor),
        Compression(
            "xz",
            ".xz",
            (b"\xfd7zXZ\0",),
            lambda _: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
            lambda: lzma.LZMACompressor(preset=1),  # 9 MiB to write, where the usual preset 6 takes 94 for each output
        ),
        Compression(
            "zst",
            ".zst",
            # A file may begin with a skippable frame (pzstd writes them so): sixteen magic numbers.
            (b"\x28\xb5\x2f\xfd", *(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))),
            lambda _: _ZstdDecoder(),
            _zstd_encoder,
        ),
    )
}
"""Every compression by its name, which is also what ``--compress`` takes."""


def detect(first_bytes: bytes) -> str | None:
    """Return the name of the compression that a file with these `DETECTION_SIZE` first bytes has, None for plain."""
    for entry in COMPRESSIONS.values():
        if first_bytes.startswith(entry.magics):
            return entry.name
    return None


def from_suffix(target: str) -> str | None:
    """Return the name of the compression that an output of this name is to have, None for plain."""
    for entry in COMPRESSIONS.values():
        if target.lower().endswith(entry.suffix):
            return entry.name
    return None


def compressor(name: str) -> Compressor:
    """Return a new compressor: the same data give the same bytes, in whatever pieces they come.

    Raises `CatindexError` if the package that it takes is not installed.
    """
    return Compressor(COMPRESSIONS[name].encoder())


def decompressed(name: str, raw: Raw) -> Decompressed:
    """Return a reader of what ``raw`` (at its start) holds compressed.

    Raises `CatindexError` if the package that it takes is not installed.
    """
    return Decompressed(COMPRESSIONS[name], raw)


class Decompressed:
    """Reads all members of a compressed file one after the other; zero bytes between and after them are padding."""

    def __init__(self, compression: Compression, raw: Raw) -> None:
        """Read from ``raw``, which stands at the beginning of a member and stays open."""
        self._compression = compression
        self._raw = raw
        self._data = b""  # read from `raw` and not yet given to the decoder
        self._decoder: Decoder | None = None
        compression.decoder(b"")  # a package that is missing is missed now, not at the first read

    def read(self, size: int) -> bytes:
        """Return between 1 and ``size`` bytes, or none at the end.

        Raises `TruncatedError` where the file stops too early, after all that it holds has been returned;
        `CorruptError` where it is damaged or something else follows the last member; `OSError` from ``raw``.
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
            except Exception as error:  # each library has its own: zlib.error, IsalError, OSError, LZMAError, ZstdError
                if isinstance(error, MemoryError):
                    raise
                raise CorruptError(f"the {self._compression.name} data are damaged ({error})") from error
            self._data = b""
            if decoder.eof:
                self._data = decoder.unused_data
                self._decoder = None
            if decoded:
                return decoded
        return b""

    def _next_member(self) -> bool:
        """Make a decoder for the member that follows, if any does."""
        rest = self._data.lstrip(b"\0")
        while len(rest) < DETECTION_SIZE and (more := self._raw.read(_INPUT_PIECE)):
            rest = (rest + more).lstrip(b"\0")
        self._data = rest
        if not rest:
            return False
        if not rest.startswith(self._compression.magics):
            if any(magic.startswith(rest) for magic in self._compression.magics):
                raise self._truncated()
            raise CorruptError(f"after the {self._compression.name} data comes something else: trailing garbage")
        self._decoder = self._compression.decoder(rest)
        return True

    def _truncated(self) -> TruncatedError:
        return TruncatedError(f"the {self._compression.name} data stop before their end")

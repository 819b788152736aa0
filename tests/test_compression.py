"""Reading and writing compressed data: members, padding, truncation, garbage, bombs, reproducible output."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from catindex.errors import MissingExtraError
from catindex.read.compression import (
    COMPRESSIONS,
    CorruptError,
    Decompressed,
    TruncatedError,
    compressor,
    detect,
    from_suffix,
)

NAMES = list(COMPRESSIONS)
TEXT = b"".join(b"<catalog_title><id>%d</id></catalog_title>\n" % (number * 7919) for number in range(60_000))


def packed(name: str, data: bytes) -> bytes:
    """Compress with the reference library of each format, not with the code under test."""
    if name == "gz":
        return gzip.compress(data, 6, mtime=1)
    if name == "zst":
        return zstandard.ZstdCompressor(write_checksum=True).compress(data)
    return bz2.compress(data) if name == "bz2" else lzma.compress(data, preset=1)


def unpacked(name: str, data: bytes, size: int = 1 << 16) -> bytes:
    """Read everything in pieces of ``size``."""
    reader = Decompressed(name, io.BytesIO(data))
    return b"".join(iter(lambda: reader.read(size), b""))


def read_until_error(name: str, data: bytes, size: int = 1 << 16) -> tuple[bytes, Exception | None]:
    """Return the data up to the first error, and the error."""
    reader = Decompressed(name, io.BytesIO(data))
    pieces = []
    try:
        while piece := reader.read(size):
            pieces.append(piece)
    except (CorruptError, TruncatedError) as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


@pytest.fixture(params=["isal", "zlib"])
def gzip_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with isal, and as if isal were not installed."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    return str(request.param)


@pytest.mark.parametrize("name", NAMES)
def test_detected_by_first_bytes(name: str) -> None:
    """Each compression is recognized by its first bytes."""
    assert detect(packed(name, b"<catalog_titles/>")[:6]) == name


@pytest.mark.parametrize("data", [b"", b"<?xml ", b"\x1f", b"BZ", b"\xef\xbb\xbf<?x"])
def test_plain_is_not_detected(data: bytes) -> None:
    """Data that start with no magic number are plain."""
    assert detect(data) is None


def test_skippable_frame_is_zstd() -> None:
    """A file that begins with a skippable frame is zstd and reads like any other."""
    data = b"\x5e\x2a\x4d\x18\x04\0\0\0abcd" + packed("zst", TEXT)

    assert detect(data) == "zst"
    assert unpacked("zst", data) == TEXT


@pytest.mark.parametrize(
    ("target", "name"),
    [("a.xml.gz", "gz"), ("A.XML.GZ", "gz"), ("a.bz2", "bz2"), ("a.xz", "xz"), ("a.zst", "zst"), ("a.xml", None)],
)
def test_suffix(target: str, name: str | None) -> None:
    """The suffix of an output selects its compression, in upper and lower case."""
    assert from_suffix(target) == name


@pytest.mark.parametrize("name", NAMES)
def test_all_members_are_read(name: str) -> None:
    """Members are read one after the other, an empty one too."""
    data = packed(name, TEXT) + packed(name, b"") + packed(name, b"more") + packed(name, TEXT)

    assert unpacked(name, data) == TEXT + b"more" + TEXT


def test_all_gzip_members_without_isal(gzip_library: str) -> None:
    """All gzip members are read with either library."""
    data = b"".join(packed("gz", b"member %d\n" % number * number) for number in range(300))

    assert unpacked("gz", data, 7) == b"".join(b"member %d\n" % number * number for number in range(300)), gzip_library


@pytest.mark.parametrize("name", NAMES)
def test_zero_padding_is_no_error(name: str) -> None:
    """Zero bytes between and after the members are padding."""
    assert unpacked(name, packed(name, b"a") + bytes(512) + packed(name, b"b") + bytes(1_000_000)) == b"ab"


@pytest.mark.parametrize("name", NAMES)
def test_trailing_garbage_is_corrupt(name: str) -> None:
    """Something else after the last member is an error, raised after the data."""
    data, error = read_until_error(name, packed(name, TEXT) + b"<html>oops</html>")

    assert data == TEXT
    assert isinstance(error, CorruptError)
    assert "trailing garbage" in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_truncation_comes_after_the_data(name: str) -> None:
    """A truncated file returns what can be decoded, then raises `TruncatedError`."""
    whole = packed(name, TEXT)

    data, error = read_until_error(name, whole[: len(whole) * 9 // 10])

    assert isinstance(error, TruncatedError)
    assert TEXT.startswith(data)
    assert name == "bz2" or len(data) > len(TEXT) // 2  # bzip2 and its 900 kB blocks


@pytest.mark.parametrize("cut", [1, 4, 7, 8])
def test_gzip_cut_in_its_trailer_loses_nothing(cut: int, gzip_library: str) -> None:
    """If only the checksum at the end is missing, all data are returned before the error."""
    data, error = read_until_error("gz", packed("gz", TEXT)[:-cut])

    assert (data, type(error)) == (TEXT, TruncatedError), gzip_library


@pytest.mark.parametrize("name", NAMES)
def test_truncated_at_every_byte(name: str) -> None:
    """A file of two members that ends anywhere except between them is truncated."""
    first, second = packed(name, b"first member"), packed(name, b"second")

    for end in range(1, len(first + second)):
        data, error = read_until_error(name, (first + second)[:end])
        assert b"first membersecond".startswith(data)
        assert isinstance(error, TruncatedError) == (end != len(first)), end


@pytest.mark.parametrize("name", NAMES)
def test_damage_is_corrupt(name: str) -> None:
    """A flipped bit is found, if only by the checksum."""
    whole = bytearray(packed(name, TEXT))
    whole[len(whole) // 2] ^= 4

    _, error = read_until_error(name, bytes(whole))

    assert isinstance(error, CorruptError)


def test_wrong_gzip_checksum_is_corrupt(gzip_library: str) -> None:
    """Both libraries compare the checksum."""
    whole = bytearray(packed("gz", b"<catalog_titles/>"))
    whole[-6] ^= 1

    _, error = read_until_error("gz", bytes(whole))

    assert isinstance(error, CorruptError), gzip_library


def test_an_error_stays() -> None:
    """A reader that has raised an error raises it again, and never reports the end of the data."""
    reader = Decompressed("gz", io.BytesIO(packed("gz", b"data") + b"garbage"))

    assert reader.read(10) == b"data"
    for _ in range(3):
        with pytest.raises(CorruptError):
            reader.read(10)


def test_read_error_is_not_damage() -> None:
    """An error of the disk is not reported as damaged data."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error", str(size))

    with pytest.raises(OSError, match="Input/output error"):
        Decompressed("bz2", Broken()).read(10)


def test_gzip_header_with_everything_in_it(gzip_library: str) -> None:
    """Extra field, name, comment and header checksum are skipped, also if they arrive in pieces."""
    header = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff" + b"\x04\0abcd" + b"dump.xml\0" + b"a comment\0"
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    body = zlib.compressobj(wbits=-15)
    data = header + body.compress(TEXT) + body.flush()
    data += zlib.crc32(TEXT).to_bytes(4, "little") + len(TEXT).to_bytes(4, "little")

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1 if self.tell() < 50 else size)

    reader = Decompressed("gz", Dripping(data))

    assert b"".join(iter(lambda: reader.read(1 << 16), b"")) == TEXT, gzip_library


@pytest.mark.parametrize("name", NAMES)
@given(members=st.lists(st.binary(max_size=2000), min_size=1, max_size=4), size=st.integers(1, 3000))
def test_reading_in_any_pieces(name: str, members: list[bytes], size: int) -> None:
    """The data are the same for every size of reads, and no read returns more than its size."""
    reader = Decompressed(name, io.BytesIO(b"".join(packed(name, member) for member in members)))

    pieces = list(iter(lambda: reader.read(size), b""))

    assert b"".join(pieces) == b"".join(members)
    assert max(map(len, pieces), default=0) <= size


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(min_size=1, max_size=300), place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_damage_has_a_name(name: str, data: bytes, place: int, flip: int) -> None:
    """A flipped byte leads to the same data, `CorruptError` or `TruncatedError`."""
    whole = bytearray(packed(name, data))
    whole[place % len(whole)] ^= flip

    got, error = read_until_error(name, bytes(whole))

    # Flags and times in a gzip header, and zstd's sizes before the first frame, are not under a checksum.
    assert error or got in (data, b"")


@pytest.mark.parametrize("name", NAMES)
def test_written_is_read_by_the_reference(name: str) -> None:
    """The reference library reads what is written."""
    encoder = compressor(name)
    data = encoder.compress(TEXT) + encoder.flush()

    readers = {
        "gz": gzip.decompress,
        "bz2": bz2.decompress,
        "xz": lzma.decompress,
        "zst": zstandard.ZstdDecompressor().decompressobj().decompress,
    }
    assert readers[name](data) == TEXT


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [1_000, 262_144, 300_001])
def test_bytes_do_not_depend_on_pieces(name: str, step: int) -> None:
    """The same data give the same bytes in small and in large pieces."""
    whole, pieces = compressor(name), compressor(name)

    expected = whole.compress(TEXT) + whole.flush()
    in_pieces = [pieces.compress(TEXT[start : start + step]) for start in range(0, len(TEXT), step)]

    assert b"".join([*in_pieces, pieces.flush()]) == expected


def test_gzip_header_is_reproducible(gzip_library: str) -> None:
    """The gzip header has no name and no time."""
    encoder = compressor("gz")
    data = encoder.compress(b"data") + encoder.flush()

    flags, mtime = data[3], data[4:8]
    assert (flags, mtime) == (0, bytes(4)), gzip_library


@pytest.mark.parametrize("use", [lambda: Decompressed("zst", io.BytesIO()), lambda: compressor("zst")])
def test_zstd_without_the_extra(use: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, reading and writing zstd raise an error with the command that installs it."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert callable(use)

    with pytest.raises(MissingExtraError, match=re.escape("pip install 'catindex[fast]'")):
        use()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak memory is read from /proc")
@pytest.mark.parametrize("name", NAMES)
def test_bomb_in_bounded_memory(name: str, tmp_path: Path) -> None:
    """A file that decompresses to 192 MiB is read with less than 40 MiB of memory."""
    encoder = compressor(name)
    zeros = bytes(1 << 20)
    bomb = b"".join(encoder.compress(zeros) for _ in range(192)) + encoder.flush()
    (tmp_path / "bomb").write_bytes(bomb)
    code = """
import sys
from catindex.read.compression import Decompressed
def peak(): return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
reader, total, before = Decompressed(sys.argv[1], open(sys.argv[2], "rb", buffering=0)), 0, peak()
while piece := reader.read(65536):
    assert len(piece) <= 65536
    total += len(piece)
print(total >> 20, peak() - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", code, name, tmp_path / "bomb"], capture_output=True, text=True, check=True
    )

    total, growth = map(int, run.stdout.split())
    assert total == 192
    assert growth < 40 << 10, f"{growth} KiB"

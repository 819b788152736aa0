"""Inputs: files, pipes and descriptors, compression, encodings, and files that change while they are read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import pickle
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from catindex.errors import (
    CatindexError,
    DataError,
    MissingExtraError,
    NoInputError,
    NoRecordError,
    Status,
    TransferError,
)
from catindex.read.source import Source
from tests.processes import PROGRAM
from tests.running import catindex, index_2

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "<id>http://api.netflix.com/catalog/titles/movies/1</id><title regular='Amélie, 千と千尋, 😀'/>"
INDEX = index_2(*[TITLE.replace("movies/1", f"movies/{number}") for number in range(300)])
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
each_compression = pytest.mark.parametrize("name", COMPRESS)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return a path for an input; the name says nothing about the compression."""
    return tmp_path / "dump"


def rest(source: Source, size: int = 1 << 16) -> bytes:
    """Read the rest of an input in pieces of about ``size`` bytes."""
    return b"".join(iter(lambda: source.read(size), b""))


def contents(path: str | Path, *, huge: bool = False) -> bytes:
    """Open an input and read all of it."""
    with Source(str(path), huge=huge) as source:
        return rest(source)


def read(data: bytes, path: Path) -> bytes:
    """Write ``data`` to a file and read it as an input."""
    path.write_bytes(data)
    return contents(path)


def refused(data: bytes, path: Path) -> str:
    """Write ``data``, which must be refused, to a file and return the message."""
    with pytest.raises(DataError) as caught:
        read(data, path)
    return str(caught.value)


# Compression.


@each_compression
def test_compression_is_recognized_by_the_first_bytes(dump: Path, name: str) -> None:
    """The compression is recognized although the file name has no suffix."""
    assert read(COMPRESS[name](INDEX), dump) == INDEX
    with Source(str(dump)) as source:
        assert source.compression == name


@pytest.mark.parametrize("file_name", ["catalog.zip", "catalog.xml.gz", "catalog"])
@pytest.mark.parametrize("data", [INDEX, gzip.compress(INDEX)], ids=["plain", "gzip"])
def test_file_names_do_not_matter(tmp_path: Path, file_name: str, data: bytes) -> None:
    """A wrong suffix does not change how a file is read: real dumps were gzip files called .zip."""
    assert read(data, tmp_path / file_name) == INDEX


@each_compression
def test_both_sizes_are_counted(dump: Path, name: str) -> None:
    """A source counts the bytes of the file and the bytes after decompression."""
    data = COMPRESS[name](INDEX)
    dump.write_bytes(data)
    with Source(str(dump)) as source:
        assert source.size == len(data)
        rest(source)
        assert (source.bytes_read, source.uncompressed_bytes) == (len(data), len(INDEX))


@each_compression
def test_truncated_compression_is_refused(dump: Path, name: str) -> None:
    """A truncated file is reported as a broken download, wherever it ends."""
    data = COMPRESS[name](INDEX)
    for length in (8, 20, len(data) // 2, len(data) - 5, len(data) - 1):
        assert "cut off" in refused(data[:length], dump)


@each_compression
def test_data_before_a_truncation_are_read(dump: Path, name: str) -> None:
    """`read` returns the bytes before the error first, also if the error is in the first bytes of the file."""
    dump.write_bytes(COMPRESS[name](b"<a>") + COMPRESS[name](INDEX)[:20])
    with Source(str(dump)) as source:
        assert source.read(1 << 16)[:3] == b"<a>"
        with pytest.raises(DataError):
            rest(source)


@each_compression
def test_damaged_compression_is_refused(dump: Path, name: str) -> None:
    """Data that fail their checksum are an error."""
    data = bytearray(COMPRESS[name](INDEX))
    data[len(data) // 2] ^= 0xFF
    refused(bytes(data), dump)


@each_compression
def test_garbage_after_compressed_data_is_refused(dump: Path, name: str) -> None:
    """Bytes after the last member are an error."""
    assert "trailing garbage" in refused(COMPRESS[name](INDEX) + b"garbage", dump)


@each_compression
def test_a_compressed_empty_file_is_empty(dump: Path, name: str) -> None:
    """A compressed file without content has no bytes."""
    assert read(COMPRESS[name](b""), dump) == b""


def zstd_frame(window_log: int, data: bytes) -> bytes:
    """Write a zstd frame with one raw block that declares a window of 2 to the power of ``window_log`` bytes."""
    header = b"\x28\xb5\x2f\xfd\x00" + bytes([window_log - 10 << 3])
    return header + (len(data) << 3 | 1).to_bytes(3, "little") + data


def xz_stream(dictionary: int, data: bytes) -> bytes:
    """Write an xz stream whose header declares a dictionary size with this code (36 is 1 GiB, 40 is 4 GiB)."""
    stream = bytearray(lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}]))
    at = stream.index(b"\x21\x01") + 2  # the id of the filter, the size of its properties, then the dictionary size
    stream[at] = dictionary
    stream[20:24] = zlib.crc32(stream[12:20]).to_bytes(4, "little")
    return bytes(stream)


LARGE_WINDOWS = {"zst": zstd_frame(31, INDEX), "xz": xz_stream(36, INDEX)}


@pytest.mark.parametrize("name", LARGE_WINDOWS)
def test_a_large_window_needs_huge(dump: Path, name: str) -> None:
    """A file that needs over 256 MiB to decompress is refused with the hint --huge, and is not called damaged."""
    dump.write_bytes(LARGE_WINDOWS[name])

    with pytest.raises(DataError, match=f"decompressing the {name} data needs more than 256 MiB of memory") as caught:
        contents(dump)
    assert caught.value.hint.startswith("--huge")


@pytest.mark.parametrize("name", LARGE_WINDOWS)
def test_huge_reads_large_windows(dump: Path, name: str) -> None:
    """With --huge, a file with a large window is read."""
    dump.write_bytes(LARGE_WINDOWS[name])
    assert contents(dump, huge=True) == INDEX


def test_a_window_over_2_gib_has_no_hint(dump: Path) -> None:
    """No option helps with a window that libzstd cannot read, so the error does not name one."""
    dump.write_bytes(zstd_frame(32, INDEX))
    with pytest.raises(DataError, match="more than 2048 MiB") as caught:
        contents(dump, huge=True)
    assert caught.value.hint == ""


def test_zstd_without_the_extra_ends_with_69(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without zstandard, a zstd file is refused with the command that installs it."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'catindex\[fast\]'"):
        read(COMPRESS["zst"](INDEX), dump)


# Encodings.


def encoded(encoding: str, declared: str | None) -> bytes:
    """Return the index in ``encoding``, with ``declared`` in its XML declaration."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return INDEX.decode().replace(DECLARATION.decode(), declaration).encode(encoding, "xmlcharrefreplace")


def body(data: bytes) -> bytes:
    """Return what follows the XML declaration, with characters instead of character references."""
    text = data.partition(b"?>")[2].decode()
    return text.replace("&#21315;&#12392;&#21315;&#23563;", "千と千尋").replace("&#128512;", "😀").encode()


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8", "utf-8"),
        ("utf-8", "UTF8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-8-sig", None),
        ("utf-8-sig", "ISO-8859-1"),
        ("iso-8859-1", "ISO-8859-1"),
        ("iso-8859-1", "latin1"),
        ("windows-1252", "windows-1252"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-16", None),
        ("utf-16", "UTF-8"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-32", "UTF-32"),
        ("utf-8", "UTF-16"),
    ],
)
def test_every_encoding_becomes_utf_8(dump: Path, encoding: str, declared: str | None) -> None:
    """The byte order mark decides, then the first bytes, then the declaration."""
    assert body(read(encoded(encoding, declared), dump)) == body(INDEX)


@pytest.mark.parametrize(("encoding", "declared"), [("ascii", None), ("ascii", "US-ASCII"), ("shift_jis", "Shift_JIS")])
def test_encodings_with_few_characters(dump: Path, encoding: str, declared: str | None) -> None:
    """Character references stay as they are for the parser."""
    data = encoded(encoding, declared)
    assert b"&#" in data
    assert read(data, dump) == data.decode(encoding).encode()


def test_a_big_endian_byte_order_mark_is_recognized(dump: Path) -> None:
    """A mark in the other byte order decides, too."""
    assert body(read(b"\xfe\xff" + encoded("utf-16-be", "UTF-16"), dump)) == body(INDEX)


def test_compressed_encodings_are_read(dump: Path) -> None:
    """A compressed input may be in any encoding."""
    assert body(read(gzip.compress(encoded("utf-16", "UTF-16")), dump)) == body(INDEX)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_spellings_of_the_declaration(dump: Path, quote: str) -> None:
    """The encoding is found with either quotes, with white space and among other attributes."""
    declaration = (
        f"<?xml  version={quote}1.0{quote}\n encoding = {quote}iso-8859-1{quote} standalone={quote}yes{quote} ?>"
    )
    data = encoded("iso-8859-1", None).replace(b'<?xml version="1.0"?>', declaration.encode())
    assert body(read(data, dump)) == body(INDEX)


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "zlib", "undefined", "hex"])
def test_unknown_encodings_are_refused(dump: Path, name: str) -> None:
    """A codec of Python that is not a character encoding is unknown, too."""
    assert refused(encoded("utf-8", name), dump) == f"{dump}:1: declares an unknown encoding: {name}"


@pytest.mark.parametrize(("encoding", "declared"), [("utf-16-le", "UTF-16"), ("shift_jis", "Shift_JIS")])
def test_bytes_that_are_not_in_the_declared_encoding_are_refused(dump: Path, encoding: str, declared: str) -> None:
    """Bytes that cannot be decoded are an error that names the encoding."""
    data = encoded(encoding, declared)
    message = refused(data[: len(data) // 2] + b"\xff\xdf\xff\xdf\xff" + data[len(data) // 2 :], dump)
    assert "which it claims to be" in message


@pytest.mark.parametrize("size", [1, 3, 1000, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_reading_in_pieces(dump: Path, encoding: str, size: int) -> None:
    """The pieces make up the whole input for every size, and no character is split by decoding."""
    data = encoded(encoding, encoding)
    dump.write_bytes(data)
    with Source(str(dump)) as source:
        assert rest(source, size) == data.decode(encoding).encode()
        assert source.uncompressed_bytes == source.bytes_read == len(data)


# What the parser refuses or normalizes.


def test_bytes_that_are_not_utf_8_are_located() -> None:
    """Latin-1 without a declaration is refused with the line of its first byte that is not UTF-8."""
    data = INDEX.replace(b"movies/5<", b"movies/5</id><x>caf\xe9</x><id><")
    line = data.count(b"\n", 0, data.index(b"\xe9")) + 1
    with pytest.raises(DataError, match=f"input.xml:{line}:"):
        catindex("strip", data)


@pytest.mark.parametrize("place", [b"Am", b"<title", b"<catalog_title>", b"</catalog_titles>", None])
def test_nul_is_refused(place: bytes | None) -> None:
    """A NUL byte is refused everywhere, also after the end of the root."""
    data = INDEX.replace(place, b"\0" + place, 1) if place else INDEX + b"\0"
    with pytest.raises(DataError):
        catindex("strip", data)


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_are_normalized(line_end: str) -> None:
    """Line ends of other systems make no difference to the output."""
    inside = "{0}<s>a{0}b</s><t><![CDATA[{0}c{0}]]></t>{0}"
    written, expected = (catindex("strip", index_2(TITLE + inside.format(end))).files for end in (line_end, "\n"))
    assert written == expected


# Paths.


def not_opened(path: str | Path) -> str:
    """Return the message for an input that cannot be opened."""
    with pytest.raises(NoInputError) as caught:
        Source(str(path))
    assert caught.value.status == Status.NO_INPUT
    return str(caught.value)


def test_a_missing_file(dump: Path) -> None:
    """The message names the file."""
    assert not_opened(dump) == f"{dump}: does not exist; check the path"


def test_a_directory_is_not_an_input(tmp_path: Path) -> None:
    """A directory is refused with the next step."""
    assert not_opened(tmp_path) == f"{tmp_path}: is a directory; name a file in it"


@pytest.mark.parametrize(
    ("url", "pipe"),
    [
        ("https://example.com/catalog.xml.gz", "curl -fL https://example.com/catalog.xml.gz"),
        ("https://example.com/get?name=catalog", "curl -fL 'https://example.com/get?name=catalog'"),
        ("s3://bucket/catalog.xml", ""),
    ],
)
def test_a_url_is_not_an_input(url: str, pipe: str) -> None:
    """A URL is refused with the next step: download it, or pipe it if curl can read it."""
    step = f"download it first, or pipe it: {pipe} | catindex COMMAND -" if pipe else "download it first"
    assert not_opened(url) == f"{url}: is a URL; {step}"


def test_a_file_is_not_a_directory_of_inputs(dump: Path) -> None:
    """The message names the part of the path that is not a directory."""
    dump.touch()
    path = dump / "catalog.xml"
    assert not_opened(path) == f"{path}: does not exist, because {dump} is not a directory; check the path"


def test_a_file_without_read_permission(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the command that allows reading, with the path quoted for the shell."""
    path = dump.with_name("my dump")
    path.touch()

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("io.FileIO", deny)  # root may read every file
    assert (
        not_opened(path)
        == f"{path}: cannot be read (Permission denied); its owner can allow reading with: chmod +r '{path}'"
    )


def test_a_directory_without_permission(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a directory on the path is the problem, the file's mode is not mentioned."""

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("io.FileIO", deny)
    assert not_opened(dump).startswith(f"{dump}: cannot be opened (Permission denied); check the path")


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    """A file is read, and reported if it is missing, whatever bytes its name has."""
    path = tmp_path / os.fsdecode(b"caf\xe9.xml")
    assert path.name in not_opened(path)
    try:
        path.write_bytes(b"<a/>")
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    assert contents(path) == b"<a/>"
    assert refused(gzip.compress(INDEX)[:20], path).startswith(f"{path}: ")


# Descriptors and pipes.

READ = """
import sys
from catindex.errors import CatindexError
from catindex.read.source import Source
try:
    with Source(sys.argv[1]) as source:
        sys.stdout.buffer.write(b"".join(iter(lambda: source.read(1000), b"")))
except CatindexError as error:
    sys.exit(f"{error.status} {error}")
"""
DESCRIPTORS = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]


def read_descriptor(path: str, stdin: int | None, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Read an input in a process with this standard input."""
    command = [sys.executable, "-c", READ, path]
    root = Path(__file__).parents[1]
    return subprocess.run(command, stdin=stdin, input=data, capture_output=True, check=False, cwd=root)


@pytest.mark.parametrize("path", DESCRIPTORS)
def test_a_regular_file_as_standard_input(dump: Path, path: str) -> None:
    """Standard input that is a file is read under each of its names."""
    dump.write_bytes(gzip.compress(INDEX))
    with dump.open("rb") as stdin:
        assert read_descriptor(path, stdin.fileno()).stdout == INDEX


@pytest.mark.parametrize("path", DESCRIPTORS)
def test_a_pipe_as_standard_input(path: str) -> None:
    """Standard input that is a pipe is read under each of its names."""
    assert read_descriptor(path, None, gzip.compress(INDEX)).stdout == INDEX


@pytest.mark.parametrize("path", DESCRIPTORS)
def test_a_descriptor_is_not_opened_again(dump: Path, path: str) -> None:
    """A descriptor is read from its position, which opening its path again would lose on Linux."""
    dump.write_bytes(b"first line\n" + INDEX)
    with dump.open("rb", buffering=0) as stdin:
        stdin.readline()
        assert read_descriptor(path, stdin.fileno()).stdout == INDEX


@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
def test_a_closed_standard_input_ends_with_66(tmp_path: Path, path: str) -> None:
    """Without a standard input, there is no input."""
    command = [*PROGRAM, "strip", path, "-o", str(tmp_path / "out.xml")]
    shell = ["sh", "-c", '"$@" <&-', "sh", *command]
    ended = subprocess.run(shell, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    name = "standard input" if path == "-" else path
    assert (ended.returncode, ended.stderr) == (66, f"catindex: {name}: is closed; redirect a file or a pipe to it\n")


def test_a_closed_descriptor_is_not_an_input() -> None:
    """A descriptor that is not open is reported as closed."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    assert not_opened(f"/dev/fd/{reader}") == f"/dev/fd/{reader}: is closed; redirect a file or a pipe to it"


def test_a_descriptor_stays_open() -> None:
    """Closing a source does not close the descriptor of the caller."""
    reader, writer = os.pipe()
    os.close(writer)
    Source(f"/dev/fd/{reader}").close()
    os.close(reader)


@pytest.mark.parametrize("blocking", [True, False])
def test_a_slow_pipe_is_read_to_its_end(blocking: bool) -> None:  # noqa: FBT001
    """A pipe that delivers few bytes at a time, or has none yet, is read like a file."""
    reader, writer = os.pipe()
    os.set_blocking(reader, blocking)
    data = gzip.compress(INDEX)

    def write() -> None:
        for start in range(0, len(data), 7):
            os.write(writer, data[start : start + 7])
        os.close(writer)

    thread = threading.Timer(0.05, write)
    thread.start()
    assert contents(f"/dev/fd/{reader}") == INDEX
    thread.join()
    os.close(reader)


# Files that change while they are read.


def test_a_file_that_grows_ends_with_74(dump: Path) -> None:
    """A file that another program still writes is reported at its end."""
    dump.write_bytes(INDEX)
    with Source(str(dump)) as source:
        while source.bytes_read < len(INDEX):
            source.read(1 << 16)
        with dump.open("ab") as file:
            file.write(b" ")
        with pytest.raises(TransferError, match="changed while it was read; run again when it is complete") as caught:
            rest(source)
    assert caught.value.status == Status.IO


def test_a_file_with_a_new_modification_time_ends_with_74(dump: Path) -> None:
    """A file that was overwritten with as many bytes is reported."""
    dump.write_bytes(INDEX)
    with Source(str(dump)) as source:
        os.utime(dump, ns=(0, 0))
        with pytest.raises(TransferError, match=f"{dump}: changed"):
            rest(source)


def test_a_truncated_file_that_grows_ends_with_74(dump: Path) -> None:
    """A download that is still running is reported as changed (74), not as truncated data (65)."""
    dump.write_bytes(gzip.compress(INDEX)[:-20])
    with Source(str(dump)) as source:
        with dump.open("ab") as file:
            file.write(bytes(1))
        with pytest.raises(TransferError, match="changed"):
            rest(source)


def test_a_change_after_the_end_is_found(dump: Path) -> None:
    """`check_unchanged` finds changes after the last read, too."""
    dump.write_bytes(INDEX)
    with Source(str(dump)) as source:
        rest(source)
        source.check_unchanged()
        os.utime(dump, ns=(0, 0))
        with pytest.raises(TransferError, match="changed"):
            source.check_unchanged()


def test_a_replaced_path_is_not_a_change(dump: Path) -> None:
    """If another file takes over the path, the one that was opened is read to its end."""
    dump.write_bytes(INDEX)
    with Source(str(dump)) as source:
        other = dump.with_name("other")
        other.write_bytes(b"<other/>")
        other.replace(dump)
        assert rest(source) == INDEX


def test_a_pipe_has_nothing_to_check() -> None:
    """A pipe passes `check_unchanged` although data arrive."""
    reader, writer = os.pipe()
    os.write(writer, INDEX[:2000])
    with Source(f"/dev/fd/{reader}") as source:
        assert source.size is None
        os.write(writer, INDEX[2000:3000])
        source.check_unchanged()
    os.close(writer)
    os.close(reader)


def test_a_read_error_ends_with_74(dump: Path) -> None:
    """The message of a failed read says what failed."""
    with dump.open("wb") as file, pytest.raises(TransferError, match=r"cannot be read \(Bad file descriptor\)"):
        Source(f"/dev/fd/{file.fileno()}")  # not open for reading


# Errors.

ERRORS = [
    DataError("is bad", path="dump\udce9.xml", line=3, column=4, record=5, after="movie/1", hint="--huge lifts it"),
    NoRecordError("has no record", path="dump.xml", line=1, data=b"<catalog_titles/>"),
    MissingExtraError("zstd needs the package zstandard", "fast"),
    NoInputError("dump.xml: does not exist; check the path"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_cross_processes(error: CatindexError) -> None:
    """An error keeps its class, message, status and parts when it is pickled."""
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.status) == (type(error), str(error), error.status)
    assert vars(copied) == vars(error)


def test_the_message_of_a_data_error() -> None:
    """The message has the place first, then the problem and the record; the hint is not part of it."""
    assert str(ERRORS[0]) == "dump\udce9.xml:3:4: is bad (record 5, after movie/1)"


def test_the_message_of_a_missing_extra() -> None:
    """The message names the package and the command, and the status is 69."""
    message = "zstd needs the package zstandard; install it with: pip install 'catindex[fast]'"
    assert (str(ERRORS[2]), ERRORS[2].status) == (message, 69)


def test_following_adds_the_last_record() -> None:
    """`following` returns a copy with the key and does not replace one that is there."""
    error = DataError("is bad", path="dump.xml", record=2)
    assert str(error.following("movie/1")) == "dump.xml: is bad (record 2, after movie/1)"
    assert error.after is None
    assert error.following("movie/1").following("movie/9").after == "movie/1"


def test_in_file_renames_the_input() -> None:
    """`in_file` returns a copy of the same class with another path."""
    renamed = NoRecordError("has no record", path="/tmp/x", data=b"").in_file("standard input")
    assert (type(renamed), str(renamed)) == (NoRecordError, "standard input: has no record")

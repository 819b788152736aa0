"""Where the bytes come from: compressions told from the first bytes, and encodings as XML says."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from catindex.errors import DataError, NoInputError
from catindex.pipeline import Job, run
from catindex.read.source import Source
from tests.running import catindex, index_2

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "<id>http://api.netflix.com/catalog/titles/movies/1</id><title regular='Amélie, 千と千尋, 😀'/>"
INDEX = index_2(*[TITLE.replace("movies/1", f"movies/{number}") for number in range(300)])
WRITTEN = catindex("strip", INDEX).files["titles"]

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
each_compression = pytest.mark.parametrize("name", COMPRESS)


def written(data: bytes) -> bytes:
    """Give what strip makes of some bytes."""
    return catindex("strip", data).files["titles"]


def refused(data: bytes) -> str:
    """Run strip on bytes that it must refuse, and give the one line that it says."""
    with pytest.raises(DataError) as caught:
        catindex("strip", data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Compression.


@each_compression
def test_compression_is_told_from_the_first_bytes(name: str) -> None:
    """All inputs of these tests are called input.xml, whatever they are: the name says nothing."""
    outcome = catindex("strip", COMPRESS[name](INDEX))
    assert outcome.files["titles"] == WRITTEN
    assert outcome.report["input"]["compression"] == name


@pytest.mark.parametrize("file_name", ["catalog.zip", "catalog.xml.gz", "catalog"])
def test_names_do_not_matter(tmp_path: Path, file_name: str) -> None:
    """Real dumps were gzip called .zip, and plain ones may be called .gz."""
    for data in (INDEX, gzip.compress(INDEX)):
        source, target = tmp_path / file_name, tmp_path / "titles.xml"
        source.write_bytes(data)
        run(Job(str(source), {"titles": str(target)}, strip=True))
        assert target.read_bytes() == WRITTEN


@each_compression
def test_all_members_are_read(name: str) -> None:
    """Files may be compressed in pieces, cut anywhere, empty ones among them."""
    pieces = [INDEX[:1], b"", INDEX[1:700], INDEX[700:]]
    assert written(b"".join(map(COMPRESS[name], pieces))) == WRITTEN


@each_compression
def test_sizes_are_those_of_the_file_and_of_what_is_in_it(name: str) -> None:
    """The report gives both."""
    data = COMPRESS[name](INDEX)
    report = catindex("strip", data).report["input"]
    assert (report["bytes"], report["uncompressed_bytes"]) == (len(data), len(INDEX))


@each_compression
def test_truncated_compression_is_refused(name: str) -> None:
    """A download that was cut off is called so, wherever that was."""
    data = COMPRESS[name](INDEX)
    for length in (8, 20, len(data) // 2, len(data) - 5, len(data) - 1):
        assert "cut off" in refused(data[:length])


@each_compression
def test_damaged_compression_is_refused(name: str) -> None:
    """Data that fail their check are not passed on as if nothing were."""
    data = bytearray(COMPRESS[name](INDEX))
    data[len(data) // 2] ^= 0xFF
    refused(bytes(data))


@each_compression
def test_garbage_behind_compressed_data_is_refused(name: str) -> None:
    """What follows the last member is no part of the dump."""
    assert "trailing garbage" in refused(COMPRESS[name](INDEX) + b"garbage")


@each_compression
def test_an_empty_file_may_be_compressed(name: str) -> None:
    """It is still empty."""
    assert "is empty" in refused(COMPRESS[name](b""))


@each_compression
def test_html_may_be_compressed(name: str) -> None:
    """And an error page is still an error page."""
    assert "HTML" in refused(COMPRESS[name](b"<html><h1>403 Developer Over Rate</h1></html>"))


# Encodings.


def encoded(encoding: str, declared: str | None) -> bytes:
    """Write the index in an encoding, declaring this or another one."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return (
        INDEX.decode()
        .replace('<?xml version="1.0" encoding="UTF-8"?>', declaration)
        .encode(encoding, "xmlcharrefreplace")
    )


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8", "utf-8"),
        ("utf-8", "UTF8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-8-sig", None),
        ("utf-8-sig", "ISO-8859-1"),
        ("ascii", None),
        ("ascii", "US-ASCII"),
        ("iso-8859-1", "ISO-8859-1"),
        ("iso-8859-1", "latin1"),
        ("windows-1252", "windows-1252"),
        ("shift_jis", "Shift_JIS"),
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
def test_every_encoding_becomes_utf_8(encoding: str, declared: str | None) -> None:
    """A byte order mark tells, else the declaration, except where the bytes plainly tell otherwise."""
    assert written(encoded(encoding, declared)) == WRITTEN


def test_a_big_endian_mark_tells() -> None:
    """Python writes marks in the machine's own order only, so this one is made by hand."""
    assert written(b"\xfe\xff" + encoded("utf-16-be", "UTF-16")) == WRITTEN


def test_encodings_may_be_compressed() -> None:
    """Both are undone, one after the other."""
    assert written(gzip.compress(encoded("utf-16", "UTF-16"))) == WRITTEN


@pytest.mark.parametrize("quote", ["'", '"'])
def test_declarations_may_be_written_in_many_ways(quote: str) -> None:
    """Quotes, white space, and what else may stand there."""
    declaration = (
        f"<?xml  version={quote}1.0{quote}\n encoding = {quote}iso-8859-1{quote} standalone={quote}yes{quote} ?>"
    )
    data = encoded("iso-8859-1", None).replace(b'<?xml version="1.0"?>', declaration.encode())
    assert written(data) == WRITTEN


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "zlib", "undefined", "hex"])
def test_unknown_encodings_are_refused(name: str) -> None:
    """Nor does Python's taste for codecs that are no encodings make any difference."""
    message = refused(encoded("utf-8", name))
    assert message.endswith(f"input.xml:1: declares an encoding that is not known: {name}")


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    """Latin-1 that declares nothing is found where its first such byte stands."""
    data = INDEX.replace(b"movies/5<", b"movies/5</id><x>caf\xe9</x><id><")
    message = refused(data)
    line = data.count(b"\n", 0, data.index(b"\xe9")) + 1
    assert f"input.xml:{line}:" in message


@pytest.mark.parametrize(("encoding", "declared"), [("utf-16-le", "UTF-16"), ("shift_jis", "Shift_JIS")])
def test_bytes_that_are_not_what_is_declared_are_refused(encoding: str, declared: str) -> None:
    """Half a character is no character."""
    data = encoded(encoding, declared)
    assert "which it claims to be" in refused(data[: len(data) // 2] + b"\xff\xdf\xff\xdf\xff" + data[len(data) // 2 :])


def test_nul_is_refused() -> None:
    """XML has no such character, in no place and no spelling."""
    for place in (b"Am", b"<title", b"<catalog_title>", b"</catalog_titles>"):
        refused(INDEX.replace(place, b"\0" + place, 1))
    refused(INDEX + b"\0")


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_become_those_of_xml(line_end: str) -> None:
    """Dumps from Windows give the same bytes as others."""
    inside = "{0}<s>a{0}b</s><t><![CDATA[{0}c{0}]]></t>{0}"
    assert written(index_2(TITLE + inside.format(line_end))) == written(index_2(TITLE + inside.format("\n")))


# Where it comes from.


def test_standard_input(tmp_path: Path) -> None:
    """A pipe that gives little at a time is read like a file."""
    target = tmp_path / "titles.xml"
    code = f"from catindex.pipeline import Job, run; run(Job('-', {{'titles': {str(target)!r}}}, strip=True))"
    root = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=root) as process:
        assert process.stdin is not None
        data = gzip.compress(encoded("iso-8859-1", "ISO-8859-1"))
        for start in range(0, len(data), 7):
            process.stdin.write(data[start : start + 7])
            process.stdin.flush()
        process.stdin.close()
        assert process.wait() == 0
    assert target.read_bytes() == WRITTEN


def test_no_file_there(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(NoInputError, match=r"dump\.xml: No such file"):
        Source(str(tmp_path / "dump.xml"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """And says what to do."""
    with pytest.raises(NoInputError, match="is a folder; name the dump in it"):
        Source(str(tmp_path))


@pytest.mark.parametrize("size", [1, 3, 1000, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_reading_in_pieces(tmp_path: Path, encoding: str, size: int) -> None:
    """Whatever size is asked for, the pieces make up the whole, and no character is cut in two by decoding."""
    path = tmp_path / "dump.xml"
    path.write_bytes(encoded(encoding, encoding))
    gathered = io.BytesIO()
    with Source(str(path)) as source:
        while data := source.read(size):
            gathered.write(data)
        assert source.uncompressed_bytes == source.bytes_read == path.stat().st_size
    assert gathered.getvalue() == encoded(encoding, encoding).decode(encoding).encode()

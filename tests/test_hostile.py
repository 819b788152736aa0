"""Hostile input: nothing is resolved or fetched, sizes are bounded, and every end is a documented one."""

from __future__ import annotations

import gzip
import http.server
import os
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from catindex.errors import DataError
from catindex.pipeline import Job, run
from catindex.validate.run import Validation, validate
from tests.processes import PROGRAM
from tests.running import COMMANDS, catindex, index_1, index_2
from tests.shapes import (
    SHAPES,
    availabilities_of_1,
    availabilities_of_2,
    line_breaks_between,
    line_breaks_in_text,
    nested_episodes,
    nested_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

API = "http://api.netflix.com/catalog/titles"
GOOD = index_2(f"<id>{API}/movies/1</id>", f"<id>{API}/movies/2</id>")
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
BODY = GOOD.removeprefix(DECLARATION)
MEDIA = ("streaming", "dvd")


def refused(data: bytes, **options: Any) -> DataError:
    """Run every command on an input that all must refuse, and give the error."""
    for command in COMMANDS:
        with pytest.raises(DataError) as caught:
            catindex(command, data, **options)
        assert "\n" not in str(caught.value)
    return caught.value


def stripped(data: bytes, **options: Any) -> list[etree._Element]:
    """Strip an input and give its titles."""
    return catindex("strip", data, **options).titles["titles"]


# Entities and document types.

BOMB = b'<!DOCTYPE r [<!ENTITY a "%s">%s]>' % (
    b"a" * 1000,
    b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)),
)
DOCTYPES = {
    "bomb": BOMB,
    "file": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "parameter entity": b'<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    "external subset": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
    "public": b'<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd">',
    "default attributes": b'<!DOCTYPE r [<!ATTLIST catalog_title id CDATA "1">]>',
    "unfinished": b"<!DOCTYPE r [",
    "in lower case": b"<!doctype r>",
}


@pytest.mark.parametrize("kind", DOCTYPES)
@pytest.mark.parametrize("before", [b"", DECLARATION, DECLARATION + b"<!-- x --><?y z?>\n", b"\n"])
@pytest.mark.parametrize("recover", [False, True])
def test_document_types_are_refused(kind: str, before: bytes, recover: bool) -> None:  # noqa: FBT001
    """At once, whatever they hold, and with --recover too."""
    with pytest.raises(DataError, match=r"document type declaration is refused"):
        catindex("process", before + DOCTYPES[kind] + BODY.replace(b"<id>", b"<id>&x;"), recover=recover)


@pytest.mark.parametrize("place", [b"<catalog_title>", b"<id>", b"</catalog_titles>"])
def test_document_types_have_no_other_place(place: bytes) -> None:
    """Between or in records they are malformed, and without effect."""
    data = GOOD.replace(place, b'<!DOCTYPE r [<!ENTITY x "y">]>' + place, 1)
    refused(data)
    assert len(stripped(data, recover=True)) >= 1


@pytest.mark.parametrize("entity", [b"&x;", b"&nbsp;", b"&#0;", b"&#x110000;", b"&#xD800;", b"&;", b"&a", b"&%x;"])
def test_entities_are_not_passed_on(entity: bytes) -> None:
    """Only the five of XML and numbers of characters are understood."""
    data = GOOD.replace(b"</id>", b"</id><t a='" + entity + b"'>" + entity + b"</t>", 1)
    refused(data)
    assert [title.findtext("id") for title in stripped(data, recover=True)] == [f"{API}/movies/2"]


def test_nothing_is_fetched() -> None:
    """No request reaches a server that is named in every way that XML knows."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        attributes = (
            f'xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{url}/s {url}/s.xsd" xml:base="{url}/base/"'
        )
        inside = f'<id>{API}/movies/1</id><xi:include href="{url}/x"/><xi:include href="file:///etc/passwd"/>'
        data = f'<?xml-stylesheet href="{url}/s.xsl"?><catalog_titles {attributes}><catalog_title>{inside}'
        (title,) = stripped(f"{data}</catalog_title></catalog_titles>".encode())
        assert [child.get("href") for child in list(title)[1:]] == [f"{url}/x", "file:///etc/passwd"]
        for subset in (f'SYSTEM "{url}/d.dtd"', f'[<!ENTITY x SYSTEM "{url}/e">]'):
            refused(f"<!DOCTYPE r {subset}>{data}&x;</catalog_title></catalog_titles>".encode())
        server.shutdown()
    assert requests == []


# Sizes.


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<a>" * 256 + "</a>" * 256, "depth"),
        ("<t>" + "x" * 10_000_100 + "</t>", "long"),
        ("<t><![CDATA[" + "x" * 10_000_100 + "]]></t>", "size limit"),
        ("<!--" + "x" * 10_000_100 + "-->", "big"),
        (f"<t a='{'x' * 10_000_100}'/>", "limit"),
        (f"<{'t' * 60_000}/>", "long"),
    ],
    ids=["depth", "text", "CDATA", "comment", "attribute", "name"],
)
def test_libxml2s_limits_hold_and_can_be_lifted(inside: str, what: str) -> None:
    """The message says which limit, and how to go on."""
    data = index_2(f"<id>{API}/movies/1</id>{inside}", f"<id>{API}/movies/2</id>")
    with pytest.raises(DataError) as caught:
        catindex("strip", data)
    assert what in caught.value.what
    assert caught.value.hint == "--huge lifts the limit"
    assert len(stripped(data, huge=True)) == 2


@pytest.mark.parametrize("inside", ["<a>" * 256 + "</a>" * 256, f"<t>{'x' * 10_000_100}</t>"], ids=["depth", "text"])
def test_a_record_over_a_limit_is_rejected(inside: str) -> None:
    """With --recover, the others are written."""
    data = index_2(f"<id>{API}/movies/1</id>{inside}", f"<id>{API}/movies/2</id>")
    assert len(stripped(data, recover=True)) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_hundred_thousand_names(command: str) -> None:
    """Of elements and attributes: a record may have them."""
    names = "".join(f"<n{n} a{n}=''/>" for n in range(100_000))
    assert catindex(command, index_1(f"<id>{API}/movies/1</id>{names}")).report["records"]["read"] == 1


def test_a_million_attributes() -> None:
    """One element has them; libxml2 refuses that many bytes in a tag, and 10^5 pass."""
    few = " ".join(f"a{n}=''" for n in range(100_000))
    assert len(stripped(index_2(f"<id>{API}/movies/1</id><t {few}/>"))[0][1].attrib) == 100_000
    many = " ".join(f"a{n}=''" for n in range(1_000_000))
    with pytest.raises(DataError, match=r"limit"):
        stripped(index_2(f"<id>{API}/movies/1</id><t {many}/>"))


def test_deep_nesting_of_lists() -> None:
    """Records in records in records, as deep as libxml2 goes."""
    inside = "<id>1</id>"
    for _ in range(80):
        inside = f"<id>1</id><link><catalog_titles><catalog_title>{inside}</catalog_title></catalog_titles></link>"
    for command in COMMANDS:
        assert catindex(command, index_2(inside)).report["records"]["read"] == 1


@pytest.mark.parametrize(
    ("data", "written"),
    [
        (b"<catalog_titles>" + b"<a>" * 30_000, None),
        (b"<catalog_titles>" + b'<a b="' * 10_000, None),
        (b"<catalog_titles><catalog_title>" + b"<catalog_title" * 30_000, 0),
        (b"<catalog_titles><catalog_title>" + b"<![CDATA[" * 30_000, 0),
        (b"<catalog_titles><catalog_title>" + b"<!--" * 30_000, 0),
        (b"<catalog_titles><catalog_title>" + b"</catalog_titles>" * 20_000, 0),
        (b"<catalog_titles><catalog_title>" + b"<link><catalog_titles><catalog_title><id>" * 5_000, 0),
        (b"<catalog_titles><catalog_title>" + b"\n<catalog_title>\n<id>" * 1_000, 0),
        (
            b"<catalog_titles><catalog_title><id/></catalog_title>"
            + b"<catalog_title><id>&;</id></catalog_title>" * 2000,
            1,
        ),
        (b"<catalog_titles>" + b"<!---->" * 10_000 + b"<catalog_title/>", 1),
        (GOOD.replace(b"</catalog_titles>", b"</catalog_titles><catalog_titles>" * 4_000), 2),
        (b"<catalog_titles>" + b"\n<catalog_title><id><![CDATA[</id></catalog_title>" * 1_000, 0),
        (b"<catalog_titles><catalog_title/>" + b"<a>" * 100_000, 1),
        (b"<catalog_titles><catalog_title a=" + b"'' b=" * 300_000, None),
        (b"<" * 100_000, None),
        (b" " * 3_000_000 + b"<catalog_titles>", None),
    ],
    ids=lambda data: data[16:60].decode().replace("\n", " ") if isinstance(data, bytes) else "",
)
def test_repeated_damage(data: bytes, written: int | None) -> None:
    """It is refused. With --recover, the sound records are written; a file without a readable root is still refused."""
    with pytest.raises(DataError):
        catindex("strip", data)
    if written is None:
        with pytest.raises(DataError):
            catindex("strip", data, recover=True)
    else:
        assert len(stripped(data, recover=True)) == written


# Shapes that invite quadratic work. `python -m tests.benchmarks.growth` measures the time.

COUNT = 1000


@pytest.mark.parametrize(
    ("shape", "records", "kept"),
    [
        (nested_records, {"read": 2, "unavailable": 2}, {"unavailable": (b"<catalog_title>", COUNT + 2)}),
        (nested_episodes, {"read": 1, "written": 1}, dict.fromkeys(MEDIA, (b"<catalog_title>", COUNT + 1))),
        (availabilities_of_2, {"read": 1, "written": 1}, dict.fromkeys(MEDIA, (b"<availability>", COUNT // 2))),
        (availabilities_of_1, {"read": 1, "written": 1}, dict.fromkeys(MEDIA, (b"<availability>", COUNT // 2))),
        (line_breaks_between, {"read": 1, "unavailable": 1}, {"unavailable": (b"<category ", COUNT)}),
        (line_breaks_in_text, {"read": 1, "unavailable": 1}, {"unavailable": (b"\n", COUNT + 4)}),
    ],
)
def test_process_loses_nothing_of_a_shape(
    shape: Callable[[int], bytes], records: dict[str, int], kept: dict[str, tuple[bytes, int]]
) -> None:
    """Every nested record, availability, category and line break is in the file where it belongs."""
    outcome = catindex("process", shape(COUNT))
    assert {name: count for name, count in outcome.report["records"].items() if count} == records
    counted = {name: data.count(kept[name][0]) for name, data in outcome.files.items() if name in kept}
    assert counted == {name: count for name, (_, count) in kept.items()}


@pytest.mark.parametrize("shape", SHAPES)
def test_validate_finds_the_fault_of_a_shape(shape: Callable[[int], bytes], tmp_path: Path) -> None:
    """One shape has a fault, whose line is behind all line breaks."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(shape(COUNT))
    found = [(finding.line, finding.code) for finding in validate(Validation(str(dump), jobs=1))]
    assert found == ([(COUNT + 3, "structure")] if shape is line_breaks_in_text else [])


# Encodings.


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    """And written as UTF-8."""
    declared = "" if encoding.startswith("utf-32") else f' encoding="{encoding.removesuffix("-sig")}"'
    text = (
        f'<?xml version="1.0"{declared}?>' + index_2(f"<id>{API}/movies/1</id><t>é ü</t>").decode().partition("?>")[2]
    )
    (title,) = stripped(text.encode(encoding))
    assert title.findtext("t") == "é ü"


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"movies/2", b"movies/\0"),
        GOOD.replace(b"movies/2", b"movies/\xff"),
        GOOD.replace(b"movies/2", b"movies/\xed\xa0\x80"),
        GOOD.replace(b"movies/2", "movies/\ufffe".encode()),
        GOOD.replace(b"movies/2", b"movies/\x1b[31m"),
    ],
)
def test_bad_characters_are_refused(data: bytes) -> None:
    """What XML cannot hold does not reach an output, nor the message a terminal's colours."""
    error = refused(data)
    assert str(error).isprintable()
    assert len(stripped(data, recover=True)) == 1


@pytest.mark.parametrize(
    ("declared", "data"),
    [
        (b"UTF-16", BODY),
        (b"UTF-8", BODY.replace(b"movies/2", b"movies/\xe9")),
        (b"klingon", BODY),
        (b"rot13", BODY),
        (b"idna", BODY),
        (b"US-ASCII", BODY.replace(b"movies/2", b"movies/\xe9")),
        (b"unicode_escape", BODY),
    ],
)
def test_wrong_declarations_end_in_65_or_do_not_matter(declared: bytes, data: bytes) -> None:
    """Never in another way."""
    data = b'<?xml version="1.0" encoding="' + declared + b'"?>' + data
    try:
        assert len(stripped(data)) == 2
    except DataError as error:
        assert error.status == 65  # noqa: PT017 - either is right


@pytest.mark.parametrize("cut", [1, 2, 3, 101])
def test_utf_16_that_is_cut_off(cut: int) -> None:
    """Also in the middle of a character."""
    data = BODY.decode().rstrip().encode("utf-16")[:-cut]
    assert "cut off" in refused(data).what
    assert catindex("strip", data, recover=True).report["records"]["rejected"] == 1


# Compression.


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return where a dump may be written."""
    return tmp_path / "dump"


RECORD, ROOT = b"<catalog_titles>\n<catalog_title", b"<catalog_titles"


@pytest.mark.skipif(os.name != "posix", reason="ulimit")
@pytest.mark.parametrize(
    ("start", "inside"),
    [
        *((RECORD, inside) for inside in (b" ", b"<abcdefgh/>", b"<!--" + b" " * 200 + b"-->", b" a=''")),
        *((ROOT, inside) for inside in (b"<abcdefgh/>", b" a=''")),
    ],
)
def test_a_bomb_is_refused_in_bounded_memory(dump: Path, start: bytes, inside: bytes) -> None:
    """A gigabyte in a few kilobytes: it is read as far as a record, or what stands before the first one, may go."""
    member = gzip.compress(inside * ((32 << 20) // len(inside)), 9)
    dump.write_bytes(gzip.compress(start + b">" * (inside[0] == ord("<"))) + member * 32)
    command = ["bash", "-c", 'ulimit -v 600000; exec "$@"', "bash", *PROGRAM, "strip", str(dump)]
    ended = subprocess.run(command, capture_output=True, check=False, cwd=Path(__file__).parent.parent)
    assert ended.returncode == 65
    assert ended.stderr.count(b"\n") == 1
    assert b"--huge lifts the limit" in ended.stderr


@pytest.mark.parametrize("garbage", [b"garbage", b"\0garbage", b"\x1f\x8b", GOOD])
def test_garbage_behind_a_compressed_dump(garbage: bytes) -> None:
    """It is not ignored: what would be read of it is not known."""
    data = gzip.compress(GOOD) + garbage
    assert refused(data).status == 65
    outcome = catindex("strip", data, recover=True)
    assert (outcome.report["records"]["written"], outcome.report["records"]["rejected"]) == (2, 1)


def test_padding_behind_a_compressed_dump() -> None:
    """Zeros are, as gzip does."""
    assert len(stripped(gzip.compress(GOOD) + bytes(1000))) == 2


# Odd documents.


def prefixed() -> Iterator[bytes]:
    """Give a dump with namespaces in all places."""
    yield GOOD.replace(b"<catalog_titles>", b'<catalog_titles xmlns="http://example.com/">')
    yield GOOD.replace(b"catalog_title", b"x:catalog_title")
    yield GOOD.replace(b"<id>", b'<x:y xmlns:x="x"/><id>', 1)


@pytest.mark.parametrize("data", list(prefixed()))
def test_namespaces_end_as_documented(data: bytes) -> None:
    """They do not belong there; whatever is made of them is well-formed."""
    try:
        catindex("process", data)
    except DataError as error:
        assert error.status == 65  # noqa: PT017 - either is right


def test_names_of_files_are_no_markup(tmp_path: Path) -> None:
    """What a file is called cannot break the rejects or the message."""
    name = tmp_path / 'a"<&>\n\x1b[31m]]>.xml'
    name.write_bytes(GOOD.replace(b"movies/2", b"&bad;"))
    rejects = tmp_path / "rejects.xml"
    job = Job(str(name), {"titles": str(tmp_path / "titles.xml")}, strip=True, recover=True, rejects=str(rejects))
    assert run(job).records.rejected == 1
    assert etree.parse(str(rejects)).getroot().get("input")

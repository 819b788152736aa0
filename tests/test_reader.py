"""Reading: where records begin and end, the dialects, and what is said of input that is not what it should be."""

from __future__ import annotations

import bz2
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from catindex.errors import DataError
from tests.examples import examples
from tests.running import catindex, index_1, index_2

API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
FORMATS = "http://api.netflix.com/categories/title_formats"
INSTANT = (
    f'<link rel="{CATALOG}/titles/format_availability"><delivery_formats><availability>'
    f'<category scheme="{FORMATS}" term="instant"/></availability></delivery_formats></link>'
)
START = b'<?xml version="1.0" encoding="UTF-8"?>\n<catalog_titles>\n'


def record(number: int, inside: str = "") -> str:
    """Write a whole record of a movie."""
    return f"<catalog_title><id>{API}/movies/{number}</id>{inside}</catalog_title>"


def titles(data: bytes) -> list[str]:
    """Strip an index and give its titles, as they are written, without the names of their API."""
    body = catindex("strip", data).files["titles"].split(b"\n", 2)[2]
    return body.rpartition(b"</")[0].decode().replace(f"{API}/movies/", "").splitlines()


def refused(data: bytes, command: str = "strip", **options: Any) -> DataError:
    """Run a command on input that it must refuse, and give the error."""
    with pytest.raises(DataError) as caught:
        catindex(command, data, **options)
    assert "\n" not in str(caught.value)
    return caught.value


# Where a record begins and ends.


@pytest.mark.parametrize(
    "inside",
    [
        "<s><![CDATA[</catalog_title><catalog_title>]]></s>",
        "<s><![CDATA[<catalog_title>]]></s>",
        "<!-- </catalog_title> <catalog_title> -->",
        "<?php echo '</catalog_title>' ?>",
        '<a b="/catalog_title>" c=\'"catalog_title\'/>',
        '<a b=">"/>',
        "<s><![CDATA[<!--]]></s><!-- <![CDATA[ --><?x <!-- ?>",
        "<s>&lt;/catalog_title&gt;</s>",
        "<catalog_titles><catalog_title/></catalog_titles>",
        '<catalog_titles><catalog_title a=">"/></catalog_titles>',
        "<catalog_title><id>x</id><catalog_title><catalog_title/></catalog_title></catalog_title>",
        "<catalog_title_x/><catalog_title.y><catalog_title-z/></catalog_title.y>",
        "<catalog_titlecatalog_title/>",
    ],
)
def test_the_records_name_inside_a_record_does_not_end_it(inside: str) -> None:
    """A record ends at its own end tag: not at one in CDATA, comments, instructions, or a nested record's."""
    expected = [f"<catalog_title><id>{n}</id>{inside if n == 2 else ''}</catalog_title>" for n in (1, 2, 3)]
    expected[1] = expected[1].replace("'\"catalog_title'", '"&quot;catalog_title"').replace('">"', '"&gt;"')
    expected[1] = expected[1].replace('"/catalog_title>"', '"/catalog_title&gt;"')
    data = START + (record(1) + record(2, inside) + record(3)).encode() + b"</catalog_titles>"
    assert titles(data) == expected


@pytest.mark.parametrize(
    "tags",
    [
        "<catalog_title/>",
        "<catalog_title />",
        "<catalog_title\n/>",
        '<catalog_title a="/>"/>',
        "<catalog_title></catalog_title>",
        "<catalog_title\n></catalog_title\n>",
    ],
)
def test_records_may_be_empty(tags: str) -> None:
    """An empty record is a record, in whatever way it is closed."""
    outcome = catindex("strip", START + (record(1) + tags + record(2)).encode() + b"</catalog_titles>")
    assert outcome.report["records"]["read"] == 3


@pytest.mark.parametrize("first", [record(1), "<catalog_title/>"])
def test_the_first_record_may_begin_anywhere(first: str) -> None:
    """Comments and elements before the first record are no obstacle, even with its name in them."""
    prolog = "<!-- <catalog_title> --><?p <catalog_title> ?>"
    data = f"{prolog}<catalog_titles><!-- <catalog_title> --><x/>{first}</catalog_titles>"
    assert catindex("strip", data.encode()).report["records"]["read"] == 1


FOREIGN = "<other a='>'><catalog_title>no record</catalog_title><![CDATA[</other>]]><!-- </other> --><other/></other>"


def test_elements_between_records_are_not_records() -> None:
    """Only children of the root with the record's name are records; strip lets the others through."""
    data = START + (record(1) + FOREIGN + record(2)).encode() + b"</catalog_titles>"
    outcome = catindex("strip", data)
    assert outcome.report["records"]["read"] == 2
    assert [title.tag for title in outcome.titles["titles"]] == ["catalog_title", "other", "catalog_title"]


@pytest.mark.parametrize("command", ["split", "unify", "process"])
def test_elements_between_records_are_reported(command: str) -> None:
    """They have no place in files of titles, so they are left out and a warning says where they were."""
    data = START + (record(1, INSTANT) + "\n" + FOREIGN + record(2, INSTANT)).encode() + b"</catalog_titles>"
    outcome = catindex(command, data)
    assert len(outcome.titles["titles" if command == "unify" else "streaming"]) == 2
    assert outcome.report["warnings"] == [
        {"code": "not-a-record", "count": 1, "examples": [{"key": None, "line": 4, "detail": "<other>"}]}
    ]


def test_text_between_records_is_reported() -> None:
    """A stray ``]]`` between two records costs a warning, not the run."""
    data = START + (record(1) + "]] " + record(2)).encode() + b"</catalog_titles>"
    outcome = catindex("strip", data)
    assert len(outcome.titles["titles"]) == 2
    assert [warning["code"] for warning in outcome.report["warnings"]] == ["stray-text"]


def test_comments_between_records_are_dropped() -> None:
    """What stands between records, and is neither text nor an element, is not missed."""
    data = (
        START + (record(1) + "<!-- a --><?b c?>" + record(2) + "<!-- d -->").encode() + b"</catalog_titles><!-- e -->\n"
    )
    outcome = catindex("strip", data)
    assert outcome.report["warnings"] == []
    assert titles(data) == ["<catalog_title><id>1</id></catalog_title>", "<catalog_title><id>2</id></catalog_title>"]


# How the input is cut does not matter.

PIECES = st.sampled_from(
    [
        "",
        "text ",
        "é千😀",
        "<a/>",
        "<a b='>' c=\"'\">t</a>",
        "<!-- </catalog_title> -->",
        "<!---->",
        "<![CDATA[]]>",
        "<![CDATA[<catalog_title>]] >\n]]>",
        "<?p </catalog_title> ?>",
        "<catalog_title/>",
        "<catalog_title >n</catalog_title >",
        "<catalog_title a='/>'><catalog_title/></catalog_title>",
        "<catalog_titles>n</catalog_titles>",
        "<external_ids><id rel='id.amg'>1</id></external_ids>",
        "<category scheme='/categories/genres' term='Blu-ray'/>",
    ]
)
INSIDES = st.lists(PIECES, max_size=5).map("".join)
RECORDS = st.builds(
    lambda kind, number, inside, available: (
        f"<catalog_title><id>{API}/{kind}/{number}</id>{inside}{INSTANT if available else ''}</catalog_title>"
    ),
    st.sampled_from(["movies", "series", "series/1/seasons", "programs"]),
    st.integers(1, 3),
    INSIDES,
    st.booleans(),
)
BETWEEN = st.sampled_from(
    [
        "",
        "\n",
        " \r\n\t",
        "<!-- <catalog_title> -->",
        "<?p?>",
        "<x><catalog_title/></x>",
        "<x y='/>'/>",
        "<catalog_title/>",
    ]
)
INDEXES = st.lists(st.tuples(BETWEEN, RECORDS), min_size=1, max_size=8).map(
    lambda items: f"<catalog_titles>{''.join(map(''.join, items))}\n</catalog_titles>\n"
)


@settings(max_examples=examples(60))
@given(
    index=INDEXES,
    size=st.integers(1, 200),
    prolog=st.integers(960, 1100),
    command=st.sampled_from(["strip", "split", "process"]),
)
def test_how_the_input_is_cut_does_not_matter(index: str, size: int, prolog: int, command: str) -> None:
    """A file read a few bytes at a time, so that everything is cut in two somewhere, gives the same bytes."""
    data = f'<?xml version="1.0"?><!--{"x" * prolog}-->{index}'.encode()
    whole = catindex(command, data)
    with mock.patch("catindex.read.chunks.CHUNK_BYTES", size):
        pieces = catindex(command, data)
    assert pieces.files == whole.files
    assert pieces.report["records"] == whole.report["records"]
    assert pieces.report["warnings"] == whole.report["warnings"]


BAD = [
    "<a></b>",
    "a & b",
    "&nbsp;",
    "<a b=c/>",
    "<a b='1' b='2'/>",
    "]]>",
    "\x01",
    "<!-- a -- b -->",
    "<1/>",
    "&#0;",
    "<a b='<'/>",
    "é😀 &x; ",
    "</catalog_title>",
    "<a",
]


def place_of_fault(data: bytes) -> tuple[int | None, int | None]:
    """Give the place that an independent parser, which reads the whole document at once, finds fault with."""
    try:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        return error.position
    raise AssertionError("well-formed")


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("layout", ["\n", "", "\r\n"])
def test_the_place_of_a_fault_is_right(bad: str, layout: str) -> None:
    """Line and column are those of libxml2 reading the whole file, also where all of it is one line."""
    lines = ["<catalog_titles>", *(record(n, "é千") for n in range(50)), record(50, f"é<t>{bad}</t>"), record(51)]
    data = layout.join([*lines, "</catalog_titles>"]).encode()
    error = refused(data)
    assert (error.line, error.column) == place_of_fault(data)


@settings(max_examples=examples(30))
@given(bad=st.sampled_from(BAD), size=st.integers(1, 3000), before=st.integers(0, 8), after=st.integers(0, 3))
def test_the_place_does_not_depend_on_how_the_input_is_cut(bad: str, size: int, before: int, after: int) -> None:
    """Small slices and large ones find the same fault in the same place."""
    records = [record(n, "<p>\nx</p>") for n in range(before)] + [record(99, bad)] + [record(n) for n in range(after)]
    data = f"<catalog_titles>{''.join(records)}</catalog_titles>".encode()
    with mock.patch("catindex.read.chunks.CHUNK_BYTES", size):
        error = refused(data)
    assert (error.line, error.column) == place_of_fault(data)


@pytest.mark.parametrize("newlines", [65_534, 65_535, 65_536, 200_000])
def test_places_far_down_are_right(newlines: int) -> None:
    """Lines are counted past 65,535, where libxml2 stops counting those of elements."""
    data = START + (record(1, "\n" * newlines) + record(2, "<t>x &y</t>")).encode() + b"</catalog_titles>"
    error = refused(data)
    at = data.index(b"&y") + len("&y")
    assert error.line == data.count(b"\n", 0, at) + 1
    assert error.column == at - data.rfind(b"\n", 0, at)


def test_warnings_far_down_name_the_right_line() -> None:
    """The same goes for the lines of warnings."""
    data = START + (record(1, "\n" * 70_000) + "\n" + record(1)).encode() + b"</catalog_titles>"
    (warning,) = catindex("split", data).report["warnings"]
    assert warning["examples"] == [{"key": "movie/1", "line": 70_004}]


def test_the_number_of_the_record_is_said() -> None:
    """Records are counted from 1."""
    error = refused(index_2("<a/>", "<b/>", "<c></d>"))
    assert error.record == 3


def test_only_records_are_counted() -> None:
    """The header of a search response is none of them."""
    assert (
        refused(b"<catalog_titles><number_of_results/><catalog_title><a></b></catalog_title></catalog_titles>").record
        == 1
    )


def test_the_last_whole_record_is_named() -> None:
    """Its key tells where to look."""
    data = START + (record(1) + record(2) + record(3, "<c></d>")).encode() + b"</catalog_titles>"
    assert refused(data).after == "movie/2"


def test_the_first_fault_is_the_first_with_more_processes() -> None:
    """A message does not depend on how many processes work: it names the first fault, and the record before."""
    lines = [record(n, "<c></d>" if n in (40, 42) else "<e/>") for n in range(80)]
    data = START + "\n".join(lines).encode() + b"</catalog_titles>"
    with mock.patch("catindex.read.chunks.CHUNK_BYTES", 200):
        assert str(refused(data, jobs=2)).partition("xml:")[2] == str(refused(data, jobs=1)).partition("xml:")[2]


# Input that is not what it should be.


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"<html><body><h1>403 Developer Over Rate</h1></body></html>", "HTML"),
        (b"<!DOCTYPE html>\n<html></html>", "HTML"),
        (b"\n<!doctype HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'>\n<html></html>", "HTML"),
        (b"<h1>403 Developer Over Rate</h1>", "HTML"),
        (b'<?xml version="1.0"?><!-- x --><html xmlns="http://www.w3.org/1999/xhtml"/>', "HTML"),
        (b'{"status": {"status_code": 403}}', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"403 Developer Over Rate", "not XML"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00", "zip"),
        (b"\x00\x01\x02\x03", "not XML"),
        (b"<rss><channel/></rss>", "<rss> is not the root"),
        (b"<status><status_code>403</status_code></status>", "<status> is not the root"),
        (b"<catalog_title><id>1</id></catalog_title>", "<catalog_title> is not the root"),
        (b"<catalog_titles></catalog_titles>", "contains no record"),
        (b"<catalog_titles/>", "contains no record"),
        (b"<catalog_title_index><catalog_title/></catalog_title_index>", "contains no record"),
        (b"<catalog_titles><title_index_item/></catalog_titles>", "contains no record"),
        (b"<catalog_titles><x><catalog_title/></x></catalog_titles>", "contains no record"),
        (b"<catalog_titles><!-- <catalog_title/> --></catalog_titles>", "contains no record"),
    ],
)
def test_what_is_no_catalog_is_refused(data: bytes, what: str) -> None:
    """One line says what the file is instead."""
    assert what in refused(data).what


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE catalog_titles>",
        '<!DOCTYPE catalog_titles SYSTEM "http://example.org/catalog.dtd">',
        '<!DOCTYPE catalog_titles [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>',
        '<!DOCTYPE catalog_titles [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        "<!doctype catalog_titles>",
    ],
)
def test_document_type_declarations_are_refused(declaration: str) -> None:
    """No catalog index has one, and nothing good comes of them."""
    data = f"<?xml version='1.0'?>\n<!-- x -->{declaration}<catalog_titles>{record(1, '&lol2;')}</catalog_titles>"
    error = refused(data.encode())
    assert "document type declaration" in error.what
    assert (error.line, error.column) == (2, 11)


def test_a_document_type_declaration_further_down_is_refused() -> None:
    """Behind the root's start tag it is not even well-formed."""
    refused(b"<catalog_titles><!DOCTYPE x><catalog_title/></catalog_titles>")
    refused(b"<catalog_titles><catalog_title/><!DOCTYPE x><catalog_title/></catalog_titles>")
    refused(b"<catalog_titles><catalog_title/></catalog_titles><!DOCTYPE x>")


@pytest.mark.parametrize(
    ("behind", "column"),
    [
        ("garbage", 1),
        ("<catalog_titles/>", 1),
        ("<catalog_titles><catalog_title/></catalog_titles>", 1),
        ("<!-- x --><x/>", 11),
        ("\0", 1),
        ("&amp;", 1),
        ("</catalog_titles>", 1),
    ],
)
def test_nothing_may_come_behind_the_root(behind: str, column: int) -> None:
    """Trailing garbage and a second root are refused where they begin."""
    error = refused(START + f"{record(1)}\n</catalog_titles>\n{behind}".encode())
    assert (error.line, error.column) == (5, column)


@pytest.mark.parametrize("behind", ["", "\n", "  \r\n\n", "<!-- end -->", "<?end?>\n<!-- x -->\n"])
def test_comments_and_white_space_may(behind: str) -> None:
    """XML allows them behind the root."""
    assert len(titles(START + f"{record(1)}</catalog_titles>{behind}".encode())) == 1


WHOLE = (
    START
    + (record(1) + "\n" + record(2, '<s a="b"><![CDATA[x]]></s><!-- y -->&amp;')).encode()
    + b"\n</catalog_titles>"
)


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_truncated_input_is_refused(length: int) -> None:
    """Wherever a download was cut off: in the prolog, in a tag, in a record, before the root's end."""
    error = refused(WHOLE[:length])
    if error.line is not None:
        assert error.line == WHOLE.count(b"\n", 0, length) + 1


_DANGLING_DASHES = WHOLE.index(b"-->") + 2  # libxml2 takes these for a fault of their own


def test_a_truncated_input_is_called_so() -> None:
    """The message does not speak of tags, but of the download, whatever was wrong with an input before."""
    refused(START + record(1, "<a></b>").encode() + b"</catalog_titles>")
    refused(START + record(1).encode())
    for length in [*range(12, 39), len(START), *range(len(START) + 14, len(WHOLE) - 18)]:
        if length != _DANGLING_DASHES:
            assert "cut off" in refused(WHOLE[:length]).what


def test_a_record_without_its_end_is_found_at_the_roots_end() -> None:
    """There is no telling sooner: the next record could be nested in it."""
    refused(START + record(1).encode())
    error = refused(START + b"<catalog_title><id>1</id>\n<catalog_title>\n</catalog_title>\n</catalog_titles>\n")
    assert error.line == 6
    assert "mismatch" in error.what


# The dialects.

REGIONAL = (
    '<catalog_titles><catalog_title id="70136130" type="show"><title>Heroes</title><empty/></catalog_title>'
    '<catalog_title id="70151113" type="episode"><show id="70136130"><season_number>4</season_number></show>'
    '<link rel="id.amg"/></catalog_title></catalog_titles>'
)
SEARCH = (
    "<catalog_titles><url_template>http://api.netflix.com/catalog/titles?{-join|&amp;|term|include_amg}</url_template>"
    f"<number_of_results>291</number_of_results>{record(1, '<x/>')}</catalog_titles>"
)


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (index_1("<id>1</id>"), "1.x"),
        (index_2("<id>1</id>"), "2.0"),
        (index_2(""), "2.0"),
        (REGIONAL.encode(), "regional"),
        (SEARCH.encode(), "search"),
        (b"<catalog_titles><link/><catalog_title/></catalog_titles>", "2.0"),
        (b"<catalog_titles><start_index/><catalog_title/></catalog_titles>", "search"),
        (b'<catalog_titles><catalog_title id="1"/></catalog_titles>', "2.0"),
    ],
)
def test_the_dialect_is_told_from_root_and_first_record(data: bytes, dialect: str) -> None:
    """The report names it."""
    assert catindex("strip", data).report["input"]["dialect"] == dialect


@pytest.mark.parametrize("command", ["process", "split", "unify"])
@pytest.mark.parametrize(("data", "why"), [(REGIONAL, "regional"), (SEARCH, "search")])
def test_what_cannot_be_split_or_unified_is_refused(command: str, data: str, why: str) -> None:
    """A regional index is unified already, a search response has its formats as links only."""
    assert why in refused(data.encode(), command).what


@pytest.mark.parametrize(
    "prolog",
    [
        '<?xml version="2.0"?>',
        '<?xml version="1.0" foo="x"?>',
        '<?xml encoding="utf-8"?>',
        "<?xml version=1.0?>",
        '<?XML version="1.0"?>',
        '\n<?xml version="1.0"?>',
        '<?xml version="1.0"?><?xml version="1.0"?>',
        "<!-- -- -->",
        "<!-- \x01 -->",
    ],
)
def test_a_malformed_prolog(prolog: str) -> None:
    """libxml2 decides about everything in front of the root, too."""
    data = index_2("<a/>").decode()
    root = data[data.index("<catalog_titles") :]
    assert catindex("strip", root.encode()).report["records"]["read"] == 1
    refused((prolog + root).encode())


def test_damaged_bzip2_at_the_beginning() -> None:
    """bzip2 finds the damage only at the end of a block, when the garbage has been read."""
    packed = bytearray(bz2.compress(index_2("<a/>", "<b>text</b>")))
    packed[len(packed) // 2] ^= 4
    assert "the bz2 data is damaged" in str(refused(bytes(packed)))


def test_strip_keeps_all_else_of_a_regional_index() -> None:
    """Only the reference goes."""
    lines = catindex("strip", REGIONAL.encode()).files["titles"].decode().splitlines()[1:]
    assert "".join(lines) == REGIONAL.replace('<link rel="id.amg"/>', "")


def test_strip_keeps_all_else_of_a_search_response() -> None:
    """Only the parameter goes, also from the header."""
    lines = catindex("strip", SEARCH.encode()).files["titles"].decode().splitlines()[1:]
    assert "".join(lines) == SEARCH.replace("|include_amg", "")

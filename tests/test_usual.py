"""Records of the usual shape are worked on as bytes, others as trees: nothing that comes out may tell which."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catindex import work
from catindex.errors import CatindexError
from catindex.marks import around, is_marked, only, render, versions
from catindex.rules.structure import Slot
from catindex.series.children import Manner, pack, unpack
from catindex.usual.read import Usual, read, written
from tests.damage import LAYOUTS, dump
from tests.running import catindex, index_1, index_2

MANY = settings(max_examples=100, deadline=None, derandomize=True)
read_2, read_1 = (partial(read, manner=Manner(mark=True), dialect=dialect, strip=True) for dialect in ("2.0", "1.x"))
API, SCHEMAS = "http://api.netflix.com/catalog", "http://schemas.netflix.com/catalog"
MOVIE = f"<id>{API}/titles/movies/1</id>"
TITLE = '<title short="A &amp; É" regular="A &amp; É"/>'


def usual(*children: str) -> Usual | None:
    """Read a movie of 2.0 with these children behind its id and title."""
    return read_2(f"<catalog_title>{MOVIE}{TITLE}{''.join(children)}</catalog_title>".encode())


def link(rel: str, inside: str = "", href: str = "x", title: str = "t") -> str:
    """Write a link, alone or around something."""
    start = f'<link href="{href}" rel="{SCHEMAS}/{rel}" title="{title}"'
    return f"{start}>{inside}</link>" if inside else f"{start}/>"


def category(scheme: str, name: str, inside: str = "") -> str:
    """Write a category, maybe around others."""
    start = f'<category scheme="http://api.netflix.com/categories/{scheme}" label="{name}" term="{name}"'
    return f"{start}>{inside}</category>" if inside else f"{start}/>"


def availability(*terms: str, dates: str = "") -> str:
    """Write an availability in these formats."""
    return f"<availability{dates}>{''.join(category('title_formats', term) for term in terms)}</availability>"


def formats(*availabilities: str) -> str:
    """Write a link around availabilities."""
    return link("titles/format_availability", f"<delivery_formats>{''.join(availabilities)}</delivery_formats>")


# --- the same comes out ----------------------------------------------------------------------------------------------

WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("process", {}),) * 4,
    ("process", {"keep_stragglers": True}),
    ("process", {"keep_ids": True}),
    ("process", {"series_limit": 2}),
    ("process", {"episodes_alone": True}),
    ("process", {"recover": True}),
    ("unify", {}),
    ("unify", {"show_evidence": True}),
)

#: What can be put into a tag or between two, where it may mean something else than what the grammar expects.
ODD = (
    *("&#97;", "&#xe9;", "&#119070;", "&#55296;", "&#9;", "&quot;", "&apos;", "&amp;", "&lt;", "&gt;", "&", ">", "'"),
    *('"', "\t", "\n", "\r\n", "  ", "\x01", "\x03", "\x7f", "\0", "]]>", "<![CDATA[a > b]]>", "<![CDATA[]]>", "/"),
    *(
        "<!-- c -->",
        "<?p i?>",
        "<x/>",
        "<x></x>",
        "<x> </x>",
        "<x>t</x>",
        "<amg>1</amg>",
        "<tms_id/>",
        "<title>t</title>",
    ),
    *("é", "𝄞", "\xa0", "\u2028", "\ufffe", "\udcc3", "amg", "TMS", "?include_amg=1", "&amp;INCLUDE_tms=1", "instant"),
    *("{?include_amg}", "Blu-ray", "VHS", "/discs/1", "/disc", ' a="b"', ' amg_id="1"', ' rel="x.amg"', " x:y='z'"),
    *(' status="deprecated"', '<show id="1"/>', "<season_number>2</season_number>"),
    link("disc", href=f"{API}/titles/discs/1"),
    category("genres", "Blu-ray"),
    f'<external_ids><id rel="{SCHEMAS}/id.upc">1</id></external_ids>',
    availability("instant"),
)
PLACES = re.compile(rb'(?<=>)|(?=<)|(?<=")|(?=")|(?<= )|(?<==)')


def outcomes(xml: bytes, command: str, way: dict[str, Any]) -> list[object]:
    """Run a command twice, the second time with trees only; give what comes out: files and counts, or why not."""
    found: list[object] = []
    for reading in (read, lambda *_, **__: None):
        with patch.object(work, "read", reading):
            try:
                outcome = catindex(command, xml, jobs=1, **way)
            except CatindexError as error:
                found.append((type(error), str(error).rpartition("input.xml")[2]))
            else:
                told = {name: outcome.report[name] for name in ("records", "series", "external_ids", "warnings")}
                found.append((outcome.files, told))
    return found


@MANY
@given(
    st.sampled_from(LAYOUTS),
    st.integers(0, 99),
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1, exclude_max=True), st.sampled_from(ODD)), max_size=3),
    st.sampled_from(WAYS),
)
def test_as_bytes_or_as_trees(
    layout: str, seed: int, put: list[tuple[int, float, str]], way: tuple[str, dict[str, Any]]
) -> None:
    """Whatever stands in records that were usual: files, counts and errors are the same without the fast way."""
    made = dump(layout, 6, seed)
    records = list(made.records)
    for number, where, what in put:
        record = records[number % len(records)]
        places = [match.start() for match in PLACES.finditer(record)]
        at = places[int(where * len(places))]
        records[number % len(records)] = record[:at] + what.encode(errors="surrogateescape") + record[at:]
    fast, slow = outcomes(made.xml(records), *way)
    assert fast == slow


BOTH = formats(availability("DVD"), availability("instant"))
SCREENS = "<screen_formats>{}</screen_formats>".format(
    "".join(f"<screen_format>{category('title_formats', term)}</screen_format>" for term in ("DVD", "instant"))
)
OLD = f"<title>A</title>{MOVIE}"
EXAMPLES = {
    "an entry whose scheme is one without the parameter": index_2(
        MOVIE
        + TITLE
        + BOTH
        + link("titles/screen_formats", SCREENS.replace('title_formats"', 'title_formats{?include_amg}"'))
    ),
    "a format that is one without the parameter": index_2(
        MOVIE + TITLE + BOTH.replace('term="instant"', 'term="instant?include_amg=1"')
    ),
    "a link that leads to a disc without the parameter": index_2(
        MOVIE + TITLE + BOTH + link("title", href=f"{API}/titles/discs/1{{?include_tms}}")
    ),
    "a further title in 1.x": index_1(f"{OLD}<title>B</title>"),
    "attributes of a record of 1.x": index_1(f"{OLD}").replace(b"<title_index_item>", b'<title_index_item tms="1">'),
    "the same attribute twice": index_2(f'{MOVIE}<title short="A" regular="A" tms="1" tms="1"/>'),
    "a person of 1.x without a name": index_1(f'{OLD}<link href="p" rel="{SCHEMAS}/person.actor"></link>'),
    "a reference to what is no character": index_1(f"{OLD}<studio>&#65534;</studio>"),
    "references to what needs an escape, and to a surrogate": index_1(f"{OLD}<studio>&#60;</studio>&#55296;"),
    "space behind the title of 1.x": index_1(f"<title>A\xa0</title>{MOVIE}"),
    "a comment between records": index_2(MOVIE + TITLE + BOTH).replace(
        b"</catalog_titles>", b"<!-- c --></catalog_titles>"
    ),
    "what is not well-formed between records": index_2(
        MOVIE + TITLE + BOTH, MOVIE.replace("/1<", "/2<") + TITLE + BOTH
    ).replace(b"</catalog_title>\n<", b"</catalog_title>\n]]><", 1),
}


@pytest.mark.parametrize("xml", EXAMPLES.values(), ids=EXAMPLES)
def test_examples_as_bytes_or_as_trees(xml: bytes) -> None:
    """What once came out in two ways, or would without a word of the code."""
    fast, slow = outcomes(xml, "process", {})
    assert fast == slow


@pytest.mark.parametrize("layout", LAYOUTS)
def test_usual_is_what_dumps_hold(layout: str) -> None:
    """Nearly all records of every layout go the fast way: else it would be slow, and nothing else would tell."""
    records = dump(layout, 300, 1).records
    quick = read_1 if layout == "1.x" else read_2
    assert sum(quick(record) is not None for record in records) > 0.94 * len(records)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_children_come_in_order_with_their_bytes() -> None:
    """Each child keeps its bytes; they stand in the order of every title."""
    found = usual(
        "<updated>1</updated>", category("genres", "Dramas"), link("people.cast", f"<people>{link('person')}</people>")
    )
    assert found is not None
    assert [(slot, data.decode()) for slot, data, _, _ in found.children] == [
        (Slot.ID, MOVIE),
        (Slot.TITLE, TITLE),
        (Slot.CATEGORY, category("genres", "Dramas")),
        (Slot.CAST, link("people.cast", f"<people>{link('person')}</people>")),
        (Slot.UPDATED, "<updated>1</updated>"),
    ]


def test_what_belongs_to_one_medium_is_marked() -> None:
    """An availability, an entry of a list by format, a genre and a UPC leave the file of the other medium."""
    found = usual(
        category("genres", "Blu-ray"),
        formats(availability("DVD"), availability("instant")),
        link(
            "titles/screen_formats",
            f"<screen_formats><screen_format>{category('title_formats', 'DVD')}</screen_format></screen_formats>",
        ),
        f'<external_ids><id rel="{SCHEMAS}/id.upc">1</id><id rel="{SCHEMAS}/id.isbn">2</id></external_ids>',
    )
    assert found is not None
    assert found.terms == ["dvd", "instant"]
    assert written(found.children, "streaming").decode() == (
        f"<catalog_title>{MOVIE}{TITLE}{formats(availability('instant'))}"
        f'<external_ids><id rel="{SCHEMAS}/id.isbn">2</id></external_ids></catalog_title>\n'
    )


def test_retired_references_are_gone() -> None:
    """AMG and TMS: ids with what they empty, elements, attributes, links, parameters of an address."""
    found = usual(
        '<title short="a" regular="a" amg="1" tms_id="1"/>',
        f'<external_ids><id rel="{SCHEMAS}/id.amg">1</id></external_ids>',
        "<tms_id>2</tms_id>",
        link("id.tms"),
        link("titles.similars", href="x?include_amg=1&amp;v=2"),
    )
    assert found is not None
    assert [data.decode() for _, data, _, _ in found.children[2:]] == [
        '<title short="a" regular="a"/>',
        link("titles.similars", href="x?v=2"),
    ]
    assert sorted(found.removed) == ["amg", "amg", "amg", "tms", "tms", "tms"]


def test_1_x_becomes_2_0() -> None:
    """Space goes, characters are spelled, people and formats get their links, categories lose their twins."""
    old = f"""<title_index_item>
      <title>Caf&#233; "B"</title>
      {MOVIE}
      <category scheme="http://a/catalog/genres" label="Dramas" term="Dramas" status="deprecated"></category>
      <category scheme="http://a/categories/genres" label="Dramas" term="Dramas"></category>
      <link href="p" rel="{SCHEMAS}/person.actor" title="Zo&#235;"></link>
      <delivery_formats></delivery_formats>
    </title_index_item>"""
    found = read_1(old.encode())
    assert found is not None
    assert written(found.children, "titles").decode() == (
        f'<catalog_title>{MOVIE}<title short="Café &quot;B&quot;" regular="Café &quot;B&quot;"/>'
        '<category scheme="http://a/categories/genres" label="Dramas" term="Dramas"/>'
        f'<link href="{API}/titles/movies/1/format_availability" rel="{SCHEMAS}/titles/format_availability"'
        ' title="formats"><delivery_formats/></link>'
        f'<link href="{API}/titles/movies/1/cast" rel="{SCHEMAS}/people.cast" title="cast"><people>'
        f'<link href="p" rel="{SCHEMAS}/person" title="Zoë"/></people></link></catalog_title>\n'
    )


@pytest.mark.parametrize(
    "child",
    [
        "<runtime >1</runtime>",
        "<Runtime>1</Runtime>",
        "<a>1</b>",
        "<a>&#97;</a>",
        "<a>1 > 0</a>",
        "<a>&quot;</a>",
        "<a b='c'>1</a>",
        "<a><b/></a>",
        "text",
        "<!-- comment -->",
        "<?instruction?>",
        "<synopsis><![CDATA[a]]></synopsis >",
        link("titles/synopsis", "<synopsis><![CDATA[a]]> b</synopsis>"),
        link("titles/synopsis", "<synopsis></synopsis>"),
        link("titles/box_art", "<box_art></box_art>"),
        link("people.cast", f"<people>{link('person')}</people><x/>"),
        link("people.cast", f"<people>{link('person.amg')}</people>"),
        link("id.amg", "<x/>"),
        link("titles.discs", f"<catalog_titles>{link('title')}</catalog_titles>"),
        link("titles/awards", "<awards><award_winner><x/></award_winner></awards>"),
        link("titles.similars", title="\x01"),
        link("titles.similars", title="\ufffe"),
        formats(availability("DVD", dates=' since="1"')),
        category("genres", "a", category("genres", "b")),
        category("genres", "a").replace("term=", "x="),
        '<title short="a" regular="a" amg_id="1" amg_id="1"/>',
        '<title short="a" regular="a" AMG_ID="1"/>',
        "<external_ids><id>1</id></external_ids>",
    ],
)
def test_anything_else_is_not_of_the_usual_shape(child: str) -> None:
    """What is written otherwise, or holds what no rule expects there, is left to the trees."""
    assert usual(child) is None


def test_where_a_record_ends() -> None:
    """It begins at an offset and is read to its end; what stands behind that is no matter."""
    found = read_2(b"..<catalog_title><id>1</id></catalog_title><x/>", start=2)
    assert found is not None
    assert found.end == len(b"..<catalog_title><id>1</id></catalog_title>")
    assert read_2(b"<catalog_title><id>1</id>") is None


# --- marks, and records that wait -------------------------------------------------------------------------------------


def test_marks_leave_out_what_is_the_other_mediums() -> None:
    """In the file of a medium its own stays; in one for no medium everything does; no mark is left."""
    data = b"a" + only("streaming", b"b") + only("dvd", b"c")
    assert [render(data, target) for target in ("streaming", "dvd", "unavailable")] == [b"ab", b"ac", b"abc"]
    assert not is_marked(render(data, "dvd"))


def test_marks_within_what_is_of_one_medium() -> None:
    """What is of the other medium within goes to neither file; what has two versions keeps the one of its medium."""
    inside = b"a" + only("streaming", b"b") + versions({"streaming": b"1", "dvd": b"2", "whole": b"3"})
    data = only("dvd", inside)
    assert [render(data, target) for target in ("streaming", "dvd", "unavailable")] == [b"", b"a2", b"ab3"]


def test_what_would_be_emptied_is_marked_as_a_whole() -> None:
    """Entries of one medium take what holds them with them; of several, each goes alone."""
    assert around(b"<a>", [("dvd", [b"1"]), ("dvd", [b"2"])], b"</a>") == ("dvd", [b"<a>", b"1", b"2", b"</a>"])
    medium, pieces = around(b"<a>", [("dvd", [b"1"]), (None, [b"2"])], b"</a>")
    assert medium is None
    assert render(b"".join(pieces), "streaming") == b"<a>2</a>"


def test_a_record_that_waits_keeps_its_children() -> None:
    """Each that tells anything comes back as it was, silent ones together unless something may come in between."""
    marks = b"<a>" + only("dvd", b"<b/>") + b"</a>"
    children = [
        (Slot.ID, b"<id>1</id>", True, None),
        (Slot.BOX_ART, b"<art/>", False, None),
        (Slot.SYNOPSIS, b"<synopsis/>", False, None),
        (Slot.EXPANSION, b"<awards/>", False, None),
        (Slot.EXPANSION, marks, False, None),
        (Slot.EXTERNAL_IDS, b"<upc/>", False, "dvd"),
        (Slot.LINK, b"<disc/>", False, "dvd"),
        (Slot.LINK, b"<instant/>", False, "streaming"),
        (Slot.UPDATED, b"<updated/>", True, None),
    ]
    assert unpack(pack(b"<catalog_title>", children)) == (
        b"<catalog_title>",
        [
            (Slot.ID, b"<id>1</id>", True, None),
            (Slot.BOX_ART, b"<art/><synopsis/>", False, None),
            (Slot.EXPANSION, b"<awards/>", False, None),
            (Slot.EXPANSION, marks, False, None),
            (Slot.EXTERNAL_IDS, b"<upc/><disc/>", False, "dvd"),
            (Slot.LINK, b"<instant/>", False, "streaming"),
            (Slot.UPDATED, b"<updated/>", True, None),
        ],
    )

"""Equal facts give equal bytes, however the XML is spelled (spec sections 5 and 10)."""

from __future__ import annotations

import gzip
from contextlib import nullcontext
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock
from xml.sax.saxutils import escape

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.examples import examples
from tests.running import COMMANDS, Outcome, catindex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: How many bytes a chunk has; with 1, each record is a chunk of its own.
CHUNK_BYTES = "catindex.read.chunks.CHUNK_BYTES"
FEW = settings(max_examples=examples(15), phases=[Phase.generate, Phase.shrink])

# --- facts ------------------------------------------------------------------------------------------------------------


class Cdata(str):
    """Text that is written as a CDATA section."""

    __slots__ = ()


class Node(NamedTuple):
    """An element: its name, its attributes, and the elements or the text inside it."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    inside: tuple[Node | str, ...]


def node(name: str, *inside: Node | str, **attributes: str) -> Node:
    """Return an element."""
    return Node(name, tuple(attributes.items()), inside)


API = "http://api.netflix.com"
TITLES = f"{API}/catalog/titles"
SCHEMAS = "http://schemas.netflix.com/catalog"


def link(rel: str, path: str, title: str, *inside: Node) -> Node:
    """Return a link with a rel of the catalog's schemas."""
    return node("link", *inside, href=f"{TITLES}/{path}", rel=f"{SCHEMAS}/{rel}", title=title)


def category(scheme: str, term: str, *inside: Node, **status: str) -> Node:
    """Return a category."""
    return node("category", *inside, scheme=f"{API}/{scheme}", label=term, term=term, **status)


def form(term: str, *inside: Node) -> Node:
    """Return the category of a format."""
    return category("categories/title_formats", term, *inside)


def twins(scheme: str, term: str) -> list[Node]:
    """Return a genre or a format as in 1.x: a deprecated category, then the current one."""
    old = category(f"catalog/{scheme}", term, status="deprecated")
    return [old, category(f"categories/{scheme}".replace("titles/", "title_"), term)]


def external_id(source: str, value: str) -> Node:
    """Return an external id."""
    return node("id", value, rel=f"{SCHEMAS}/{source}")


INSTANT = node("availability", form("instant"), available_from="5", available_until="4102444800")
DVD = node("availability", form("DVD"), available_from="7")
BLU_RAY = node("availability", form("Blu-ray"))
MIXED = node("availability", form("instant"), form("DVD", category("categories/title_formats/quality", "HD")))
DETAILED = node("availability", form("instant", category("categories/mpaa_ratings", "R")), node("runtime", "60"))
OTHERS = node("availability", form("dvd"), form("VHS"), available_from="7")
LANGUAGE = category("categories/languages", "English", category("categories/audio", "Mono"))
ENTRIES = (
    (form("instant", LANGUAGE),),
    (form("DVD", LANGUAGE), form("Blu-ray", LANGUAGE)),
    (form("instant", LANGUAGE), form("DVD", LANGUAGE)),
    (),
)
EXTERNAL_IDS = (
    node("external_ids", external_id("id.upc", "0123456789012"), external_id("id.amg", "V 1")),
    node("external_ids", external_id("id/tms", "MV1"), external_id("id#AMG", "V 2")),
    node("external_ids", external_id("id.upc", "1")),
    node("external_ids"),
)
ELSEWHERE = (
    link("titles/amg", "x", "AMG page"),
    link("titles.similars", "movies/1/similars?include_amg=true&max_results=9", "similars"),
    link("titles.similars", "movies/1/similars?max_results=9&amp;include_amg=1", "escaped twice"),
    link("titles.similars", "movies/1/similars{?include_tms,max_results}", "template"),
    node("amg_id", "V 3"),
    node("note", "5 > 4 & 3 < 4", tms_id="MV2", quotes="'single' and \"double\""),
)
STUDIO = node("studio", "Studio Élan")
NAMES = ("M", "Show", "Show: Season 1", 'Show: Season 1: "Pilot"', "Café & Söhne: Ep 4", "東京")


def offers(*availabilities: Node) -> Node:
    """Return a format availability of 2.0."""
    return link("titles/format_availability", "x", "formats", node("delivery_formats", *availabilities))


def entries(rel: str, name: str, entry: str, *formats: tuple[Node, ...]) -> Node:
    """Return the languages or the screen formats of a 2.0 record."""
    return link(f"titles/{rel}", "x", rel, node(name, *(node(entry, *found) for found in formats)))


def nested(path: str, title: str, *inside: Node) -> Node:
    """Return a record, as in an index or in a list of 2.0."""
    names = node("title", short=title, regular=title)
    return node("catalog_title", node("id", f"{TITLES}/{path}"), names, *inside)


PIECES_2 = (
    *(offers(DVD, INSTANT), offers(BLU_RAY), offers(MIXED), offers(DETAILED), offers(OTHERS), offers()),
    *(
        entries(*names, *found)
        for names in (
            ("languages_and_audio", "languages_and_audio", "language_audio_format"),
            ("screen_formats", "screen_formats", "screen_format"),
        )
        for found in (ENTRIES, *zip(ENTRIES))
    ),
    *EXTERNAL_IDS,
    *ELSEWHERE,
    category("categories/genres/6548", "Comedies & more"),
    category("categories/genres/2444", "Blu-ray"),
    link("titles/synopsis", "x", "synopsis", node("synopsis", Cdata('<a href="x">É</a>\nand <b>on</b> & on'))),
    link("titles/synopsis.short", "x", "short", node("short_synopsis", "On\nand on & 'on'")),
    link("people.cast", "x", "cast", node("people", link("person", "y", "Zoë O'Dell"))),
    link("titles.similars", "x", "similars", node("catalog_titles", nested("movies/9", "Other"), *ELSEWHERE[:2])),
    link("titles.discs", "x", "discs", node("catalog_titles", link("title.disc", "discs/1", "Show: Disc 1"))),
    link("titles.programs", "x", "episodes", link("title", "programs/1", "Show: Ep 1"), link("title", "", "Show: Two")),
    link("titles.season", "series/1/seasons/2", "Show: Season 1"),
    link("titles.series", "series/1", "Show"),
    node("show", node("season_number", "1"), node("episode_number", "3"), id="1"),
    node("show", id="1"),
    *(node(name, "2") for name in ("season_number", "episode_number", "disc_number", "sequence_nr_in_series")),
    *(node("release_year", "1999"), node("release_year"), node("average_rating"), STUDIO),
)
PIECES_1 = (
    *(
        node("delivery_formats", *(node("availability", *twins("titles/formats", term)) for term in terms))
        for terms in (("instant", "DVD"), ("Blu-ray",), ("instant",), ())
    ),
    node("delivery_formats", MIXED),
    node("delivery_formats", node("availability", twins("titles/formats", "DVD")[0], available_from="9")),
    *EXTERNAL_IDS,
    *ELSEWHERE,
    *twins("genres", "Comedies & more"),
    *twins("genres", "Blu-ray"),
    *(link(f"person.{role}", "x", "Zoë O'Dell") for role in ("actor", "director")),
    *(link("series", "series/1", "Show"), link("season", "series/1/seasons/2", "Show: Season 1")),
    *(link("disc", "discs/1", "Show: Disc 1"), link("program", "programs/1", "Show: Ep 1")),
    node("link", href="http://www.netflix.com/Movie/1", rel="alternate", title="web page"),
    *(node("release_year", "1999"), node("release_year"), node("sequence_nr_in_series", "2"), STUDIO),
)
PIECES = {"2.0": PIECES_2, "1.x": PIECES_1}
PATHS = ("movies/1", "movies/2", "series/1", "series/1/seasons/2", "programs/7/1", "programs/2", "discs/1", "discs/2")


def record(dialect: str, path: str, name: str, pieces: Sequence[Node]) -> Node:
    """Return a record of a dialect."""
    updated = node("updated", "1300000000")
    if dialect == "2.0":
        return nested(path, name, *pieces, updated)
    return node("title_index_item", node("title", name), node("id", f"{TITLES}/{path}"), *pieces, updated)


def everything(dialect: str) -> list[Node]:
    """Return records that hold all pieces: movies that are available in both media, and a part of a series for each."""
    pieces = PIECES[dialect]
    movies = [
        record(dialect, f"movies/{100 + at}", NAMES[at % 6], [piece, pieces[0]]) for at, piece in enumerate(pieces)
    ]
    show = [record(dialect, path, NAMES[at % 6], [*pieces[-12:], pieces[0]]) for at, path in enumerate(PATHS)]
    return movies + show


# --- spellings --------------------------------------------------------------------------------------------------------


class Style(NamedTuple):
    """The spelling of a record; ``indent`` is the indent of a level if each element has a line of its own."""

    pair: bool = False
    quote: str = '"'
    space: str = ""
    reference: str = ""
    indent: str | None = None


class Layout(NamedTuple):
    """The spelling of a dump."""

    declaration: str = '<?xml version="1.0" encoding="{}"?>\n'
    encoding: str = "UTF-8"
    line_end: str = "\n"
    separator: str = "\n"
    packed: bool = False
    chunk_bytes: int | None = None
    reverse: bool = False


USUAL = Layout()
ENCODINGS = ("UTF-8", "UTF-16", "ISO-8859-1")
NO_DECLARATION = [Layout(declaration="", encoding=encoding) for encoding in ENCODINGS[:2]]
styles = st.builds(
    Style,
    pair=st.booleans(),
    quote=st.sampled_from("\"'"),
    space=st.sampled_from(["", " ", "\n\t"]),
    reference=st.sampled_from(["", "&#{};", "&#x{:x};", "&#x{:04X};"]),
    indent=st.sampled_from([None, "", "  "]),
)
layouts = st.sampled_from(NO_DECLARATION) | st.builds(
    Layout,
    declaration=st.sampled_from(
        ['<?xml version="1.0" encoding="{}"?>\n', "<?xml version='1.0'  encoding='{}' standalone='yes' ?>"]
    ),
    encoding=st.sampled_from(ENCODINGS),
    line_end=st.sampled_from(["\n", "\r\n"]),
    separator=st.sampled_from(["", "\n", "\n    "]),
    packed=st.booleans(),
    chunk_bytes=st.sampled_from([None, 1, 1000]),
    reverse=st.just(False),  # noqa: FBT003 - a value, not an option
)
#: One difference at a time from the default spelling.
DIFFERENCES = {
    "pairs": (Style(pair=True), Layout()),
    "single quotes": (Style(quote="'"), Layout()),
    "spaces in tags": (Style(space=" "), Layout()),
    "line breaks in tags": (Style(space="\n\t"), Layout()),
    "decimal references": (Style(reference="&#{};"), Layout()),
    "hexadecimal references": (Style(reference="&#x{:X};"), Layout()),
    "an element a line": (Style(indent=""), Layout()),
    "indented": (Style(indent="  "), Layout(separator="\n  ")),
    "no line breaks": (Style(), Layout(separator="")),
    "CRLF": (Style(indent="  "), Layout(line_end="\r\n")),
    "UTF-16": (Style(), Layout(encoding="UTF-16")),
    "latin-1": (Style(), Layout(encoding="ISO-8859-1")),
    "no declaration": (Style(), NO_DECLARATION[0]),
    "UTF-16 without declaration": (Style(), NO_DECLARATION[1]),
    "gzip": (Style(), Layout(packed=True)),
    "chunks of one record": (Style(), Layout(chunk_bytes=1)),
    "pairs in chunks of one record": (Style(pair=True), Layout(chunk_bytes=1)),
}


def spelled_text(text: str, style: Style) -> str:
    """Write text or the value of an attribute, with references for ASCII letters and digits if the style has them."""
    if isinstance(text, Cdata):
        return f"<![CDATA[{text}]]>"
    if not style.reference:
        return escape(text, {'"': "&quot;", "'": "&apos;"})
    return "".join(
        style.reference.format(ord(each)) if each in "&<>'\"" or (each.isascii() and each.isalnum()) else each
        for each in text
    )


def spelled(element: Node, style: Style, *, reverse: bool, depth: int = 1) -> str:
    """Write an element."""
    name, attributes, inside = element
    equals, quote = style.space + "=" + style.space, style.quote
    start = f"<{name}" + "".join(
        f"{style.space or ' '}{key}{equals}{quote}{spelled_text(value, style)}{quote}"
        for key, value in (attributes[::-1] if reverse else attributes)
    )
    if not inside and not style.pair:
        return f"{start}{style.space}/>"
    if isinstance(inside[0] if inside else "", str) or style.indent is None:
        before, after = "", ""
    else:
        before, after = "\n" + depth * style.indent, "\n" + (depth - 1) * style.indent
    content = "".join(
        spelled_text(child, style)
        if isinstance(child, str)
        else before + spelled(child, style, reverse=reverse, depth=depth + 1)
        for child in inside
    )
    return f"{start}{style.space}>{content}{after}</{name}{style.space}>"


def index(dialect: str, records: Iterable[Node], chosen: Sequence[Style], layout: Layout) -> bytes:
    """Write a dump, the records in the styles in turn."""
    root = "catalog_titles" if dialect == "2.0" else "catalog_title_index"
    body = "".join(
        layout.separator + spelled(each, style, reverse=layout.reverse)
        for each, style in zip(records, cycle(chosen), strict=False)
    )
    text = f"{layout.declaration.format(layout.encoding)}<{root}>{body}\n</{root}>\n"
    data = text.replace("\n", layout.line_end).encode(layout.encoding, "xmlcharrefreplace")
    return gzip.compress(data, mtime=0) if layout.packed else data


# --- runs -------------------------------------------------------------------------------------------------------------


def run(
    command: str,
    dialect: str,
    records: Sequence[Node],
    chosen: Sequence[Style] = (Style(),),
    layout: Layout = USUAL,
) -> Outcome:
    """Run a command on records in a spelling."""
    chunks = mock.patch(CHUNK_BYTES, layout.chunk_bytes) if layout.chunk_bytes else nullcontext()
    with chunks:
        return catindex(command, index(dialect, records, chosen, layout))


def counts(outcome: Outcome) -> dict[str, Any]:
    """Return what a report says of the records, without what depends on the size of the input and on its lines."""
    warnings = [
        (
            warning["code"],
            warning["count"],
            [(example["key"], example.get("detail")) for example in warning["examples"]],
        )
        for warning in outcome.report["warnings"]
    ]
    return {name: outcome.report[name] for name in ("records", "series", "external_ids")} | {"warnings": warnings}


def canonical(outcome: Outcome) -> dict[str, bytes]:
    """Return the outputs in canonical XML, in which the order of attributes makes no difference."""
    return {name: etree.tostring(etree.fromstring(data), method="c14n") for name, data in outcome.files.items()}


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    """Return each command in turn."""
    return str(request.param)


@pytest.fixture(params=PIECES)
def dialect(request: pytest.FixtureRequest) -> str:
    """Return each dialect in turn."""
    return str(request.param)


@cache
def usual(command: str, dialect: str) -> Outcome:
    """Run a command on the records that hold all pieces, in the default spelling."""
    return run(command, dialect, everything(dialect))


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_one_difference(command: str, dialect: str, difference: str) -> None:
    """A single difference of spelling changes no byte of the outputs and no count in the report."""
    style, layout = DIFFERENCES[difference]
    other = run(command, dialect, everything(dialect), [style], layout)
    assert other.files == usual(command, dialect).files
    assert counts(other) == counts(usual(command, dialect))


def test_reversed_attributes(command: str, dialect: str) -> None:
    """The order of attributes is kept in the outputs and changes nothing else."""
    other = run(command, dialect, everything(dialect), layout=Layout(reverse=True))
    assert canonical(other) == canonical(usual(command, dialect))
    assert counts(other) == counts(usual(command, dialect))
    assert other.files != usual(command, dialect).files


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_copies_in_another_spelling(dialect: str, difference: str) -> None:
    """A copy of a record that is spelled differently is identical to it, not a conflict."""
    style, layout = DIFFERENCES[difference]
    records = everything(dialect)
    copied = run("process", dialect, [each for each in records for _ in range(2)], [Style(), style], layout)
    assert copied.files == usual("process", dialect).files
    assert copied.report["records"]["duplicates"] == len(records)
    assert copied.report["records"]["conflicts"] == 0


def indexes(dialect: str) -> st.SearchStrategy[list[Node]]:
    """Return a strategy for the records of a dump."""
    pieces = st.lists(st.sampled_from(PIECES[dialect]), max_size=6)
    records = st.builds(record, st.just(dialect), st.sampled_from(PATHS), st.sampled_from(NAMES), pieces)
    return st.lists(records, min_size=1, max_size=5)


@FEW
@given(data=st.data())
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("dialect", PIECES)
def test_any_spelling(command: str, dialect: str, data: st.DataObject) -> None:
    """Each record in a spelling of its own, in a dump in any encoding and layout, gives the same bytes and counts."""
    records = data.draw(indexes(dialect))
    chosen, layout = data.draw(st.lists(styles, min_size=1, max_size=5)), data.draw(layouts)
    plain, other = run(command, dialect, records), run(command, dialect, records, chosen, layout)
    assert other.files == plain.files
    assert counts(other) == counts(plain)


@FEW
@given(data=st.data())
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("dialect", PIECES)
def test_any_spelling_with_reversed_attributes(command: str, dialect: str, data: st.DataObject) -> None:
    """In any spelling, reversed attributes change only the order of the attributes that are written."""
    records = data.draw(indexes(dialect))
    chosen, layout = [data.draw(styles)], data.draw(layouts)._replace(reverse=True)
    plain, other = run(command, dialect, records), run(command, dialect, records, chosen, layout)
    assert canonical(other) == canonical(plain)
    assert counts(other) == counts(plain)

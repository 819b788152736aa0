"""Reads a record of the usual shape: its children in order, as bytes, with all that the rules have to say of each."""

from __future__ import annotations

import re
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.marks import around, is_marked, render
from catindex.offers import formats_of
from catindex.read.chunks import parse
from catindex.read.dialect import INDEX_1
from catindex.rules import external_ids
from catindex.rules.external_ids import RETIRED_NAMES, RETIRED_TOKENS
from catindex.rules.formats import MEDIA, SLOTS_OF_OWNED_LINKS, medium_of_link
from catindex.rules.keys import OTHER, RANKS, key_of_url, kind_of
from catindex.rules.structure import FORMAT_AVAILABILITY, PEOPLE, SCHEMAS, SLOT_OF_TAG, Slot, link_to
from catindex.series.children import END, START
from catindex.series.relations import edges_between, edges_in, edges_of_url
from catindex.usual.answers import (
    UnusualError,
    about_link,
    by_format,
    categories_of,
    source_of,
)
from catindex.usual.grammar import EXTERNAL_ID, PERSON, RETIRED_ATTRIBUTE, grammar_for, old_grammar, spell, squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catindex.marks import Told
    from catindex.rules.structure import Expansion
    from catindex.series.children import Child, Manner
    from catindex.series.relations import Edge
    from catindex.usual.grammar import Grammar

    Match = re.Match[bytes]


class Usual(NamedTuple):
    """A record of the usual shape, in 2.0 structure and stripped: where it ends, its key, its children in order.

    ``edges`` are all that a part says about who belongs to whom. ``terms`` are those of its formats, None where it says
    nothing about them; ``removed`` and ``kept`` are the sources of its external ids and other such references.
    """

    end: int
    key: str
    children: list[Child]
    edges: list[Edge]
    terms: list[str] | None
    removed: list[str]
    kept: list[str]


#: Children, by what the grammar calls them, that are taken as they are -> their slot.
_PLAIN = {
    "box_art": Slot.BOX_ART,
    "release_year": Slot.RELEASE_YEAR,
    "runtime": Slot.RUNTIME,
    "similars": Slot.EXPANSION,
    "awards": Slot.EXPANSION,
    "synopsis": Slot.SYNOPSIS,
    "short_synopsis": Slot.SYNOPSIS,
    "cast": Slot.CAST,
    "directors": Slot.DIRECTORS,
    "average_rating": Slot.AVERAGE_RATING,
    "updated": Slot.UPDATED,
}

#: Lists of parts -> their slot.
_LISTS = {"seasons": Slot.SEASONS, "episodes": Slot.EPISODES, "discs": Slot.DISCS}

#: What is no leaf, or one that 1.x has only once and 2.0 not at all.
_NO_LEAVES = frozenset({"link", "category", "catalog_title", "catalog_titles", "show", "delivery_formats", "title"})

#: A record longer than this is none of the usual shape: its children would take a multiple of its memory.
_MOST_BYTES = 1 << 18

_SLOT = itemgetter(0)

# The end of include_amg and include_tms: no other retired reference is left in what the grammar knows.
_PARAMETERS = re.compile(rb"_[aAtT][mM][gGsS]")
# Where a rule has asked what the value says, which is another one without the parameter.
_ASKED = re.compile(rb'(?:scheme|label|term|rel)="[^"]*' + _PARAMETERS.pattern)
# What stands for another character than in a tree, but for &, which a parameter may begin with either way.
_ESCAPES = re.compile(rb"&(?!amp;)")

_PEOPLE = {f' rel="{SCHEMAS}{rel}"'.encode(): expansion for rel, expansion in PEOPLE.items()}
_PERSON = f' rel="{SCHEMAS}catalog/person"'.encode()
_END_OF_OLD = b"</title_index_item>"
_AVAILABILITY_END = b"</availability>"


def read(data: bytes, manner: Manner, start: int = 0, *, dialect: str, strip: bool) -> Usual | None:
    """Read the record of a dialect that begins at an offset; ``strip`` takes AMG and TMS references out.

    None where there is none of the usual shape, well-formed or not.
    """
    try:
        if dialect == INDEX_1:
            return _read_old(data, manner, start, strip=strip)
        return _Record(data, manner, grammar_for(data, start), strip=strip).read(start)
    except UnusualError:
        return None


def _read_old(data: bytes, manner: Manner, start: int, *, strip: bool) -> Usual:
    """Read a record of 1.x: what is spelled out has another length, so its bytes are taken out first."""
    end = data.find(_END_OF_OLD, start) + len(_END_OF_OLD)
    record = spell(data[start:end])
    usual = _Record(record, manner, old_grammar(), strip=strip).read(0)
    if usual.end < len(record):
        raise UnusualError
    return usual._replace(end=end)


def written(children: Sequence[Child], target: str) -> bytes:
    """Write a title of its children, as a line of its own, for an output."""
    foreign = MEDIA if target in MEDIA else ()
    pieces = [data for _, data, _, medium in children if medium == target or medium not in foreign]
    return render(b"".join([START, *pieces, END, b"\n"]), target)


class _Record:
    """The state of reading one record."""

    __slots__ = (
        "_address", "_categories", "_children", "_data", "_edges", "_grammar", "_is_part", "_kept", "_key",
        "_manner", "_people", "_removed", "_strip", "_terms",
    )  # fmt: skip

    def __init__(self, data: bytes, manner: Manner, grammar: Grammar, *, strip: bool) -> None:
        self._data, self._manner, self._grammar, self._strip = data, manner, grammar, strip
        self._children: list[Child] = []
        self._categories: list[bytes] = []
        self._people: list[bytes] = []
        self._edges: list[Edge] = []
        self._terms: list[str] | None = None
        self._removed: list[str] = []
        self._kept: list[str] = []

    def read(self, start: int) -> Usual:
        data, grammar, children = self._data, self._grammar, self._children
        at = self._begin(start)
        add = children.append
        plain = {} if grammar.spaced or self._manner.years_tell else _PLAIN
        for child in grammar.child.finditer(data, at, start + _MOST_BYTES):
            kind: str = child.lastgroup  # type: ignore[assignment]  # every child has one
            slot = plain.get(kind)
            if slot is not None:
                add((slot, child[0], False, None))
            elif kind == "end":
                break
            else:
                _HANDLERS[kind](self, child)
        else:
            raise UnusualError
        end = child.end()
        if grammar.old:
            self._add_categories(b"".join(self._categories))
            self._add_people(b"".join(self._people))
        children.sort(key=_SLOT)
        if self._strip and _PARAMETERS.search(data, start, end):
            children = [left for child in children for left in self._stripped(child)]
        return Usual(end, self._key, children, self._edges, self._terms, self._removed, self._kept)

    def _begin(self, start: int) -> int:
        """Read how the record begins; give the offset behind that."""
        head = self._grammar.head.match(self._data, start)
        if head is None or not head["id"]:
            raise UnusualError
        self._address = head["id"]
        url = _plain_text(self._address)
        self._key = key_of_url(url) or f"{OTHER}/{url}"
        self._is_part = kind_of(self._key) in RANKS
        if self._is_part:
            self._edges += edges_of_url(self._key, url)
        self._children.append((Slot.ID, b"<id>%s</id>" % self._address, True, None))
        if self._grammar.old:
            if head["retired"] and not self._takes(head["retired"]):
                raise UnusualError
            self._add_title(head["title"])
        return head.end()

    def strange(self, _: Match) -> None:
        raise UnusualError

    def plain(self, child: Match) -> None:
        kind = child.lastgroup or ""
        telling = self._manner.tells(kind)
        self._children.append((_PLAIN[kind], self._tidy(child[0]), telling, None))

    def page(self, child: Match) -> None:
        """Add a link to a page on the web, which is no medium's."""
        data = child[0]
        if self._grammar.spaced:
            data = data.lstrip().replace(b"></link>", b"/>")
        if b"/discs/" in data:
            raise UnusualError
        self._children.append((Slot.LINK, data, False, None))

    def _tidy(self, element: bytes) -> bytes:
        """Write an element without text as in a dense record."""
        return squeeze(element.strip()) if self._grammar.spaced else element

    def _add_title(self, text: bytes) -> None:
        """Write the title of 1.x as that of 2.0."""
        value = text.replace(b'"', b"&quot;")
        if text.decode() != text.decode().strip():
            raise UnusualError
        self._children.append((Slot.TITLE, b'<title short="%s" regular="%s"/>' % (value, value), True, None))

    def title(self, child: Match) -> None:
        title = child[0]
        if (retired := child["retired"]) and self._takes(retired):
            title = title.replace(retired, b"")
        self._children.append((Slot.TITLE, self._tidy(title), True, None))

    def _takes(self, retired: bytes) -> bool:
        """Count attributes that refer to AMG or TMS, and tell whether they go."""
        names = [name.decode() for name in RETIRED_ATTRIBUTE.findall(retired)]
        if len(set(names)) < len(names):  # that is not well-formed
            raise UnusualError
        if self._strip:
            self._removed += [RETIRED_NAMES[name] for name in names]
        return self._strip

    def show(self, child: Match) -> None:
        self._add_relatives(Slot.UNKNOWN, self._tidy(child[0]))

    def synopsis(self, child: Match) -> None:
        data = child[0].lstrip()  # the space within the text stays
        begin, end = data.index(b">") + 1, len(data) - len(b"</link>")
        data = b"".join([data[:begin], data[begin:end].strip(), data[end:]])
        self._children.append((Slot.SYNOPSIS, data, False, None))

    def family(self, child: Match) -> None:
        """Add a list of parts of the series."""
        if not self._is_part:
            raise UnusualError
        self._add_relatives(_LISTS[child.lastgroup or ""], self._tidy(child[0]))

    def _add_relatives(self, slot: int, data: bytes) -> None:
        """Add what may name several titles of the series, or one without its address."""
        self._children.append((slot, data, True, None))
        if self._is_part:
            (record,) = parse(b"<r>%s</r>" % data)
            self._edges += edges_in(record, self._key)

    def by_format(self, child: Match) -> None:
        """Add a list that has an entry for each format, of a link that is no medium's as a whole."""
        start, end, inside = child[0].partition(b">")
        medium: str | None = None
        if self._manner.mark:
            medium, data = by_format(inside, child.lastgroup or "")
        else:
            data = squeeze(inside.lstrip())
        self._children.append((Slot.EXPANSION, b"".join([start.lstrip(), end, data]), False, medium))

    def link(self, child: Match) -> None:
        rel = about_link(child["rel"])
        if rel.people and self._grammar.old:  # not written as the others are
            raise UnusualError
        data = child[0].lstrip().replace(b"></link>", b"/>") if self._grammar.spaced else child[0]
        if rel.retired is not None and self._strip:
            self._removed.append(rel.retired)
        elif rel.family and self._is_part:
            url = _plain_text(child["href"])
            if relative := key_of_url(url):
                self._edges += edges_between(self._key, relative, url)
            self._children.append((rel.slot, data, True, None))
        else:
            owned = rel.slot in SLOTS_OF_OWNED_LINKS and (rel.medium or b"/discs/" in child["href"])
            if owned and _PARAMETERS.search(data):  # it may lead to a disc without the parameter
                raise UnusualError
            medium = medium_of_link(rel.text, _plain_text(child["href"])) if owned else None
            telling = self._is_part and rel.slot == Slot.FORMATS
            self._children.append((rel.slot, data, telling, medium if self._manner.mark else None))

    def category(self, child: Match) -> None:
        run = self._tidy(child[0])
        if self._grammar.old:
            self._categories.append(run)
        else:
            self._add_categories(run)

    def _add_categories(self, run: bytes) -> None:
        for medium, data in categories_of(run, self._grammar.old) if run else ():
            self._children.append((Slot.CATEGORY, data, False, medium if self._manner.mark else None))

    def person(self, child: Match) -> None:
        self._people.append(self._tidy(child[0]).replace(b"></link>", b"/>"))

    def _add_people(self, run: bytes) -> None:
        """Add the links around people that 2.0 has."""
        for rel, expansion in _PEOPLE.items():
            if rel in run:
                others = any(other in run for other in _PEOPLE if other != rel)
                people = b"".join([link for link in PERSON.findall(run) if rel in link]) if others else run
                pieces = [self._link_to(expansion), b"<people>", people.replace(rel, _PERSON), b"</people></link>"]
                self._children.append((_PLAIN[expansion.step], b"".join(pieces), False, None))

    def _link_to(self, expansion: Expansion) -> bytes:
        return link_to(expansion, _plain_text(self._address))

    def delivery_formats(self, child: Match) -> None:
        availabilities = child["availabilities"] or b""
        if self._grammar.old:
            before, behind = self._link_to(FORMAT_AVAILABILITY) + b"<delivery_formats>", b"</delivery_formats></link>"
        elif availabilities:
            start, stop = child.start(), child.start("availabilities")
            before = self._tidy(self._data[start:stop] + b"<").removesuffix(b"<")
            behind = b"</delivery_formats></link>"
        else:
            before, behind = self._tidy(child[0]), b""
        self._add_formats(before, availabilities, behind)

    def _add_formats(self, before: bytes, availabilities: bytes, behind: bytes) -> None:
        told: list[Told] = []
        self._terms = self._terms or []
        mark = self._manner.mark and not self._is_part  # what parts offer is told apart in the series
        availabilities = self._tidy(availabilities)
        if self._grammar.old:
            availabilities = availabilities.replace(b"></category>", b"/>")
        for availability in availabilities.split(_AVAILABILITY_END)[:-1]:
            tag, _, rest = availability.partition(b">")
            categories, *runtime = rest.partition(b"<runtime>")
            formats = formats_of(categories, self._grammar.old)
            self._terms += formats.terms
            data = [tag, b">", formats.marked if mark else formats.data, *runtime, _AVAILABILITY_END]
            told.append((formats.medium if mark else None, data))
        medium, pieces = around(before, told, behind)
        self._children.append((Slot.FORMATS, b"".join(pieces), True, medium))

    def leaf(self, child: Match) -> None:
        name, text = child["name"].decode(), child["text"]
        if name in _NO_LEAVES:
            if name != "delivery_formats" or text or not self._grammar.old:
                raise UnusualError
            self._add_formats(self._link_to(FORMAT_AVAILABILITY) + b"<delivery_formats/>", b"", b"</link>")
        elif self._strip and name in RETIRED_NAMES:
            self._removed.append(RETIRED_NAMES[name])
        else:
            data = child[0].lstrip() if text else b"<%s/>" % child["name"]
            self._children.append((SLOT_OF_TAG.get(name, Slot.UNKNOWN), data, self._manner.tells(name), None))

    def external_ids(self, child: Match) -> None:
        left: list[Told] = []
        for found, rel in EXTERNAL_ID.findall(child["ids"]):
            source, medium = source_of(rel)
            if self._strip and source in RETIRED_TOKENS:
                self._removed.append(source)
            else:
                self._kept.append(source)
                left.append((medium if self._manner.mark else None, [found]))
        if left:
            medium, pieces = around(b"<external_ids>", left, b"</external_ids>")
            self._children.append((Slot.EXTERNAL_IDS, b"".join(pieces), False, medium))

    def _stripped(self, child: Child) -> list[Child]:
        """Take AMG and TMS references out of a child that may hold some."""
        slot, data, telling, medium = child
        if not _PARAMETERS.search(data):
            return [child]
        if _ASKED.search(data):
            raise UnusualError
        if slot != Slot.SYNOPSIS and not _ESCAPES.search(data):
            removed: Counter[str] = Counter()
            data = external_ids.without_parameters(data.decode(), removed).encode()
        elif is_marked(data):
            raise UnusualError
        else:
            root = parse(data)[0].getparent()
            assert root is not None
            removed = external_ids.strip_all(root)
            data = b"".join([etree.tostring(element, encoding="utf-8") for element in root])
        self._removed += removed.elements()
        return [(slot, data, telling, medium)] if data else []


_HANDLERS: dict[str, Callable[[_Record, Match], None]] = {
    **dict.fromkeys(_PLAIN, _Record.plain),
    "else": _Record.strange,
    "page": _Record.page,
    "tiny": _Record.page,
    "title": _Record.title,
    "show": _Record.show,
    "synopsis": _Record.synopsis,
    "short_synopsis": _Record.synopsis,
    "seasons": _Record.family,
    "episodes": _Record.family,
    "discs": _Record.family,
    "screen_format": _Record.by_format,
    "language_audio_format": _Record.by_format,
    "formats": _Record.delivery_formats,
    "link": _Record.link,
    "leaf": _Record.leaf,
    "categories": _Record.category,
    "people": _Record.person,
    "external_ids": _Record.external_ids,
}


def _plain_text(address: bytes) -> str:
    return address.replace(b"&amp;", b"&").decode()

"""Who belongs to whom: the links between a series and its parts, in all three vocabularies and both directions.

Read out of period parsers and real fragments (format.md, "Parents and children"). Which way a link points is told by
the kinds of both ends, never by its rel: a rel only says that the link is one of the family.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import (
    DISC,
    EPISODE,
    OTHER,
    RANKS,
    SEASON,
    SERIES,
    id_of,
    key_of,
    key_of_show,
    key_of_url,
    kind_of,
    name_of,
    series_in_url,
)
from catindex.rules.structure import RECORD, listed
from catindex.rules.vocabulary import path, rel_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

#: Path of a rel between the parts of a series -> the kind that it speaks of: 1.x, then 2.0 in singular and plural. The
#: kind counts only for an entry that has no address (the announcement's own example lists 22 episodes by title alone).
FAMILY_RELS = {
    "catalog/series": SERIES,
    "catalog/season": SEASON,
    "catalog/program": EPISODE,
    "catalog/disc": DISC,
    "catalog/title.series": SERIES,
    "catalog/title.season": SEASON,
    "catalog/title.program": EPISODE,
    "catalog/title.disc": DISC,
    "catalog/titles.series": SERIES,
    "catalog/titles.season": SEASON,
    "catalog/titles.program": EPISODE,
    "catalog/titles.disc": DISC,
    "catalog/titles.seasons": SEASON,
    "catalog/titles.programs": EPISODE,
    "catalog/titles.discs": DISC,
}

#: Rels of a whole list: such a link without anything in it only tells where the list could be had.
LIST_RELS = frozenset({"catalog/titles.seasons", "catalog/titles.programs", "catalog/titles.discs"})


class Relative(NamedTuple):
    """A title that a record links to or lists: its key and kind, the name and URL it has there.

    ``element`` is what names it, where that was read as a tree.
    """

    key: str | None
    kind: str
    name: str
    url: str
    element: Element | None = None

    def is_parent(self, kind: str) -> bool:
        """Whether a part of this kind belongs to it: it is of a lower rank."""
        return RANKS.get(self.kind, 9) < RANKS[kind]

    def is_child(self, kind: str) -> bool:
        """Whether it is part of a title of this kind: it has a higher rank, and a key or a name."""
        return RANKS.get(self.kind, -1) > RANKS[kind] and bool(self.key or self.name)


class Edge(NamedTuple):
    """``child`` is part of ``parent`` (both keys); ``own`` where the child itself says so."""

    child: str
    parent: str
    own: bool


def relatives(record: Element) -> Iterator[Relative]:
    """Give the titles of its family that a record links to, parents and children alike, in the record's order.

    A link is either a relative by itself, or a list (a link around links or records, with or without the wrapper
    ``catalog_titles``); a ``show`` element names the series as the regional index does.
    """
    for child in record.iterchildren("link", "show"):
        if child.tag == "show":
            if (series := series_of_show(child.get("id"))) is not None:
                yield series._replace(element=child)
        elif kind := kind_of_rel(child.get("rel") or rel_of(child)):
            entries = list(listed(child)) if len(child) else []
            if entries:
                for element in entries:
                    yield relative_of(element, kind)
            elif names_a_title(rel_of(child), child.get("href")):
                yield relative_of(child, kind)


@lru_cache(maxsize=4096)
def kind_of_rel(rel: str) -> str | None:
    """Give the kind that the rel of a link speaks of; None where that is no link of a family."""
    return FAMILY_RELS.get(path(rel))


def names_a_title(rel: str, href: str | None) -> bool:
    """Whether a link of the family (with this path of its rel) that lists nothing is a relative by itself."""
    return bool(key_of_url(href)) or (rel not in LIST_RELS and not href)


def series_of_show(number: str | None) -> Relative | None:
    """Give the series that a ``show`` names by its number."""
    key = key_of_show(number)
    return None if key is None else Relative(key, SERIES, "", "")


def relative_by_link(kind: str, href: str | None, title: str | None) -> Relative:
    """Read a link to a relative; only one without any address is of the kind that its rel speaks of."""
    url = (href or "").strip()
    key = key_of_url(url) or (f"{OTHER}/{url}" if url else None)
    return Relative(key, kind_of(key) if key else kind, (title or "").strip(), url)


def relative_of(element: Element, kind: str) -> Relative:
    """Read a link to a relative, or a record in a list; only one without any address is of the kind of that list."""
    if element.tag == RECORD:
        key = key_of(element)
        return Relative(key, kind_of(key) if key else kind, name_of(element), id_of(element), element)
    return relative_by_link(kind, element.get("href"), element.get("title"))._replace(element=element)


def parents(record: Element, kind: str) -> list[Relative]:
    """Give what a part belongs to, as its record says."""
    return [relative for relative in relatives(record) if relative.is_parent(kind)]


def children(record: Element, kind: str) -> list[Relative]:
    """Give what belongs to a title, in the order of its lists."""
    return [relative for relative in relatives(record) if relative.is_child(kind)]


def edges(record: Element, key: str) -> list[Edge]:
    """Give all that a record says about who belongs to whom; the first parent that a part names comes first."""
    return [*edges_of_url(key, id_of(record)), *edges_in(record, key)]


def edges_of_url(key: str, url: str) -> list[Edge]:
    """Give what a record's own URL says: that of a season holds its series."""
    series = series_in_url(url) if kind_of(key) == SEASON else None
    return [Edge(key, series[0], own=True)] if series else []


def edges_in(record: Element, key: str) -> Iterator[Edge]:
    """Give what the links and lists of a record, which has this key, say about who belongs to whom.

    What a record nested in a list or link says counts as the word of the one that holds it.
    """
    for relative in relatives(record):
        if relative.key is None or relative.kind not in RANKS:
            continue
        yield from edges_between(key, relative.key, relative.url)
        if relative.element is not None and relative.element.tag == RECORD:
            yield from (edge._replace(own=False) for edge in edges(relative.element, relative.key))


def edges_between(key: str, relative: str, url: str) -> list[Edge]:
    """Give what follows from a record that names a relative, by its key and URL."""
    rank, kind = RANKS[kind_of(key)], kind_of(relative)
    if kind not in RANKS:
        return []
    # A season's URL holds its series, also where neither has a record.
    series = series_in_url(url) if kind == SEASON else None
    found: list[Edge] = []
    if RANKS[kind] < rank:
        if series:
            found += (Edge(key, series[0], own=True), Edge(relative, series[0], own=False))
        found.append(Edge(key, relative, own=True))
    elif RANKS[kind] > rank:
        found.append(Edge(relative, key, own=False))
        if series:
            found.append(Edge(relative, series[0], own=False))
    return found

"""Who belongs to whom: the links between a series and its parts, in all three vocabularies and both directions.

Read out of period parsers and real fragments (format.md, "Parents and children"). Which way a link points is told by
the kinds of both ends, never by its rel: a rel only says that the link is one of the family.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catindex.structure import RECORD, listed
from catindex.title import (
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
from catindex.vocabulary import path, rel_of

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
    """A title that a record links to or lists: its key and kind, the name it is called by there, and the element."""

    key: str | None
    kind: str
    name: str
    url: str
    element: Element


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
            if (series := key_of_show(child.get("id"))) is not None:
                yield Relative(series, SERIES, "", "", child)
        elif kind := _kind_of_rel(child.get("rel") or rel_of(child)):
            entries = list(listed(child)) if len(child) else []
            if entries:
                for element in entries:
                    yield _relative(element, kind)
            elif key_of_url(child.get("href")) or (rel_of(child) not in LIST_RELS and not child.get("href")):
                yield _relative(child, kind)


@lru_cache(maxsize=4096)
def _kind_of_rel(rel: str) -> str | None:
    return FAMILY_RELS.get(path(rel))


def parents(record: Element, kind: str) -> list[Relative]:
    """Give the relatives of a lower rank than its own: what this part belongs to."""
    return [found for found in relatives(record) if RANKS.get(found.kind, 9) < RANKS[kind]]


def children(record: Element, kind: str) -> list[Relative]:
    """Give the relatives of a higher rank than its own, in the order of its lists; each has a key or a name."""
    found = (relative for relative in relatives(record) if relative.key or relative.name)
    return [relative for relative in found if RANKS.get(relative.kind, -1) > RANKS[kind]]


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
        if relative.element.tag == RECORD:
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


def _relative(element: Element, kind: str) -> Relative:
    """Read an entry; only one without any address is of the kind that its list speaks of."""
    if element.tag == RECORD:
        key, name, url = key_of(element), name_of(element), id_of(element)
    else:
        url = (element.get("href") or "").strip()
        key, name = key_of_url(url) or (f"{OTHER}/{url}" if url else None), (element.get("title") or "").strip()
    return Relative(key, kind_of(key) if key else kind, name, url, element)

"""The links between a series and its parts, in three vocabularies and both directions (format.md).

The kinds of both ends decide which of them is the parent. A rel only shows that the link is one of the family.
"""

from __future__ import annotations

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
from catindex.rules.vocabulary import Cached, path, rel_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from lxml.etree import _Element as Element

#: Path of a rel between the parts of a series -> the kind that it names: of 1.x, then of 2.0, singular and plural.
#: The kind counts only for an entry without address (the announcement's own example lists 22 episodes by title alone).
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

#: Rels of whole lists. Such a link without entries only names the address of the list.
LIST_RELS = frozenset({"catalog/titles.seasons", "catalog/titles.programs", "catalog/titles.discs"})


class Relative(NamedTuple):
    """A title that a record links to or lists: its key and kind, its name and URL there, and the element itself."""

    key: str | None
    kind: str
    name: str
    url: str
    element: Element

    def is_parent(self, kind: str) -> bool:
        """Return whether a part of this kind belongs to it: it has a lower rank."""
        return RANKS.get(self.kind, 9) < RANKS[kind]

    def is_child(self, kind: str) -> bool:
        """Return whether it belongs to a title of this kind: it has a higher rank, and a key or a name."""
        return RANKS.get(self.kind, -1) > RANKS[kind] and bool(self.key or self.name)

    @property
    def identity(self) -> object:
        """Its identity in the family: its key, else its kind and name."""
        return self.key or (self.kind, self.name)


class Edge(NamedTuple):
    """``child`` is a part of ``parent`` (both are keys). ``own`` is whether the link is in the child's own record."""

    child: str
    parent: str
    own: bool


def relatives(record: Element) -> Iterator[Relative]:
    """Yield the titles of its family that a record links to, parents and children, in the record's order.

    A link is a relative itself, or a list of links or records, with or without the wrapper ``catalog_titles``. A
    ``show`` element names the series, as in the regional index.
    """
    for child in record.iterchildren("link", "show"):
        if child.tag == "show":
            if (key := key_of_show(child.get("id"))) is not None:
                yield Relative(key, SERIES, "", "", child)
        elif kind := kind_of_rel(child.get("rel") or rel_of(child)):
            entries = list(listed(child))
            if entries:
                yield from (_relative(entry, kind) for entry in entries)
            else:
                relative = _relative(child, kind)
                if relative.kind != OTHER and (relative.key or rel_of(child) not in LIST_RELS):
                    yield relative


@Cached
def kind_of_rel(rel: str) -> str | None:
    """Return the kind that the rel of a link names; None if it is not a link of the family."""
    return FAMILY_RELS.get(path(rel))


def _relative(element: Element, kind: str) -> Relative:
    """Read a link to a relative, or a record in a list. The kind of the list counts only without an address."""
    if element.tag == RECORD:
        key = key_of(element)
        return Relative(key, kind_of(key) if key else kind, name_of(element), id_of(element), element)
    url = (element.get("href") or "").strip()
    key = key_of_url(url) or (f"{OTHER}/{url}" if url else None)
    return Relative(key, kind_of(key) if key else kind, (element.get("title") or "").strip(), url, element)


def parents(record: Element, kind: str) -> list[Relative]:
    """Return the titles that a part of this kind belongs to, according to its record."""
    return [relative for relative in relatives(record) if relative.is_parent(kind)]


def children(record: Element, kind: str) -> list[Relative]:
    """Return the titles that belong to a title of this kind, in the order of its lists."""
    return [relative for relative in relatives(record) if relative.is_child(kind)]


def identities(parts: Iterable[tuple[str | None, str, str]]) -> set[object]:
    """Return all identities by which lists can name these parts, given as key, kind and name."""
    return {identity for key, kind, name in parts for identity in (key, (kind, name))}


def unknown_children(record: Element, kind: str, known: Collection[object]) -> list[Relative]:
    """Return the children in the lists of a part that are not among the known identities."""
    return [child for child in children(record, kind) if child.identity not in known]


def edges(record: Element, key: str) -> list[Edge]:
    """Return all edges in a record. The first parent that a part names comes first.

    The edges of a record nested in a list count as those of the record that holds it.
    """
    found: list[Edge] = []
    series = series_in_url(id_of(record)) if kind_of(key) == SEASON else None
    if series:
        found.append(Edge(key, series[0], own=True))
    for relative in relatives(record):
        if relative.key is None or relative.kind not in RANKS:
            continue
        found += _edges_between(key, relative)
        if relative.element.tag == RECORD:
            found += [edge._replace(own=False) for edge in edges(relative.element, relative.key)]
    return found


def _edges_between(key: str, relative: Relative) -> list[Edge]:
    """Return the edges that follow from a record's link to a relative or from its place in a list."""
    assert relative.key is not None
    rank, other = RANKS[kind_of(key)], RANKS[relative.kind]
    # The URL of a season contains its series, even if neither has a record.
    series = series_in_url(relative.url) if relative.kind == SEASON else None
    found: list[Edge] = []
    if other < rank:
        if series:
            found += (Edge(key, series[0], own=True), Edge(relative.key, series[0], own=False))
        found.append(Edge(key, relative.key, own=True))
    elif other > rank:
        found.append(Edge(relative.key, key, own=False))
        if series:
            found.append(Edge(relative.key, series[0], own=False))
    return found

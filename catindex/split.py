"""One title into what belongs to each file: streaming, DVD, and what is available in neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.rules.elements import Cuttings
from catindex.rules.formats import (
    DVD,
    MEDIA,
    MEDIUM_OF_FORMAT,
    may_straggle,
    media_of,
    media_of_part,
    nest,
    streamline,
    told_terms,
)
from catindex.rules.keys import DISC, SEASON, SERIES, key_of, kind_of
from catindex.rules.structure import PART_SLOTS, layout_of, record_children
from catindex.series.relations import children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml.etree import _Element as Element

    from catindex.rules.structure import Layout
    from catindex.series.family import Part
    from catindex.series.items import Entry
    from catindex.series.unify import Title

#: Beside the media: where titles (and parts of titles) go that are available in neither.
UNAVAILABLE = "unavailable"


class Tree(NamedTuple):
    """A title to be split as a tree: its record and layout, the bytes it was parsed from."""

    record: Element
    layout: Layout
    raw: bytes


class Pieces(NamedTuple):
    """A title split: the media it is available in, its bytes for each file asked for, and formats nobody knows."""

    media: frozenset[str]
    data: dict[str, bytes]
    unknown_formats: tuple[str, ...]


def serialize(record: Element) -> bytes:
    """Give a title as a line of its own: UTF-8, CDATA as it was, an empty element as ``<x/>``."""
    return etree.tostring(record, encoding="utf-8", with_tail=False) + b"\n"


def split(title: Tree, kind: str, wanted: Collection[str], *, keep_stragglers: bool) -> Pieces:
    """Split a title among the files that are wanted (of `MEDIA` and `UNAVAILABLE`); uses its record up.

    A unified series is split part by part: it goes to each file where it or any part is available, and lists there
    only the parts that are.
    """
    record, layout, raw = title
    parts = _parts(layout) if kind == SERIES else []
    terms = told_terms(layout) or []
    media = media_of(terms).union(*(part.media for part in parts if part.media))
    terms += [term for part in parts for term in part.terms or ()]
    targets = targets_of(media, wanted)
    if UNAVAILABLE in wanted and UNAVAILABLE not in targets and any(part.is_nowhere for part in parts):
        targets.append(UNAVAILABLE)
    untidy = [] if keep_stragglers else [medium for medium in targets if medium in MEDIA and may_straggle(raw, medium)]
    whole = nest(record, layout) if untidy else None
    data = {}
    for target in targets:
        cuttings = Cuttings()
        if media:
            _keep_parts(record, parts, target, cuttings)
        if whole is not None and target in untidy:
            streamline(whole, target, cuttings)
        data[target] = serialize(record)
        if target is not targets[-1]:
            cuttings.restore()
    unknown = tuple(term for term in terms if term not in MEDIUM_OF_FORMAT)
    return Pieces(frozenset(media), data, unknown)


def publish(title: Title, wanted: Collection[str]) -> Pieces:
    """Write a title that was made of a series to the files that are wanted, as `split` does with trees."""
    record = title.record
    terms = list(record.terms or ())
    told: dict[Part | Entry, set[str] | None] = {}
    for item in (*title.parts, *(record.strangers if kind_of(title.key) == SERIES else ())):
        own = item.terms
        told[item] = None if own is None else media_of_part(item.kind, own)
        terms += own or ()
    media = media_of(record.terms or ()).union(*filter(None, told.values()))
    targets = targets_of(media, wanted)
    if UNAVAILABLE in wanted and UNAVAILABLE not in targets and any(found == set() for found in told.values()):
        targets.append(UNAVAILABLE)
    data = {}
    for target in targets:
        for item, found in told.items():
            item.hidden = bool(media) and not _is_listed(item.kind, found, target)
        _hide_mentions(title.parts, {item.key for item in told if item.hidden})
        data[target] = b"".join([*record.pieces(target), b"\n"])
    return Pieces(frozenset(media), data, tuple(term for term in terms if term not in MEDIUM_OF_FORMAT))


def _hide_mentions(parts: Iterable[Part], gone: Collection[str | None]) -> None:
    """Leave what is not in a file out of the lists of seasons and discs, too."""
    for part in parts:
        if part.kind in (SEASON, DISC):
            for entry in part.record.children(part.kind):
                entry.hidden = entry.key is not None and entry.key in gone


def _is_listed(kind: str, media: Collection[str] | None, target: str) -> bool:
    """Whether a part of a series with these media is listed in a file."""
    if target == UNAVAILABLE:
        return media is not None and not media
    if media is None:  # it goes wherever its title goes, but discs are for the DVD file only
        return target == DVD or kind != DISC
    return target in media


def targets_of(media: Collection[str], wanted: Collection[str]) -> list[str]:
    """Give the files, of those that are wanted, to which a title goes that is available in these media."""
    return [medium for medium in MEDIA if medium in media and medium in wanted] or [
        name for name in (UNAVAILABLE,) if not media and name in wanted
    ]


class _Nested(NamedTuple):
    element: Element
    kind: str
    key: str | None
    terms: list[str] | None
    media: set[str] | None

    @property
    def is_nowhere(self) -> bool:
        return self.media is not None and not self.media


def _parts(layout: Layout) -> list[_Nested]:
    """Give the parts nested in a series."""
    parts = []
    for slot, kind_of_list in PART_SLOTS.items():
        for child in record_children(layout[slot]):
            key, terms = key_of(child), told_terms(layout_of(child))
            kind = kind_of(key) if key else kind_of_list
            parts.append(_Nested(child, kind, key, terms, None if terms is None else media_of_part(kind, terms)))
    return parts


def _keep_parts(record: Element, parts: Iterable[_Nested], target: str, cuttings: Cuttings) -> None:
    """Take out the parts that do not belong to a file, every mention of them, and the lists that this empties."""
    gone: set[str | None] = set()
    for part in parts:
        if not _is_listed(part.kind, part.media, target):
            gone.add(part.key)
            _cut(part.element, record, cuttings)
    gone.discard(None)
    if gone:
        for part in parts:
            if part.key not in gone and part.kind in (SEASON, DISC):
                for child in children(part.element, part.kind):
                    if child.key in gone and child.element is not None:
                        _cut(child.element, record, cuttings)


def _cut(element: Element, record: Element, cuttings: Cuttings) -> None:
    parent = element.getparent()
    if parent is not None:
        cuttings.cut(element)
        cuttings.cut_emptied(parent, record)

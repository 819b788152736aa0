"""One title into what belongs to each file: streaming, DVD, and what is available in neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.elements import Cuttings
from catindex.formats import (
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
from catindex.series.record import View
from catindex.series.relations import children
from catindex.structure import Slot, layout_of, record_children
from catindex.title import DISC, SEASON, SERIES, key_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lxml.etree import _Element as Element

    from catindex.series.family import Part
    from catindex.series.record import Entry
    from catindex.series.unify import Title
    from catindex.structure import Layout

#: Beside the media: where titles (and parts of titles) go that are available in neither.
UNAVAILABLE = "unavailable"

#: The slots of a series in which its parts are nested.
PART_SLOTS = (Slot.SEASONS, Slot.EPISODES, Slot.DISCS)


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
    record, parts = title.record, title.parts
    terms = list(record.terms or ())
    told: dict[Part, set[str] | None] = {}
    for part in parts:
        own = part.record.terms
        told[part] = None if own is None else media_of_part(part.kind, own)
        terms += own or ()
    media = media_of(record.terms or ()).union(*filter(None, told.values()))
    targets = targets_of(media, wanted)
    if UNAVAILABLE in wanted and UNAVAILABLE not in targets and any(found == set() for found in told.values()):
        targets.append(UNAVAILABLE)
    data = {}
    for target in targets:
        for part, found in told.items():
            part.hidden = bool(media) and not _is_listed(part.kind, found, target)
        data[target] = b"".join([*record.pieces(View(target, _mentions_of_hidden(parts))), b"\n"])
    return Pieces(frozenset(media), data, tuple(term for term in terms if term not in MEDIUM_OF_FORMAT))


def _mentions_of_hidden(parts: Iterable[Part]) -> set[Entry]:
    gone = {part.key for part in parts if part.hidden and part.key is not None}
    seen = [part for part in parts if not part.hidden and part.kind in (SEASON, DISC)] if gone else []
    return {entry for part in seen for entry in part.record.children(part.kind) if entry.relative.key in gone}


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
    key: str | None
    terms: list[str] | None
    media: set[str] | None

    @property
    def is_nowhere(self) -> bool:
        return self.media is not None and not self.media


def _parts(layout: Layout) -> list[_Nested]:
    """Give the parts nested in a series."""
    parts = []
    for child in record_children(link for slot in PART_SLOTS for link in layout[slot]):
        key, terms = key_of(child), told_terms(layout_of(child))
        parts.append(_Nested(child, key, terms, None if terms is None else media_of_part(kind_of(key), terms)))
    return parts


def _keep_parts(record: Element, parts: Iterable[_Nested], target: str, cuttings: Cuttings) -> None:
    """Take out the parts that do not belong to a file, every mention of them, and the lists that this empties."""
    gone: set[str | None] = set()
    for part in parts:
        if not _is_listed(kind_of(part.key), part.media, target):
            gone.add(part.key)
            _cut(part.element, record, cuttings)
    gone.discard(None)
    if gone:
        for part in parts:
            if part.key not in gone and (kind := kind_of(part.key)) in (SEASON, DISC):
                for child in children(part.element, kind):
                    if child.key in gone and child.element is not None:
                        _cut(child.element, record, cuttings)


def _cut(element: Element, record: Element, cuttings: Cuttings) -> None:
    parent = element.getparent()
    if parent is not None:
        cuttings.cut(element)
        cuttings.cut_emptied(parent, record)

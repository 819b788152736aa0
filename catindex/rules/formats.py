"""Formats, availability, and what leaves a title in the file of a medium (spec, section 3).

The announcement of 2012 ("Update: Changes for the Public API") speaks of DVD elements that at first still stand in the
streaming file, and the reverse, until each is streamlined towards its goal: these are the stragglers below.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import DISC, key_of_url, kind_of
from catindex.rules.structure import Layout, Slot, layout_of, record_children
from catindex.rules.vocabulary import is_format_scheme, is_genre_scheme, path, token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

    from catindex.rules.elements import Cuttings

STREAMING, DVD = "streaming", "dvd"
MEDIA = (STREAMING, DVD)

#: A format's term, in lower case -> its medium.
MEDIUM_OF_FORMAT = {"instant": STREAMING, "dvd": DVD, "blu-ray": DVD}

#: Genres that only say what a title is sold on, in lower case -> the medium whose file keeps them.
MEDIUM_OF_GENRE = {"blu-ray": DVD}

#: Last token of the rel of an external id -> the medium whose file keeps it: UPC is printed on a box.
MEDIUM_OF_ID = {"upc": DVD}

#: Path of the rel of a link -> the medium whose file keeps it.
MEDIUM_OF_LINK = {
    "catalog/disc": DVD,
    "catalog/title.disc": DVD,
    "catalog/titles.disc": DVD,
    "catalog/titles.discs": DVD,
    "instant": STREAMING,
    "catalog/instant": STREAMING,
    "catalog/titles/instant": STREAMING,
}

#: Slots whose links may belong to one medium as a whole.
SLOTS_OF_OWNED_LINKS = (Slot.DISCS, Slot.LINK, Slot.EXPANSION)

#: Expansions that list something for each format: the wrapper, and one entry in it.
LISTED_BY_FORMAT = {"languages_and_audio": "language_audio_format", "screen_formats": "screen_format"}


def format_of(category: Element) -> str | None:
    """Give the term of a category that names a format, in lower case; None for any other category."""
    scheme = category.get("scheme")
    return None if scheme is None else _format(scheme, category.get("term") or category.get("label") or "")


@lru_cache(maxsize=4096)
def _format(scheme: str, name: str) -> str | None:
    return name.strip().lower() if is_format_scheme(scheme) else None


class Availability(NamedTuple):
    """An availability: the categories that name its formats, each with its term in lower case, and those that count.

    Those with ``status="deprecated"`` count only where there is no current one.
    """

    element: Element
    named: list[tuple[Element, str]]
    counted: list[tuple[Element, str]]


def read_availability(availability: Element) -> Availability:
    """Read an availability."""
    named = named_formats(availability)
    if len(named) <= 1:
        return Availability(availability, named, named)
    current = [(child, term) for child, term in named if child.get("status") != "deprecated"]
    return Availability(availability, named, current or named)


def format_categories(availability: Element) -> list[tuple[Element, str]]:
    """Give the categories of an availability that count as its formats, each with its term in lower case."""
    return read_availability(availability).counted


def named_formats(entry: Element) -> list[tuple[Element, str]]:
    """Give the categories in an entry of a list that name formats, each with its term in lower case."""
    return [(child, term) for child in entry.iterchildren("category") if (term := format_of(child)) is not None]


def delivery_formats(layout: Layout) -> list[Element]:
    """Give the ``delivery_formats`` of a record: its own (1.x), or those inside its links (2.0)."""
    found: list[Element] = []
    for child in layout[Slot.FORMATS]:
        found += [child] if child.tag == "delivery_formats" else child.iterchildren("delivery_formats")
    return found


def told_availabilities(layout: Layout) -> list[Availability] | None:
    """Give the availabilities of a record, read; None where it says nothing at all about formats.

    An empty list is an answer: the title is not available. What is read is kept in the layout, until it is forgotten.
    """
    if layout.formats is None:
        found = delivery_formats(layout)
        told = [read_availability(child) for formats in found for child in formats.iterchildren("availability")]
        layout.formats = (told if found else None,)
    read: list[Availability] | None = layout.formats[0]
    return read


def forget_availabilities(layout: Layout) -> None:
    """Read the availabilities of a record anew when they are asked for: they have changed."""
    layout.formats = None


def availabilities(layout: Layout) -> list[Element] | None:
    """Give the availabilities of a record; None where it says nothing at all about formats."""
    found = told_availabilities(layout)
    return None if found is None else [availability.element for availability in found]


def told_terms(layout: Layout) -> list[str] | None:
    """Give the terms of the formats of a record, in lower case; None where it says nothing at all about formats."""
    found = told_availabilities(layout)
    return None if found is None else [term for availability in found for _, term in availability.counted]


def media_of(terms: Iterable[str]) -> set[str]:
    """Give the media that these formats belong to; unknown formats belong to none."""
    return {MEDIUM_OF_FORMAT[term] for term in terms if term in MEDIUM_OF_FORMAT}


def media_of_part(kind: str, terms: Iterable[str]) -> set[str]:
    """Give the media where a part of a series with these formats is available; discs are for the DVD file only."""
    media = media_of(terms)
    return media - {STREAMING} if kind == DISC else media


# Most records nested in lists of similar titles have nothing else.
_NEVER_OWNED = frozenset({"id", "title", "release_year", "average_rating", "updated"})
_NESTING = (Slot.SEASONS, Slot.EPISODES, Slot.DISCS, Slot.EXPANSION)

# What every streaming straggler contains. DVD stragglers have no such mark in common.
_STREAMING_TRACE = b"instant"
_CHARACTER_REFERENCE = re.compile(rb"&#")  # may hide any word; a pattern finds the rare & faster than `in` does


def may_straggle(raw: bytes, medium: str) -> bool:
    """Whether a record with these bytes may hold anything that does not belong in the file of a medium.

    Asked before `streamline`, for most titles are on DVD only, and nothing of streaming is in them.
    """
    return medium != DVD or _STREAMING_TRACE in raw.lower() or _CHARACTER_REFERENCE.search(raw) is not None


class Nest(NamedTuple):
    """A record with its layout, what in it belongs to one medium only, and the records nested in its expansions.

    Read once, for the files of all media.
    """

    record: Element
    layout: Layout
    owned: list[tuple[Element, str]]
    nested: list[Nest]


def nest(record: Element, layout: Layout) -> Nest:
    """Read what `streamline` must know of a record and of those nested in it, to any depth."""
    found = record_children(link for slot in _NESTING if slot in layout for link in layout[slot])
    nested = [nest(child, layout_of(child)) for child in found if any(inner.tag not in _NEVER_OWNED for inner in child)]
    return Nest(record, layout, list(_owned(layout)), nested)


def streamline(nest: Nest, medium: str, cuttings: Cuttings) -> None:
    """Take out of a record, in place, what belongs to the other medium only, and the containers that this empties.

    So with the records nested in it. ``cuttings`` can restore everything.
    """
    for element, owner in nest.owned:
        if owner != medium and (parent := element.getparent()) is not None:
            cuttings.cut(element)
            cuttings.cut_emptied(parent, nest.record)
    for child in nest.nested:
        if child.record.getparent() is not None:
            streamline(child, medium, cuttings)


def _owned(layout: Layout) -> Iterator[tuple[Element, str]]:
    """Give what in a record belongs to one medium only, and to which."""
    for availability in told_availabilities(layout) or ():
        yield from owned_by_format(*availability)
    for link in layout[Slot.EXPANSION]:
        for wrapper in link:
            entry_tag = LISTED_BY_FORMAT.get(wrapper.tag)
            if entry_tag is not None:
                for entry in wrapper.iterchildren(entry_tag):
                    named = named_formats(entry)
                    yield from owned_by_format(entry, named, named)
    ids = (child for external_ids in layout[Slot.EXTERNAL_IDS] for child in external_ids.iterchildren("id"))
    links = (link for slot in SLOTS_OF_OWNED_LINKS for link in layout[slot])
    for children, medium_of in (
        (layout[Slot.CATEGORY], medium_of_genre),
        (ids, _medium_of_id),
        (links, _medium_of_link),
    ):
        for child in children:
            if (owner := medium_of(child)) is not None:
                yield child, owner


def owned_by_format(
    entry: Element, named: Sequence[tuple[Element, str]], counted: Sequence[tuple[Element, str]]
) -> Iterator[tuple[Element, str]]:
    """Give an entry whose formats are all of one medium as a whole; else, and beside it, categories of the others."""
    media = {MEDIUM_OF_FORMAT.get(term) for _, term in counted}
    whole = media.pop() if len(media) == 1 else None
    if whole is not None:
        yield entry, whole
    for child, term in named:
        owner = MEDIUM_OF_FORMAT.get(term)
        if owner is not None and owner != whole:
            yield child, owner


def medium_of_genre(category: Element) -> str | None:
    """Give the medium that a category belongs to as a genre; None for almost all."""
    scheme = category.get("scheme")
    return None if scheme is None else _medium_of_name(scheme, category.get("term") or category.get("label") or "")


@lru_cache(maxsize=4096)
def _medium_of_name(scheme: str, name: str) -> str | None:
    return MEDIUM_OF_GENRE.get(name.strip().lower()) if is_genre_scheme(scheme) else None


def _medium_of_id(external_id: Element) -> str | None:
    return MEDIUM_OF_ID.get(token(external_id.get("rel") or ""))


def _medium_of_link(link: Element) -> str | None:
    return medium_of_link(link.get("rel") or "", link.get("href") or "")


def medium_of_link(rel: str, href: str) -> str | None:
    """Give the medium that a link belongs to, by its rel, or because it leads to a disc."""
    owner = MEDIUM_OF_LINK.get(path(rel))
    if owner is None and "/discs/" in href and kind_of(key_of_url(href)) == DISC:
        return DVD
    return owner

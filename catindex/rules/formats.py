"""Formats, availability, and what each medium's file leaves out (spec, section 3).

The announcement of 2012 ("Update: Changes for the Public API") admits DVD elements in the streaming file and streaming
elements in the DVD file until each file is streamlined. They are called stragglers here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import DISC, key_of, key_of_url, kind_of
from catindex.rules.structure import Record, Slot, nested_records
from catindex.rules.vocabulary import Cached, is_format_scheme, is_genre_scheme, path, token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

STREAMING, DVD = "streaming", "dvd"
MEDIA = (STREAMING, DVD)

#: Term of a format in lower case -> its medium.
MEDIUM_OF_FORMAT = {"instant": STREAMING, "dvd": DVD, "blu-ray": DVD}

#: Genre in lower case that only names a format -> the medium whose file keeps it.
MEDIUM_OF_GENRE = {"blu-ray": DVD}

#: Last token of the rel of an external id -> the medium whose file keeps it: a UPC is printed on a box.
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

#: Expansions with one entry for each format: name of the wrapper -> name of an entry.
LISTED_BY_FORMAT = {"languages_and_audio": "language_audio_format", "screen_formats": "screen_format"}

# The slots in which a link, or a record nested in it, can belong to one medium.
_SLOTS_OF_LINKS = (Slot.DISCS, Slot.LINK, Slot.EXPANSION)
_SLOTS_OF_RECORDS = (Slot.SEASONS, Slot.EPISODES, Slot.DISCS, Slot.EXPANSION)

# Most records in lists of similar titles have no other children: nothing in them belongs to one medium.
_NEUTRAL = frozenset({"id", "title", "release_year", "average_rating", "updated"})

# The URL of every disc contains this.
_DISCS = "/discs/"


class Named(NamedTuple):
    """A category that names a format, and the format's term in lower case."""

    category: Element
    term: str


def named_formats(entry: Element) -> list[Named]:
    """Return the categories of an availability, or of another entry of a list, that name formats."""
    return [
        Named(child, (child.get("term") or child.get("label") or "").strip().lower())
        for child in entry
        if child.tag == "category" and is_format_scheme(child.get("scheme") or "")
    ]


def counted_formats(availability: Element) -> list[Named]:
    """Return the categories that count as formats of an availability."""
    return _counted(named_formats(availability))


def _counted(named: list[Named]) -> list[Named]:
    """Leave out deprecated categories, unless all are deprecated."""
    if len(named) <= 1:
        return named
    return [each for each in named if each.category.get("status") != "deprecated"] or named


def delivery_formats(record: Record) -> list[Element]:
    """Return the ``delivery_formats`` of a record: its own children (1.x), or those in its links (2.0)."""
    found: list[Element] = []
    for child in record.children(Slot.FORMATS):
        found += [child] if child.tag == "delivery_formats" else child.iterchildren("delivery_formats")
    return found


def availabilities(record: Record) -> list[Element] | None:
    """Return the availabilities of a record; None if it has no format information.

    An empty list is information: the title is not available.
    """
    found = delivery_formats(record)
    return [child for formats in found for child in formats.iterchildren("availability")] if found else None


def terms_of(record: Record) -> list[str] | None:
    """Return the terms of a record's formats in lower case; None if it has no format information."""
    found = availabilities(record)
    return None if found is None else [each.term for child in found for each in counted_formats(child)]


def media_of(terms: Iterable[str]) -> set[str]:
    """Return the media of these formats. Unknown formats have none."""
    return {MEDIUM_OF_FORMAT[term] for term in terms if term in MEDIUM_OF_FORMAT}


def media_of_part(kind: str, terms: Iterable[str] | None) -> set[str] | None:
    """Return the media in which a part of a series is available: None if its formats are unknown.

    Discs are only ever available on DVD.
    """
    if terms is None:
        return None
    media = media_of(terms)
    return media - {STREAMING} if kind == DISC else media


class Owned(NamedTuple):
    """An element that belongs to one medium only, that medium, and the element of the record that holds it."""

    element: Element
    owner: str
    record: Element


def owned(record: Record) -> list[Owned]:
    """Return the elements of a record, and of all records nested in it, that belong to one medium only."""
    found: list[tuple[Element, str]] = []
    for availability in availabilities(record) or ():
        named = named_formats(availability)
        found += _owned_by_format(availability, named, _counted(named))
    for entry in _entries_by_format(record):
        named = named_formats(entry)
        found += _owned_by_format(entry, named, named)
    external_ids = (child for ids in record.children(Slot.EXTERNAL_IDS) for child in ids.iterchildren("id"))
    links = [link for slot in _SLOTS_OF_LINKS for link in record.children(slot)]
    links += [entry for link in record.children(Slot.EXPANSION) for entry in link.iterdescendants("link")]
    for children, medium_of in (
        (record.children(Slot.CATEGORY), medium_of_genre),
        (external_ids, medium_of_id),
        (links, medium_of_link),
    ):
        for child in children:
            if (owner := medium_of(child)) is not None:
                found.append((child, owner))
    result = [Owned(element, owner, record.element) for element, owner in found]
    nested = nested_records(link for slot in _SLOTS_OF_RECORDS for link in record.children(slot))
    parts = {part.element: part for _, part in record.parts} if nested else {}
    for element in nested:
        if element in parts:
            result += owned(parts[element])
        elif not all(map(_is_neutral, element)):
            is_disc = kind_of(key_of(element)) == DISC
            result += [Owned(element, DVD, record.element)] if is_disc else owned(Record(element))
    return result


def _is_neutral(child: Element) -> bool:
    """Return whether nothing in a child of a nested record belongs to one medium."""
    return child.tag in _NEUTRAL and not (child.tag == "id" and _DISCS in (child.text or ""))


def _entries_by_format(record: Record) -> Iterator[Element]:
    """Yield the entries of languages, audio and screen formats: one for each format."""
    for link in record.children(Slot.EXPANSION):
        for wrapper in link:
            if (name := LISTED_BY_FORMAT.get(wrapper.tag)) is not None:
                yield from wrapper.iterchildren(name)


def _owned_by_format(entry: Element, named: Sequence[Named], counted: Sequence[Named]) -> Iterator[tuple[Element, str]]:
    """Yield an entry whose formats are all of one medium; otherwise, and besides, its categories of other media."""
    media = {MEDIUM_OF_FORMAT.get(each.term) for each in counted}
    whole = media.pop() if len(media) == 1 else None
    if whole is not None:
        yield entry, whole
    for category, term in named:
        owner = MEDIUM_OF_FORMAT.get(term)
        if owner is not None and owner != whole:
            yield category, owner


def medium_of_genre(category: Element) -> str | None:
    """Return the medium that a category belongs to as a genre; None for almost all."""
    owner = MEDIUM_OF_GENRE.get((category.get("term") or category.get("label") or "").strip().lower())
    return owner if owner and is_genre_scheme(category.get("scheme") or "") else None


def medium_of_id(external_id: Element) -> str | None:
    """Return the medium that an external id belongs to."""
    return MEDIUM_OF_ID.get(token(external_id.get("rel") or ""))


def medium_of_link(link: Element) -> str | None:
    """Return the medium that a link belongs to, by its rel or because it leads to a disc."""
    owner = _medium_of_rel(link.get("rel") or "")
    if owner is None and _DISCS in (href := link.get("href") or "") and kind_of(key_of_url(href)) == DISC:
        return DVD
    return owner


@Cached
def _medium_of_rel(rel: str) -> str | None:
    return MEDIUM_OF_LINK.get(path(rel))

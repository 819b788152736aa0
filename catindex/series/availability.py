"""Availability within a series: parts without format information inherit, the series gathers (spec, section 6)."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.rules.elements import attributes, first, has_content
from catindex.rules.formats import (
    DVD,
    MEDIA,
    MEDIUM_OF_FORMAT,
    availabilities,
    counted_formats,
    media_of,
    media_of_part,
    terms_of,
)
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.rules.structure import FORMAT_AVAILABILITY, Record, Slot, make_link
from catindex.rules.vocabulary import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

    from catindex.series.family import Family, Part

FROM, UNTIL = "available_from", "available_until"


class Offer(NamedTuple):
    """The availability of a series' parts in one format: its category, and dates as text in Unix seconds.

    A date is None if it is missing. A missing ``until`` means no end.
    """

    category: Element
    since: str | None
    until: str | None


def inherit(family: Family) -> None:
    """Copy format information to each part without it: that of its season, else that of its series.

    An explicitly empty ``delivery_formats`` is information: that part is not available. A disc inherits only disc
    formats, from the nearest of season and series that has any.
    """
    series = availabilities(family.series)
    of_seasons: dict[Part | None, list[Element] | None] = {}
    for kind in (SEASON, DISC, EPISODE):
        for part in family.of_kind(kind):
            own = availabilities(part.record)
            if own is None:
                sources = [source for source in (of_seasons.get(part.season), series) if source is not None]
                if sources:
                    own = _write(part.record, _inherited(kind, sources))
            if kind == SEASON:
                of_seasons[part] = own


def _inherited(kind: str, sources: list[list[Element]]) -> list[Element]:
    """Return what a part of this kind inherits from the availabilities of its season and its series, nearest first."""
    if kind != DISC:
        return [_bare(availability, None) for availability in sources[0]]
    copies = ([_bare(availability, DVD) for availability in source] for source in sources)
    return next((kept for source in copies if (kept := [copy for copy in source if has_content(copy)])), [])


def gather(family: Family, *, dates: bool) -> None:
    """Copy to the series the media and dates of its parts that it lacks: earliest from, latest until.

    Without ``dates``, only media are copied: if the series was unified before, a missing end means that it has no end.
    """
    offers = _offers(family.parts)
    for availability in availabilities(family.series) or () if dates else ():
        _add_dates(availability, offers)
    missing = set(MEDIA) - media_of(terms_of(family.series) or ())
    gathered = [_availability(offer) for term, offer in offers.items() if MEDIUM_OF_FORMAT[term] in missing]
    if gathered:
        _write(family.series, gathered)


def _offers(parts: Iterable[Part]) -> dict[str, Offer]:
    offers: dict[str, Offer] = {}
    for part in parts:
        for availability in availabilities(part.record) or ():
            since, until = availability.get(FROM), availability.get(UNTIL)
            for category, term in counted_formats(availability):
                if media_of_part(part.kind, (term,)):
                    offer = Offer(category, since, until)
                    offers[term] = _merge(offers[term], offer) if term in offers else offer
    return offers


def _merge(known: Offer, other: Offer) -> Offer:
    return Offer(known.category, _earliest(known.since, other.since), _latest(known.until, other.until))


def _earliest(one: str | None, other: str | None) -> str | None:
    dates = [date for date in (one, other) if seconds(date) is not None]
    return min(dates, key=lambda date: seconds(date) or 0, default=None)


def _latest(one: str | None, other: str | None) -> str | None:
    """Return the later of two ends. A missing end is later than any."""
    first_end, second_end = seconds(one), seconds(other)
    if first_end is None or second_end is None:
        return None
    return one if first_end >= second_end else other


def _add_dates(availability: Element, offers: dict[str, Offer]) -> None:
    found = [offers[each.term] for each in counted_formats(availability) if each.term in offers]
    if found:
        _set_dates(availability, reduce(_merge, found))


def _set_dates(availability: Element, offer: Offer) -> None:
    for name, date in ((FROM, offer.since), (UNTIL, offer.until)):
        if date is not None and availability.get(name) is None:
            availability.set(name, date)


def _availability(offer: Offer) -> Element:
    availability = etree.Element("availability")
    _set_dates(availability, offer)
    etree.SubElement(availability, "category", attributes(offer.category))
    return availability


def _bare(availability: Element, medium: str | None) -> Element:
    """Copy dates and formats (of one medium, if it is given), but nothing that belongs to the original alone.

    Runtime, quality and ratings are left out.
    """
    copy = etree.Element("availability", attributes(availability))
    for category, term in counted_formats(availability):
        if medium is None or MEDIUM_OF_FORMAT.get(term) == medium:
            etree.SubElement(copy, "category", attributes(category))
    return copy


def _write(record: Record, added: list[Element]) -> list[Element]:
    """Add availabilities to a record, in its own ``delivery_formats`` or a new one. Return all that it has then."""
    container = next(iter(record.children(Slot.FORMATS)), None)
    if container is None:
        container = make_link(record.element, FORMAT_AVAILABILITY)
        record.insert(Slot.FORMATS, container)
    formats = container if container.tag == "delivery_formats" else first(container, "delivery_formats")
    if formats is None:
        formats = etree.SubElement(container, "delivery_formats")
    formats.extend(added)
    return availabilities(record) or []

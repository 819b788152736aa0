"""Availability within a series: parts without a word about formats inherit, the series gathers what its parts have."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple, cast

from lxml import etree

from catindex.elements import first
from catindex.formats import (
    MEDIA,
    MEDIUM_OF_FORMAT,
    availabilities,
    forget_availabilities,
    format_categories,
    media_of,
    media_of_part,
    told_availabilities,
    told_terms,
)
from catindex.structure import FORMAT_AVAILABILITY, Layout, Slot, arrange, insert, make_link
from catindex.title import DISC, EPISODE, SEASON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

    from catindex.series.family import Family, Part

FROM, UNTIL = "available_from", "available_until"


class Offer(NamedTuple):
    """What parts offer of one format: Unix seconds as text, None where nothing is said (until: where it has no end)."""

    category: Element
    since: str | None
    until: str | None


def inherit(family: Family) -> None:
    """Give each part without format information that of its season, else its series' own, in place.

    An explicitly empty ``delivery_formats`` is an answer: that part is not available.
    """
    series = availabilities(arrange(family.series))
    of_seasons: dict[Part, list[Element] | None] = {}
    for kind in (SEASON, DISC, EPISODE):
        for part in family.of_kind(kind):
            own = availabilities(part.layout)
            if own is None:
                season = of_seasons.get(part.season) if part.season is not None else None
                inherited = series if season is None else season
                if inherited is not None:
                    _write(part.element, part.layout, [_bare(availability) for availability in inherited])
            if kind == SEASON:
                of_seasons[part] = availabilities(part.layout)


def gather(family: Family) -> None:
    """Give the series, for any medium or date that it lacks, what its parts have: earliest from, latest until."""
    layout = arrange(family.series)
    offers = _offers(family.parts)
    own = availabilities(layout) or []
    for availability in own:
        _fill_dates(availability, offers)
    missing = set(MEDIA) - media_of(told_terms(layout) or ())
    gathered = [_availability(offer) for term, offer in offers.items() if MEDIUM_OF_FORMAT[term] in missing]
    if gathered:
        _write(family.series, layout, gathered)


def _offers(parts: Iterable[Part]) -> dict[str, Offer]:
    offers: dict[str, Offer] = {}
    for part in parts:
        for availability in told_availabilities(part.layout) or ():
            since, until = availability.element.get(FROM), availability.element.get(UNTIL)
            for category, term in availability.counted:
                if media_of_part(part.kind, (term,)):
                    offer = Offer(category, since, until)
                    offers[term] = _merge(offers[term], offer) if term in offers else offer
    return offers


def _merge(known: Offer, other: Offer) -> Offer:
    return Offer(known.category, _earliest(known.since, other.since), _latest(known.until, other.until))


def _earliest(one: str | None, other: str | None) -> str | None:
    dates = [date for date in (one, other) if _seconds(date) is not None]
    return min(dates, key=lambda date: _seconds(date) or 0, default=None)


def _latest(one: str | None, other: str | None) -> str | None:
    """Give the later of two ends; one that is absent is later than any."""
    first, second = _seconds(one), _seconds(other)
    if first is None or second is None:
        return None
    return one if first >= second else other


@lru_cache(maxsize=1 << 12)
def _seconds(date: str | None) -> int | None:
    text = (date or "").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def _fill_dates(availability: Element, offers: dict[str, Offer]) -> None:
    found = [offers[term] for _, term in format_categories(availability) if term in offers]
    if not found:
        return
    offer = reduce(_merge, found)
    for name, date in ((FROM, offer.since), (UNTIL, offer.until)):
        if date is not None and availability.get(name) is None:
            availability.set(name, date)


def _availability(offer: Offer) -> Element:
    availability = etree.Element("availability")
    for name, date in ((FROM, offer.since), (UNTIL, offer.until)):
        if date is not None:
            availability.set(name, date)
    _add_category(availability, offer.category)
    return availability


def _bare(availability: Element) -> Element:
    """Copy dates and formats, but not what belongs to the one it comes from: runtime, quality, ratings."""
    copy = etree.Element("availability", _attributes(availability))
    for category, _ in format_categories(availability):
        _add_category(copy, category)
    return copy


def _add_category(availability: Element, category: Element) -> None:
    etree.SubElement(availability, "category", _attributes(category))


def _attributes(element: Element) -> dict[str, str]:
    return dict(cast("list[tuple[str, str]]", element.items()))


def _write(record: Element, layout: Layout, added: Iterable[Element]) -> None:
    """Add availabilities to a record, in its own ``delivery_formats`` or a new one."""
    link = next(iter(layout[Slot.FORMATS]), None)
    if link is None:
        link = make_link(record, FORMAT_AVAILABILITY)
        insert(record, layout, Slot.FORMATS, link)
    formats = first(link, "delivery_formats")
    if formats is None:
        formats = etree.SubElement(link, "delivery_formats")
    formats.extend(added)
    forget_availabilities(layout)

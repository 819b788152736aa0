"""Availability within a series: parts without a word about formats inherit, the series gathers what its parts have."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.formats import MEDIA, MEDIUM_OF_FORMAT, media_of, media_of_part
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.delivery import FROM, UNTIL, Availability

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.series.children import Manner
    from catindex.series.family import Family, Part


class Offer(NamedTuple):
    """What parts offer of one format: Unix seconds as text, None where nothing is said (until: where it has no end)."""

    category: bytes
    since: str | None
    until: str | None


def inherit(family: Family) -> None:
    """Give each part without format information that of its season, else its series' own, in place.

    An explicitly empty ``delivery_formats`` is an answer: that part is not available.
    """
    series = family.series.offered
    for kind in (SEASON, DISC, EPISODE):
        for part in family.of_kind(kind):
            if part.record.offered is None:
                season = None if part.season is None else part.season.record.offered
                inherited = series if season is None else season
                if inherited is not None:
                    part.record.offer([availability.bare() for availability in inherited])


def gather(family: Family, manner: Manner) -> None:
    """Give the series, for any medium or date that it lacks, what its parts have: earliest from, latest until."""
    offers = _offers(family.parts)
    for availability in family.series.change_formats():
        _add_dates(availability, offers)
    missing = set(MEDIA) - media_of(family.series.terms or ())
    gathered = [_availability(offer, manner) for term, offer in offers.items() if MEDIUM_OF_FORMAT[term] in missing]
    if gathered:
        family.series.offer(gathered)


def _offers(parts: Iterable[Part]) -> dict[str, Offer]:
    offers: dict[str, Offer] = {}
    for part in parts:
        for availability in part.record.offered or ():
            since, until = availability.dates
            for term, category in zip(availability.formats.terms, availability.formats.categories, strict=True):
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


def _add_dates(availability: Availability, offers: dict[str, Offer]) -> None:
    found = [offers[term] for term in availability.formats.terms if term in offers]
    if not found:
        return
    offer = reduce(_merge, found)
    for name, date in ((FROM, offer.since), (UNTIL, offer.until)):
        if date is not None:
            availability.add_date(name, date)


def _availability(offer: Offer, manner: Manner) -> Availability:
    availability = Availability(b"<availability>", offer.category, manner)
    for name, date in ((FROM, offer.since), (UNTIL, offer.until)):
        if date is not None:
            availability.add_date(name, date)
    return availability

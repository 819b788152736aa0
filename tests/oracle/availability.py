"""Rules of the contract for availability: inheritance by parts, and gathering by series."""

from __future__ import annotations

from tests.oracle.facts import DISC, DVD, MEDIA, Family, Formats, Offer, Part, Series


def disc_formats(formats: Formats) -> Formats:
    """Return the formats that a disc may inherit.

    "A disc inherits only disc formats."
    """
    return {medium: offer for medium, offer in formats.items() if medium == DVD}


def formats_of_part(family: Family, series: Series | None, part: Part) -> Formats | None:
    """Return the formats of a part, or None if neither it nor its season nor its series has format information.

    "A part without format information inherits its season's, then its series'. An explicitly empty `delivery_formats`
    means not available. A disc inherits only disc formats: from the nearest of season and series that has any."
    """
    if part.statement.formats is not None:
        return part.statement.formats
    season = family.season_of(part)
    above = [season.statement.formats if season else None, series.statement.formats if series else None]
    known = [formats for formats in above if formats is not None]
    if part.key.kind == DISC:
        return next((found for formats in known if (found := disc_formats(formats))), {} if known else None)
    return known[0] if known else None


def gathered(own: Offer | None, offers: list[Offer]) -> Offer | None:
    """Return a series' offer of one medium from its own and those of its parts.

    "The series has its own formats plus, for any medium or date that these lack, those of its parts: earliest from,
    latest until (no `available_until` is later than any)."
    """
    if not offers:
        return own
    since = min((offer.since for offer in offers if offer.since is not None), default=None)
    untils = [offer.until for offer in offers if offer.until is not None]
    until = max(untils) if len(untils) == len(offers) else None
    if own is None:
        return Offer(tuple(sorted({term for offer in offers for term in offer.terms})), since, until)
    return Offer(own.terms, since if own.since is None else own.since, until if own.until is None else own.until)


def formats_of_series(own: Formats | None, parts: list[Formats]) -> Formats:
    """Return a series' formats: its own, and those that it gathers from its parts."""
    found = {}
    for medium in MEDIA:
        offers = [formats[medium] for formats in parts if medium in formats]
        if offer := gathered((own or {}).get(medium), offers):
            found[medium] = offer
    return found

"""Reads titles, parts, numbers and formats from the XML that catindex wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.oracle.facts import DISC, DVD, EPISODE, MOVIE, SEASON, SERIES, STREAMING, Formats, Key, Offer
from tests.oracle.rendering import LIST_RELS, SCHEMAS

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_KINDS = {"movies": MOVIE, "series": SERIES, "seasons": SEASON, "programs": EPISODE, "discs": DISC}
_PATH = re.compile(r"/titles/(?:.*/)?(movies|series|seasons|programs|discs)/(?:\d+/)?(\d+)(?:#[\w-]+)?$")
_MEDIUM_OF = {"instant": STREAMING, "DVD": DVD, "Blu-ray": DVD}
_NUMBERS = ("season_number", "episode_number", "disc_number")


def key_of(title: Element) -> Key | None:
    """Return the key in a title's id, without its fragment; None if there is no such id."""
    match = _PATH.search(title.findtext("id") or "")
    return Key(_KINDS[match[1]], int(match[2])) if match else None


def name_of(title: Element) -> str:
    """Return the regular name of a title."""
    found = title.find("title")
    return "" if found is None else found.get("regular", "")


def number_in(title: Element, name: str) -> int | None:
    """Return the number in an element of a title."""
    text = title.findtext(name)
    return None if text is None else int(text)


def parts_of(title: Element, *kinds: str) -> list[Element]:
    """Return the parts that a unified title lists, all or those of some kinds, in order."""
    lists = {f"{SCHEMAS}/{LIST_RELS[kind]}" for kind in kinds or LIST_RELS}
    links = [link for link in title.iterfind("link") if link.get("rel") in lists]
    return [part for link in links for part in link.iterfind("catalog_titles/catalog_title")]


def parent_links(part: Element) -> list[str]:
    """Return the rels of the links from a part to its series or season."""
    rels = [link.get("rel", "").removeprefix(f"{SCHEMAS}/").split(".")[-1] for link in part.iterfind("link")]
    return [rel for rel in rels if rel in {SERIES, SEASON}]


def formats_of(title: Element) -> Formats:
    """Return the formats of a title: for each medium the terms, the earliest begin, and the latest end or none."""
    found: dict[str, list[Offer]] = {}
    for availability in title.iterfind("link/delivery_formats/availability"):
        since, until = (availability.get(f"available_{name}") for name in ("from", "until"))
        for category in availability.iterfind("category"):
            term = category.get("term", "")
            offer = Offer((term,), int(since) if since else None, int(until) if until else None)
            found.setdefault(_MEDIUM_OF[term], []).append(offer)
    return {medium: _merged(offers) for medium, offers in found.items()}


def _merged(offers: list[Offer]) -> Offer:
    untils = [offer.until for offer in offers if offer.until is not None]
    return Offer(
        tuple(sorted({term for offer in offers for term in offer.terms})),
        min((offer.since for offer in offers if offer.since is not None), default=None),
        max(untils) if len(untils) == len(offers) else None,
    )


def titles_in(titles: list[Element]) -> set[tuple[str, ...]]:
    """Return the titles of a file and their parts with their numbers, whether they are nested or titles of their own.

    A part without an address is known by its name.
    """
    found = set()
    for title in titles:
        for part in [title, *parts_of(title)]:
            key, address = key_of(part), part.findtext("id") or ""
            numbers = [part.findtext(name) or part.findtext(f"show/{name}") or "" for name in _NUMBERS]
            name = str(key) if key and "#" not in address else name_of(part)
            found.add((str(key),) if key and key.kind == SERIES else (name, *numbers))
    return found

"""Titles and their keys.

A key is ``kind/number``: the number alone is not unique, season 1 often has that of its series.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catindex.rules.elements import first, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MOVIE, SERIES, SEASON, EPISODE, DISC, OTHER = "movie", "series", "season", "episode", "disc", "other"

#: The kinds that make up a series, and how deep each stands in it: a link from one to a lower rank leads to a parent.
RANKS = {SERIES: 0, SEASON: 1, DISC: 2, EPISODE: 3}

#: The types of the regional partner index, which names kinds in an attribute (fixtures: show.xml, episode.xml).
REGIONAL_KINDS = {"movie": MOVIE, "show": SERIES, "episode": EPISODE}

# Paths of title ids (format.md, "Title ids"). In /programs/N/ID the last number is the title and N is not the series.
_TITLE_URL = re.compile(
    r"\s*(?:[^/?#\s]*//)?[^/?#\s]*/catalog/titles/"
    r"(?:movies/(?P<movie>[0-9]+)"
    r"|series/(?P<series>[0-9]+)(?:/seasons/(?P<season>[0-9]+))?"
    r"|programs/(?:[0-9]+/)?(?P<episode>[0-9]+)"
    r"|discs/(?P<disc>[0-9]+))"
    r"/*(?:[?#].*)?\s*",
    re.DOTALL,
)
_SERIES_URL = re.compile(r"\s*((?:[^/?#\s]*//)?[^/?#\s]*/catalog/titles/series/([0-9]+))(?:[/?#].*)?\s*", re.DOTALL)

#: Between the first and the last of some seasons.
DASH = "\N{EN DASH}"

# Fragments that catindex itself adds to the address of a series: for a stretch of a series that is broken up, and for
# an episode that is a title of its own, but has no address of its own.
_STRETCH = r"#(?:[0-9]{3}0s|seasons-[0-9]+-[0-9]+)"
_OWN_URL = re.compile(
    r"\s*(?:[^/?#\s]*//)?[^/?#\s]*/catalog/titles/series/(?P<number>[0-9]+)"
    rf"(?:/*(?:\?[^#]*)?(?P<stretch>{_STRETCH})|/episodes(?P<episode>#[0-9]+(?:x[0-9]+)?))\s*"
)
_SERIES_NUMBER = re.compile(rf"[0-9]+(?:{_STRETCH})?")
_LABEL = re.compile(rf" \((?:[0-9]{{4}}s|Seasons? [0-9]+(?:{DASH}[0-9]+)?)\)\Z")


def key_of_url(url: str | None) -> str | None:
    """Read the key from a title's URL: host, query and fragment are ignored. None where it is no title's URL.

    A fragment that catindex itself has added belongs to the key: ``series/70142415#1990s``.
    """
    if url and "#" in url and (own := _OWN_URL.fullmatch(url)):
        kind, fragment = (SERIES, own["stretch"]) if own["stretch"] else (EPISODE, own["episode"])
        return f"{kind}/{own['number']}{fragment}"
    match = _TITLE_URL.fullmatch(url) if url else None
    return f"{match.lastgroup}/{match[match.lastgroup]}" if match and match.lastgroup else None


def series_in_url(url: str | None) -> tuple[str, str] | None:
    """Find the series that a season's URL (or a list below a series) holds: its key and its own URL."""
    match = _SERIES_URL.fullmatch(url) if url else None
    return (f"{SERIES}/{match[2]}", match[1]) if match else None


def key_of_show(number: str | None) -> str | None:
    """Give the key of the series that a ``show`` names by its number. None where it names none."""
    text = (number or "").strip()
    return f"{SERIES}/{text}" if _SERIES_NUMBER.fullmatch(text) else None


def is_stretch(key: str) -> bool:
    """Whether the series with this key is a stretch of one, a title of those that it was broken up into."""
    return key.startswith(SERIES) and "#" in key


def without_label(name: str) -> str:
    """Give the name of a series without what tells a stretch of it from others: ``Show`` for ``Show (1990s)``."""
    return _LABEL.sub("", name)


def kind_of(key: str | None) -> str:
    """Give the kind that a key begins with; ``other`` for a title without a key."""
    return key.partition("/")[0] if key else OTHER


def id_of(record: Element) -> str:
    """Give the text of a record's own ``id``, empty where it has none."""
    return (text(record, "id") or "").strip()


def key_of(record: Element) -> str | None:
    """Give a record's key, from its own ``id`` or, in a regional index, its attributes.

    An id that fits no known path makes a key of kind ``other``; None where there is no id at all.
    """
    url = id_of(record)
    if url:
        return key_of_url(url) or f"{OTHER}/{url}"
    number = record.get("id")
    return f"{REGIONAL_KINDS.get(record.get('type', ''), OTHER)}/{number}" if number else None


def name_of(record: Element) -> str:
    """Give a record's title: the attribute ``regular`` (or ``short``) of 2.0, or the text of 1.x."""
    title = first(record, "title")
    if title is None:
        return ""
    return (title.get("regular") or title.get("short") or title.text or "").strip()

"""Reads the kinds and keys of titles.

A key is ``kind/number``. The number alone is not unique: season 1 often has the number of its series.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catindex.errors import UsageError
from catindex.rules.elements import first, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MOVIE, SERIES, SEASON, EPISODE, DISC, OTHER = "movie", "series", "season", "episode", "disc", "other"

#: The kinds of titles in a series, with their ranks: a link to a title of a lower rank leads to a parent.
RANKS = {SERIES: 0, SEASON: 1, DISC: 2, EPISODE: 3}

#: All kinds, in the order of reports.
KINDS = (MOVIE, SERIES, SEASON, EPISODE, DISC, OTHER)

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
    """Return the key in a title's URL, or None for any other URL. Host, query and fragment are ignored.

    A fragment that catindex itself has added belongs to the key: ``series/70142415#1990s``.
    """
    if url and "#" in url and (own := _OWN_URL.fullmatch(url)):
        kind, fragment = (SERIES, own["stretch"]) if own["stretch"] else (EPISODE, own["episode"])
        return f"{kind}/{own['number']}{fragment}"
    match = _TITLE_URL.fullmatch(url) if url else None
    return f"{match.lastgroup}/{match[match.lastgroup]}" if match and match.lastgroup else None


_NUMBER = re.compile(r"[0-9]+")
_KEY = re.compile(rf"(?:{'|'.join(KINDS[:-1])})/[0-9]+(?:{_STRETCH})?|{OTHER}/.+")


def read_key(text: str) -> str:
    """Return the key for what a user writes: a key, the URL of a title on any host, or the end of such a URL.

    A number alone is returned as it is: it stands for the titles of all kinds. Raises UsageError.
    """
    if key := key_of_url(text) or key_of_url(f"/catalog/titles/{text}"):
        return key
    if _NUMBER.fullmatch(text) or _KEY.fullmatch(text):
        return text
    raise UsageError(f"{text!r} is not a key; use movie/60001220, the URL of a title, or a number")


def series_in_url(url: str | None) -> tuple[str, str] | None:
    """Find the series that a season's URL (or a list below a series) holds: its key and its own URL."""
    match = _SERIES_URL.fullmatch(url) if url else None
    return (f"{SERIES}/{match[2]}", match[1]) if match else None


def key_of_show(number: str | None) -> str | None:
    """Return the key of the series whose number a ``show`` contains, or None if it has no number."""
    text = (number or "").strip()
    return f"{SERIES}/{text}" if _SERIES_NUMBER.fullmatch(text) else None


def is_stretch(key: str) -> bool:
    """Return whether a key is that of a stretch: one of the titles that a series was broken up into."""
    return key.startswith(SERIES) and "#" in key


def without_label(name: str) -> str:
    """Return the name of a series without the label of a stretch: ``Show`` for ``Show (1990s)``."""
    return _LABEL.sub("", name)


def kind_of(key: str | None) -> str:
    """Return the kind in a key; ``other`` for a title without a key."""
    return key.partition("/")[0] if key else OTHER


def id_of(record: Element) -> str:
    """Return the text of a record's own ``id``, or an empty string."""
    return (text(record, "id") or "").strip()


def key_of(record: Element) -> str | None:
    """Return a record's key from its own ``id`` or, in a regional index, its attributes.

    An id with an unknown path has a key of the kind ``other``. Returns None if there is no id.
    """
    url = id_of(record)
    if url:
        return key_of_url(url) or f"{OTHER}/{url}"
    number = record.get("id")
    return f"{REGIONAL_KINDS.get(record.get('type', ''), OTHER)}/{number}" if number else None


def name_of(record: Element) -> str:
    """Return a record's title: the attribute ``regular`` (or ``short``) of 2.0, or the text of 1.x."""
    title = first(record, "title")
    if title is None:
        return ""
    return (title.get("regular") or title.get("short") or title.text or "").strip()

"""Turns titles into facts for comparison: plain values, without hosts, order and whatever differs in any two dumps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.export.columns import iso
from catindex.extract import read_title
from catindex.read.dialect import INDEX_1, REGIONAL, SEARCH
from catindex.rules.elements import first, serialize
from catindex.rules.keys import DISC, EPISODE, SEASON, SERIES, key_of_url
from catindex.write.xml import TITLES, Rendered, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.etree import _Element as Element

    from catindex.model import Format, Link, Title
    from catindex.rules.structure import Record

Facts = dict[str, Any]

#: Format in lower case -> its usual spelling, which is compared and printed.
_SPELLING = {"instant": "instant", "dvd": "DVD", "blu-ray": "Blu-ray"}

_HOST = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


class Entry(NamedTuple):
    """A title or part, as it is compared with the one of the same key in the other file.

    ``home`` is the key of the title that it belongs to, or its own key. ``kind`` and ``name`` are for people.
    """

    key: str
    home: str
    kind: str
    name: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class FactsRenderer:
    """Renders titles as lists of entries."""

    outputs: tuple[str, ...] = (TITLES,)

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:  # noqa: ARG002 - a renderer's signature
        """Return the entries of the title."""
        digest = digest_of(serialize(title.element))
        return Rendered({TITLES: list(entries_of(title.element))}, frozenset({TITLES}), digest)


def entries_of(record: Element) -> Iterator[Entry]:
    """Yield the entry of a unified title, then one for each of its parts.

    A part without a key (the announcement's series has some) is identified by its name, or else by its numbers.
    """
    title = read_title(record)
    key = title.key or f"{title.kind}/{title.title}"
    show = first(record, "show")  # in an episode of a regional index, which is a record of its own
    home = f"{SERIES}/{show.get('id')}" if show is not None else key
    yield _entry(title, key, home, title.kind if home == key else EPISODE)
    met = {key}
    for field, kind in PARTS.items():  # the list decides the kind, whatever the key of the part is
        for part in getattr(title, field):
            known_by = part.key or f"{home}/{kind}/{part.title or (part.season_number, part.episode_number)}"
            while known_by in met:
                known_by += "+"
            met.add(known_by)
            yield _entry(part, known_by, home, kind)


def _entry(title: Title, key: str, home: str, kind: str) -> Entry:
    facts = {field: value for field, read in FIELDS.items() if (value := read(title)) not in (None, "", [], {})}
    return Entry(key, home, kind, title.title, facts)


def _hostless(url: str) -> str:
    return _HOST.sub("", url)


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else iso(seconds)


def _names(links: Iterable[Link]) -> list[str]:
    return [link.name for link in links]


def _by_format(formats: Iterable[Format]) -> Facts:
    """Return the facts about each format by its name. A second availability in the same format gets a number."""
    found: Facts = {}
    for each in formats:
        own = _SPELLING.get(each.format.casefold(), each.format)
        name, count = own, 1
        while name in found:
            count += 1
            name = f"{own} {count}"
        found[name] = {
            "medium": each.medium,
            "available_from": _moment(each.available_from),
            "available_until": _moment(each.available_until),
            "runtime": each.runtime,
            "quality": sorted(each.quality),
        }
    return found


#: Field -> the function that reads it for comparison.
FIELDS: dict[str, Callable[[Title], Any]] = {
    "url": lambda title: _hostless(title.url),
    "title": lambda title: title.title,
    "title_short": lambda title: title.title_short,
    "episode_short": lambda title: title.episode_short,
    "release_year": lambda title: title.release_year,
    "genres": lambda title: sorted(title.genres),
    "ratings": lambda title: sorted(f"{rating.system}: {rating.value}" for rating in title.ratings),
    "average_rating": lambda title: title.average_rating,
    "runtime": lambda title: title.runtime,
    "synopsis": lambda title: title.synopsis,
    "short_synopsis": lambda title: title.short_synopsis,
    "box_art": lambda title: [_hostless(url) for _, url in sorted(title.box_art.items())],
    "cast": lambda title: _names(title.cast),
    "directors": lambda title: _names(title.directors),
    "formats": lambda title: _by_format(title.formats),
    "external_ids": lambda title: sorted(f"{each.source}: {each.value}" for each in title.external_ids),
    "season_number": lambda title: title.season_number,
    "episode_number": lambda title: title.episode_number,
    "disc_number": lambda title: title.disc_number,
    "similars": lambda title: sorted(key_of_url(link.url) or link.name for link in title.similars),
    "awards": lambda title: [
        f"{each.year} {each.name} ({'won' if each.won else 'nominated'})" for each in title.awards
    ],
    "web_page": lambda title: _hostless(title.web_page),
    "updated": lambda title: _moment(title.updated),
}

#: The fields of a title that list its parts, which are entries of their own -> the kind of these parts.
PARTS = {"seasons": SEASON, "discs": DISC, "episodes": EPISODE}

_EXPANDED = ("synopsis", "short_synopsis", "box_art", "similars", "awards", "runtime", "average_rating", "ratings")

#: Dialect -> fields that it lacks or has in another form. They are not compared with a dump of another dialect.
SILENT: dict[str, tuple[str, ...]] = {
    INDEX_1: (*_EXPANDED, "title_short", "episode_short", "formats.*.runtime", "formats.*.quality"),
    REGIONAL: (
        *(
            "title_short",
            "episode_short",
            "formats",
            "external_ids",
            "similars",
            "awards",
            "box_art",
            "url",
            "web_page",
        ),
        *("ratings", "seasons", "discs"),
    ),
    SEARCH: (*_EXPANDED, "formats", "external_ids", "cast", "directors", "episode_short"),
}

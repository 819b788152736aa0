"""The plain facts of a family: its series, their seasons, episodes and discs, and what each record states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SERIES, SEASON, EPISODE, DISC, MOVIE = "series", "season", "episode", "disc", "movie"
STREAMING, DVD = "streaming", "dvd"


class Key(NamedTuple):
    """The kind of a title and its number; the number alone is not unique."""

    kind: str
    number: int

    def __str__(self) -> str:
        """Return the key as the report writes it."""
        return f"{self.kind}/{self.number}"


class Offer(NamedTuple):
    """The formats of one medium, and the seconds between which they are available."""

    terms: tuple[str, ...]
    since: int | None = None
    until: int | None = None


Formats = dict[str, Offer]
"""The offers of a record by medium. A record without format information has None, an explicitly empty one ``{}``."""


@dataclass
class Statement:
    """What a record states of itself, apart from its id.

    ``elements`` are its number elements by name; ``show/season_number`` stands for the child of a ``show`` element.
    """

    title: str
    elements: dict[str, str] = field(default_factory=dict)
    formats: Formats | None = None
    updated: str | None = None
    release_year: str | None = None


class ParentLink(NamedTuple):
    """A link of a record to its series or season, with the parent's name as its title."""

    key: Key
    title: str


@dataclass
class Part:
    """A season, an episode or a disc; without a series it is an orphan, or a movie.

    Without a record of its own, it is an entry of the lists that name it. An ``unnamed`` entry has no address. A
    ``phantom`` is a season that only links of other parts name, so it is not a part of the unified title.
    """

    key: Key
    series: Key | None
    statement: Statement
    recorded: bool = True
    unnamed: bool = False
    phantom: bool = False
    series_link: ParentLink | None = None
    season_link: ParentLink | None = None
    lists: dict[str, list[Key]] = field(default_factory=dict)


@dataclass
class Series:
    """A series. ``short`` is the short form of its name; ``lists`` are those of its own record, by kind."""

    key: Key
    statement: Statement
    short: str
    recorded: bool = True
    lists: dict[str, list[Key]] = field(default_factory=dict)


@dataclass
class Family:
    """Series whose records depend on each other, and their parts; or one title that leads to no series.

    ``order`` holds the keys of all records in the order of the dump. ``layout`` is the form of lists: ``flat``,
    ``links``, ``wrapped`` or ``nested``.
    """

    series: list[Series]
    parts: dict[Key, Part]
    order: list[Key]
    layout: str = "links"

    def parts_of(self, series: Series, kind: str | None = None) -> list[Part]:
        """Return the parts of a series in the unified title, or those of one kind."""
        wanted = (SEASON, EPISODE, DISC) if kind is None else (kind,)
        return [p for p in self.parts.values() if p.series == series.key and p.key.kind in wanted and not p.phantom]

    def seasons_that_list(self, part: Part) -> list[Part]:
        """Return the seasons whose own lists name a part."""
        return [p for p in self.parts.values() if part.key in p.lists.get(part.key.kind, ())]

    def season_of(self, part: Part) -> Part | None:
        """Return the season that a part links to, else the only season that lists it."""
        if part.season_link:
            return self.parts[part.season_link.key]
        listing = self.seasons_that_list(part)
        return listing[0] if len(listing) == 1 else None

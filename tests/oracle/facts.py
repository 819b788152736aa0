"""The plain facts of a family: a series, its seasons, episodes and discs, and what each record states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SERIES, SEASON, EPISODE, DISC, MOVIE = "series", "season", "episode", "disc", "movie"
STREAMING, DVD = "streaming", "dvd"
MEDIA = (STREAMING, DVD)


class Key(NamedTuple):
    """The kind and number of a title. The number alone is not unique."""

    kind: str
    number: int

    def __str__(self) -> str:
        """Return the key as reports write it, for example `series/42`."""
        return f"{self.kind}/{self.number}"


class Offer(NamedTuple):
    """The formats of one medium, and the dates between which they are available, in seconds."""

    terms: tuple[str, ...]
    since: int | None = None
    until: int | None = None


Formats = dict[str, Offer]
"""The offers of a record by medium. A record without format information has None; ``{}`` is explicitly empty."""


@dataclass
class Statement:
    """The content of a record, apart from its id and links.

    ``elements`` holds the number elements by name; ``show/season_number`` is the child of a ``show`` element.
    """

    title: str
    elements: dict[str, str] = field(default_factory=dict)
    formats: Formats | None = None
    updated: str | None = None
    release_year: str | None = None


class ParentLink(NamedTuple):
    """A link from a record to its series or season. Its title is the parent's name."""

    key: Key
    title: str


@dataclass
class Part:
    """A season, an episode or a disc. Orphans and movies have no series.

    A part that is not ``recorded`` is known only from the lists that name it, and an ``unnamed`` one has no address
    there. A season that is ``linked_only`` is known only from links of other parts, so it is not a part of the title.
    """

    key: Key
    series: Key | None
    statement: Statement
    recorded: bool = True
    unnamed: bool = False
    linked_only: bool = False
    series_link: ParentLink | None = None
    season_link: ParentLink | None = None
    lists: dict[str, list[Key]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title in the part's record, or in the lists that name it."""
        return self.statement.title


@dataclass
class Series:
    """A series. ``short`` is the short form of its name; ``lists`` holds the lists in its record by kind of part."""

    key: Key
    statement: Statement
    short: str
    recorded: bool = True
    lists: dict[str, list[Key]] = field(default_factory=dict)


@dataclass
class Family:
    """One series or two that claim the same part, and their parts; or a single title that leads to no series.

    ``order`` holds the keys of the records in the order of the dump. ``layout`` is the form of lists: ``flat``,
    ``links``, ``wrapped`` or ``nested``.
    """

    series: list[Series]
    parts: dict[Key, Part]
    order: list[Key]
    layout: str = "flat"

    def parts_of(self, series: Series, *kinds: str) -> list[Part]:
        """Return the parts of a series in the unified title, all or those of some kinds."""
        wanted = kinds or (SEASON, EPISODE, DISC)
        return [p for p in self.parts.values() if p.series == series.key and p.key.kind in wanted and not p.linked_only]

    def seasons_of(self, series: Series) -> list[Part]:
        """Return the seasons of a series, including those that only links name."""
        return [part for part in self.parts.values() if part.series == series.key and part.key.kind == SEASON]

    def seasons_that_list(self, part: Part) -> list[Part]:
        """Return the seasons whose lists name a part."""
        return [season for season in self.parts.values() if part.key in season.lists.get(part.key.kind, ())]

    def season_of(self, part: Part) -> Part | None:
        """Return the season that a part links to, else the only season that lists it."""
        if part.season_link:
            return self.parts[part.season_link.key]
        listing = self.seasons_that_list(part)
        return listing[0] if len(listing) == 1 else None

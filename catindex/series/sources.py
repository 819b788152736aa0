"""The sources of season, episode and disc numbers, in their order (spec.md, section 6)."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.markers import read_label
from catindex.series.words import read_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from catindex.series.family import Part

#: Sources that depend on other records, or come after those that do. They do not count for a part that was numbered
#: before: its numbers from these sources are written in elements, and the other records may be missing now.
RELATIVE = ("season", "weak", "position")


class Clues(NamedTuple):
    """A part, its position, and the highest sequence number of the previous seasons, if the sequence runs on."""

    part: Part
    position: int | None = None
    sequence_before: int = 0


class Source(NamedTuple):
    """A source of numbers: its name in the report, and the function that returns the number."""

    name: str
    find: Callable[[Clues], int | None]


def _text(*paths: str, least: int = 1) -> Callable[[Clues], int | None]:
    """Return a function that reads the number in the first of these elements that has one."""

    def find(clues: Clues) -> int | None:
        numbers = (read_number(clues.part.texts.get(path), least=least) for path in paths)
        return next((number for number in numbers if number is not None), None)

    return find


def _label(clues: Clues) -> int | None:
    label = clues.part.texts.get("season_label")
    return read_label(label) if label else None


def _season(clues: Clues) -> int | None:
    season = clues.part.season
    return None if season is None else season.season_number


#: The number of a part in its season, or one that runs on across seasons.
sequence_in_series = _text("sequence_nr_in_series")


def _sequence_in_season(clues: Clues) -> int | None:
    number = sequence_in_series(clues)
    return None if number is None else number - clues.sequence_before


#: Sources of the season number of an episode or disc.
SEASON_SOURCES = (
    Source("element", _text("season_number", "show/season_number", least=0)),
    Source("label", _label),
    Source("title", attrgetter("part.reading.season")),
    Source("season", _season),
    Source("weak", attrgetter("part.reading.weak_season")),
)

#: Kind of a part -> sources of its own number.
SOURCES = {
    SEASON: (
        Source("element", _text("season_number", "show/season_number", least=0)),
        Source("label", _label),
        Source("title", attrgetter("part.reading.season")),
        Source("sequence", _text("sequence_nr_in_series", least=0)),
        Source("weak", attrgetter("part.reading.weak_season")),
        Source("position", attrgetter("position")),
    ),
    EPISODE: (
        Source("element", _text("episode_number", "show/episode_number")),
        Source("sequence", _text("sequence")),
        Source("sequence", _sequence_in_season),
        Source("title", attrgetter("part.reading.episode")),
        Source("position", attrgetter("position")),
        Source("weak", attrgetter("part.reading.weak_episode")),
    ),
    DISC: (
        Source("element", _text("disc_number", "show/disc_number")),
        Source("sequence", sequence_in_series),
        Source("title", attrgetter("part.reading.disc")),
        Source("position", attrgetter("position")),
    ),
}

#: Kind of a part -> the sources whose numbers may start again in each volume of a season.
STARTING_AGAIN = {EPISODE: frozenset(("sequence",)), DISC: frozenset(("sequence", "title"))}

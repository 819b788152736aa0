"""Rules of the contract for season, episode and disc numbers: one function per source, and tables of their order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.oracle import titles
from tests.oracle.facts import DISC, EPISODE, SEASON, Family, Key, Part, Series
from tests.oracle.volumes import shift_volumes

NUMBER_ELEMENTS = {EPISODE: "episode_number", DISC: "disc_number"}


class Number(NamedTuple):
    """A number and its source. Both are None if no source has one."""

    value: int | None = None
    source: str | None = None


@dataclass
class Context:
    """The names of a series, and the numbers of its parts found so far: seasons of all, own numbers of the others."""

    family: Family
    series: Series | None
    names: Collection[str]
    seasons: dict[Key, Number] = field(default_factory=dict)
    numbers: dict[Key, Number] = field(default_factory=dict)

    def season(self, part: Part) -> int | None:
        """Return the season number of a part."""
        return self.seasons[part.key].value

    def after_names(self, part: Part) -> list[str]:
        """Return the segments of a title after the series' name."""
        return titles.after(part.title, self.names)

    def prefixes(self, part: Part) -> list[str]:
        """Return the known prefixes of a title: "the series' names and the titles of the episode's season"."""
        season = self.family.season_of(part)
        return [*self.names, *([season.title] if season else [])]

    def list_of_series(self, kind: str) -> list[Key]:
        """Return the list of the series' own record for a kind of part."""
        return self.series.lists.get(kind, []) if self.series else []


Source = Callable[[Context, Part], int | None]


# --- sources in the part itself ---------------------------------------------------------------------------------------


def _element(part: Part, name: str) -> int | None:
    texts = (part.statement.elements.get(name, ""), part.statement.elements.get(f"show/{name}", ""))
    return next((number for text in texts if (number := titles.plain_number(text)) is not None), None)


def season_element(_: Context, part: Part) -> int | None:
    """Return the number in `season_number` or `show/season_number`."""
    return _element(part, "season_number")


def season_label(_: Context, part: Part) -> int | None:
    """Return the number in `season_label`, with or without its word."""
    label = part.statement.elements.get("season_label", "")
    return titles.first_number([label], "season") if titles.marker(label) else titles.plain_number(label)


def explicit_marker(context: Context, part: Part) -> int | None:
    """Return the number of `Season 2`, `Series 2`, `Second Season`, `Limited Series` (1) or `Specials` (0)."""
    return titles.first_number(context.after_names(part), "season")


def series_sequence(_: Context, part: Part) -> int | None:
    """Return the number in `sequence_nr_in_series`."""
    return _element(part, "sequence_nr_in_series")


def weak_marker_of_season(context: Context, part: Part) -> int | None:
    """Return the number of `Vol.`, `Volume`, `Part`, `Book`, `Chapter`, `Collection N`, or after the series' name."""
    marked = titles.first_number(context.after_names(part), "volume", "part", "book", "chapter", "collection")
    return titles.number_after_name(part.title, context.names) if marked is None else marked


def lone_year(context: Context, part: Part) -> int | None:
    """Return the year of a season like "Top Gear: 2011"."""
    return titles.lone_year(part.title, context.names)


def weak_marker_of_part(context: Context, part: Part) -> int | None:
    """Return the number of `Vol.`, `Volume`, `Book` or `Collection N`; `Part` and `Chapter` never count seasons."""
    return titles.first_number(context.after_names(part), "volume", "book", "collection")


def own_element(_: Context, part: Part) -> int | None:
    """Return the number in `episode_number`, `show/episode_number` or `disc_number`."""
    return _element(part, NUMBER_ELEMENTS[part.key.kind])


def sequence(_: Context, part: Part) -> int | None:
    """Return the number in `sequence`."""
    return _element(part, "sequence")


def disc_marker(context: Context, part: Part) -> int | None:
    """Return the number of `Disc N` in the title."""
    return titles.first_number(context.after_names(part), "disc")


def episode_marker(context: Context, part: Part) -> int | None:
    """Return the number of `Ep 4`, `Episode 4`, `E04`, or of `Chapter 4` after another marker.

    "A marker in the title after the series' and season's names." The other marker may be in the season's name.
    """
    rest = titles.after(part.title, context.prefixes(part))
    number = titles.first_number(rest, "episode")
    follows = len(titles.markers(context.after_names(part))) > 1
    return titles.first_number(rest, "chapter") if number is None and follows else number


def part_or_chapter(context: Context, part: Part) -> int | None:
    """Return the number of `Part` or `Chapter N`, the last source for an episode."""
    return titles.first_number(titles.after(part.title, context.prefixes(part)), "part", "chapter")


# --- sources in other parts -------------------------------------------------------------------------------------------


def number_of_its_season(context: Context, part: Part) -> int | None:
    """Return the number of a part's season."""
    season = context.family.season_of(part)
    return context.season(season) if season else None


def position_in_season(context: Context, part: Part) -> int | None:
    """Return the position in "the list of a season that has the episode's season number", never in another's."""
    for season in context.family.seasons_that_list(part):
        if context.season(season) is not None and context.season(season) == context.season(part):
            return season.lists[part.key.kind].index(part.key) + 1
    return None


def position_in_series(context: Context, part: Part) -> int | None:
    """Return the position "in the series' list counted within the season"."""
    listed = [key for key in context.list_of_series(part.key.kind) if key in context.seasons]
    same = [key for key in listed if context.seasons[key].value == context.season(part)]
    return same.index(part.key) + 1 if part.key in same else None


def position_among_seasons(context: Context, part: Part) -> int | None:
    """Return the position of a season in the list of its series.

    "… specials not counted, if no other season of the series has that number."
    """
    counted = [key for key in context.list_of_series(SEASON) if context.seasons[key].value != 0]
    position = counted.index(part.key) + 1 if part.key in counted else None
    return None if position in {number.value for number in context.seasons.values()} else position


# --- the order of sources ---------------------------------------------------------------------------------------------

SEASON_OF_SEASON: dict[str, Source] = {
    "element": season_element,
    "label": season_label,
    "title": explicit_marker,
    "sequence in series": series_sequence,
    "weak marker": weak_marker_of_season,
    "year": lone_year,
}
SEASON_OF_PART: dict[str, Source] = {
    "element": season_element,
    "label": season_label,
    "title": explicit_marker,
    "season": number_of_its_season,
    "weak marker": weak_marker_of_part,
}
OWN_NUMBER: dict[str, dict[str, Source]] = {
    EPISODE: {
        "element": own_element,
        "sequence": sequence,
        "sequence in series": series_sequence,
        "title": episode_marker,
        "position in season": position_in_season,
        "position in series": position_in_series,
        "weak marker": part_or_chapter,
    },
    DISC: {
        "element": own_element,
        "sequence in series": series_sequence,
        "title": disc_marker,
        "position in season": position_in_season,
        "position in series": position_in_series,
    },
}


def first_of(sources: dict[str, Source], context: Context, part: Part) -> Number:
    """Return a number of a part.

    "Each number comes from the first source that has one."
    """
    found = ((source(context, part), name) for name, source in sources.items())
    return next((Number(value, name) for value, name in found if value is not None), Number())


def subtract_previous_seasons(context: Context) -> None:
    """Restart numbers that run on across seasons.

    "If the `sequence_nr_in_series` of a series' episodes runs on across its seasons without a gap (1, 2 in season 1,
    then 3, 4 in season 2), the previous seasons' highest number is subtracted (1, 2 and 1, 2)." And "season 0 holds
    specials", so it is not a season in this sense.
    """
    by_season: dict[int, list[Key]] = {}
    for key, number in context.numbers.items():
        season = context.seasons[key].value
        if key.kind == EPISODE and number.source == "sequence in series" and season:
            by_season.setdefault(season, []).append(key)
    values = [sorted(context.numbers[key].value or 0 for key in by_season[season]) for season in sorted(by_season)]
    running = [value for season in values for value in season]
    if running != list(range(1, len(running) + 1)):
        return
    before = 0
    for season, of_season in zip(sorted(by_season), values, strict=True):
        for key in by_season[season]:
            context.numbers[key] = context.numbers[key]._replace(value=(context.numbers[key].value or 0) - before)
        before = of_season[-1]


def number_series(family: Family, series: Series, names: Collection[str]) -> Context:
    """Return the numbers of all parts of a series. Seasons come first, because other parts refer to them."""
    context = Context(family, series, names)
    for season in family.seasons_of(series):
        context.seasons[season.key] = first_of(SEASON_OF_SEASON, context, season)
    missing = [season for season in family.seasons_of(series) if context.season(season) is None]
    positions = {season.key: position_among_seasons(context, season) for season in missing}
    context.seasons |= {key: Number(value, "position") for key, value in positions.items() if value is not None}
    _number_parts(context, family.parts_of(series, EPISODE, DISC))
    subtract_previous_seasons(context)
    shift_volumes(family, series, context.seasons, context.numbers)
    return context


def number_orphan(family: Family, part: Part) -> Context:
    """Return the numbers of a part that leads to no series.

    "… numbered from its own evidence."
    """
    context = Context(family, None, [])
    _number_parts(context, [part])
    return context


def _number_parts(context: Context, parts: list[Part]) -> None:
    for part in parts:
        context.seasons[part.key] = first_of(SEASON_OF_PART, context, part)
    for part in parts:
        context.numbers[part.key] = first_of(OWN_NUMBER[part.key.kind], context, part)

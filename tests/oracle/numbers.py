"""The rules of the contract on season, episode and disc numbers: one function per source, and tables of their order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.oracle import titles
from tests.oracle.facts import DISC, EPISODE, SEASON, Family, Key, Part, Series
from tests.oracle.volumes import run_volumes_on

Source = Callable[["Context", Part], int | None]
WEAK_FOR_SEASONS = ("volume", "part", "book", "chapter", "collection")
WEAK_FOR_EPISODES = ("volume", "book", "collection")
NUMBER_ELEMENTS = {EPISODE: "episode_number", DISC: "disc_number"}


class Number(NamedTuple):
    """A number and the source it comes from; both are None if no source has one."""

    value: int | None = None
    source: str | None = None


@dataclass
class Context:
    """A series whose parts are being numbered: the names of the series, and the numbers found so far."""

    family: Family
    series: Series | None
    names: Collection[str]
    seasons: dict[Key, Number] = field(default_factory=dict)
    numbers: dict[Key, Number] = field(default_factory=dict)


# --- sources that a part has in itself ------------------------------------------------------------------------------


def _element(part: Part, name: str) -> int | None:
    found = (part.statement.elements.get(name), part.statement.elements.get(f"show/{name}"))
    return next((number for text in found if text and (number := titles.plain_number(text)) is not None), None)


def season_element(_: Context, part: Part) -> int | None:
    """`season_number`, `show/season_number`."""
    return _element(part, "season_number")


def season_label(_: Context, part: Part) -> int | None:
    """`season_label`."""
    label = part.statement.elements.get("season_label", "")
    return titles.first_number([label], ["season"]) if titles.marker(label) else titles.plain_number(label)


def explicit_marker(context: Context, part: Part) -> int | None:
    """An explicit marker in the title: `Season 2`, `Series 2`, `Second Season`, `Limited Series` = 1, `Specials` = 0."""
    return titles.first_number(titles.after(part.statement.title, context.names), ["season"])


def series_sequence(_: Context, part: Part) -> int | None:
    """`sequence_nr_in_series`."""
    return _element(part, "sequence_nr_in_series")


def weak_marker_of_season(context: Context, part: Part) -> int | None:
    """`Vol.`, `Volume`, `Part`, `Book`, `Chapter`, `Collection N`; the series' own name and a number from 1 to 99."""
    marked = titles.first_number(titles.after(part.statement.title, context.names), WEAK_FOR_SEASONS)
    return titles.number_after_name(part.statement.title, context.names) if marked is None else marked


def lone_year(context: Context, part: Part) -> int | None:
    """A lone year ("Top Gear: 2011")."""
    return titles.lone_year(part.statement.title, context.names)


def weak_marker_of_episode(context: Context, part: Part) -> int | None:
    """`Vol.`, `Volume`, `Book`, `Collection N`; `Part` and `Chapter` count episodes, never seasons."""
    return titles.first_number(titles.after(part.statement.title, context.names), WEAK_FOR_EPISODES)


def own_element(_: Context, part: Part) -> int | None:
    """`episode_number`, `show/episode_number`, or `disc_number`."""
    return _element(part, NUMBER_ELEMENTS[part.key.kind])


def sequence(_: Context, part: Part) -> int | None:
    """`sequence`, of episodes."""
    return _element(part, "sequence")


def disc_marker(context: Context, part: Part) -> int | None:
    """`Disc N` in the title."""
    return titles.first_number(titles.after(part.statement.title, context.names), ["disc"])


def prefixes_of(context: Context, part: Part) -> list[str]:
    """Return the known prefixes: "the series' names and the titles of the episode's season." """
    season = context.family.season_of(part)
    return [*context.names, *([season.statement.title] if season else [])]


def episode_marker(context: Context, part: Part) -> int | None:
    """A marker after the series' and season's names: `Ep 4`, `Episode 4`, `E04`; `Chapter 4` after another marker."""
    rest = titles.after(part.statement.title, prefixes_of(context, part))
    plain = titles.first_number(rest, ["episode"])
    several = len(titles.markers(titles.after(part.statement.title, context.names))) > 1
    return titles.first_number(rest, ["chapter"]) if plain is None and several else plain


def part_or_chapter(context: Context, part: Part) -> int | None:
    """`Part`, `Chapter N`, last of all sources of an episode's number."""
    return titles.first_number(titles.after(part.statement.title, prefixes_of(context, part)), ["part", "chapter"])


# --- sources that are in other parts --------------------------------------------------------------------------------


def number_of_its_season(context: Context, part: Part) -> int | None:
    """Its season's number."""
    season = context.family.season_of(part)
    return context.seasons[season.key].value if season else None


def position_in_season(context: Context, part: Part) -> int | None:
    """The position in the list of a season that has the episode's season number, never that of another season."""
    for season in context.family.seasons_that_list(part):
        number = context.seasons[season.key].value
        if number is not None and number == context.seasons[part.key].value:
            return season.lists[part.key.kind].index(part.key) + 1
    return None


def position_in_series(context: Context, part: Part) -> int | None:
    """The position in the series' list counted within the season."""
    listed = context.series.lists.get(part.key.kind, []) if context.series else []
    wanted = context.seasons[part.key].value
    same = [key for key in listed if key in context.seasons and context.seasons[key].value == wanted]
    return same.index(part.key) + 1 if part.key in same else None


def position_among_seasons(context: Context, part: Part) -> int | None:
    """The position in the series' list of seasons, specials not counted, if no other season has that number."""
    listed = context.series.lists.get(SEASON, []) if context.series else []
    counted = [key for key in listed if context.seasons[key].value != 0]
    position = counted.index(part.key) + 1 if part.key in counted else None
    taken = {context.seasons[p.key].value for p in context.family.parts.values() if p.key.kind == SEASON}
    return None if position in taken else position


SEASON_OF_SEASON: dict[str, Source] = {
    "element": season_element,
    "label": season_label,
    "title": explicit_marker,
    "sequence": series_sequence,
    "weak": weak_marker_of_season,
    "year": lone_year,
}
SEASON_OF_OTHERS: dict[str, Source] = {
    "element": season_element,
    "label": season_label,
    "title": explicit_marker,
    "season": number_of_its_season,
    "weak": weak_marker_of_episode,
}
OWN_NUMBER: dict[str, dict[str, Source]] = {
    EPISODE: {
        "element": own_element,
        "sequence": sequence,
        "series sequence": series_sequence,
        "title": episode_marker,
        "position": position_in_season,
        "position in series": position_in_series,
        "weak": part_or_chapter,
    },
    DISC: {
        "element": own_element,
        "series sequence": series_sequence,
        "title": disc_marker,
        "position": position_in_season,
        "position in series": position_in_series,
    },
}


def first_of(sources: dict[str, Source], context: Context, part: Part) -> Number:
    """Return the number of a part. "Each number comes from the first source that has one." """
    for name, source in sources.items():
        if (value := source(context, part)) is not None:
            return Number(value, name)
    return Number()


def subtract_previous_seasons(context: Context) -> None:
    """Count within seasons what runs on across them.

    "If the `sequence_nr_in_series` of a series' episodes runs on across its seasons without a gap (1, 2 in season 1,
    then 3, 4 in season 2), the previous seasons' highest number is subtracted (1, 2 and 1, 2)."
    """
    by_season: dict[int, list[int]] = {}
    running = [key for key, number in context.numbers.items() if number.source == "series sequence"]
    for key in (key for key in running if key.kind == EPISODE):
        season, number = context.seasons[key].value, context.numbers[key].value
        if season is not None and number is not None:
            by_season.setdefault(season, []).append(number)
    ends = [0, *(max(by_season[season]) for season in sorted(by_season))]
    if sum((sorted(by_season[season]) for season in sorted(by_season)), []) != list(range(1, ends[-1] + 1)):
        return
    before = dict(zip(sorted(by_season), ends, strict=False))
    for key, number in context.numbers.items():
        if key in running and key.kind == EPISODE and number.value is not None:
            season = context.seasons[key].value
            context.numbers[key] = number._replace(value=number.value - before.get(season or 0, 0))


def number_series(family: Family, series: Series, names: Collection[str]) -> Context:
    """Return the numbers of all parts of a series: seasons first, then what refers to them."""
    context = Context(family, series, names)
    seasons = [p for p in family.parts.values() if p.series == series.key and p.key.kind == SEASON]
    for season in seasons:
        context.seasons[season.key] = first_of(SEASON_OF_SEASON, context, season)
    positions = {s.key: position_among_seasons(context, s) for s in seasons if context.seasons[s.key].value is None}
    context.seasons |= {key: Number(value, "position") for key, value in positions.items() if value is not None}
    others = family.parts_of(series, EPISODE) + family.parts_of(series, DISC)
    for part in others:
        context.seasons[part.key] = first_of(SEASON_OF_OTHERS, context, part)
    for part in others:
        context.numbers[part.key] = first_of(OWN_NUMBER[part.key.kind], context, part)
    subtract_previous_seasons(context)
    run_volumes_on(family, series, context.seasons, context.numbers)
    return context


def number_orphan(family: Family, part: Part) -> Context:
    """Return the numbers of a part that leads to no series: "numbered from its own evidence." """
    context = Context(family, None, [])
    context.seasons[part.key] = first_of(SEASON_OF_OTHERS, context, part)
    context.numbers[part.key] = first_of(OWN_NUMBER[part.key.kind], context, part)
    return context

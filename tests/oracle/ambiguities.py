"""Cases on which the contract can be read in two ways. Families with any of them are discarded."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from tests.oracle import titles
from tests.oracle.availability import formats_of_part
from tests.oracle.expected import names_of_series
from tests.oracle.facts import DISC, DVD, EPISODE, MEDIA, SEASON, Family, Part, Series
from tests.oracle.numbers import NUMBER_ELEMENTS, Context, number_series
from tests.oracle.volumes import volume_number

Ambiguity = Callable[[Family, Series, Context], bool]
NUMBERED_ALIKE = {
    EPISODE: {"sequence", "sequence in series", "position in season"},
    DISC: {"title", "sequence in series", "position in season"},
}
WEAK_MARKERS = ("volume", "part", "book", "chapter", "collection")


# --- which season a part belongs to -----------------------------------------------------------------------------------


def has_several_seasons(family: Family, series: Series, context: Context) -> bool:
    """Return whether a part may have two seasons, and its number, formats or name depend on which.

    "Its season" may be one of two that list the part without a link, or the one it links to while another lists it.
    """
    for part in family.parts_of(series, EPISODE, DISC):
        listing = [season.key for season in family.seasons_that_list(part)]
        doubtful = part.season_link.key not in listing if part.season_link and listing else len(listing) > 1
        numbered = context.seasons[part.key].source in {"element", "label", "title"}
        named = any(titles.begins_with(part.title, season.title) for season in family.seasons_of(series))
        if doubtful and (named or not numbered or part.statement.formats is None):
            return True
    return False


def inherits_from_an_uncertain_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether a part without formats has the number of a season that it is not joined to.

    Is "its season" the season that it is joined to, or the season of its number?
    """
    for part in family.parts_of(series, EPISODE, DISC):
        seasons = [season for season in family.seasons_of(series) if season is not family.season_of(part)]
        number = context.season(part)
        same = [season for season in seasons if number is not None and context.season(season) == number]
        if part.statement.formats is None and any(season.statement.formats is not None for season in same):
            return True
    return False


def is_named_after_an_uncertain_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether the title of an episode begins with that of a season that it is not joined to.

    "Asylum" in "Show: Asylum: Pilot" is a prefix only if the season is the episode's. Markers are removed anyway.
    """
    for part in family.parts_of(series, EPISODE):
        for season in family.seasons_of(series):
            begins = season is not family.season_of(part) and titles.begins_with(part.title, season.title)
            if begins and not titles.marker(context.after_names(season)[-1]):
                return True
    return False


# --- titles -----------------------------------------------------------------------------------------------------------


def has_text_before_its_markers(family: Family, series: Series, context: Context) -> bool:
    """Return whether text comes before the first marker of a title, as in "Show: The Flood: Episode 3".

    The rules name markers that lead, and text between two. Is this text a name?
    """
    for part in family.parts_of(series, EPISODE):
        marked = [bool(titles.marker(segment)) for segment in context.after_names(part)]
        rest = titles.after(part.title, context.prefixes(part))
        if any(marked) and not marked[0] and not titles.marker(rest[0]):
            return True
    return False


def has_text_before_a_weak_marker(family: Family, series: Series, context: Context) -> bool:
    """Return whether text stands between a marker and a `Part`, as in "Show: Season 1: Crisis: Part 1: Day One".

    Text between two markers belongs to the season, but names such as "Crisis: Part 1" are common.
    """
    for part in family.parts_of(series, EPISODE):
        segments = context.after_names(part)
        marked = [bool(titles.marker(segment)) for segment in segments]
        for place, segment in enumerate(segments):
            if place > 1 and segment.startswith("Part ") and not marked[place - 1] and any(marked[: place - 1]):
                return True
    return False


def has_a_chapter_after_a_counted_name(family: Family, series: Series, context: Context) -> bool:
    """Return whether a chapter follows "Stranger Things 2" or "2011".

    Is this "another marker"?
    """
    for part in family.parts_of(series, EPISODE):
        season = family.season_of(part)
        names = context.names
        counted = season and (titles.number_after_name(season.title, names) or titles.lone_year(season.title, names))
        leading = titles.markers(titles.segments_of(season.title)) if season else []
        if counted and not leading and titles.first_number(titles.segments_of(part.title), "chapter") is not None:
            return True
    return False


def counts_after_the_name(family: Family, series: Series, context: Context) -> bool:
    """Return whether only "Stranger Things 2" in the title of an episode or a disc may be its season.

    This weak marker is listed as a source for seasons only. And is it a marker behind the name, as in
    "Stranger Things: Stranger Things 2: Madmax"?
    """
    for part in family.parts_of(series, EPISODE, DISC):
        segments = titles.segments_of(part.title)
        beginnings = [titles.SEPARATOR.join(segments[:end]) for end in range(1, len(segments) + 1)]
        counted = any(titles.number_after_name(text, context.names) is not None for text in beginnings)
        if any(titles.number_after_name(segment, context.names) is not None for segment in segments[1:]):
            return True
        if counted and context.seasons[part.key].source in {None, "weak marker"}:
            return True
    return False


def repeats_its_season(family: Family, series: Series, _: Context) -> bool:
    """Return whether a `Part` or `Chapter` in the title of a season is in that of an episode.

    "In episodes these count episodes, never seasons." Does the season's own marker count the episode, too?
    """
    for part in family.parts_of(series, EPISODE):
        for season in family.seasons_of(series):
            counts = {marker.counts for marker in titles.markers(titles.segments_of(season.title))}
            if counts & {"part", "chapter"} and titles.begins_with(part.title, season.title):
                return True
    return False


def names_a_series_from_unmarked_titles(family: Family, series: Series) -> bool:
    """Return whether a series would be named after titles without a marker, or after titles that disagree."""
    parts = [part for part in family.parts.values() if part.series == series.key]
    if series.recorded or any(part.series_link for part in parts):
        return False
    of_kinds = [[part.title for part in parts if part.key.kind == kind] for kind in (SEASON, DISC, EPISODE)]
    first = next(of_kind for of_kind in of_kinds if of_kind)
    names = {titles.up_to_first_marker(title) for title in first}
    return len(names) > 1 or bool(names & set(first))


# --- numbers ----------------------------------------------------------------------------------------------------------


def has_a_position_in_no_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether a season without a number lists a part without a season number.

    Is it "a season that has the episode's season number"?
    """
    parts = [part for part in family.parts_of(series, EPISODE, DISC) if context.season(part) is None]
    return any(context.season(season) is None for part in parts for season in family.seasons_that_list(part))


def has_two_positions(family: Family, series: Series, context: Context) -> bool:
    """Return whether two seasons with the number of a part list it at different positions."""
    for part in family.parts_of(series, EPISODE, DISC):
        listing = [s for s in family.seasons_that_list(part) if context.season(s) == context.season(part)]
        if len({season.lists[part.key.kind].index(part.key) for season in listing}) > 1:
            return True
    return False


def lists_parts_of_one_name(family: Family, series: Series, _: Context) -> bool:
    """Return whether two parts without addresses have the same title. The output does not show which is which."""
    unnamed = [part.title for part in family.parts_of(series) if part.unnamed]
    return len(set(unnamed)) < len(unnamed)


def has_foreign_entries(family: Family, series: Series, context: Context) -> bool:
    """Return whether a season lists a part of another season before one of its own.

    Do both count in positions?
    """
    for season in family.seasons_of(series):
        for keys in season.lists.values():
            own = [context.seasons[key].value == context.season(season) for key in keys]
            if own != sorted(own, reverse=True):
                return True
    return False


def has_doubtful_volumes(family: Family, series: Series, context: Context) -> bool:
    """Return whether it is open which seasons are volumes.

    Either some seasons of a number have volume markers and some do not, or two have the same marker, or the number
    does not come from an explicit season in the title, or only links name a volume. A `Book 2` may be a volume, too.
    """
    for group in _seasons_of_one_number(family, series, context):
        numbers = [titles.first_number(titles.segments_of(season.title), *WEAK_MARKERS) for season in group]
        marked = [number for number in numbers if number is not None]
        explicit = all(titles.first_number(context.after_names(s), "season") is not None for s in group)
        clear = len(set(marked)) == len(group) and explicit and not any(season.linked_only for season in group)
        if marked and not clear:
            return True
    return False


def numbers_volumes_in_two_ways(family: Family, series: Series, context: Context) -> bool:
    """Return whether the parts of a volume have numbers from several sources, or belong to it by number alone.

    "The lowest number" of a volume is clear only if all have the same source. The contract names sequences, positions
    and disc markers.
    """
    for group in _seasons_of_one_number(family, series, context):
        volumes = group if volume_number(group[0]) is not None else []
        number = context.season(group[0])
        for part in family.parts_of(series, EPISODE, DISC) if volumes else []:
            if (family.season_of(part) in volumes) != (context.season(part) == number):
                return True
        for volume, kind in itertools.product(volumes, (EPISODE, DISC)):
            parts = [part for part in family.parts_of(series, kind) if family.season_of(part) is volume]
            sources = {context.numbers[part.key].source for part in parts}
            if len(sources) > 1 or not sources <= {None, *NUMBERED_ALIKE[kind]}:
                return True
    return False


def _seasons_of_one_number(family: Family, series: Series, context: Context) -> list[list[Part]]:
    """Return the groups of seasons that have the same number."""
    groups: dict[int | None, list[Part]] = {}
    for season in family.seasons_of(series):
        groups.setdefault(context.season(season), []).append(season)
    return [group for number, group in groups.items() if number is not None and len(group) > 1]


def runs_on_in_part(family: Family, series: Series, context: Context) -> bool:
    """Return whether `sequence_nr_in_series` runs on from one season to another, but not through the whole series."""
    episodes = family.parts_of(series, EPISODE)
    sequences: dict[int | None, list[int]] = {}
    for part in episodes:
        if text := part.statement.elements.get("sequence_nr_in_series"):
            sequences.setdefault(context.season(part), []).append(int(text))
    ranges = sorted((min(numbers), max(numbers)) for numbers in sequences.values())
    if not any(first[1] + 1 == second[0] for first, second in itertools.pairwise(ranges)):
        return False
    seasons = sorted(season for season in sequences if season)
    running = [number for season in seasons for number in sorted(sequences[season])]
    sources = {context.numbers[part.key].source for part in episodes}
    return running != list(range(1, len(episodes) + 1)) or sources != {"sequence in series"}


def counts_seasons_that_are_linked_only(family: Family, series: Series, context: Context) -> bool:
    """Return whether a number depends on a season that only links name, and that has no explicit marker."""
    linked = [season for season in family.seasons_of(series) if season.linked_only]
    positions = any(number.source == "position" for number in context.seasons.values())
    return any(context.seasons[season.key].source != "title" for season in linked) or (bool(linked) and positions)


def has_elements_without_numbers(family: Family, series: Series, context: Context) -> bool:
    """Return whether the only source of a number is an element that holds a range.

    Is the element kept?
    """
    for part in family.parts_of(series):
        for name, text in part.statement.elements.items():
            of_season = name.endswith("season_number")
            number = context.seasons[part.key] if of_season else context.numbers.get(part.key)
            if name != "season_label" and number and number.value is None and titles.plain_number(text) is None:
                return True
    return False


def repeats_numbers_in_no_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether two episodes without a season number have the same number.

    Is their season the same, and reported?
    """
    episodes = [part for part in family.parts_of(series, EPISODE) if context.season(part) is None]
    values = [value for part in episodes if (value := context.numbers[part.key].value) is not None]
    return len(set(values)) < len(values)


def looks_unified(family: Family, series: Series, _: Context) -> bool:
    """Return whether nested lists of a series imply no number that is not written.

    Such a series "is recognized" as unified, though a dump may have it.
    """
    if family.layout != "nested" or not any(series.lists.values()):
        return False
    names = [series.statement.title, series.short]
    for part in (family.parts[key] for keys in series.lists.values() for key in keys):
        written = {} if part.recorded else part.statement.elements
        markers = {marker.counts for marker in titles.markers(titles.after(part.title, names))}
        if "season" in markers and "season_number" not in written:
            return False
        if part.key.kind in markers - {"season"} and NUMBER_ELEMENTS[part.key.kind] not in written:
            return False
    return True


# --- availability -----------------------------------------------------------------------------------------------------


def gathers_what_it_hands_down(family: Family, series: Series, _: Context) -> bool:
    """Return whether a part inherits an offer without an end from its series, which lacks a date of other parts.

    Is the end of the series' offer gathered from the part that has none from the series?
    """
    own = series.statement.formats or {}
    open_media = {medium for medium in MEDIA if medium in own and own[medium].until is None}
    stated = [part.statement.formats for part in family.parts_of(series)]
    return None in stated and any(medium in (formats or {}) for formats in stated for medium in open_media)


def has_a_disc_under_nothing(family: Family, series: Series, _: Context) -> bool:
    """Return whether a season that is explicitly unavailable lies between a disc and a series on DVD."""
    discs = [part for part in family.parts_of(series, DISC) if part.statement.formats is None]
    seasons = [season for disc in discs if (season := family.season_of(disc))]
    return DVD in (series.statement.formats or {}) and any(season.statement.formats == {} for season in seasons)


def has_parts_without_any_information(family: Family, series: Series, _: Context) -> bool:
    """Return whether neither a part nor its season nor its series has format information, but other parts do.

    Is such a part unavailable, or available where its title is, whose formats are gathered from the others?
    """
    found = [formats_of_part(family, series, part) for part in family.parts_of(series)]
    return None in found and any(found)


AMBIGUITIES: tuple[Ambiguity, ...] = (
    has_several_seasons,
    inherits_from_an_uncertain_season,
    is_named_after_an_uncertain_season,
    has_text_before_its_markers,
    has_text_before_a_weak_marker,
    has_a_chapter_after_a_counted_name,
    counts_after_the_name,
    repeats_its_season,
    has_a_position_in_no_season,
    has_two_positions,
    lists_parts_of_one_name,
    has_foreign_entries,
    has_doubtful_volumes,
    numbers_volumes_in_two_ways,
    runs_on_in_part,
    counts_seasons_that_are_linked_only,
    has_elements_without_numbers,
    repeats_numbers_in_no_season,
    looks_unified,
    gathers_what_it_hands_down,
    has_a_disc_under_nothing,
    has_parts_without_any_information,
)
"""Also never generated: names in quotes, number words ("Chapter One"), "Season 6: Part 1" as volumes, parts whose
title is the series' name, markers behind an episode's name ("The Flood: Part 2"), discs that list episodes, and lists
that name a part twice."""


def is_ambiguous(family: Family) -> bool:
    """Return whether the contract can be read in two ways on anything in a family."""
    for series in family.series:
        if names_a_series_from_unmarked_titles(family, series):
            return True
        context = number_series(family, series, names_of_series(family, series))
        if any(ambiguity(family, series, context) for ambiguity in AMBIGUITIES):
            return True
    return False

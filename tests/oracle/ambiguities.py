"""Cases on which the contract can be read in two ways. Families with any of them are not generated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.oracle import titles
from tests.oracle.availability import MEDIA, formats_of_part
from tests.oracle.facts import DISC, DVD, EPISODE, SEASON, Family, Part, Series
from tests.oracle.numbers import NUMBER_ELEMENTS, Context, number_series
from tests.oracle.verdict import names_of_series
from tests.oracle.volumes import volume_number

Ambiguity = Callable[[Family, Series, Context], bool]


def _others(family: Family, series: Series) -> list[Part]:
    return family.parts_of(series, EPISODE) + family.parts_of(series, DISC)


def _seasons(family: Family, series: Series) -> list[Part]:
    return [part for part in family.parts.values() if part.series == series.key and part.key.kind == SEASON]


def has_several_seasons(family: Family, series: Series, context: Context) -> bool:
    """Return whether "its season" may be one of several: listed by two without a link, or linked to a third."""
    for part in _others(family, series):
        listing = [season.key for season in family.seasons_that_list(part)]
        doubtful = part.season_link.key not in listing if part.season_link and listing else len(listing) > 1
        evident = context.seasons[part.key].source in {"element", "label", "title"}
        if doubtful and not (evident and part.statement.formats is not None):
            return True
        if doubtful and any(
            part.statement.title.startswith(f"{s.statement.title}: ") for s in _seasons(family, series)
        ):
            return True
    return False


def inherits_from_an_uncertain_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether a part without formats is near two seasons: the one it is joined to, and the one of its number."""
    for part in _others(family, series):
        season = family.season_of(part)
        if part.statement.formats is not None:
            continue
        same = [s for s in _seasons(family, series) if s is not season and s.statement.formats is not None]
        number = context.seasons[part.key].value
        if any(context.seasons[s.key].value == number for s in same if number is not None):
            return True
    return False


def is_named_after_an_uncertain_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether a title begins with the title of a season that the part is joined to only by its number, if so."""
    for part in family.parts_of(series, EPISODE):
        season = family.season_of(part)
        for other in _seasons(family, series):
            rest = titles.after(other.statement.title, context.names)
            unmarked = not titles.marker(rest[-1])
            begins = part.statement.title.startswith(f"{other.statement.title}: ")
            if other is not season and unmarked and begins:
                return True
    return False


def has_text_before_its_markers(family: Family, series: Series, context: Context) -> bool:
    """Return whether text leads to the only marker of a title, or ends it: is "Water: Chapter 3" a name?"""
    for part in family.parts_of(series, EPISODE):
        rest = titles.after(part.statement.title, context.names)
        marked = [i for i, segment in enumerate(rest) if titles.marker(segment)]
        if marked and marked[0] > 0:
            season = family.season_of(part)
            prefixes = [*context.names, *([season.statement.title] if season else [])]
            if titles.marker(titles.after(part.statement.title, prefixes)[0]) is None:
                return True
    return False


def has_a_position_in_no_season(family: Family, series: Series, context: Context) -> bool:
    """Return whether a season without a number lists a part without a season number: does the position count?"""
    return any(
        context.seasons[part.key].value is None
        and any(context.seasons[season.key].value is None for season in family.seasons_that_list(part))
        for part in _others(family, series)
    )


def has_two_positions(family: Family, series: Series, context: Context) -> bool:
    """Return whether two seasons with one number list a part at different positions."""
    for part in _others(family, series):
        listing = [s for s in family.seasons_that_list(part) if context.seasons[s.key] == context.seasons[part.key]]
        if len({season.lists[part.key.kind].index(part.key) for season in listing}) > 1:
            return True
    return False


def has_foreign_entries(family: Family, series: Series, context: Context) -> bool:
    """Return whether a season lists parts of another season before its own: do these count as positions?"""
    for season in _seasons(family, series):
        for keys in season.lists.values():
            own = [context.seasons[key].value == context.seasons[season.key].value for key in keys]
            if own != sorted(own, reverse=True):
                return True
    return False


def has_doubtful_volumes(family: Family, series: Series, context: Context) -> bool:
    """Return whether it is open which volumes there are, or in which way their parts are numbered.

    Seasons with one number of which some have volume markers; volumes with one marker; volumes without an explicit
    season, or without a record or list entry; volumes whose parts have numbers from several sources, or from a source
    that the contract does not name (an element, an episode marker).
    """
    groups = Counter(context.seasons[s.key].value for s in _seasons(family, series))
    for number, count in groups.items():
        group = [s for s in _seasons(family, series) if context.seasons[s.key].value == number]
        marked = [volume for s in group if (volume := volume_number(s)) is not None]
        if number is None or count == 1 or not marked:
            continue
        explicit = all(titles.first_number(s.statement.title.split(": "), ["season"]) is not None for s in group)
        if len(set(marked)) < len(group) or not explicit or any(s.phantom for s in group):
            return True
        if _has_mixed_sources(family, series, context, group):
            return True
    return False


def _has_mixed_sources(family: Family, series: Series, context: Context, volumes: list[Part]) -> bool:
    """Return whether the parts of volumes have numbers from several sources, or belong to them by number alone."""
    allowed = {
        EPISODE: {"sequence", "series sequence", "position", "position in series"},
        DISC: {"series sequence", "title", "position", "position in series"},
    }
    number = context.seasons[volumes[0].key].value
    for part in _others(family, series):
        inside = family.season_of(part) in volumes
        if inside != (context.seasons[part.key].value == number):
            return True
    for volume in volumes:
        for kind, sources in allowed.items():
            parts = [p for p in family.parts_of(series, kind) if family.season_of(p) is volume]
            found = {context.numbers[part.key].source for part in parts}
            if len(found) > 1 or not found - {None} <= sources:
                return True
    return False


def runs_on_in_part(family: Family, series: Series, context: Context) -> bool:
    """Return whether `sequence_nr_in_series` runs on from one season to the next, but not through the whole series."""
    episodes = family.parts_of(series, EPISODE)
    sequences: dict[int | None, list[int]] = {}
    for part in episodes:
        if text := part.statement.elements.get("sequence_nr_in_series"):
            sequences.setdefault(context.seasons[part.key].value, []).append(int(text))
    found = sorted((min(numbers), max(numbers)) for numbers in sequences.values())
    meeting = [first[1] + 1 == second[0] for first, second in zip(found, found[1:], strict=False)]
    if not any(meeting):
        return False
    clean = None not in sequences and 0 not in sequences and sum(map(len, sequences.values())) == len(episodes)
    running = [n for season in sorted(sequences, key=lambda s: s or 0) for n in sorted(sequences[season])]
    sources = {context.numbers[part.key].source for part in episodes}
    return not (clean and running == list(range(1, len(episodes) + 1)) and sources == {"series sequence"})


def counts_phantoms(family: Family, series: Series, context: Context) -> bool:
    """Return whether a number depends on a season that only links name and whose title has no explicit marker."""
    phantoms = [season for season in _seasons(family, series) if season.phantom]
    positioned = any(number.source == "position" for number in context.seasons.values())
    return any(context.seasons[s.key].source != "title" for s in phantoms) or bool(phantoms and positioned)


def has_elements_without_numbers(family: Family, series: Series, context: Context) -> bool:
    """Return whether an element holds a range, and no other source has a number: is the element written?"""
    for part in family.parts_of(series):
        for name, text in part.statement.elements.items():
            number = context.seasons[part.key] if name.endswith("season_number") else context.numbers.get(part.key)
            if titles.plain_number(text) is None and number and number.value is None:
                return True
    return False


def counts_after_the_name(family: Family, series: Series, context: Context) -> bool:
    """Return whether only "Stranger Things 2" in the title of an episode or a disc may be its season."""
    return any(
        context.seasons[part.key].source in {None, "weak"}
        and titles.number_after_name(": ".join(part.statement.title.split(": ")[:2]), context.names) is not None
        for part in _others(family, series)
    )


def repeats_its_season_as_its_number(family: Family, series: Series, _: Context) -> bool:
    """Return whether a `Part` or `Chapter` that counts seasons leads the title of an episode: does it count twice?"""
    for part in family.parts_of(series, EPISODE):
        season = family.season_of(part)
        seasons = [season] if season else _seasons(family, series)
        for each in seasons:
            counting = {m.counts for m in titles.markers(each.statement.title.split(": "))}
            if counting & {"part", "chapter"} and part.statement.title.startswith(each.statement.title):
                return True
    return False


def names_a_series_from_unmarked_titles(family: Family, series: Series, _: Context) -> bool:
    """Return whether the name of a series without a record would come from titles that do not agree on it."""
    if series.recorded:
        return False
    parts = [part for part in family.parts.values() if part.series == series.key]
    if any(part.series_link for part in parts):
        return False
    for kind in (SEASON, DISC, EPISODE):
        of_kind = [part.statement.title for part in parts if part.key.kind == kind]
        if of_kind:
            names = {titles.up_to_first_marker(title) for title in of_kind}
            return len(names) > 1 or any(titles.up_to_first_marker(title) == title for title in of_kind)
    return False


def looks_unified(family: Family, series: Series, _: Context) -> bool:
    """Return whether nested lists hold no number that is not written, as in a series that is unified already."""
    if family.layout != "nested" or not series.recorded or not any(series.lists.values()):
        return False
    for kind, keys in series.lists.items():
        for part in (family.parts[key] for key in keys):
            rest = titles.after(part.statement.title, [series.statement.title, series.short])
            written = {} if part.recorded else part.statement.elements
            if titles.first_number(rest, ["season"]) is not None and "season_number" not in written:
                return False
            name = NUMBER_ELEMENTS.get(kind, "")
            if titles.first_number(rest, [kind]) is not None and name not in written:
                return False
    return True


def gathers_what_it_hands_down(family: Family, series: Series, _: Context) -> bool:
    """Return whether a part inherits the series' offer without an end, and another part has an end for it."""
    own = series.statement.formats or {}
    open_media = {medium for medium in MEDIA if medium in own and own[medium].until is None}
    stated = [part.statement.formats for part in family.parts_of(series)]
    return None in stated and any(medium in (formats or {}) for formats in stated for medium in open_media)


def has_a_disc_under_nothing(family: Family, series: Series, _: Context) -> bool:
    """Return whether a disc may inherit from a series on DVD whose season is explicitly unavailable."""
    if DVD not in (series.statement.formats or {}):
        return False
    discs = [part for part in family.parts_of(series, DISC) if part.statement.formats is None]
    return any((season := family.season_of(disc)) and season.statement.formats == {} for disc in discs)


def has_parts_that_nothing_informs(family: Family, series: Series, _: Context) -> bool:
    """Return whether neither a part nor its season nor its series says anything of formats, but other parts do.

    Is such a part unavailable, or available where its title is, whose formats are gathered from the others?
    """
    found = [formats_of_part(family, series, part) for part in family.parts_of(series)]
    return None in found and any(found)


AMBIGUITIES: tuple[Ambiguity, ...] = (
    has_several_seasons,
    inherits_from_an_uncertain_season,
    is_named_after_an_uncertain_season,
    has_text_before_its_markers,
    has_a_position_in_no_season,
    has_two_positions,
    has_foreign_entries,
    has_doubtful_volumes,
    runs_on_in_part,
    counts_phantoms,
    has_elements_without_numbers,
    repeats_its_season_as_its_number,
    counts_after_the_name,
    looks_unified,
    gathers_what_it_hands_down,
    has_a_disc_under_nothing,
    has_parts_that_nothing_informs,
)


def is_ambiguous(family: Family) -> bool:
    """Return whether the contract can be read in two ways on anything in a family."""
    for series in family.series:
        if names_a_series_from_unmarked_titles(family, series, Context(family, series, [])):
            return True
        context = number_series(family, series, names_of_series(family, series))
        if any(ambiguity(family, series, context) for ambiguity in AMBIGUITIES):
            return True
    return False

"""What must become of a family: the unified titles, their parts, and the titles that lead to no series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle import titles
from tests.oracle.availability import formats_of_part, formats_of_series
from tests.oracle.facts import DISC, EPISODE, MOVIE, SEASON, Family, Formats, Key, Part, Series
from tests.oracle.numbers import Number, number_orphan, number_series, prefixes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.numbers import Context

MILLISECONDS_FROM = 10**11


class ExpectedPart(NamedTuple):
    """A season, episode or disc, or an orphan: its numbers, an episode's own name, and its formats.

    Whether an episode whose title is nothing but its name has it in `episode_short`, too, the contract leaves open.
    """

    part: Part
    season: Number
    number: Number
    name: str | None
    formats: Formats


@dataclass
class ExpectedTitle:
    """A unified title. ``formats`` is None where the contract leaves them open."""

    series: Series
    name: str
    formats: Formats | None
    updated: str | None
    release_year: str | None
    parts: list[ExpectedPart]


@dataclass
class Verdict:
    """All that must come out of a family."""

    titles: list[ExpectedTitle]
    alone: list[ExpectedPart]
    claimed_twice: list[Key]

    def numbers(self) -> Iterable[tuple[str, Number]]:
        """Return each number with what it counts: a season, an episode or a disc. Movies have none."""
        orphans = [single for single in self.alone if single.part.key.kind != MOVIE]
        for found in [*(part for title in self.titles for part in title.parts), *orphans]:
            yield SEASON, found.season
            if found.part.key.kind in {EPISODE, DISC}:
                yield found.part.key.kind, found.number


def name_of_series(family: Family, series: Series) -> str:
    """Return the name of a series.

    "If a series has no record, … its name [comes] from a link to the series, else from the titles of its seasons, else
    of its discs and episodes, up to the first marker; season titles known only from links count too."
    """
    if series.recorded:
        return series.statement.title
    parts = [part for part in family.parts.values() if part.series == series.key]
    links = [part.series_link.title for part in parts if part.series_link and part.series_link.title]
    by_kind = [[part.statement.title for part in parts if part.key.kind == kind] for kind in (SEASON, DISC, EPISODE)]
    return next(titles.up_to_first_marker(name) for names in (links, *by_kind) for name in names)


def names_of_series(family: Family, series: Series) -> list[str]:
    """Return the names of a series: those of its record, or the one that was made for it."""
    return [name_of_series(family, series), *([series.short] if series.recorded else [])]


def seconds(text: str) -> float:
    """Return a date in seconds. "Dates are compared as seconds"; above 10^11 they are milliseconds (format.md)."""
    return int(text) / 1000 if int(text) > MILLISECONDS_FROM else int(text)


def newest_updated(own: str | None, of_parts: Iterable[str | None]) -> str | None:
    """Return the newest `updated` "of the series' own and its parts'", as found; "an empty element is missing"."""
    return max((text for text in (own, *of_parts) if text), key=seconds, default=None)


def release_year(own: str | None, of_parts: Iterable[str | None]) -> str | None:
    """Return "the series' own, else the earliest of its parts'"; "an empty element counts as missing"."""
    return own or min((text for text in of_parts if text), key=int, default=None)


def expected_part(family: Family, series: Series | None, context: Context, part: Part) -> ExpectedPart:
    """Return what must become of one part."""
    name = titles.own_name(part.statement.title, prefixes_of(context, part)) if part.key.kind == EPISODE else None
    formats = formats_of_part(family, series, part) or {}
    return ExpectedPart(part, context.seasons[part.key], context.numbers.get(part.key, Number()), name, formats)


def expected_title(family: Family, series: Series) -> ExpectedTitle:
    """Return what must become of one series."""
    context = number_series(family, series, names_of_series(family, series))
    parts = family.parts_of(series)
    found = [expected_part(family, series, context, part) for part in parts]
    own = series.statement
    return ExpectedTitle(
        series,
        name_of_series(family, series),
        None if own.formats == {} else formats_of_series(own.formats, [part.formats for part in found]),
        newest_updated(own.updated, (part.statement.updated for part in parts)),
        release_year(own.release_year, (part.statement.release_year for part in parts)),
        found,
    )


def expected_alone(family: Family, part: Part) -> ExpectedPart:
    """Return what must become of an orphan, or of a movie. "Text never turns a movie into TV." """
    if part.key.kind in {EPISODE, DISC}:
        return expected_part(family, None, number_orphan(family, part), part)
    return ExpectedPart(part, Number(), Number(), None, part.statement.formats or {})


def judge(family: Family) -> Verdict:
    """Return what must become of a family. "A part claimed by two series goes to the first; this is reported." """
    lists = [{key for keys in series.lists.values() for key in keys} for series in family.series]
    return Verdict(
        [expected_title(family, series) for series in family.series],
        [expected_alone(family, part) for part in family.parts.values() if part.series is None],
        sorted(set.intersection(*lists)) if len(lists) > 1 else [],
    )

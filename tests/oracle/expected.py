"""The expected output of a family: unified titles with their parts, and titles that lead to no series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle import titles
from tests.oracle.availability import formats_of_part, formats_of_series
from tests.oracle.facts import DISC, EPISODE, MOVIE, SEASON, Family, Formats, Key, Part, Series
from tests.oracle.numbers import Number, number_orphan, number_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.numbers import Context

MILLISECONDS_FROM = 10**11


class ExpectedPart(NamedTuple):
    """A season, episode or disc of a title, or a title of its own."""

    part: Part
    season: Number
    number: Number
    name: str | None
    formats: Formats


@dataclass
class ExpectedTitle:
    """A unified title. ``formats`` is None if the contract leaves them open."""

    series: Series
    name: str
    formats: Formats | None
    updated: str | None
    release_year: str | None
    parts: list[ExpectedPart]

    def media(self) -> set[str]:
        """Return the media whose files have the title.

        "A unified title goes to a file if it or any part is available there."
        """
        return set(self.formats or {}).union(*(part.formats for part in self.parts))

    def repeats_a_number(self) -> bool:
        """Return whether two episodes have the same season and episode number, which is reported (`same-number`)."""
        episodes = [part for part in self.parts if part.part.key.kind == EPISODE and part.number.value is not None]
        return len({(part.season.value, part.number.value) for part in episodes}) < len(episodes)


@dataclass
class Expected:
    """The expected output of a family."""

    titles: list[ExpectedTitle]
    alone: list[ExpectedPart]
    claimed_twice: list[Key]

    def orphans(self) -> list[ExpectedPart]:
        """Return the parts that lead to no series."""
        return [single for single in self.alone if single.part.key.kind != MOVIE]

    def numbers(self) -> Iterable[tuple[str, Number]]:
        """Return each number with the kind of thing that it counts."""
        for found in [*(part for title in self.titles for part in title.parts), *self.orphans()]:
            yield SEASON, found.season
            if found.part.key.kind != SEASON:
                yield found.part.key.kind, found.number


def name_of_series(family: Family, series: Series) -> str:
    """Return the name of a series.

    "If a series has no record, […] its name [comes] from a link to the series, else from the titles of its seasons,
    else of its discs and episodes, up to the first marker; season titles known only from links count too."
    """
    if series.recorded:
        return series.statement.title
    parts = [part for part in family.parts.values() if part.series == series.key]
    links = [part.series_link.title for part in parts if part.series_link]
    by_kind = [[part.title for part in parts if part.key.kind == kind] for kind in (SEASON, DISC, EPISODE)]
    return next(titles.up_to_first_marker(name) for names in (links, *by_kind) for name in names)


def names_of_series(family: Family, series: Series) -> list[str]:
    """Return the names of a series: those of its record, or the one that is synthesized."""
    return [series.statement.title, series.short] if series.recorded else [name_of_series(family, series)]


def seconds(text: str) -> float:
    """Return a date in seconds.

    "Dates are compared as seconds." Above 10^11 they are milliseconds (format.md).
    """
    return int(text) / 1000 if int(text) > MILLISECONDS_FROM else int(text)


def newest_updated(own: str | None, of_parts: Iterable[str | None]) -> str | None:
    """Return the `updated` of a title.

    "The newest of the series' own and its parts', […] written as found; an empty element counts as missing."
    """
    return max((text for text in (own, *of_parts) if text), key=seconds, default=None)


def release_year(own: str | None, of_parts: Iterable[str | None]) -> str | None:
    """Return the `release_year` of a title.

    "The series' own, else the earliest of its parts'; an empty element counts as missing."
    """
    return own or min((text for text in of_parts if text), key=int, default=None)


def expect_part(context: Context, part: Part) -> ExpectedPart:
    """Return the expected form of a part, once its number is found."""
    name = titles.own_name(part.title, context.prefixes(part)) if part.key.kind == EPISODE else None
    formats = formats_of_part(context.family, context.series, part) or {}
    return ExpectedPart(part, context.seasons[part.key], context.numbers.get(part.key, Number()), name, formats)


def expect_title(family: Family, series: Series) -> ExpectedTitle:
    """Return the expected title of a series."""
    context = number_series(family, series, names_of_series(family, series))
    own, statements = series.statement, [part.statement for part in family.parts_of(series)]
    parts = [expect_part(context, part) for part in family.parts_of(series)]
    return ExpectedTitle(
        series,
        name_of_series(family, series),
        None if own.formats == {} else formats_of_series(own.formats, [part.formats for part in parts]),
        newest_updated(own.updated, (statement.updated for statement in statements)),
        release_year(own.release_year, (statement.release_year for statement in statements)),
        parts,
    )


def expect_alone(family: Family, part: Part) -> ExpectedPart:
    """Return the expected form of an orphan or a movie.

    "Text never turns a movie into TV."
    """
    if part.key.kind in {EPISODE, DISC}:
        return expect_part(number_orphan(family, part), part)
    return ExpectedPart(part, Number(), Number(), None, part.statement.formats or {})


def expect(family: Family) -> Expected:
    """Return the expected output of a family.

    "A part claimed by two series goes to the first; this is reported."
    """
    lists = [{key for keys in series.lists.values() for key in keys} for series in family.series]
    return Expected(
        [expect_title(family, series) for series in family.series],
        [expect_alone(family, part) for part in family.parts.values() if part.series is None],
        sorted(set.intersection(*lists)) if len(lists) > 1 else [],
    )

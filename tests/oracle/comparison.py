"""Compares what catindex wrote with what is expected. Each difference is one line of text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.facts import DISC, EPISODE, MEDIA, MOVIE, SEASON, Formats, Key
from tests.oracle.numbers import NUMBER_ELEMENTS
from tests.oracle.reading import formats_of, key_of, name_of, number_in, parent_links, parts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml.etree import _Element as Element

    from tests.oracle.expected import Expected, ExpectedPart, ExpectedTitle

REPORTED_SOURCES = {
    "element": "element",
    "label": "label",
    "sequence": "sequence",
    "sequence in series": "sequence",
    "title": "title",
    "weak marker": "weak",
    "year": "weak",
    "season": "season",
    "position": "position",
    "position in season": "position",
    "position in series": "position",
    None: "none",
}
"""The names of sources in the report."""


def differ(where: str, expected: object, found: object) -> Iterator[str]:
    """Yield one line if two values differ."""
    if expected != found:
        yield f"{where}: expected {expected!r}, found {found!r}"


def reduced(formats: Formats, media: Collection[str]) -> Formats:
    """Return the formats that are written to a file of these media."""
    return {medium: offer for medium, offer in formats.items() if medium in media}


def part_differences(where: str, expected: ExpectedPart, found: Element, media: Collection[str]) -> Iterator[str]:
    """Compare a part.

    The contract leaves open the name of an orphan, whose series is not known, and whether an episode whose title is
    nothing but its name has it in `episode_short`, too.
    """
    part, kind = expected.part, expected.part.key.kind
    where = f"{where} {part.key} {part.title!r}"
    yield from differ(f"{where} title", part.title, name_of(found))
    yield from differ(f"{where} season_number, {expected.season.source}", *_numbers(expected, found, SEASON))
    if kind in NUMBER_ELEMENTS:
        yield from differ(
            f"{where} {NUMBER_ELEMENTS[kind]}, {expected.number.source}", *_numbers(expected, found, kind)
        )
    title = found.find("title")
    if kind == EPISODE and part.series and expected.name != part.title and title is not None:
        yield from differ(f"{where} episode_short", expected.name, title.get("episode_short"))
    yield from differ(f"{where} updated", part.statement.updated or None, found.findtext("updated") or None)
    yield from differ(f"{where} formats", reduced(expected.formats, media), formats_of(found))
    if part.series:
        yield from differ(f"{where} links to parents", [], parent_links(found))


def _numbers(expected: ExpectedPart, found: Element, kind: str) -> tuple[int | None, int | None]:
    if kind == SEASON:
        return expected.season.value, number_in(found, "season_number")
    return expected.number.value, number_in(found, NUMBER_ELEMENTS[kind])


def title_differences(expected: ExpectedTitle, found: Element, media: Collection[str]) -> Iterator[str]:
    """Compare a unified title with its parts."""
    where = f"{expected.series.key} {expected.name!r}"
    yield from differ(f"{where} title", expected.name, name_of(found))
    yield from differ(f"{where} updated", expected.updated, found.findtext("updated") or None)
    yield from differ(f"{where} release_year", expected.release_year, found.findtext("release_year") or None)
    if expected.formats is not None:
        yield from differ(f"{where} formats", reduced(expected.formats, media), formats_of(found))
    for kind in (SEASON, EPISODE, DISC):
        parts = [part for part in expected.parts if part.part.key.kind == kind and is_listed(part, media)]
        yield from list_differences(f"{where} {kind}s", kind, parts, parts_of(found, kind))
        yield from pair_differences(where, parts, parts_of(found, kind), media)


def is_listed(part: ExpectedPart, media: Collection[str]) -> bool:
    """Return whether a file of these media has a part.

    "A unified title goes to a file if it or any part is available there, and lists only those parts." Without a split
    there is one file, which has all of them.
    """
    return len(media) == len(MEDIA) or bool(set(media) & set(part.formats))


def pair_differences(
    where: str, expected: list[ExpectedPart], found: list[Element], media: Collection[str]
) -> Iterator[str]:
    """Compare each part with the one that was written. A part without an address is known by its name."""
    by_name = {name_of(part): part for part in found}
    by_key = {key_of(part): part for part in found}
    for part in expected:
        element = by_name.get(part.part.title) if part.part.unnamed else by_key.get(part.part.key)
        if element is None:
            yield f"{where}: {part.part.key} {part.part.title!r} is missing"
        else:
            yield from part_differences(where, part, element, media)


def list_differences(where: str, kind: str, expected: list[ExpectedPart], found: list[Element]) -> Iterator[str]:
    """Compare the length and the order of a list of parts.

    "Seasons are ordered by number, episodes and discs by season and number; parts without a number come last."
    """
    yield from differ(f"{where}: count", len(expected), len(found))
    names = ["season_number", *([NUMBER_ELEMENTS[kind]] if kind in NUMBER_ELEMENTS else [])]
    rows = [[number_in(part, name) for name in names] for part in found]
    numbered = [[number for number in row if number is not None] for row in rows if None not in row]
    yield from differ(f"{where}: order", sorted(numbered), numbered)
    with_number = [any(number is not None for number in row) for row in rows]
    yield from differ(f"{where}: those with a number first", sorted(with_number, reverse=True), with_number)


def file_differences(expected: list[Expected], found: list[Element], media: Collection[str]) -> Iterator[str]:
    """Compare a file of these media with the expected output of families."""
    by_key = {key_of(title): title for title in found}
    wanted: list[Key] = []
    for family in expected:
        alone = [part for part in family.alone if is_listed(part, media)]
        titles = [title for title in family.titles if len(media) == len(MEDIA) or set(media) & title.media()]
        for part in alone:
            if (element := by_key.get(part.part.key)) is not None:
                yield from part_differences("alone:", part, element, media)
        for title in titles:
            if (element := by_key.get(title.series.key)) is not None:
                yield from title_differences(title, element, media)
        wanted += [part.part.key for part in alone] + [title.series.key for title in titles]
    keys = [key for title in found if (key := key_of(title))]
    yield from differ("titles missing", [], [str(key) for key in wanted if key not in keys])
    yield from differ("titles too many", [], [str(key) for key in (Counter(keys) - Counter(wanted)).elements()])
    yield from order_differences(expected, keys)


def order_differences(expected: list[Expected], found: list[Key]) -> Iterator[str]:
    """Compare the order of a file's titles.

    "Stand-alone titles come in input order, then the series in the order in which any of their parts was first met."
    The first record of each family comes in the order of the families. Left out are orphans (are they stand-alone
    titles, or do they follow these?), and the second series of a family (was it met with the part that it lost?).
    """
    movies = [part.part.key for family in expected for part in family.alone if part.part.key.kind == MOVIE]
    series = [family.titles[0].series.key for family in expected if family.titles]
    wanted = [key for key in movies + series if key in found]
    for first, second in zip(wanted, [key for key in found if key in wanted], strict=False):
        if first != second:
            yield f"order of titles: {second} comes where {first} is expected"
            return


def report_differences(expected: list[Expected], report: dict[str, Any]) -> Iterator[str]:
    """Compare a report: numbers by source, and warnings."""
    numbers = [each for family in expected for each in family.numbers()]
    for kind in (SEASON, EPISODE, DISC):
        counts = Counter(REPORTED_SOURCES[number.source] for counted, number in numbers if counted == kind)
        found = {name: count for name, count in report["series"]["numbers"][kind].items() if count}
        yield from differ(f"report, {kind} numbers", dict(sorted(counts.items())), dict(sorted(found.items())))
    warnings = {warning["code"]: warning["count"] for warning in report["warnings"]}
    titles = [title for family in expected for title in family.titles]
    synthesized = [title for title in titles if not title.series.recorded]
    yield from differ("report, synthesized", len(synthesized), warnings.get("synthesized", 0))
    yield from differ("report, orphan", sum(len(family.orphans()) for family in expected), warnings.get("orphan", 0))
    claimed = sum(len(family.claimed_twice) for family in expected)
    yield from differ("report, claimed-twice", claimed, warnings.get("claimed-twice", 0))
    repeats = any(title.repeats_a_number() for title in titles)
    yield from differ("report, same-number", repeats, "same-number" in warnings)

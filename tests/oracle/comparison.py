"""Compares what catindex wrote with what must come out of families, and says in one line each what differs."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.availability import MEDIA
from tests.oracle.facts import DISC, DVD, EPISODE, MOVIE, SEASON, SERIES, STREAMING, Formats, Key, Offer
from tests.oracle.numbers import NUMBER_ELEMENTS
from tests.oracle.rendering import LIST_RELS, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element as Element

    from tests.oracle.numbers import Number
    from tests.oracle.verdict import ExpectedPart, ExpectedTitle, Verdict

_KINDS = {"movies": MOVIE, "series": SERIES, "seasons": SEASON, "programs": EPISODE, "discs": DISC}
_PATH = re.compile(r"/titles/(?:.*/)?(movies|series|seasons|programs|discs)/(?:\d+/)?(\d+)(?:#[\w-]+)?$")
_MEDIUM_OF = {"instant": STREAMING, "DVD": DVD, "Blu-ray": DVD}
REPORTED_SOURCES = {
    "element": "element",
    "label": "label",
    "sequence": "sequence",
    "series sequence": "sequence",
    "title": "title",
    "weak": "title",
    "year": "title",
    "season": "season",
    "position": "position",
    "position in series": "position",
    None: "none",
}


# --- reading what was written ---------------------------------------------------------------------------------------


def key_of(title: Element) -> Key | None:
    """Return the key in a title's own id; a fragment, as titles by decade have one, is left out."""
    match = _PATH.search(title.findtext("id") or "")
    return Key(_KINDS[match[1]], int(match[2])) if match else None


def name_of(title: Element) -> str:
    """Return the regular name of a title."""
    found = title.find("title")
    return "" if found is None else found.get("regular", "")


def parts_of(title: Element, kind: str) -> list[Element]:
    """Return the parts that a unified title lists, of one kind, in order."""
    found = title.xpath("link[@rel=$rel]/catalog_titles/catalog_title", rel=f"{SCHEMAS}/{LIST_RELS[kind]}")
    return [part for part in found if isinstance(part, type(title))] if isinstance(found, list) else []


def formats_of(title: Element) -> Formats:
    """Return the formats of a title by medium: the terms, the first date, and the last unless any has no end."""
    found: dict[str, list[Offer]] = {}
    for availability in title.iterfind("link/delivery_formats/availability"):
        dates = [int(d) if (d := availability.get(f"available_{name}")) else None for name in ("from", "until")]
        for category in availability.iterfind("category"):
            term = category.get("term", "")
            found.setdefault(_MEDIUM_OF[term], []).append(Offer((term,), *dates))
    return {medium: merged(offers) for medium, offers in found.items()}


def merged(offers: list[Offer]) -> Offer:
    """Return the offers of one medium as one."""
    since = min((offer.since for offer in offers if offer.since is not None), default=None)
    untils = [offer.until for offer in offers if offer.until is not None]
    terms = tuple(sorted({term for offer in offers for term in offer.terms}))
    return Offer(terms, since, max(untils) if len(untils) == len(offers) else None)


def parent_links(part: Element) -> list[str]:
    """Return the links of a part to its series or season: it is "complete except for its parent links"."""
    rels = [link.get("rel", "").removeprefix(f"{SCHEMAS}/").split(".")[-1] for link in part.iterfind("link")]
    return [rel for rel in rels if rel in {SERIES, SEASON}]


# --- comparing ------------------------------------------------------------------------------------------------------


def _differ(where: str, what: str, expected: object, found: object) -> Iterator[str]:
    if expected != found:
        yield f"{where}: {what}: expected {expected!r}, found {found!r}"


def part_differences(where: str, expected: ExpectedPart, found: Element, media: Iterable[str]) -> Iterator[str]:
    """Compare one part: its title, numbers, name, and formats in these media."""
    part = expected.part
    where = f"{where} {part.key} {part.statement.title!r}"
    numbers: dict[str, Number] = {"season_number": expected.season}
    if part.key.kind in NUMBER_ELEMENTS:
        numbers[NUMBER_ELEMENTS[part.key.kind]] = expected.number
    for name, number in numbers.items():
        text = found.findtext(name)
        yield from _differ(f"{where} (from {number.source})", name, number.value, None if text is None else int(text))
    title = found.find("title")
    if part.key.kind == EPISODE and expected.name != part.statement.title and title is not None:
        yield from _differ(where, "episode_short", expected.name, title.get("episode_short"))
    yield from _differ(where, "name", part.statement.title, name_of(found))
    yield from _differ(where, "updated", part.statement.updated or None, found.findtext("updated") or None)
    if part.series:
        yield from _differ(where, "parent links", [], parent_links(found))
    formats = {medium: offer for medium, offer in expected.formats.items() if medium in media}
    yield from _differ(where, "formats", formats, formats_of(found))


def order_differences(where: str, kind: str, found: list[Element]) -> Iterator[str]:
    """Compare the order of parts. "Seasons are ordered by number, episodes and discs by season and number; parts
    without a number come last."
    """  # noqa: D205
    names = ["season_number", *([NUMBER_ELEMENTS[kind]] if kind in NUMBER_ELEMENTS else [])]
    texts = [[part.findtext(name) for name in names] for part in found]
    numbered = [[int(text) for text in row if text is not None] for row in texts if None not in row]
    yield from _differ(where, f"order of {kind}s", sorted(numbered), numbered)
    has_any = [any(text is not None for text in row) for row in texts]
    yield from _differ(where, f"{kind}s without numbers", sorted(has_any, reverse=True), has_any)


def title_differences(expected: ExpectedTitle, found: Element, media: Iterable[str]) -> Iterator[str]:
    """Compare one unified title and its parts, as written to a file for these media."""
    where = f"{expected.series.key} {expected.name!r}"
    yield from _differ(where, "name", expected.name, name_of(found))
    yield from _differ(where, "updated", expected.updated, found.findtext("updated") or None)
    yield from _differ(where, "release_year", expected.release_year, found.findtext("release_year") or None)
    if expected.formats is not None:
        formats = {medium: offer for medium, offer in expected.formats.items() if medium in media}
        yield from _differ(where, "formats", formats, formats_of(found))
    everything = set(media) == set(MEDIA)
    for kind in (SEASON, EPISODE, DISC):
        wanted = [p for p in expected.parts if p.part.key.kind == kind and (everything or set(media) & set(p.formats))]
        yield from list_differences(where, kind, wanted, parts_of(found, kind), media)


def list_differences(
    where: str, kind: str, expected: list[ExpectedPart], found: list[Element], media: Iterable[str]
) -> Iterator[str]:
    """Compare the parts of one kind. An entry without an address is known by its name."""
    by_name = {name_of(part): part for part in found}
    by_key = {key_of(part): part for part in found}
    pairs = [(p, by_name.get(p.part.statement.title) if p.part.unnamed else by_key.get(p.part.key)) for p in expected]
    for part, element in pairs:
        if element is not None:
            yield from part_differences(where, part, element, media)
    yield from _differ(where, f"missing {kind}s", [], [str(p.part.key) for p, element in pairs if element is None])
    yield from _differ(where, f"count of {kind}s", len(expected), len(found))
    yield from order_differences(where, kind, found)


def file_differences(verdicts: list[Verdict], found: list[Element], media: Iterable[str]) -> Iterator[str]:
    """Compare a whole file: the titles of its own, then the series, each in order."""
    everything = set(media) == set(MEDIA)
    by_key = {key_of(title): title for title in found}
    wanted: list[Key] = []
    for verdict in verdicts:
        for single in verdict.alone:
            if everything or set(media) & set(single.formats):
                wanted.append(single.part.key)
                if (element := by_key.get(single.part.key)) is not None:
                    yield from part_differences("alone", single, element, media)
        for title in verdict.titles:
            own = set(title.formats or {}).union(*(part.formats for part in title.parts))
            if everything or set(media) & own:
                wanted.append(title.series.key)
                if (element := by_key.get(title.series.key)) is not None:
                    yield from title_differences(title, element, media)
    keys = [key for title in found if (key := key_of(title))]
    yield from _differ("file", "titles missing", [], [str(key) for key in wanted if key not in keys])
    yield from _differ(
        "file", "titles too many", [], [str(key) for key in (Counter(keys) - Counter(wanted)).elements()]
    )
    yield from sequence_differences(verdicts, keys)


def sequence_differences(verdicts: list[Verdict], found: list[Key]) -> Iterator[str]:
    """Compare the order of a file's titles.

    "Stand-alone titles come in input order, then the series in the order in which any of their parts was first met."
    The families' first records stand in the order of the families. Orphans are left out (are they stand-alone titles,
    or met last?), and so are series that lost a part to another.
    """
    alone = [single.part.key for verdict in verdicts for single in verdict.alone if single.part.key.kind == MOVIE]
    series = [verdict.titles[0].series.key for verdict in verdicts if verdict.titles]
    expected = [key for key in alone + series if key in found]
    for wanted, key in zip(expected, (key for key in found if key in expected), strict=False):
        if wanted != key:
            yield f"file: order: {key} stands where {wanted} is expected"
            return


def report_differences(verdicts: list[Verdict], report: dict[str, Any]) -> Iterator[str]:
    """Compare the report: numbers by source, synthesized series, orphans, parts claimed twice, and equal numbers."""
    for counted in (SEASON, EPISODE, DISC):
        expected = Counter(
            REPORTED_SOURCES[number.source]
            for verdict in verdicts
            for what, number in verdict.numbers()
            if what == counted
        )
        found = {name: count for name, count in report["series"]["numbers"][counted].items() if count}
        yield from _differ("report", f"{counted} numbers", dict(sorted(expected.items())), dict(sorted(found.items())))
    warned = {warning["code"]: warning["count"] for warning in report["warnings"]}
    orphans = [single for verdict in verdicts for single in verdict.alone if single.part.key.kind != MOVIE]
    synthesized = [title for verdict in verdicts for title in verdict.titles if not title.series.recorded]
    yield from _differ("report", "orphans", len(orphans), warned.get("orphan", 0))
    yield from _differ("report", "synthesized", len(synthesized), warned.get("synthesized", 0))
    claimed = sum(len(verdict.claimed_twice) for verdict in verdicts)
    yield from _differ("report", "claimed-twice", claimed, warned.get("claimed-twice", 0))
    twice = any(has_equal_numbers(title) for verdict in verdicts for title in verdict.titles)
    yield from _differ("report", "same-number", twice, "same-number" in warned)


def has_equal_numbers(title: ExpectedTitle) -> bool:
    """Return whether two episodes have one number. "Two episodes with the same season and episode number are reported
    (warning `same-number`)."
    """  # noqa: D205
    episodes = [part for part in title.parts if part.part.key.kind == EPISODE and part.number.value is not None]
    return len({(part.season.value, part.number.value) for part in episodes}) < len(episodes)

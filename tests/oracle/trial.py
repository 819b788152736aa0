"""Runs catindex on families, and returns what differs from the verdict or between runs that must agree."""

from __future__ import annotations

import random
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tests.oracle.availability import MEDIA
from tests.oracle.comparison import file_differences, key_of, name_of, parts_of, report_differences
from tests.oracle.facts import DISC, EPISODE, SEASON, SERIES, Family
from tests.oracle.families import random_family
from tests.oracle.rendering import dump
from tests.oracle.verdict import judge
from tests.running import catindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

IDS_PER_FAMILY = 1000
FAMILIES_PER_DUMP = 50
LIMITS = (None, 2)
COMBINATIONS: tuple[dict[str, Any], ...] = tuple(
    {"series_limit": limit, "episodes_alone": alone} for limit in LIMITS for alone in (False, True)
)


def random_families(seed: int, count: int, dialect: str, *, ambiguous: bool = False) -> list[Family]:
    """Return so many families, each with ids of its own; ``ambiguous`` ones are for runs that must agree anyway."""
    rng = random.Random(f"{seed} {dialect} {ambiguous}")
    return [random_family(rng, dialect, IDS_PER_FAMILY * number, ambiguous=ambiguous) for number in range(1, count + 1)]


def verdict_differences(families: list[Family], dialect: str) -> Iterator[str]:
    """Compare `unify` and `process` with the verdict on the families."""
    data = dump(families, dialect)
    verdicts = [judge(family) for family in families]
    unified = catindex("unify", data)
    yield from file_differences(verdicts, unified.titles["titles"], MEDIA)
    yield from report_differences(verdicts, unified.report)
    processed = catindex("process", data)
    for medium in MEDIA:
        yield from (f"{medium}: {line}" for line in file_differences(verdicts, processed.titles[medium], [medium]))


def agreement_differences(families: list[Family], dialect: str) -> Iterator[str]:
    """Compare runs that must agree, with every combination of ``--series-limit`` and ``--episodes records``.

    "`strip | unify | split` writes the same files as `process`. Processing an output again with the same options
    changes nothing. The same parts are available with and without [`--series-limit`]."
    """
    data = dump(families, dialect)
    stripped = catindex("strip", data).files["titles"]
    available = {medium: listed(catindex("process", data).titles[medium]) for medium in MEDIA}
    for options in COMBINATIONS:
        processed = catindex("process", data, **options)
        unified = catindex("unify", stripped, **options).files["titles"]
        divided = catindex("split", unified)
        yield from line_differences(
            f"{options} unify again", unified, catindex("unify", unified, **options).files["titles"]
        )
        for medium in MEDIA:
            where = f"{options} {medium}"
            written = processed.files[medium]
            yield from line_differences(f"{where} strip, unify, split", written, divided.files[medium])
            if processed.titles[medium]:
                again = catindex("process", written, [medium], **options).files[medium]
                yield from line_differences(f"{where} process again", written, again)
            others = available[medium] ^ listed(processed.titles[medium])
            yield from (f"{where}: available only with or only without: {part}" for part in sorted(others))
            if options["episodes_alone"]:
                yield from (f"{where}: {line}" for line in show_differences(processed.titles[medium]))


def line_differences(where: str, expected: bytes, found: bytes) -> Iterator[str]:
    """Compare two files, each title of which is a line, up to the first lines that differ."""
    for wanted, line in zip_longest(expected.splitlines(), found.splitlines(), fillvalue=b""):
        if wanted != line:
            yield f"{where}: expected {wanted.decode()}, found {line.decode()}"
            return


def listed(titles: list[Element]) -> set[tuple[str, ...]]:
    """Return the titles and parts of a file with their numbers, wherever they stand: alone, or in a title."""
    found = set()
    for title in titles:
        for part in [title, *(part for kind in (SEASON, EPISODE, DISC) for part in parts_of(title, kind))]:
            found.add(_numbered(part))
    return found


def _numbered(part: Element) -> tuple[str, ...]:
    """Return the id and the numbers of a part. A part without an address has its name for an id."""
    key = key_of(part)
    if key and key.kind == SERIES:
        return (str(key),)
    names = ("season_number", "episode_number", "disc_number")
    numbers = [part.findtext(name) or part.findtext(f"show/{name}") or "" for name in names]
    address = part.findtext("id") or ""
    return (name_of(part) if "#" in address or not address else address, *numbers)


def show_differences(titles: list[Element]) -> Iterator[str]:
    """Compare `show@id` with the title in front. "`show@id` is the id of the title that it follows, fragment included"."""
    followed = ""
    for title in titles:
        address = title.findtext("id") or ""
        show = title.find("show")
        if (key := key_of(title)) and key.kind == SERIES:
            followed = address.rsplit("/", 1)[-1]
        elif show is not None and show.get("id") != followed:
            yield f"{address} follows {followed}, but its show is {show.get('id')}"


def differences(seed: int, count: int, dialect: str) -> Iterator[str]:
    """Return all that differs on so many families, in dumps of a few each."""
    judged = random_families(seed, count, dialect)
    others = random_families(seed, count, dialect, ambiguous=True)
    for first in range(0, count, FAMILIES_PER_DUMP):
        yield from verdict_differences(judged[first : first + FAMILIES_PER_DUMP], dialect)
        yield from agreement_differences(others[first : first + FAMILIES_PER_DUMP], dialect)

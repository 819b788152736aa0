"""Runs catindex on families and compares: with what is expected, and with other runs that must agree."""

from __future__ import annotations

import random
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Any

from tests.oracle.comparison import file_differences, report_differences
from tests.oracle.expected import expect
from tests.oracle.facts import MEDIA, SERIES, Family
from tests.oracle.families import random_family
from tests.oracle.reading import key_of, titles_in
from tests.oracle.rendering import dump
from tests.running import catindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

DIALECTS = ("1.x", "2.0")
IDS_PER_FAMILY = 1000
FAMILIES_PER_DUMP = 50
CONTEXT = 60
COMBINATIONS: tuple[dict[str, Any], ...] = tuple(
    {"series_limit": limit, "episodes_alone": alone} for limit in (None, 2) for alone in (False, True)
)
"""The options of `Job` for every combination of ``--series-limit`` and ``--episodes records``."""


def random_families(seed: int, count: int, dialect: str, *, ambiguous: bool = False) -> list[Family]:
    """Return this many families with ids of their own. ``ambiguous`` ones serve for runs that must agree."""
    rng = random.Random(f"{seed} {dialect} {ambiguous}")
    ids = range(IDS_PER_FAMILY, (count + 1) * IDS_PER_FAMILY, IDS_PER_FAMILY)
    return [random_family(rng, dialect, first_id, ambiguous=ambiguous) for first_id in ids]


def contract_differences(families: list[Family], dialect: str) -> Iterator[str]:
    """Compare the outputs of `unify` and `process` with what is expected of the families."""
    data = dump(families, dialect)
    expected = [expect(family) for family in families]
    unified = catindex("unify", data)
    yield from (f"unify: {line}" for line in file_differences(expected, unified.titles["titles"], MEDIA))
    yield from (f"unify: {line}" for line in report_differences(expected, unified.report))
    processed = catindex("process", data)
    for medium in MEDIA:
        yield from (f"{medium}: {line}" for line in file_differences(expected, processed.titles[medium], [medium]))


def agreement_differences(families: list[Family], dialect: str) -> Iterator[str]:
    """Compare runs that must agree, with every combination of options.

    "`strip | unify | split` writes the same files as `process`. Processing an output again with the same options
    changes nothing." And `--series-limit` changes no availability.
    """
    data = dump(families, dialect)
    stripped = catindex("strip", data).files["titles"]
    available = {medium: titles_in(titles) for medium, titles in catindex("process", data).titles.items()}
    for options in COMBINATIONS:
        processed = catindex("process", data, **options)
        unified = catindex("unify", stripped, **options).files["titles"]
        again = catindex("unify", unified, **options).files["titles"]
        yield from line_differences(f"{options} unify again", unified, again)
        divided = catindex("split", unified)
        for medium in MEDIA:
            where, written = f"{options} {medium}", processed.files[medium]
            yield from line_differences(f"{where} strip | unify | split", written, divided.files[medium])
            if processed.titles[medium]:
                again = catindex("process", written, [medium], **options).files[medium]
                yield from line_differences(f"{where} process again", written, again)
            changed = sorted(available[medium] ^ titles_in(processed.titles[medium]))
            yield from (f"{where}: available only with or only without options: {title}" for title in changed)
            if options["episodes_alone"]:
                yield from (f"{where}: {line}" for line in show_differences(processed.titles[medium]))


def line_differences(where: str, expected: bytes, found: bytes) -> Iterator[str]:
    """Compare two files, each title of which is a line, up to the first difference, and show what surrounds it."""
    for first, second in zip_longest(expected.decode().splitlines(), found.decode().splitlines(), fillvalue=""):
        if first != second:
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
            shown = slice(max(same - CONTEXT, 0), same + CONTEXT)
            yield f"{where}: {first[: 2 * CONTEXT]}: expected …{first[shown]}…, found …{second[shown]}…"
            return


def show_differences(titles: list[Element]) -> Iterator[str]:
    """Compare the `show@id` of each episode with the series title in front of it.

    "`show@id` is the id of the title that it follows, fragment included."
    """
    followed = ""
    for title in titles:
        key, address, show = key_of(title), title.findtext("id") or "", title.find("show")
        if key and key.kind == SERIES:
            followed = address.rsplit("/", 1)[-1]
        elif show is not None and show.get("id") != followed:
            yield f"{address} follows series {followed}, but its show is {show.get('id')}"


def differences(seed: int, count: int, dialect: str) -> Iterator[str]:
    """Return all differences for this many families, in dumps of `FAMILIES_PER_DUMP`."""
    clear = random_families(seed, count, dialect)
    others = random_families(seed, count, dialect, ambiguous=True)
    for first in range(0, count, FAMILIES_PER_DUMP):
        yield from contract_differences(clear[first : first + FAMILIES_PER_DUMP], dialect)
        yield from agreement_differences(others[first : first + FAMILIES_PER_DUMP], dialect)

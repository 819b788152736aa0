"""The table of rules for the content of a record, each with its code, its meaning and its check.

The checks call the functions that `process` uses. They report what `process` would remove, and nothing that it keeps.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules import external_ids
from catindex.rules.elements import first, text
from catindex.rules.formats import (
    DVD,
    MEDIA,
    MEDIUM_OF_FORMAT,
    STREAMING,
    counted_formats,
    media_of,
    owned,
    terms_of,
)
from catindex.rules.hints import hints_in
from catindex.rules.keys import DISC, OTHER, SEASON, key_of, kind_of, name_of
from catindex.rules.modernize import lone_twins
from catindex.rules.structure import PART_SLOTS, Record, Slot, nested_records
from catindex.series.relations import parents
from catindex.series.words import read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element


COMBINED = "combined"
PROFILES = (COMBINED, STREAMING, DVD)

_NUMBER = re.compile(r"\s*-?[0-9]+\s*")
_YEAR = re.compile(r"\s*[0-9]{4}\s*")


class Checked(NamedTuple):
    """A record to be checked: the record, its bytes in the input, and the profile of its file."""

    record: Record
    raw: bytes
    profile: str

    @property
    def element(self) -> Element:
        """The element of the record."""
        return self.record.element

    @property
    def key(self) -> str | None:
        """The key of the record."""
        return self.record.key

    @property
    def kind(self) -> str:
        """Its kind."""
        return kind_of(self.key)

    def parts(self) -> list[Element]:
        """Return the records of parts that are nested in it."""
        return nested_records(link for slot in PART_SLOTS for link in self.record.children(slot))


Found = tuple["Element", str]


class Rule(NamedTuple):
    """One kind of fault in a record.

    ``check`` yields each element with the fault and a description of it. ``profiles`` are those that have the rule.
    """

    code: str
    what: str
    check: Callable[[Checked], Iterator[Found]]
    profiles: tuple[str, ...] = PROFILES


def check(record: Checked) -> Iterator[tuple[str, Element, str]]:
    """Apply the rules of the record's profile. Yields the code, the element and the description of each fault."""
    for rule in RULES:
        if record.profile in rule.profiles:
            for element, text in rule.check(record):
                yield rule.code, element, text


def _empty_values(record: Checked) -> Iterator[Found]:
    for title in (record.element, *record.parts()):
        number, name = first(title, "id"), first(title, "title")
        if number is not None and not (number.text or "").strip():
            yield number, "the id is empty"
        if name is not None and not name_of(title):
            yield name, "the title is empty"
    for availability in record.element.iter("availability"):
        if not any(term for _, term in counted_formats(availability)):
            yield availability, "an availability that names no format"


def _unreadable_ids(record: Checked) -> Iterator[Found]:
    for title in (record.element, *record.parts()):
        kind, _, number = (key_of(title) or "").partition("/")
        if kind == OTHER:
            yield title, f"the id {number} is not the URL of a title"


def _unknown_formats(record: Checked) -> Iterator[Found]:
    for availability in record.element.iter("availability"):
        for category, term in counted_formats(availability):
            if term and term not in MEDIUM_OF_FORMAT:
                yield category, f"the format {term} is neither streaming nor DVD"


def _bad_dates(record: Checked) -> Iterator[Found]:
    for availability in record.element.iter("availability"):
        for name in ("available_from", "available_until"):
            value = availability.get(name)
            if value is not None and not _NUMBER.fullmatch(value):
                yield availability, f'{name}="{value}" is not a number of seconds'
    for name, pattern, what in (("updated", _NUMBER, "a number of seconds"), ("release_year", _YEAR, "a year")):
        for element in record.element.iter(name):
            value = (element.text or "").strip()
            if value and not pattern.fullmatch(value):
                yield element, f"{name} {value} is not {what}"


def _reversed_dates(record: Checked) -> Iterator[Found]:
    for availability in record.element.iter("availability"):
        start, end = availability.get("available_from", ""), availability.get("available_until", "")
        if _NUMBER.fullmatch(start) and _NUMBER.fullmatch(end) and Decimal(start) > Decimal(end):
            yield availability, f"available until {end.strip()}, but only from {start.strip()} on"


def _lone_twins(record: Checked) -> Iterator[Found]:
    for categories in (record.record.children(Slot.CATEGORY), *map(list, record.element.iter("availability"))):
        for category in lone_twins([child for child in categories if child.tag == "category"]):
            named = category.get("term") or category.get("label")
            yield category, f"deprecated {named} has no current category beside it"


def _numbers(record: Checked) -> dict[int | None, Counter[int]]:
    """Return the counts of the episode numbers of a unified series, by season."""
    found: defaultdict[int | None, Counter[int]] = defaultdict(Counter)
    for episode in nested_records(record.record.children(Slot.EPISODES)):
        if (number := read_number(text(episode, "episode_number"))) is not None:
            found[read_number(text(episode, "season_number"), least=0)][number] += 1
    return found


def _of_season(season: int | None) -> str:
    return "" if season is None else f"season {season}: "


def _gaps(record: Checked) -> Iterator[Found]:
    for season, counts in _numbers(record).items():
        missing = [number for number in range(min(counts), max(counts)) if number not in counts]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            yield record.element, f"{_of_season(season)}episode {missing[0]}{more} missing between others"


def _repeats(record: Checked) -> Iterator[Found]:
    for season, counts in _numbers(record).items():
        for number, count in counts.items():
            if count > 1:
                yield record.element, f"{_of_season(season)}episode {number} comes {count} times"


def _retired_ids(record: Checked) -> Iterator[Found]:
    if hints_in(record.raw).retired:
        removed = Counter(external_ids.strip_all(deepcopy(record.element)))
        if removed:
            counts = ", ".join(f"{count} {source.upper()}" for source, count in sorted(removed.items()))
            yield record.element, f"references to retired ids: {counts}"


def _other_medium(record: Checked) -> Iterator[Found]:
    if record.profile != DVD or hints_in(record.raw).streaming:
        for element, owner, _ in owned(record.record):
            if owner != record.profile:
                yield element, f"<{element.tag}> belongs to the {owner} file only"


def _not_available(record: Checked) -> Iterator[Found]:
    records = (record.record, *map(Record, record.parts()))
    if not any(record.profile in media_of(terms_of(each) or ()) for each in records):
        yield record.element, f"has no format of the {record.profile} file"


def _parts_as_records(record: Checked) -> Iterator[Found]:
    led = record.kind == DISC and any(parent.key for parent in parents(record.element, DISC))
    if led or record.kind == SEASON:
        yield record.element, f"a {record.kind} is a record of its own, though its series is known"


#: All rules, in the order of the findings for a record.
RULES = (
    Rule("empty-value", "an id, a title or the format of an availability is empty", _empty_values),
    Rule("unreadable-id", "an id is not the URL of a title", _unreadable_ids),
    Rule("unknown-format", "a format is neither streaming nor DVD", _unknown_formats),
    Rule("bad-date", "a date is not a number", _bad_dates),
    Rule("reversed-dates", "an availability ends before it begins", _reversed_dates),
    Rule("lone-twin", "a deprecated category has no current twin", _lone_twins, (COMBINED,)),
    Rule("gap", "a unified series misses episode numbers between others", _gaps, (COMBINED,)),
    Rule("repeat", "a unified series has an episode number twice in a season", _repeats),
    Rule("retired-id", "an AMG or TMS reference is in a split file", _retired_ids, MEDIA),
    Rule("other-medium", "a split file holds what belongs to the other medium", _other_medium, MEDIA),
    Rule("not-available", "a title in a split file is not available in its medium", _not_available, MEDIA),
    Rule("part-as-record", "a season or disc in a split file is a record of its own", _parts_as_records, MEDIA),
)

"""Puts the parts of one series together: records of the dump, and entries that only a list names."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

from catindex.rules.elements import drop_from
from catindex.rules.keys import DISC, EPISODE, SEASON, SERIES, kind_of, name_of
from catindex.rules.structure import FAMILY_SLOTS, RECORD, SCHEMAS, Record, Slot, arranged
from catindex.series.markers import NOTHING, Reading, read_title
from catindex.series.naming import names_of_series, url_of_series
from catindex.series.numbers import NUMBER_TEXTS
from catindex.series.relations import Relative, children, identities, parents, unknown_children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from lxml.etree import _Element as Element


@dataclass(eq=False)
class Part:
    """A season, episode or disc of a series.

    ``parents`` are the titles that its ``record`` belongs to by its own links. ``listed`` is set if the dump has no
    record of its own, only an entry of a list. ``reading`` has the numbers and names in its title; ``season`` is the
    season that it belongs to. `catindex.series.numbers` fills in the numbers and the source of its own one.
    """

    kind: str
    key: str | None
    record: Record
    parents: list[Relative]
    listed: bool
    reading: Reading = NOTHING
    season: Part | None = None
    season_number: int | None = None
    number: int | None = None
    evidence: str = "none"

    @property
    def element(self) -> Element:
        """The element of its record."""
        return self.record.element

    @cached_property
    def name(self) -> str:
        """Its title."""
        return name_of(self.element)

    @cached_property
    def texts(self) -> Mapping[str, str | None]:
        """The texts that may hold its numbers, by element name; those inside a ``show`` as ``show/NAME``."""
        return _texts_of(self.record)


@dataclass(slots=True)
class Family:
    """A series and its parts.

    ``series`` is the series' own record, or a synthesized one. ``parts`` are in the order in which they were met,
    records before entries of lists. ``lists`` maps an owner (None for the series itself, else a part) and a kind to the
    parts that it lists, in that order. ``absent_seasons`` are seasons that parts name as theirs, but that have neither
    a record nor a place in a list.
    """

    key: str
    series: Record
    synthesized: bool
    parts: list[Part] = field(default_factory=list)
    lists: dict[tuple[Part | None, str], list[Part]] = field(default_factory=dict)
    absent_seasons: dict[str, Part] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Part]:
        """Return the parts of one kind, in the order in which they were met."""
        return [part for part in self.parts if part.kind == kind]


def assemble(key: str, members: Sequence[Record], elsewhere: Collection[str]) -> Family:
    """Put a family together.

    ``members`` are the records of the series and its parts in input order. ``elsewhere`` are keys in their lists that
    belong to another series.
    """
    series = next((record for record in members if record.key == key), None)
    parts = [_part(record) for record in members if record.key != key]
    by_key = {part.key or "": part for part in parts}
    names = names_of_series(key, series, parts)
    own = series or Record(make_record(url_of_series(key, parts), names[0] if names else ""))
    family = Family(key, own, synthesized=series is None, parts=parts)
    _Lists(family, by_key, elsewhere).collect()
    _find_seasons(family, by_key)
    _read_titles((*family.parts, *family.absent_seasons.values()), names)
    return family


def lone_part(record: Record) -> Part:
    """Return a part that leads to no series. The text before the first marker of its title is its series' name."""
    part = _part(record)
    part.parents = []
    alone = read_title(part.name, part.kind)
    part.reading = read_title(part.name, part.kind, [alone.series_name]) if alone.series_name else alone
    return part


def parts_in_place(key: str, members: Sequence[Record], elsewhere: Collection[str]) -> list[Part]:
    """Return the parts of a series that may be unified already: its lists hold records that are only there.

    Returns an empty list if that is impossible: there are other records, a list has links, the lists hold nothing but
    names, a part belongs to another series, names its parents, or lists a title that the series does not list.
    """
    if [record.key for record in members] != [key]:
        return []
    series = members[0]
    listed = children(series.element, SERIES)
    whole = any(child.tag != "title" for entry in listed for child in entry.element)
    if not whole or any(entry.key in elsewhere for entry in listed):
        return []
    if any(entry.element.tag != RECORD or parents(entry.element, entry.kind) for entry in listed):
        return []
    known = identities((entry.key, entry.kind, entry.name) for entry in listed)
    if any(unknown_children(entry.element, entry.kind, known) for entry in listed):
        return []
    parts = [_listed(entry.kind, entry.key, Record(entry.element)) for entry in listed]
    _read_titles(parts, names_of_series(key, series, parts))
    return parts


def _read_titles(parts: Iterable[Part], names: Sequence[str]) -> None:
    """Read the titles of parts, without the names of their series, and of episodes without the title of the season."""
    for part in parts:
        season_titles = [part.season.name] if part.kind == EPISODE and part.season is not None else []
        part.reading = read_title(part.name, part.kind, names, season_titles)


def _part(record: Record) -> Part:
    kind = kind_of(record.key)
    return Part(kind, record.key, record, parents(record.element, kind), listed=False)


def _listed(kind: str, key: str | None, record: Record) -> Part:
    return Part(kind, key, record, parents(record.element, kind), listed=True)


_SLOTS_OF_NUMBERS = (Slot.SEASON_NUMBER, Slot.EPISODE_NUMBER, Slot.DISC_NUMBER, Slot.UNKNOWN)


def _texts_of(record: Record) -> dict[str, str | None]:
    """Return the first text of each element that may hold a number."""
    texts: dict[str, str | None] = {}
    for slot in _SLOTS_OF_NUMBERS:
        for child in record.children(slot):
            if child.tag in NUMBER_TEXTS:
                texts.setdefault(child.tag, child.text)
            elif child.tag == "show":
                for inner in child.iterchildren("*"):
                    texts.setdefault(f"show/{inner.tag}", inner.text)
    return texts


def make_record(url: str, name: str) -> Element:
    """Return a new record with an id (unless ``url`` is empty) and a title."""
    record = etree.Element(RECORD)
    if url:
        etree.SubElement(record, "id").text = url
    etree.SubElement(record, "title", short=name, regular=name)
    return record


class _Lists:
    """Reads the lists of a family's records, and makes parts of entries without records."""

    def __init__(self, family: Family, by_key: dict[str, Part], elsewhere: Collection[str]) -> None:
        self._family, self._by_key, self._elsewhere = family, by_key, elsewhere
        self._copies: list[tuple[Part, Element]] = []
        self._by_name: dict[tuple[str, str], list[Part]] = {}
        for part in family.parts:
            self._by_name.setdefault((part.kind, part.name), []).append(part)

    def collect(self) -> None:
        """Read the series' lists first, then those of its seasons and discs, including parts found in lists.

        A season or disc can be nested in several lists and have a record of its own. Each can list other parts.
        """
        self._read(None, SERIES, self._family.series)
        for kind in (SEASON, DISC):
            for part in self._family.of_kind(kind):
                self._read(part, kind, part.record)
            for part, copy in self._copies:
                if part.kind == kind:
                    self._read(part, kind, Record(copy))

    def _read(self, owner: Part | None, kind: str, record: Record) -> None:
        entries = children(record.element, kind)
        # If the list names a part by its key, another entry with the same name means another part.
        taken = {self._by_key[entry.key] for entry in entries if entry.key in self._by_key}
        seen: set[Part] = set()
        passed: Counter[tuple[str, str]] = Counter()
        dropped = False
        for entry in entries:
            part = self._find(entry, taken, passed)
            if part is not None:
                taken.add(part)
            if owner is not None and part is None:  # it belongs to another series
                drop_from(entry.element, record.element)
                dropped = True
            elif owner is not None and entry.element.tag == RECORD:
                _refer(entry)
            if part is not None and part not in seen:
                seen.add(part)
                self._family.lists.setdefault((owner, entry.kind), []).append(part)
        if dropped:
            record.forget(FAMILY_SLOTS)

    def _find(self, entry: Relative, taken: set[Part], passed: Counter[tuple[str, str]]) -> Part | None:
        """Find a list's entry among the parts by key, else by name; make a part of an unknown one.

        Returns None for an entry that belongs to another series. ``taken`` are the parts that other entries of this
        list mean, ``passed`` counts the parts of each name that are known to be among them.
        """
        if entry.key is not None and entry.key in self._by_key:
            if entry.element.tag == RECORD:
                self._copies.append((self._by_key[entry.key], entry.element))
            return self._by_key[entry.key]
        if entry.key is not None and entry.key in self._elsewhere:
            return None
        called = (entry.kind, entry.name)
        same_name = self._by_name.setdefault(called, [])
        while passed[called] < len(same_name) and same_name[passed[called]] in taken:
            passed[called] += 1
        known = same_name[passed[called]] if passed[called] < len(same_name) else None
        if entry.key is None and known is not None:
            return known
        if known is not None and known.key is None and len(known.element) == 1:  # another list has only its name
            known.key, known.record = entry.key, _listed_record(entry)
            known.parents = parents(known.element, known.kind)
            self._by_key[entry.key or ""] = known
            return known
        part = _listed(entry.kind, entry.key, _listed_record(entry))
        self._family.parts.append(part)
        same_name.append(part)
        if entry.key is not None:
            self._by_key[entry.key] = part
        return part


def _listed_record(entry: Relative) -> Record:
    """Return a record for an entry of a list: a copy of a nested record, or the URL and title of a link."""
    if entry.element.tag != RECORD:
        return Record(make_record(entry.url, entry.name))
    copy = deepcopy(entry.element)
    copy.tail = None
    return arranged(copy)


def _refer(entry: Relative) -> None:
    """Replace a record nested in a list by a link to it: the series itself holds the record, once."""
    link = etree.Element("link", href=entry.url, rel=f"{SCHEMAS}catalog/title", title=entry.name)
    parent = entry.element.getparent()
    if parent is not None:
        parent.replace(entry.element, link)


def _find_seasons(family: Family, by_key: dict[str, Part]) -> None:
    """Find the season of each episode and disc: the one it links to, else the one that lists it, else its disc's.

    The disc of an episode is the one it links to, else the one that lists it.
    """
    for part in family.parts:
        if part.kind != SEASON:
            own = next((parent for parent in part.parents if parent.kind == SEASON and parent.key), None)
            if own is not None and own.key is not None:
                part.season = by_key.get(own.key) or _absent_season(family, own.key, own.name)
    owned = [(owner, part) for (owner, _), entries in family.lists.items() if owner for part in entries]
    for owner, part in owned:
        if owner.kind == SEASON:
            part.season = part.season or owner
    linked = [(by_key.get(parent.key or ""), part) for part in family.parts for parent in part.parents]
    for disc, part in (*linked, *owned):
        if disc is not None and disc.kind == DISC:
            part.season = part.season or disc.season


def _absent_season(family: Family, key: str, name: str) -> Part:
    if key not in family.absent_seasons:
        family.absent_seasons[key] = _listed(SEASON, key, Record(make_record("", name)))
    return family.absent_seasons[key]

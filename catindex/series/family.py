"""The parts of one series: the records that the dump has, and those that only a list names."""

from __future__ import annotations

import re
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.elements import drop, drop_emptied, first, text
from catindex.series.markers import Reading, read_title
from catindex.series.relations import Relative, children, parents
from catindex.structure import RECORD, SCHEMAS, Layout, arrange, layout_of
from catindex.title import (
    DISC,
    SEASON,
    SERIES,
    id_of,
    is_stretch,
    kind_of,
    name_of,
    series_in_url,
    without_label,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

_HOST = re.compile(r"\s*([^/?#\s]*//[^/?#\s]+)/")


class Member(NamedTuple):
    """A record of a family: its key, and its element in 2.0 structure with its layout."""

    key: str
    element: Element
    layout: Layout


@dataclass(eq=False, slots=True)
class Part:
    """A season, episode or disc of a series.

    ``layout`` are the children of its ``element`` by slot, ``parents`` what it says that it belongs to; ``listed``
    where no record of its own is in the dump and a list stands for it; ``reading`` what its title's text says;
    ``season`` the season that it belongs to. Numbers, and what gave its own one, are filled in by
    `catindex.series.numbers`.
    """

    kind: str
    key: str | None
    name: str
    element: Element
    layout: Layout
    parents: list[Relative]
    listed: bool
    reading: Reading
    season: Part | None = None
    season_number: int | None = None
    number: int | None = None
    evidence: str = "none"


@dataclass(slots=True)
class Family:
    """A series and its parts.

    ``series`` is the series' own record, or a synthesized one. ``parts`` are all parts in the order in which they were
    met, records before what is only listed. ``lists`` gives for an owner (None for the series itself, else a part) and
    a kind the parts that it lists, in that order. ``absent_seasons`` are seasons that parts name as theirs, but which
    have neither a record nor a place in a list.
    """

    key: str
    series: Element
    synthesized: bool
    parts: list[Part] = field(default_factory=list)
    lists: dict[tuple[Part | None, str], list[Part]] = field(default_factory=dict)
    absent_seasons: dict[str, Part] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Part]:
        """Give the parts of one kind, in the order in which they were met."""
        return [part for part in self.parts if part.kind == kind]


def assemble(key: str, members: Sequence[Member], elsewhere: Collection[str]) -> Family:
    """Put a family together.

    ``members`` are the records of the series and its parts, with their keys, in input order and in 2.0 structure;
    ``elsewhere`` the keys that lists of these records name, but that belong to another series.
    """
    series = next((member.element for member in members if member.key == key), None)
    others = [member for member in members if member.key != key]
    relations = {member.key: parents(member.element, kind_of(member.key)) for member in others}
    names = list(_series_names(key, series, [(member.element, relations[member.key]) for member in others]))
    family = Family(key, etree.Element(RECORD) if series is None else series, synthesized=series is None)
    by_key = {member.key: _part(member, relations[member.key], names) for member in others}
    family.parts = list(by_key.values())
    if not names:
        names = _name_from(family.parts)
    if series is None:
        family.series = _synthesize(key, names, family.parts, relations.values())
    _Lists(family, by_key, names, elsewhere).collect()
    _find_seasons(family, by_key, names)
    return family


def lone_part(member: Member) -> Part:
    """Give a part that leads to no series; what its own title says before the first marker is its series' name."""
    part = _part(member, [], ())
    if part.reading.series_name:
        part.reading = read_title(part.name, part.kind, [part.reading.series_name])
    return part


def parts_in_place(key: str, members: Sequence[Member]) -> list[Part]:
    """Give the parts of a series that may be unified already: its lists are made of records, which stand only there.

    Empty where it cannot be: there are other records, a list has links, names and ids are all that the lists hold, a
    part names its parents, or lists what the series does not.
    """
    if [member.key for member in members] != [key]:
        return []
    series = members[0].element
    listed = children(series, SERIES)
    whole = any(child.tag not in ("id", "title") for entry in listed for child in entry.element)
    if not whole or any(entry.element.tag != RECORD or parents(entry.element, entry.kind) for entry in listed):
        return []
    below = [child for entry in listed for child in children(entry.element, entry.kind)]
    known = {entry.key for entry in listed} | {(entry.kind, entry.name) for entry in listed}
    if any((child.key or (child.kind, child.name)) not in known for child in below):
        return []
    names = list(_series_names(key, series, ()))
    parts = [_listed(entry.kind, entry.key, entry.element, names) for entry in listed]
    if not names:
        _name_from(parts)
    return parts


def _name_from(parts: Sequence[Part]) -> list[str]:
    """Name a series after its parts: what stands before a first marker, else a whole title. Read all titles again."""
    told = (part.reading.series_name for part in parts)
    name = next(filter(None, [*told, *(part.name for part in parts)]), None)
    names = [name] if name else []
    for part in parts:
        part.reading = read_title(part.name, part.kind, names)
    return names


def _series_names(
    key: str, series: Element | None, relations: Iterable[tuple[Element, list[Relative]]]
) -> Iterator[str]:
    """Give the names that a series goes by: its record's, and those in links of its parts to it.

    A link that has the part's own name says nothing of the series'.
    """
    seen = {""}
    title = None if series is None else first(series, "title")
    found = [] if title is None else [title.get("regular") or "", title.get("short") or ""]
    if is_stretch(key):
        found += [without_label(name) for name in found]
    found += [
        parent.name
        for part, parents_of_part in relations
        for parent in parents_of_part
        if parent.key == key and parent.name not in found and parent.name != name_of(part)
    ]
    for name in found:
        if name not in seen:
            seen.add(name)
            yield name


def _part(member: Member, relatives: list[Relative], names: Sequence[str]) -> Part:
    kind, name = kind_of(member.key), name_of(member.element)
    reading = read_title(name, kind, names)
    return Part(kind, member.key, name, member.element, member.layout, relatives, False, reading)  # noqa: FBT003


def _listed(kind: str, key: str | None, element: Element, names: Sequence[str]) -> Part:
    name = name_of(element)
    reading = read_title(name, kind, names)
    return Part(kind, key, name, element, layout_of(element), parents(element, kind), True, reading)  # noqa: FBT003


def _synthesize(key: str, names: Sequence[str], parts: Sequence[Part], relations: Iterable[list[Relative]]) -> Element:
    """Make the record of a series that has none: id from a URL or link, name from a link or a part's own title."""
    record = etree.Element(RECORD)
    url = next(_series_urls(key, parts, relations), None)
    if url:
        etree.SubElement(record, "id").text = url
    name = names[0] if names else ""
    etree.SubElement(record, "title", short=name, regular=name)
    return record


def _series_urls(key: str, parts: Iterable[Part], relations: Iterable[list[Relative]]) -> Iterator[str]:
    for part in parts:
        if part.kind == SEASON and (held := series_in_url(text(part.element, "id"))) and held[0] == key:
            yield held[1]
    for parents_of_part in relations:
        for parent in parents_of_part:
            if (held := series_in_url(parent.url)) and held[0] == key:
                yield held[1]
    # What names its series by number alone, as the regional index does in <show id="…">.
    hosts = (_HOST.match(text(part.element, "id") or "") for part in parts)
    host = next((match[1] for match in hosts if match), "http://api.netflix.com")
    yield f"{host}/catalog/titles/series/{key.partition('/')[2]}"


class _Lists:
    """Reads the lists of a family's records, and makes parts of what only they name."""

    def __init__(
        self, family: Family, by_key: dict[str, Part], names: Sequence[str], elsewhere: Collection[str]
    ) -> None:
        self._family, self._by_key, self._names, self._elsewhere = family, by_key, names, elsewhere
        self._by_name: dict[tuple[str, str], list[Part]] = {}
        for part in family.parts:
            self._by_name.setdefault((part.kind, part.name), []).append(part)

    def collect(self) -> None:
        """Read the series' lists first, then those of its seasons and discs, also of listed ones that hold lists."""
        self._read(None, SERIES, self._family.series)
        for kind in (SEASON, DISC):
            for part in self._family.of_kind(kind):
                self._read(part, kind, part.element)

    def _read(self, owner: Part | None, kind: str, element: Element) -> None:
        entries = children(element, kind)
        # A part that the list names by its key is not what another entry of the same name means.
        taken = {self._by_key[entry.key] for entry in entries if entry.key in self._by_key}
        seen: set[Part] = set()
        passed: Counter[tuple[str, str]] = Counter()
        dropped = False
        for child in entries:
            part = self._find(child, taken, passed)
            if part is not None:
                taken.add(part)
            if owner is not None and part is None:  # it belongs to another series
                drop_entry(child.element, element)
                dropped = True
            elif owner is not None and child.element.tag == RECORD:
                _refer(child.element)
            if part is not None and part not in seen:
                seen.add(part)
                self._family.lists.setdefault((owner, child.kind), []).append(part)
        if owner is not None and dropped:
            owner.layout = layout_of(element)

    def _find(self, child: Relative, taken: set[Part], passed: Counter[tuple[str, str]]) -> Part | None:
        """Find a list's entry among the parts by key, else by name; make a part of what is not there.

        ``taken`` are the parts that other entries of this list mean, ``passed`` how many of the same name are known to
        be among them.
        """
        if child.key is not None and child.key in self._by_key:
            return self._by_key[child.key]
        if child.key is not None and child.key in self._elsewhere:
            return None
        called = (child.kind, child.name)
        same_name = self._by_name.setdefault(called, [])
        while passed[called] < len(same_name) and same_name[passed[called]] in taken:
            passed[called] += 1
        known = same_name[passed[called]] if passed[called] < len(same_name) else None
        if child.key is None and known is not None:
            return known
        if child.key is not None and known is not None and known.key is None and len(known.element) == 1:
            known.key, known.element = child.key, _listed_record(child)  # another list knew only its name
            known.layout, known.parents = layout_of(known.element), parents(known.element, known.kind)
            self._by_key[child.key] = known
            return known
        part = _listed(child.kind, child.key, _listed_record(child), self._names)
        self._family.parts.append(part)
        same_name.append(part)
        if child.key is not None:
            self._by_key[child.key] = part
        return part


def _listed_record(child: Relative) -> Element:
    """Make a record of a list's entry: a nested record as it is, a link's address and title as id and title."""
    if child.element.tag == RECORD:
        record = deepcopy(child.element)
        record.tail = None
        arrange(record)
        return record
    record = etree.Element(RECORD)
    if child.url:
        etree.SubElement(record, "id").text = child.url
    etree.SubElement(record, "title", short=child.name, regular=child.name)
    return record


def drop_entry(entry: Element, owner: Element) -> None:
    """Take an entry out of a list, and the list with it if that was the last."""
    container = entry.getparent()
    drop(entry)
    if container is not None:
        drop_emptied(container, owner)


def _refer(entry: Element) -> None:
    """Turn a record nested in a list into a link to it: the series itself holds it, once."""
    link = etree.Element("link", href=id_of(entry), rel=f"{SCHEMAS}catalog/title", title=name_of(entry))
    parent = entry.getparent()
    if parent is not None:
        parent.replace(entry, link)


def _find_seasons(family: Family, by_key: dict[str, Part], names: Sequence[str]) -> None:
    """Tell each episode and disc its season: the one it links to, else the one that lists it, else its disc's."""
    for part in family.parts:
        if part.kind != SEASON:
            own = next((parent for parent in part.parents if parent.kind == SEASON and parent.key), None)
            if own is not None and own.key is not None:
                part.season = by_key.get(own.key) or _absent_season(family, own.key, own.name, names)
    for wanted in (SEASON, DISC):
        for (owner, _), entries in family.lists.items():
            if owner is not None and owner.kind == wanted:
                for part in entries:
                    part.season = part.season or (owner if wanted == SEASON else owner.season)


def _absent_season(family: Family, key: str, name: str, names: Sequence[str]) -> Part:
    if key not in family.absent_seasons:
        element = etree.Element(RECORD)
        etree.SubElement(element, "title", short=name, regular=name)
        family.absent_seasons[key] = _listed(SEASON, key, element, names)
    return family.absent_seasons[key]

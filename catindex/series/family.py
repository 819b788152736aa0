"""The parts of one series: the records that the dump has, and those that only a list names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catindex.rules.keys import (
    DISC,
    SEASON,
    SERIES,
    is_stretch,
    kind_of,
    series_in_url,
    without_label,
)
from catindex.series.markers import Reading, read_title
from catindex.series.record import made, of_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from catindex.marks import Told
    from catindex.series.children import Manner
    from catindex.series.items import Entry
    from catindex.series.record import Record

_HOST = re.compile(r"\s*([^/?#\s]*//[^/?#\s]+)/")


@dataclass(eq=False, slots=True)
class Part:
    """A season, episode or disc of a series.

    ``parents`` are what its ``record`` says that it belongs to; ``listed`` where no record of its own is in the dump
    and a list stands for it; ``reading`` what its title's text says; ``season`` the season that it belongs to. Numbers,
    and what gave its own one, are filled in by `catindex.series.numbers`. ``hidden`` leaves it out of its series.
    """

    kind: str
    key: str | None
    record: Record
    listed: bool
    reading: Reading
    season: Part | None = None
    season_number: int | None = None
    number: int | None = None
    evidence: str = "none"
    hidden: bool = False
    parents: list[Entry] = field(init=False)

    def __post_init__(self) -> None:
        """Look for its parents."""
        self.parents = self.record.parents(self.kind)

    @property
    def name(self) -> str:
        """Its title."""
        return self.record.name

    @property
    def terms(self) -> list[str] | None:
        """The terms of its formats, as those of a `Record`."""
        return self.record.terms

    def told(self, target: str) -> Told | None:
        """Write it into its series, for an output."""
        return None if self.hidden else (None, self.record.pieces(target))


@dataclass(slots=True)
class Family:
    """A series and its parts.

    ``series`` is the series' own record, or a synthesized one. ``parts`` are all parts in the order in which they were
    met, records before what is only listed. ``lists`` gives for an owner (None for the series itself, else a part) and
    a kind the parts that it lists, in that order. ``absent_seasons`` are seasons that parts name as theirs, but which
    have neither a record nor a place in a list.
    """

    key: str
    series: Record
    synthesized: bool
    parts: list[Part] = field(default_factory=list)
    lists: dict[tuple[Part | None, str], list[Part]] = field(default_factory=dict)
    absent_seasons: dict[str, Part] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Part]:
        """Give the parts of one kind, in the order in which they were met."""
        return [part for part in self.parts if part.kind == kind]


def assemble(key: str, members: Sequence[Record], elsewhere: Collection[str], manner: Manner) -> Family:
    """Put a family together.

    ``members`` are the records of the series and its parts, in input order; ``elsewhere`` the keys that lists of these
    records name, but that belong to another series. ``manner`` is how further records are made.
    """
    series = next((member for member in members if member.key == key), None)
    others = [member for member in members if member.key != key]
    names = list(_series_names(key, series, others))
    by_key = {member.key or "": _part(member, names) for member in others}
    parts = list(by_key.values())
    if not names:
        names = _name_from(parts)
    family = Family(key, series or _synthesize(key, names, parts, manner), series is None, parts)
    _Lists(family, by_key, names, elsewhere, manner).collect()
    _find_seasons(family, by_key, names, manner)
    return family


def lone_part(record: Record) -> Part:
    """Give a part that leads to no series; what its own title says before the first marker is its series' name."""
    part = _part(record, ())
    part.parents = []
    if part.reading.series_name:
        part.reading = read_title(part.name, part.kind, [part.reading.series_name])
    return part


def parts_in_place(key: str, members: Sequence[Record], manner: Manner) -> list[Part]:
    """Give the parts of a series that may be unified already: its lists are made of records, which stand only there.

    Empty where it cannot be: there are other records, a list has links, names and ids are all that the lists hold, a
    part names its parents, or lists what the series does not.
    """
    if [member.key for member in members] != [key]:
        return []
    series = members[0]
    listed = series.children(SERIES)
    if not any(entry.is_whole for entry in listed) or any(entry.element is None for entry in listed):
        return []
    names = list(_series_names(key, series, ()))
    parts = [_listed(entry.relative.kind, entry.relative.key, _listed_record(entry, manner), names) for entry in listed]
    known = {part.key for part in parts} | {(part.kind, part.name) for part in parts}
    below = [child.relative for part in parts for child in part.record.children(part.kind)]
    strange = [child for child in below if (child.key or (child.kind, child.name)) not in known]
    if strange or any(part.parents for part in parts):
        return []
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


def _series_names(key: str, series: Record | None, others: Iterable[Record]) -> Iterator[str]:
    """Give the names that a series goes by: its record's, and those in links of its parts to it.

    A link that has the part's own name says nothing of the series'.
    """
    seen = {""}
    found = [] if series is None else [series.names.get("regular", ""), series.names.get("short", "")]
    if is_stretch(key):
        found += [without_label(name) for name in found]
    found += [
        parent.name
        for part in others
        for parent in (entry.relative for entry in part.parents(kind_of(part.key)))
        if parent.key == key and parent.name not in found and parent.name != part.name
    ]
    for name in found:
        if name not in seen:
            seen.add(name)
            yield name


def _part(record: Record, names: Sequence[str]) -> Part:
    kind = kind_of(record.key)
    return Part(kind, record.key, record, listed=False, reading=read_title(record.name, kind, names))


def _listed(kind: str, key: str | None, record: Record, names: Sequence[str]) -> Part:
    return Part(kind, key, record, listed=True, reading=read_title(record.name, kind, names))


def _synthesize(key: str, names: Sequence[str], parts: Sequence[Part], manner: Manner) -> Record:
    """Make the record of a series that has none: id from a URL or link, name from a link or a part's own title."""
    return made(next(_series_urls(key, parts), ""), names[0] if names else "", manner)


def _series_urls(key: str, parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if part.kind == SEASON and (held := series_in_url(part.record.id)) and held[0] == key:
            yield held[1]
    for part in parts:
        for parent in part.parents:
            if (held := series_in_url(parent.relative.url)) and held[0] == key:
                yield held[1]
    # What names its series by number alone, as the regional index does in <show id="…">.
    hosts = (_HOST.match(part.record.id) for part in parts)
    host = next((match[1] for match in hosts if match), "http://api.netflix.com")
    yield f"{host}/catalog/titles/series/{key.partition('/')[2]}"


class _Lists:
    """Reads the lists of a family's records, and makes parts of what only they name."""

    def __init__(
        self,
        family: Family,
        by_key: dict[str, Part],
        names: Sequence[str],
        elsewhere: Collection[str],
        manner: Manner,
    ) -> None:
        self._family, self._by_key, self._names, self._elsewhere = family, by_key, names, elsewhere
        self._manner = manner
        self._by_name: dict[tuple[str, str], list[Part]] = {}
        for part in family.parts:
            self._by_name.setdefault((part.kind, part.name), []).append(part)

    def collect(self) -> None:
        """Read the series' lists first, then those of its seasons and discs, also of listed ones that hold lists."""
        self._read(None, SERIES, self._family.series)
        for kind in (SEASON, DISC):
            for part in self._family.of_kind(kind):
                self._read(part, kind, part.record)

    def _read(self, owner: Part | None, kind: str, record: Record) -> None:
        entries = record.children(kind)
        # A part that the list names by its key is not what another entry of the same name means.
        taken = {self._by_key[key] for entry in entries if (key := entry.relative.key) in self._by_key}
        seen: set[Part] = set()
        passed: Counter[tuple[str, str]] = Counter()
        for entry in entries:
            part = self._find(entry, taken, passed)
            if part is not None:
                taken.add(part)
            if owner is not None and part is None:  # it belongs to another series
                entry.dropped = True
            elif owner is not None and entry.element is not None:  # the series itself holds it, once
                entry.refer()
            if part is not None and part not in seen:
                seen.add(part)
                self._family.lists.setdefault((owner, entry.relative.kind), []).append(part)

    def _find(self, entry: Entry, taken: set[Part], passed: Counter[tuple[str, str]]) -> Part | None:
        """Find a list's entry among the parts by key, else by name; make a part of what is not there.

        ``taken`` are the parts that other entries of this list mean, ``passed`` how many of the same name are known to
        be among them.
        """
        key, kind, name, _, _ = entry.relative
        if key is not None and key in self._by_key:
            return self._by_key[key]
        if key is not None and key in self._elsewhere:
            return None
        same_name = self._by_name.setdefault((kind, name), [])
        while passed[kind, name] < len(same_name) and same_name[passed[kind, name]] in taken:
            passed[kind, name] += 1
        known = same_name[passed[kind, name]] if passed[kind, name] < len(same_name) else None
        if key is None and known is not None:
            return known
        if key is not None and known is not None and known.key is None and known.record.is_bare:
            known.key, known.record = key, _listed_record(entry, self._manner)  # another list knew only its name
            known.parents = known.record.parents(known.kind)
            self._by_key[key] = known
            return known
        part = _listed(kind, key, _listed_record(entry, self._manner), self._names)
        self._family.parts.append(part)
        same_name.append(part)
        if key is not None:
            self._by_key[key] = part
        return part


def _listed_record(entry: Entry, manner: Manner) -> Record:
    """Make a record of a list's entry: a nested record as it is, a link's address and title as id and title."""
    if entry.element is not None:
        return of_tree(entry.relative.key, entry.element, manner)
    return made(entry.relative.url, entry.relative.name, manner)


def _find_seasons(family: Family, by_key: dict[str, Part], names: Sequence[str], manner: Manner) -> None:
    """Tell each episode and disc its season: the one it links to, else the one that lists it, else its disc's."""
    for part in family.parts:
        if part.kind != SEASON:
            parents = (parent.relative for parent in part.parents)
            own = next((parent for parent in parents if parent.kind == SEASON and parent.key), None)
            if own is not None and own.key is not None:
                part.season = by_key.get(own.key) or _absent_season(family, own.key, own.name, names, manner)
    for wanted in (SEASON, DISC):
        for (owner, _), entries in family.lists.items():
            if owner is not None and owner.kind == wanted:
                for part in entries:
                    part.season = part.season or (owner if wanted == SEASON else owner.season)


def _absent_season(family: Family, key: str, name: str, names: Sequence[str], manner: Manner) -> Part:
    if key not in family.absent_seasons:
        family.absent_seasons[key] = _listed(SEASON, key, made("", name, manner), names)
    return family.absent_seasons[key]

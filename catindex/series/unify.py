"""One title out of a series and its parts; or several, where that is asked for.

The announcement ("New Series Model"): a series is a single title, rather than a set of seasons or discs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from catindex.markup import with_attribute
from catindex.rules.formats import DVD, media_of, media_of_part
from catindex.rules.keys import DISC, EPISODE, SEASON, SERIES, is_stretch, kind_of
from catindex.rules.structure import DISCS, EPISODES, SCHEMAS, SEASONS, Expansion, Slot, link_to, slot_of_rel
from catindex.series.availability import gather, inherit
from catindex.series.family import Family, Part, assemble, lone_part, parts_in_place
from catindex.series.items import Branch
from catindex.series.limit import break_up, too_long
from catindex.series.numbers import EVIDENCE_ATTRIBUTE, WRITTEN, Evidence, is_written, number
from catindex.series.records import as_record, forget_episodes, give_addresses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from catindex.series.children import Manner
    from catindex.series.record import Record

#: Kind of part -> the expansion of the series that holds the parts of that kind.
NESTED = {SEASON: SEASONS, EPISODE: EPISODES, DISC: DISCS}

#: Kind of part -> where its number stands.
NUMBER_SLOTS = {SEASON: Slot.SEASON_NUMBER, EPISODE: Slot.EPISODE_NUMBER, DISC: Slot.DISC_NUMBER}


class Title(NamedTuple):
    """A title made of a series: its key, its record, the parts that are nested in it.

    ``in_place`` tells that it was unified before, and goes out as it came: then its parts stand in the record.
    """

    key: str
    record: Record
    parts: Sequence[Part] = ()
    in_place: bool = False


@dataclass(slots=True)
class Unified:
    """A series as one title, or as several.

    ``titles`` are these in order; together they hold every part, whatever its medium. ``media`` gives for each record
    that went into them (by key, the series' own left out) the media where that part is available; ``parts`` counts all
    parts by kind, listed ones too; ``evidence`` counts numbers by what was numbered and where the number came from.
    ``too_long`` tells the episodes of each title (by key) that is longer than was asked for, and could not be broken up
    further.
    """

    titles: list[Title]
    synthesized: bool
    media: dict[str, frozenset[str]] = field(default_factory=dict)
    parts: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=Counter)
    too_long: dict[str, int] = field(default_factory=dict)


def unify(
    key: str,
    members: Sequence[Record],
    elsewhere: Collection[str],
    manner: Manner,
    *,
    limit: int | None = None,
    episodes_alone: bool = False,
    show_evidence: bool = False,
) -> Unified:
    """Make one title of a series.

    ``members`` are the records of the series (which may be missing) and its parts, in input order; they are used up.
    ``elsewhere`` are keys in their lists that belong to another series; ``manner`` is how further records are made.
    With a ``limit``, a series that has more episodes is broken up; with ``episodes_alone`` its episodes are titles of
    their own, right behind it. ``show_evidence`` lets the number of each episode say where it came from, in an
    attribute.
    """
    told = _in_place(key, members, manner)
    if told is None:
        family = assemble(key, members, elsewhere, manner)
        if _is_settled(key, members, manner):
            _forget_places(family)
        told = family, number(family)
        inherit(family)
    elif not episodes_alone and (limit is None or is_stretch(key) or not too_long(told[0], limit)):
        return _unified([Title(key, told[0].series, in_place=True)], told, [told[0]], limit)
    family, _ = told
    for entry in family.series.children(SERIES):  # each of them is a part by now, or another series' part
        entry.dropped = True
    stretches = [family] if limit is None else break_up(family, limit)
    media: dict[str, frozenset[str]] = {}
    for stretch in stretches:
        gather(stretch, manner)
        if episodes_alone:  # a title of its own must say itself where it is available
            inherit(stretch)
        media |= _media(stretch)
    for part in family.parts:
        _finish(part, show_evidence=show_evidence)
    if episodes_alone:
        give_addresses(family, _in_order(family, EPISODE))
        forget_episodes([*family.of_kind(SEASON), *family.of_kind(DISC)])
    titles = [title for stretch in stretches for title in _titles(stretch, episodes_alone=episodes_alone)]
    unified = _unified(titles, told, stretches, limit)
    unified.media = media
    return unified


def _unified(
    titles: list[Title], told: tuple[Family, Evidence], stretches: Iterable[Family], limit: int | None
) -> Unified:
    family, evidence = told
    return Unified(
        titles,
        family.synthesized,
        parts=Counter(part.kind for part in family.parts),
        evidence=evidence,
        too_long={
            one.key: len(one.of_kind(EPISODE)) for one in stretches if limit is not None and too_long(one, limit)
        },
    )


def _titles(family: Family, *, episodes_alone: bool) -> Iterator[Title]:
    """Give the titles of a series or a stretch of one: itself, and maybe its episodes."""
    nested = {kind: _in_order(family, kind) for kind in NESTED if kind != EPISODE or not episodes_alone}
    for kind, parts in nested.items():
        if parts:
            _nest(family.series, NESTED[kind], parts)
    yield Title(family.key, family.series, [part for parts in nested.values() for part in parts])
    if episodes_alone:
        for part in _in_order(family, EPISODE):
            yield Title(part.key or "", as_record(part, family.key))


def _in_order(family: Family, kind: str) -> list[Part]:
    return sorted(family.of_kind(kind), key=_order)


def _in_place(key: str, members: Sequence[Record], manner: Manner) -> tuple[Family, Evidence] | None:
    """Take a title as it is that is unified already; None where it is not.

    It is, if its lists hold whole records that the dump has nowhere else, and what these say of their numbers, by
    anything but their place in the list, is already where `unify` writes it. In such a title a part without a number
    is one whose number nobody knew: its place comes from that.
    """
    parts = parts_in_place(key, members, manner)
    if not parts:
        return None
    family = Family(key, members[0], synthesized=False, parts=parts)
    evidence = number(family)
    return (family, evidence) if all(map(is_written, parts)) else None


def _is_settled(key: str, members: Sequence[Record], manner: Manner) -> bool:
    """Whether these are a unified title and its episodes as titles of their own, maybe with further ones."""
    own = [member for member in members if member.key == key]
    others = [member for member in members if member.key != key]
    return (
        len(own) == 1
        and all(kind_of(member.key) == EPISODE for member in others)
        and any(member.has_show for member in others)
        and _in_place(key, own, manner) is not None
    )


def _forget_places(family: Family) -> None:
    """Give no number by a place in the lists of a unified title: there it is the number that tells the place."""
    for kind in NESTED:
        family.lists.pop((None, kind), None)


def number_orphan(record: Record) -> Evidence:
    """Write the numbers of a part that leads to no series, from its own evidence; it stays a title of its own."""
    part = lone_part(record)
    evidence = number(Family(f"{SERIES}/", record, synthesized=True, parts=[part]))
    _write_numbers(part)
    return evidence


def _media(family: Family) -> dict[str, frozenset[str]]:
    """Tell the media of each record; one that says nothing, nor any parent, goes where its title goes."""
    terms = {part: part.record.terms for part in family.parts}
    told = {part: None if found is None else media_of_part(part.kind, found) for part, found in terms.items()}
    own = media_of(family.series.terms or ())
    title = own.union(*filter(None, told.values()))
    media = {}
    for part, found in told.items():
        if part.key is not None and not part.listed:
            goes_along = title & {DVD} if part.kind == DISC else title
            media[part.key] = frozenset(goes_along if found is None else found)
    return media


def _order(part: Part) -> tuple[bool, int, bool, int]:
    """Order parts by season, then by their own number or volume; what has no number comes last, in input order."""
    own = part.reading.volume if part.kind == SEASON else part.number
    return part.season_number is None, part.season_number or 0, own is None, own or 0


def _finish(part: Part, *, show_evidence: bool) -> None:
    """Take the links to its parents out of a part, and write its numbers."""
    for parent in part.parents:
        parent.dropped = True
    _write_numbers(part)
    if show_evidence and part.kind == EPISODE:
        part.record.annotate(Slot.EPISODE_NUMBER, WRITTEN[EPISODE], EVIDENCE_ATTRIBUTE, part.evidence)


def _write_numbers(part: Part) -> None:
    """Write numbers and the short name into a part's record."""
    record = part.record
    record.write_number(NUMBER_SLOTS[SEASON], WRITTEN[SEASON], part.season_number)
    if part.kind != SEASON:
        record.write_number(NUMBER_SLOTS[part.kind], WRITTEN[part.kind], part.number)
    if part.kind == EPISODE and part.reading.name and not record.short_name:
        record.name_episode(part.reading.name)


def _nest(series: Record, expansion: Expansion, parts: Sequence[Part]) -> None:
    """Put parts into the list that a series has for them, or a new one."""
    link = next((link for link in series.links if link.rel == expansion.rel), None)
    if link is None:
        link = Branch(link_to(expansion, series.id), [], b"</link>")
        series.insert(slot_of_rel(expansion.rel, True), link)  # noqa: FBT003 - as it is cached
    if not link.has_rel:
        link.start = with_attribute(link.start, "rel", SCHEMAS + expansion.rel)
    wrapper = link.first(b"catalog_titles") or link.add(b"catalog_titles")
    wrapper.items.extend(parts)

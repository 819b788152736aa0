"""One title out of a series and its parts; or several, where that is asked for.

The announcement ("New Series Model"): a series is a single title, rather than a set of seasons or discs.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from catindex.elements import drop, drop_emptied, first
from catindex.formats import DVD, media_of, media_of_part, told_terms
from catindex.series.availability import gather, inherit
from catindex.series.family import Family, Member, Part, assemble, lone_part, parts_in_place
from catindex.series.limit import break_up, too_long
from catindex.series.numbers import EVIDENCE_ATTRIBUTE, WRITTEN, Evidence, is_written, number
from catindex.series.records import as_record, forget_episodes, give_addresses
from catindex.series.relations import children
from catindex.structure import (
    DISCS,
    EPISODES,
    SCHEMAS,
    SEASONS,
    Expansion,
    Slot,
    arrange,
    insert,
    layout_of,
    make_link,
    refresh,
)
from catindex.title import DISC, EPISODE, SEASON, SERIES, is_stretch, kind_of
from catindex.vocabulary import rel_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lxml.etree import _Element as Element

    from catindex.structure import Layout

#: Kind of part -> the expansion of the series that holds the parts of that kind.
NESTED = {SEASON: SEASONS, EPISODE: EPISODES, DISC: DISCS}

#: Where a part's links to its parents may stand.
_SLOTS_OF_PARENTS = (Slot.SEASONS, Slot.EPISODES, Slot.DISCS, Slot.EXPANSION, Slot.LINK, Slot.UNKNOWN)

#: Kind of part -> where its number stands.
NUMBER_SLOTS = {SEASON: Slot.SEASON_NUMBER, EPISODE: Slot.EPISODE_NUMBER, DISC: Slot.DISC_NUMBER}


@dataclass(slots=True)
class Unified:
    """A series as one title, or as several.

    ``titles`` are these in order, each with its key; together they hold every part, whatever its medium, and
    ``layouts`` are those of the parts. ``media`` gives for each record that went into them (by key, the series' own
    left out) the media where that part is available; ``parts`` counts all parts by kind, listed ones too; ``evidence``
    counts numbers by what was numbered and where the number came from. ``too_long`` tells the episodes of each title
    (by key) that is longer than was asked for, and could not be broken up further.
    """

    titles: list[tuple[str, Element]]
    synthesized: bool
    layouts: dict[Element, Layout] = field(default_factory=dict)
    media: dict[str, frozenset[str]] = field(default_factory=dict)
    parts: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=Counter)
    too_long: dict[str, int] = field(default_factory=dict)


def unify(
    key: str,
    members: Sequence[Member],
    elsewhere: Collection[str],
    *,
    limit: int | None = None,
    episodes_alone: bool = False,
    show_evidence: bool = False,
) -> Unified:
    """Make one title of a series.

    ``members`` are the records of the series (which may be missing) and its parts, in input order; they are used up.
    ``elsewhere`` are keys in their lists that belong to another series. With a ``limit``, a series that has more
    episodes is broken up; with ``episodes_alone`` its episodes are titles of their own, right behind it.
    ``show_evidence`` lets the number of each episode say where it came from, in an attribute.
    """
    told = _in_place(key, members)
    if told is None:
        family = assemble(key, members, elsewhere)
        if _is_settled(key, members):
            _forget_places(family)
        told = family, number(family)
        inherit(family)
    elif not episodes_alone and (limit is None or is_stretch(key) or not too_long(told[0], limit)):
        return _unified([(key, told[0].series)], told, [told[0]], limit)
    family, _ = told
    links = _list_links(family.series)
    _clear_lists(family.series)
    stretches = [family] if limit is None else break_up(family, limit)
    media: dict[str, frozenset[str]] = {}
    for stretch in stretches:
        gather(stretch)
        if episodes_alone:  # a title of its own must say itself where it is available
            inherit(stretch)
        media |= _media(stretch)
    for part in family.parts:
        _finish(part)
        if show_evidence and part.kind == EPISODE:
            _show_evidence(part)
    if episodes_alone:
        give_addresses(family, _in_order(family, EPISODE))
        forget_episodes([*family.of_kind(SEASON), *family.of_kind(DISC)])
    titles: list[tuple[str, Element]] = []
    for stretch in stretches:
        own = links if stretch is family else _links_of_copy(stretch.series, links)
        titles += _titles(stretch, own, episodes_alone=episodes_alone)
    unified = _unified(titles, told, stretches, limit)
    unified.layouts = {part.element: part.layout for part in family.parts}
    unified.media = media
    return unified


def _unified(
    titles: list[tuple[str, Element]], told: tuple[Family, Evidence], stretches: Iterable[Family], limit: int | None
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


def _titles(family: Family, links: Mapping[str, Element], *, episodes_alone: bool) -> Iterator[tuple[str, Element]]:
    """Give the titles of a series or a stretch of one, with their keys: itself, and maybe its episodes."""
    for kind, expansion in NESTED.items():
        if kind != EPISODE or not episodes_alone:
            _nest(family.series, expansion, links.get(expansion.rel), _in_order(family, kind))
    arrange(family.series)
    yield family.key, family.series
    if episodes_alone:
        for part in _in_order(family, EPISODE):
            yield part.key or "", as_record(part, family.key)


def _in_order(family: Family, kind: str) -> list[Part]:
    return sorted(family.of_kind(kind), key=_order)


def _in_place(key: str, members: Sequence[Member]) -> tuple[Family, Evidence] | None:
    """Take a title as it is that is unified already; None where it is not.

    It is, if its lists hold whole records that the dump has nowhere else, and what these say of their numbers, by
    anything but their place in the list, is already where `unify` writes it. In such a title a part without a number
    is one whose number nobody knew: its place comes from that.
    """
    parts = parts_in_place(key, members)
    if not parts:
        return None
    family = Family(key, members[0].element, synthesized=False, parts=parts)
    evidence = number(family)
    return (family, evidence) if all(map(is_written, parts)) else None


def _is_settled(key: str, members: Sequence[Member]) -> bool:
    """Whether these are a unified title and its episodes as titles of their own, maybe with further ones."""
    own = [member for member in members if member.key == key]
    others = [member for member in members if member.key != key]
    return (
        len(own) == 1
        and all(kind_of(member.key) == EPISODE for member in others)
        and any(first(member.element, "show") is not None for member in others)
        and _in_place(key, own) is not None
    )


def _forget_places(family: Family) -> None:
    """Give no number by a place in the lists of a unified title: there it is the number that tells the place."""
    for kind in NESTED:
        family.lists.pop((None, kind), None)


def number_orphan(member: Member) -> Evidence:
    """Write the numbers of a part that leads to no series, from its own evidence; it stays a title of its own."""
    part = lone_part(member)
    evidence = number(Family(f"{SERIES}/", member.element, synthesized=True, parts=[part]))
    _write_numbers(part)
    return evidence


def _media(family: Family) -> dict[str, frozenset[str]]:
    """Tell the media of each record; one that says nothing, nor any parent, goes where its title goes."""
    terms = {part: told_terms(part.layout) for part in family.parts}
    told = {part: None if found is None else media_of_part(part.kind, found) for part, found in terms.items()}
    own = media_of(told_terms(layout_of(family.series)) or ())
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


def _finish(part: Part) -> None:
    """Write numbers and the short name into a part's record, and take its links to parents out."""
    for parent in part.parents:
        container = parent.element.getparent()
        drop(parent.element)
        if container is not None:
            drop_emptied(container, part.element)
    if part.parents:
        for slot in _SLOTS_OF_PARENTS:
            refresh(part.element, part.layout, slot)
    _write_numbers(part)


def _write_numbers(part: Part) -> None:
    _write_number(part, SEASON, part.season_number)
    if part.kind != SEASON:
        _write_number(part, part.kind, part.number)
    title = first(part.element, "title")
    if part.kind == EPISODE and title is not None and part.reading.name and not title.get("episode_short"):
        title.set("episode_short", part.reading.name)


def _write_number(part: Part, counted: str, value: int | None) -> None:
    """Write a number; a number that is unknown has no element."""
    written = part.layout[NUMBER_SLOTS[counted]]
    if value is None:
        for element in written:
            drop(element)
    elif written:
        written[0].text = str(value)
    else:
        element = etree.Element(WRITTEN[counted])
        element.text = str(value)
        insert(part.element, part.layout, NUMBER_SLOTS[counted], element)


def _show_evidence(episode: Part) -> None:
    number = first(episode.element, WRITTEN[EPISODE])
    if number is not None:
        number.set(EVIDENCE_ATTRIBUTE, episode.evidence)


def _list_links(series: Element) -> dict[str, Element]:
    """Give the links in which a series already has its lists, by the path of their rel; the first of each."""
    found: dict[str, Element] = {}
    for link in series.iterchildren("link"):
        found.setdefault(rel_of(link), link)
    return found


def _links_of_copy(copy: Element, links: Mapping[str, Element]) -> dict[str, Element]:
    """Give the links of a series' copy: its own, and copies of those that went when the lists were cleared."""
    return _list_links(copy) | {rel: deepcopy(link) for rel, link in links.items() if link.getparent() is None}


def _clear_lists(series: Element) -> None:
    """Take the entries of a series' lists out of it: every one of them is a part by now, or another series' part."""
    listed = [child.element for child in children(series, SERIES)]
    containers = dict.fromkeys(entry.getparent() for entry in listed)
    for entry in listed:
        drop(entry)
    for container in containers:
        if container is not None:
            drop_emptied(container, series)


def _nest(series: Element, expansion: Expansion, link: Element | None, parts: Sequence[Part]) -> None:
    if not parts:
        return
    if link is None:
        link = make_link(series, expansion)
    if link.getparent() is None:
        series.append(link)
    if not link.get("rel"):
        link.set("rel", SCHEMAS + expansion.rel)
    wrapper = first(link, "catalog_titles")
    if wrapper is None:
        wrapper = etree.SubElement(link, "catalog_titles")
    wrapper.extend(part.element for part in parts)

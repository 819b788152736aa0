"""Makes one title of a series and its parts, or several if the options require it.

The announcement ("New Series Model"): a series is a single title, rather than a set of seasons or discs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from catindex.rules.elements import drop, drop_from, first, has_content
from catindex.rules.formats import DVD, media_of, media_of_part, terms_of
from catindex.rules.keys import DISC, EPISODE, SEASON, SERIES, is_stretch, kind_of
from catindex.rules.structure import (
    DISCS,
    EPISODES,
    FAMILY_SLOTS,
    SCHEMAS,
    SEASONS,
    SLOT_OF_REL,
    Expansion,
    Record,
    Slot,
    make_link,
)
from catindex.rules.vocabulary import rel_of
from catindex.series.availability import gather, inherit
from catindex.series.completeness import complete
from catindex.series.episodes import as_title, forget_episodes, give_addresses
from catindex.series.family import Family, Part, assemble, lone_part, parts_in_place
from catindex.series.limit import break_up, is_too_long
from catindex.series.numbers import (
    EVIDENCE_ATTRIBUTE,
    WRITTEN,
    Evidence,
    is_written,
    number,
    numbered_before,
    same_numbers,
)
from catindex.series.relations import children, parents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

#: Kind of part -> the expansion of the series that holds the parts of that kind.
NESTED = {SEASON: SEASONS, EPISODE: EPISODES, DISC: DISCS}

#: Kind of part -> the slot of its number.
NUMBER_SLOTS = {SEASON: Slot.SEASON_NUMBER, EPISODE: Slot.EPISODE_NUMBER, DISC: Slot.DISC_NUMBER}


@dataclass(slots=True)
class Unified:
    """A series as one title, or as several.

    ``titles`` are in order; together they hold every part, whatever its medium. ``media`` maps the key of each record
    that was joined (without the series' own) to the media in which that part is available. ``parts`` counts seasons,
    episodes and discs, including entries of lists; ``evidence`` counts numbers by what was numbered and by source.
    ``too_long`` maps the key of each title over the limit to its number of episodes. ``same_numbers`` describes
    episodes with the same season and episode number.
    """

    titles: list[Record]
    synthesized: bool
    media: dict[str, frozenset[str]] = field(default_factory=dict)
    parts: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=Counter)
    too_long: dict[str, int] = field(default_factory=dict)
    same_numbers: list[str] = field(default_factory=list)


def unify(
    key: str,
    members: Sequence[Record],
    elsewhere: Collection[str],
    *,
    limit: int | None = None,
    episodes_alone: bool = False,
    show_evidence: bool = False,
) -> Unified:
    """Make one title of a series.

    ``members`` are the records of the series (which may be missing) and its parts in input order; they are used up.
    ``elsewhere`` are keys in their lists that belong to another series. With a ``limit``, a series with more episodes
    is broken up. With ``episodes_alone``, its episodes become titles of their own, right after it. ``show_evidence``
    adds an attribute with the source of its number to each episode.
    """
    family, evidence = _in_place(key, members, elsewhere) or (None, None)
    is_settled = family is not None or _is_settled(key, members, elsewhere)
    if family is not None:
        _keep_names(family.parts)
        is_short = limit is None or is_stretch(key) or not is_too_long(family, limit)
        if is_short and not episodes_alone:
            return _unified([family.series], family, evidence, [family], limit)
    else:
        family = assemble(key, members, elsewhere)
        evidence = number(family, unified=is_settled)
        _keep_names(part for part in numbered_before(family) if part.reading.ends_in_marker)
        inherit(family)
    emptied = _clear_lists(family.series)
    if not is_stretch(key):  # the formats of a broken-up series were gathered when it was whole
        gather(family, dates=not is_settled)
    if episodes_alone:  # a title of its own has formats of its own
        inherit(family)
    stretches = [family] if limit is None else break_up(family, limit)
    media = _media(family)
    for stretch in stretches:
        complete(stretch.series, (part.record for part in stretch.parts))
    for part in family.parts:
        _finish(part, show_evidence=show_evidence)
    if episodes_alone:
        give_addresses(family, _in_order(family, EPISODE))
        forget_episodes([*family.of_kind(SEASON), *family.of_kind(DISC)])
    titles = [title for stretch in stretches for title in _titles(stretch, emptied, episodes_alone=episodes_alone)]
    unified = _unified(titles, family, evidence, stretches, limit)
    unified.media = media
    return unified


def _unified(
    titles: list[Record], family: Family, evidence: Evidence | None, stretches: Iterable[Family], limit: int | None
) -> Unified:
    return Unified(
        titles,
        family.synthesized,
        parts=_counted(family.parts),
        evidence=evidence or Counter(),
        too_long={
            one.key: len(one.of_kind(EPISODE)) for one in stretches if limit is not None and is_too_long(one, limit)
        },
        same_numbers=[
            f"{parts[0].season_number}x{parts[0].number}: {', '.join(part.key or part.name for part in parts)}"
            for parts in same_numbers(family)
        ],
    )


def _counted(parts: Sequence[Part]) -> Counter[str]:
    """Return the number of parts by kind. Seasons are distinct numbers, without specials, and seasons without one."""
    counts = Counter(part.kind for part in parts)
    numbers = {part.season_number for part in parts if part.kind != DISC} - {None, 0}
    without = sum(part.kind == SEASON and part.season_number is None for part in parts)
    counts[SEASON] = len(numbers) + without
    return counts


def _titles(family: Family, emptied: Iterable[tuple[int, int]], *, episodes_alone: bool) -> Iterator[Record]:
    """Yield the titles of a series or of a stretch of it: itself, then its episodes if they are titles of their own."""
    series = family.series
    lists = [series.children(slot)[place] for slot, place in emptied]
    for kind, expansion in NESTED.items():
        if kind != EPISODE or not episodes_alone:
            _nest(series, expansion, _in_order(family, kind))
    for link in lists:
        _drop_if_empty(link)
    series.forget(FAMILY_SLOTS)
    series.key = family.key
    series.parts = [(part.kind, part.record) for part in family.parts if part.kind != EPISODE or not episodes_alone]
    yield series
    if episodes_alone:
        for part in _in_order(family, EPISODE):
            yield as_title(part, family.key)


def _in_order(family: Family, kind: str) -> list[Part]:
    return sorted(family.of_kind(kind), key=_order)


def _order(part: Part) -> tuple[bool, int, bool, int]:
    """Order parts by season, then by their own number or volume. Those without a number come last, in input order."""
    own = part.reading.volume if part.kind == SEASON else part.number
    return part.season_number is None, part.season_number or 0, own is None, own or 0


def _in_place(key: str, members: Sequence[Record], elsewhere: Collection[str]) -> tuple[Family, Evidence] | None:
    """Return a title that is unified already, as it is; None for any other.

    A title is unified if its lists hold complete records that are nowhere else in the dump, and every number that these
    imply, other than by position, is already where `unify` writes it. A part without a number had none when the title
    was unified, so its position is not evidence.
    """
    parts = parts_in_place(key, members, elsewhere)
    if not parts:
        return None
    family = Family(key, members[0], synthesized=False, parts=parts)
    evidence = number(family, unified=True)
    return (family, evidence) if all(map(is_written, parts)) else None


def _is_settled(key: str, members: Sequence[Record], elsewhere: Collection[str]) -> bool:
    """Return whether these are a unified title and its episodes as titles of their own, maybe with further ones.

    If the title lists nothing, all episodes must have been written by catindex: only a ``show`` names their series.
    """
    own = [member for member in members if member.key == key]
    others = [member for member in members if member.key != key]
    if len(own) != 1 or any(kind_of(member.key) != EPISODE for member in others):
        return False
    if all(first(member.element, "show") is None for member in others):
        return False
    if children(own[0].element, SERIES):
        return _in_place(key, own, elsewhere) is not None
    named = (parent for member in others for parent in parents(member.element, EPISODE))
    return all(parent.element.tag == "show" for parent in named)


def _keep_names(parts: Iterable[Part]) -> None:
    """Keep the names of parts that were unified before, because the titles of their seasons may be missing now."""
    for part in parts:
        part.reading = part.reading._replace(name=None)


def number_orphan(record: Record) -> Evidence:
    """Write the numbers of a part that leads to no series, from its own evidence."""
    part = lone_part(record)
    evidence = number(Family(f"{SERIES}/", record, synthesized=True, parts=[part]))
    _write_numbers(part)
    return evidence


def _media(family: Family) -> dict[str, frozenset[str]]:
    """Return the media of each record. A part without format information, even inherited, goes where its title goes."""
    found = {part: media_of_part(part.kind, terms_of(part.record)) for part in family.parts}
    title = media_of(terms_of(family.series) or ()).union(*filter(None, found.values()))
    media = {}
    for part, own in found.items():
        if part.key is not None and not part.listed:
            along = title & {DVD} if part.kind == DISC else title
            media[part.key] = frozenset(along if own is None else own)
    return media


def _finish(part: Part, *, show_evidence: bool) -> None:
    """Remove the links to its parents from a part, and write its numbers."""
    part.record.key = part.key
    for parent in part.parents:
        drop_from(parent.element, part.element)
    if part.parents:
        part.record.forget(FAMILY_SLOTS)
    _write_numbers(part)
    if show_evidence and part.kind == EPISODE and (written := first(part.element, WRITTEN[EPISODE])) is not None:
        written.set(EVIDENCE_ATTRIBUTE, part.evidence)


def _write_numbers(part: Part) -> None:
    """Write the numbers and the short name of a part into its record."""
    _write_number(part.record, SEASON, part.season_number)
    if part.kind != SEASON:
        _write_number(part.record, part.kind, part.number)
    title = first(part.element, "title")
    if part.kind == EPISODE and title is not None and part.reading.name and not title.get("episode_short"):
        title.set("episode_short", part.reading.name)


def _write_number(record: Record, counted: str, value: int | None) -> None:
    """Write a number into its element. If the number is unknown, the element is removed."""
    slot = NUMBER_SLOTS[counted]
    written = record.children(slot)
    if value is None:
        for element in written:
            drop(element)
        record.forget([slot])
    elif written:
        written[0].text = str(value)
    else:
        element = etree.Element(WRITTEN[counted])
        element.text = str(value)
        record.insert(slot, element)


def _clear_lists(series: Record) -> list[tuple[int, int]]:
    """Remove the entries of a series' lists: each of them is a part by now, or belongs to another series.

    Returns the slot of each list that is empty now, and its place in the slot. The links stay, to be filled again.
    """
    entries = [entry.element for entry in children(series.element, SERIES)]
    containers = dict.fromkeys(entry.getparent() for entry in entries)
    for entry in entries:
        drop(entry)
    series.forget(FAMILY_SLOTS)
    lists = {_child_of(series.element, container) for container in containers if container is not series.element}
    return [(slot, place) for slot in FAMILY_SLOTS for place, link in enumerate(series.children(slot)) if link in lists]


def _child_of(record: Element, descendant: Element | None) -> Element | None:
    """Return the child of a record that holds a descendant."""
    while descendant is not None and (parent := descendant.getparent()) is not record:
        descendant = parent
    return descendant


def _drop_if_empty(link: Element) -> None:
    for wrapper in list(link.iterchildren("catalog_titles")):
        if not has_content(wrapper):
            drop(wrapper)
    if not has_content(link):
        drop(link)


def _nest(series: Record, expansion: Expansion, parts: Sequence[Part]) -> None:
    """Put parts into the list that the series has for them, or into a new one."""
    if not parts:
        return
    slot = SLOT_OF_REL[expansion.rel]
    link = next((link for link in series.children(slot) if rel_of(link) == expansion.rel), None)
    if link is None:
        link = make_link(series.element, expansion)
        series.insert(slot, link)
    if not link.get("rel"):
        link.set("rel", SCHEMAS + expansion.rel)
    wrapper = first(link, "catalog_titles")
    if wrapper is None:
        wrapper = etree.SubElement(link, "catalog_titles")
    wrapper.extend(part.element for part in parts)

"""The structure of version 2.0: which children a title has, and in which order they are written (spec, section 5).

The announcement of 2012 ("Upcoming Changes to the Netflix API Program") promises files that are structurally the same
as version 2.0. The names and paths come from real fragments (format.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.rules.keys import DISC, EPISODE, SEASON, id_of, key_of, kind_of
from catindex.rules.vocabulary import Cached, path, rel_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element as Element

SCHEMAS = "http://schemas.netflix.com/"
RECORD = "catalog_title"


class Slot:
    """The place of a child in a title. Children are written in the order of their slots, and as they came within one.

    Plain integers: an enumeration costs more to hash than the rest of the lookup.
    """

    ID = 0
    TITLE = 1
    BOX_ART = 2
    SYNOPSIS = 3
    RELEASE_YEAR = 4
    CATEGORY = 5
    RUNTIME = 6
    STUDIO = 7
    FORMATS = 8
    EXPANSION = 9
    CAST = 10
    DIRECTORS = 11
    SEASONS = 12
    EPISODES = 13
    DISCS = 14
    SEASON_NUMBER = 15
    EPISODE_NUMBER = 16
    DISC_NUMBER = 17
    AVERAGE_RATING = 18
    EXTERNAL_IDS = 19
    LINK = 20
    UNKNOWN = 21
    UPDATED = 22


#: The slots of the lists in which a series holds its parts -> the kind of parts without a key.
PART_SLOTS = {Slot.SEASONS: SEASON, Slot.EPISODES: EPISODE, Slot.DISCS: DISC}

#: The slots that can contain a link to a parent or a list of parts.
FAMILY_SLOTS = (Slot.EXPANSION, *PART_SLOTS, Slot.LINK, Slot.UNKNOWN)

#: Name of a child other than a link -> its slot.
SLOT_OF_TAG = {
    "id": Slot.ID,
    "title": Slot.TITLE,
    "box_art": Slot.BOX_ART,
    "synopsis": Slot.SYNOPSIS,
    "short_synopsis": Slot.SYNOPSIS,
    "release_year": Slot.RELEASE_YEAR,
    "category": Slot.CATEGORY,
    "runtime": Slot.RUNTIME,
    "studio": Slot.STUDIO,
    "delivery_formats": Slot.FORMATS,
    "season_number": Slot.SEASON_NUMBER,
    "episode_number": Slot.EPISODE_NUMBER,
    "disc_number": Slot.DISC_NUMBER,
    "average_rating": Slot.AVERAGE_RATING,
    "external_ids": Slot.EXTERNAL_IDS,
    "updated": Slot.UPDATED,
}

#: Path of a link's rel -> its slot.
SLOT_OF_REL = {
    "catalog/titles/box_art": Slot.BOX_ART,
    "catalog/titles/synopsis": Slot.SYNOPSIS,
    "catalog/titles/synopsis.short": Slot.SYNOPSIS,
    "catalog/titles/format_availability": Slot.FORMATS,
    "catalog/people.cast": Slot.CAST,
    "catalog/people.directors": Slot.DIRECTORS,
    "catalog/titles.seasons": Slot.SEASONS,
    "catalog/titles.programs": Slot.EPISODES,
    "catalog/titles.discs": Slot.DISCS,
}

# Further expansions are links whose rel begins like this: titles/awards, titles.similars, people.creators, ...
_EXPANSION_PATHS = ("catalog/titles/", "catalog/titles.", "catalog/people.")

# Links to a part's parents are plain links, although their rels begin like those of expansions.
_PARENT_PATHS = ("catalog/titles.series", "catalog/titles.season", "catalog/titles.disc", "catalog/titles.program")


class Expansion(NamedTuple):
    """A link of 2.0 that holds what it points to: the path of its rel, the last step of its address, its title."""

    rel: str
    step: str
    title: str


FORMAT_AVAILABILITY = Expansion("catalog/titles/format_availability", "format_availability", "formats")
SEASONS = Expansion("catalog/titles.seasons", "seasons", "seasons")
EPISODES = Expansion("catalog/titles.programs", "episodes", "episodes")
DISCS = Expansion("catalog/titles.discs", "discs", "discs")


def make_link(record: Element, expansion: Expansion) -> Element:
    """Return a new, empty link for an expansion of this record. It is not yet part of the record."""
    link = etree.Element("link")
    if address := id_of(record).partition("#")[0]:
        link.set("href", f"{address.rstrip('/')}/{expansion.step}")
    link.set("rel", SCHEMAS + expansion.rel)
    link.set("title", expansion.title)
    return link


def _slot_of_link(link: Element) -> int:
    """Return the slot of a link in a record. A link that holds anything is an expansion."""
    slot = _slot_of_rel(link.get("rel") or rel_of(link))
    return Slot.EXPANSION if slot == Slot.LINK and len(link) else slot


@Cached
def _slot_of_rel(rel: str) -> int:
    """Return the slot of an empty link with this rel."""
    rel_path = path(rel)
    if (slot := SLOT_OF_REL.get(rel_path)) is not None:
        return slot
    is_expansion = rel_path.startswith(_EXPANSION_PATHS) and rel_path not in _PARENT_PATHS
    return Slot.EXPANSION if is_expansion else Slot.LINK


class Record:
    """A record: its element, its key if it has one, and the element's children by slot.

    Code that adds or removes children of the element must keep ``slots`` up to date, with the methods of this class.
    """

    __slots__ = ("_parts", "element", "in_order", "key", "slots")

    def __init__(self, element: Element, key: str | None = None) -> None:
        """Read the children of a record. Their order stays as it is."""
        self.element, self.key = element, key
        self._parts: list[tuple[str, Record]] | None = None
        self.refresh()

    @property
    def parts(self) -> list[tuple[str, Record]]:
        """The kind and the record of each part nested in a series."""
        if self._parts is None:
            found = ((kind, each) for slot, kind in PART_SLOTS.items() for each in nested_records(self.children(slot)))
            keyed = ((kind, each, key_of(each)) for kind, each in found)
            self._parts = [(kind_of(key) if key else kind, Record(each, key)) for kind, each, key in keyed]
        return self._parts

    @parts.setter
    def parts(self, parts: list[tuple[str, Record]]) -> None:
        self._parts = parts

    def refresh(self) -> None:
        """Read the children again. ``in_order`` is set if they are in the order of their slots."""
        slots: dict[int, list[Element]] = {}
        in_order, last = True, Slot.ID
        for child in self.element:  # the most frequent loop of all
            slot = SLOT_OF_TAG.get(child.tag)
            if slot is None:
                slot = _slot_of_link(child) if child.tag == "link" else Slot.UNKNOWN
            if slot in slots:
                slots[slot].append(child)
            else:
                slots[slot] = [child]
            in_order = in_order and last <= slot
            last = slot
        self.slots, self.in_order = slots, in_order

    def children(self, slot: int) -> list[Element]:
        """Return the children in a slot."""
        return self.slots.get(slot, [])

    def insert(self, slot: int, child: Element) -> None:
        """Add a child behind those of its slot, in a record whose children are in order."""
        behind = next(
            (self.slots[later][0] for later in range(slot + 1, Slot.UPDATED + 1) if later in self.slots), None
        )
        if behind is None:
            self.element.append(child)
        else:
            behind.addprevious(child)
        self.slots[slot] = [*self.children(slot), child]

    def forget(self, slots: Iterable[int]) -> None:
        """Drop from these slots the children that were removed from the element."""
        for slot in slots:
            if slot in self.slots:
                left = [child for child in self.slots.pop(slot) if child.getparent() is self.element]
                if left:
                    self.slots[slot] = left


def arranged(element: Element, key: str | None = None) -> Record:
    """Return a record whose children are in the order of section 5; they are reordered if necessary."""
    record = Record(element, key)
    if not record.in_order:
        element.extend([child for slot in sorted(record.slots) for child in record.slots[slot]])
    return record


def nested_records(links: Iterable[Element]) -> list[Element]:
    """Return the records in these expansions: in ``link/catalog_titles/catalog_title`` or directly in the link."""
    found: list[Element] = []
    for link in links:
        for child in link:
            if child.tag == "catalog_titles":
                found += child.iterchildren(RECORD)
            elif child.tag == RECORD:
                found.append(child)
    return found


def listed(link: Element) -> Iterator[Element]:
    """Yield the entries of a list, links and records, with or without the wrapper ``catalog_titles``."""
    for child in link:
        if child.tag == "catalog_titles":
            yield from child.iterchildren("link", RECORD)
        elif child.tag in ("link", RECORD):
            yield child

"""The structure of version 2.0: records of 1.x turned into it, and the children of every title in one order.

The announcement of 2012 ("Upcoming Changes to the Netflix API Program") says that the new files are structurally the
same as version 2.0. What 1.x and 2.0 look like was read off real fragments (format.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from catindex.markup import in_value
from catindex.rules.elements import drop
from catindex.rules.keys import DISC, EPISODE, SEASON, id_of
from catindex.rules.vocabulary import path, rel_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

SCHEMAS = "http://schemas.netflix.com/"
RECORD = "catalog_title"


class Slot:
    """Where a child stands in a title: titles have their children in this order, each slot in the order they came.

    Plain integers, for an enumeration costs more to hash than the rest of the look-up.
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


#: The slots of a series in which its parts are nested -> the kind of those that have no key to tell it.
PART_SLOTS = {Slot.SEASONS: SEASON, Slot.EPISODES: EPISODE, Slot.DISCS: DISC}

#: Name of a child that is no link -> its slot.
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
_SLOT_OF_REL = {
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
# Beside these, links below these paths are expansions: titles/awards, titles.similars, people.creators, …
_EXPANSION_PATHS = ("catalog/titles/", "catalog/titles.", "catalog/people.")
# The parents of a part are links like others, though their rels look like expansions.
_PLAIN_PATHS = ("catalog/titles.series", "catalog/titles.season", "catalog/titles.disc", "catalog/titles.program")


class Expansion(NamedTuple):
    """A link of 2.0 that holds what it points to: its rel's path, the last step of its address, its title."""

    rel: str
    step: str
    title: str


FORMAT_AVAILABILITY = Expansion("catalog/titles/format_availability", "format_availability", "formats")
SEASONS = Expansion("catalog/titles.seasons", "seasons", "seasons")
EPISODES = Expansion("catalog/titles.programs", "episodes", "episodes")
DISCS = Expansion("catalog/titles.discs", "discs", "discs")


#: Links to people in 1.x -> the 2.0 link that holds them.
PEOPLE = {
    "catalog/person.actor": Expansion("catalog/people.cast", "cast", "cast"),
    "catalog/person.director": Expansion("catalog/people.directors", "directors", "directors"),
}


@lru_cache(maxsize=4096)
def people_of_rel(rel: str) -> Expansion | None:
    """Give the 2.0 link that holds people whom 1.x links to with this rel; None for any other rel."""
    return PEOPLE.get(path(rel))


def link_to(expansion: Expansion, address: str) -> bytes:
    """Write the start tag of the link that holds an expansion of the record with this address, as `make_link` does."""
    above = address.partition("#")[0].rstrip("/")
    href = b' href="%b/%b"' % (in_value(above), expansion.step.encode()) if above else b""
    return b"<link%b%b" % (href, _rest_of_link(expansion))


@lru_cache(maxsize=16)
def _rest_of_link(expansion: Expansion) -> bytes:
    return f' rel="{SCHEMAS}{expansion.rel}" title="{expansion.title}">'.encode()


def make_link(record: Element, expansion: Expansion) -> Element:
    """Make the link that holds an expansion of this record (still empty, not yet part of it)."""
    link = etree.Element("link")
    if address := id_of(record).partition("#")[0]:
        link.set("href", f"{address.rstrip('/')}/{expansion.step}")
    link.set("rel", SCHEMAS + expansion.rel)
    link.set("title", expansion.title)
    return link


@lru_cache(maxsize=4096)
def slot_of_rel(rel: str, nested: bool) -> int:  # noqa: FBT001 - by position it is cached faster
    """Give the slot of a link by its rel, and whether anything is nested in it."""
    rel_path = path(rel)
    if (slot := _SLOT_OF_REL.get(rel_path)) is not None:
        return slot
    if nested or (rel_path.startswith(_EXPANSION_PATHS) and rel_path not in _PLAIN_PATHS):
        return Slot.EXPANSION
    return Slot.LINK


class Layout(dict[int, "list[Element]"]):
    """The children of a record by slot, read once and kept up to date by those who take children out.

    ``formats`` holds what `catindex.rules.formats` has read of its formats, None if nothing so far.
    """

    formats: tuple[Any] | None = None

    def __missing__(self, slot: int) -> list[Element]:
        """Read an absent slot as empty."""
        return []


def layout_of(record: Element) -> Layout:
    """Read the children of a record by slot, and leave their order alone."""
    return _read(record)[0]


def arrange(record: Element) -> Layout:
    """Put the children of a record into the one order, in place, and give them by slot."""
    layout, ordered = _read(record)
    if not ordered:
        for slot in sorted(layout):
            record.extend(layout[slot])
    return layout


def insert(record: Element, layout: Layout, slot: int, child: Element) -> None:
    """Put a new child in its place in a record whose children are in order, and into its layout."""
    behind = next((layout[later][0] for later in range(slot + 1, Slot.UPDATED + 1) if later in layout), None)
    if behind is None:
        record.append(child)
    else:
        behind.addprevious(child)
    layout[slot] = [*layout[slot], child]


def refresh(record: Element, layout: Layout, slot: int) -> None:
    """Leave in a slot of a record's layout only the children that have not been taken out of it."""
    if slot in layout and (left := [child for child in layout.pop(slot) if child.getparent() is record]):
        layout[slot] = left


def slot_of(child: Element) -> int:
    """Give the slot of a child of a record: a link that holds anything is an expansion, comments are unknown."""
    tag = child.tag
    if tag == "link":
        return slot_of_rel(child.get("rel") or rel_of(child), len(child) > 0)
    return SLOT_OF_TAG.get(tag, Slot.UNKNOWN)


def _read(record: Element) -> tuple[Layout, bool]:
    layout = Layout()
    last, ordered = Slot.ID, True
    for child in record:
        slot = slot_of(child)
        if slot in layout:
            layout[slot].append(child)
        else:
            layout[slot] = [child]
        if slot < last:
            ordered = False
        last = slot
    return layout, ordered


def modernize(record: Element) -> None:
    """Turn a 1.x record into a 2.0 one, in place (spec, section 5): nothing is lost but twins and repeats.

    ``title`` becomes ``title@short @regular``; person links go inside ``people.cast`` and ``people.directors``,
    ``delivery_formats`` inside a ``titles/format_availability`` link; categories lose deprecated twins and repeats.
    """
    record.tag = RECORD
    people: dict[str, Element] = {}
    categories: list[Element] = []
    for child in list(record):
        tag = child.tag
        if tag == "link":
            target = people_of_rel(child.get("rel") or "")
            if target is not None:
                if target.rel not in people:
                    link = make_link(record, target)
                    child.addprevious(link)
                    people[target.rel] = etree.SubElement(link, "people")
                child.set("rel", SCHEMAS + "catalog/person")
                people[target.rel].append(child)
        elif tag == "category":
            categories.append(child)
        elif tag == "title":
            if child.get("regular") is None:
                text = (child.text or "").strip()
                child.text = None
                child.set("short", text)
                child.set("regular", text)
        elif tag == "delivery_formats":
            for availability in child.iterchildren("availability"):
                drop_twins(list(availability.iterchildren("category")))
            link = make_link(record, FORMAT_AVAILABILITY)
            child.addprevious(link)
            link.append(child)
    drop_twins(categories)


#: All that a category says, in one form for both schemes of twins: text, which is compared faster than its parts.
Meaning = str


#: 1.x names formats in two ways (fixture: first-100-records.xml), the deprecated ``catalog/titles/formats`` first.
_FAMILY_NAMES = {"formats": "title_formats"}


@lru_cache(maxsize=4096)
def _family(scheme: str) -> str:
    """Name what a scheme is about, the same for a deprecated scheme and its current twin: the last step of its path."""
    step = path(scheme).rsplit("/", 1)[-1]
    return _FAMILY_NAMES.get(step, step)


def drop_twins(categories: Sequence[Element]) -> None:
    """Take out categories that say again what a sibling says, as `said_again` has it, but not what holds others."""
    for place in said_again([meaning(category) for category in categories]):
        if len(categories[place]) == 0:
            drop(categories[place])


def said_again(meanings: Iterable[tuple[Meaning, bool]]) -> list[int]:
    """Tell which categories say again what another one says: repeats, and deprecated twins of current ones.

    Takes what each means and whether it is deprecated, gives places. The first of equal ones stays; a deprecated
    category without a current twin stays too, as it came.
    """
    current: set[Meaning] = set()
    deprecated: list[tuple[int, Meaning]] = []
    again = []
    for place, (told, is_deprecated) in enumerate(meanings):
        if is_deprecated:
            deprecated.append((place, told))
        elif told in current:
            again.append(place)
        else:
            current.add(told)
    for place, told in deprecated:
        if told in current:
            again.append(place)
        current.add(told)
    return again


def lone_twins(categories: Sequence[Element]) -> list[Element]:
    """Give the deprecated categories that no current sibling says again."""
    meanings = [(category, *meaning(category)) for category in categories]
    current = {told for _, told, is_deprecated in meanings if not is_deprecated}
    return [category for category, told, is_deprecated in meanings if is_deprecated and told not in current]


def meaning(category: Element) -> tuple[Meaning, bool]:
    """Give all that a category says, in one form for both schemes of twins, and whether it says it as deprecated."""
    return _meaning_of(tuple(category.items()))


@lru_cache(maxsize=1 << 14)  # the genres and ratings of a whole dump, by any host
def _meaning_of(said: tuple[tuple[str, str], ...]) -> tuple[Meaning, bool]:
    attributes = dict(said)
    told = [text for pair in sorted(said) if pair[0] not in ("scheme", "status") for text in pair]
    return "\0".join([_family(attributes.get("scheme", "")), *told]), attributes.get("status") == "deprecated"


def record_children(links: Iterable[Element]) -> list[Element]:
    """Give the records nested in these expansions: ``link/catalog_titles/catalog_title`` or directly in the link."""
    found: list[Element] = []
    for link in links:
        for child in link:
            if child.tag == "catalog_titles":
                found += child.iterchildren(RECORD)
            elif child.tag == RECORD:
                found.append(child)
    return found


def listed(link: Element) -> Iterator[Element]:
    """Give the entries of a list, links and whole records, with or without the wrapper ``catalog_titles``."""
    for child in link:
        if child.tag == "catalog_titles":
            yield from child.iterchildren("link", RECORD)
        elif child.tag in ("link", RECORD):
            yield child

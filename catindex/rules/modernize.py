"""Turns records of 1.x into the structure of 2.0 (spec, section 5), and removes repeated categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from catindex.rules.elements import attributes, drop, has_content
from catindex.rules.structure import FORMAT_AVAILABILITY, RECORD, SCHEMAS, Expansion, make_link
from catindex.rules.vocabulary import Cached, path, rel_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

#: Links to people in 1.x -> the link of 2.0 that holds them.
PEOPLE = {
    "catalog/person.actor": Expansion("catalog/people.cast", "cast", "cast"),
    "catalog/person.director": Expansion("catalog/people.directors", "directors", "directors"),
}

#: 1.x names formats by two schemes (fixture: first-100-records.xml): last step of the deprecated -> of the current one.
FAMILY_NAMES = {"formats": "title_formats"}

_PERSON = f"{SCHEMAS}catalog/person"


def modernize(record: Element) -> None:
    """Turn a record of 1.x into one of 2.0, in place. Only deprecated twins and repeated categories are lost.

    ``title`` becomes ``title@short @regular``. Links to people go inside ``people.cast`` and ``people.directors``,
    ``delivery_formats`` inside a ``titles/format_availability`` link.
    """
    record.tag = RECORD
    people: dict[str, Element] = {}
    categories: list[Element] = []
    for child in list(record):
        tag = child.tag
        if tag == "category":
            categories.append(child)
        elif tag == "link":
            if (target := PEOPLE.get(rel_of(child))) is not None:
                _add_person(record, child, target, people)
        elif tag == "title":
            _name_attributes(child)
        elif tag == "delivery_formats":
            _nest_formats(record, child)
    drop_twins(categories)


def _add_person(record: Element, link: Element, target: Expansion, people: dict[str, Element]) -> None:
    """Move a link to a person into the list for its role, which is created in the place of the first person."""
    if target.rel not in people:
        expansion = make_link(record, target)
        link.addprevious(expansion)
        people[target.rel] = etree.SubElement(expansion, "people")
    link.set("rel", _PERSON)
    people[target.rel].append(link)


def _name_attributes(title: Element) -> None:
    if title.get("regular") is None:
        name = (title.text or "").strip()
        title.text = None
        title.set("short", name)
        title.set("regular", name)


def _nest_formats(record: Element, delivery_formats: Element) -> None:
    for availability in delivery_formats.iterchildren("availability"):
        drop_twins(list(availability.iterchildren("category")))
    link = make_link(record, FORMAT_AVAILABILITY)
    delivery_formats.addprevious(link)
    link.append(delivery_formats)


#: The facts in a category: the last step of its scheme and its other attributes. Twins have the same.
Meaning = tuple[str, frozenset[tuple[str, str]]]


def drop_twins(categories: Sequence[Element]) -> None:
    """Remove categories that repeat a sibling, and deprecated twins of current ones.

    The first of equal categories stays. A deprecated category without a current twin stays as it is, and so does one
    that holds other categories.
    """
    current: set[Meaning] = set()
    deprecated: list[tuple[Element, Meaning]] = []
    repeated: list[Element] = []
    for category in categories:
        meaning = meaning_of(category)
        if category.get("status") == "deprecated":
            deprecated.append((category, meaning))
        elif meaning in current:
            repeated.append(category)
        else:
            current.add(meaning)
    for category, meaning in deprecated:
        if meaning in current:
            repeated.append(category)
        current.add(meaning)
    for category in repeated:
        if not has_content(category):
            drop(category)


def lone_twins(categories: Sequence[Element]) -> list[Element]:
    """Return the deprecated categories without a current twin among their siblings."""
    deprecated = [category for category in categories if category.get("status") == "deprecated"]
    current = {meaning_of(category) for category in categories if category.get("status") != "deprecated"}
    return [category for category in deprecated if meaning_of(category) not in current]


def meaning_of(category: Element) -> Meaning:
    """Return the facts in a category, in one form for both schemes of twins and any order of attributes."""
    others = frozenset([pair for pair in attributes(category).items() if pair[0] not in _NOT_COMPARED])
    return _family(category.get("scheme") or ""), others


_NOT_COMPARED = ("scheme", "status")


@Cached
def _family(scheme: str) -> str:
    """Return the last step of a scheme's path, the same for a deprecated scheme and its current twin."""
    step = path(scheme).rsplit("/", 1)[-1]
    return FAMILY_NAMES.get(step, step)

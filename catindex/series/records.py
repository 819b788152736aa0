"""Episodes as titles of their own, which name their series as the regional index does (fixture: episode.xml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from catindex.elements import drop, first
from catindex.series.family import drop_entry
from catindex.series.numbers import SEASON_ELEMENTS, WRITTEN
from catindex.series.relations import children
from catindex.structure import Slot, insert, layout_of
from catindex.title import EPISODE, id_of, key_of_url, series_in_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

    from catindex.series.family import Family, Part

_NUMBERS = (SEASON_ELEMENTS[0], WRITTEN[EPISODE])


def give_addresses(family: Family, episodes: Iterable[Part]) -> None:
    """Give each episode that the dump knows by its name only an id, below its series'.

    It has the numbers of season and episode in it (``…/series/70142415/episodes#2x16``), or where these are not known,
    or another has them, its place among these episodes, which are all of the series'.
    """
    series = series_in_url(id_of(family.series))
    taken = {(part.key or "").partition("#")[2] for part in family.parts}
    for place, part in enumerate(episodes, start=1):
        if part.key is not None or series is None:
            continue
        known = part.season_number is not None and part.number is not None
        numbers = f"{part.season_number}x{part.number}"
        fragment = numbers if known and numbers not in taken else str(place)
        taken.add(fragment)
        element = first(part.element, "id")
        if element is None:
            element = etree.Element("id")
            insert(part.element, layout_of(part.element), Slot.ID, element)
        element.text = f"{series[1]}/episodes#{fragment}"
        part.key = key_of_url(element.text)


def forget_episodes(parts: Iterable[Part]) -> None:
    """Take the episodes out of the lists of seasons and discs, as they go from the series': each names its season."""
    for part in parts:
        for child in children(part.element, part.kind):
            if child.kind == EPISODE:
                drop_entry(child.element, part.element)
        part.layout = layout_of(part.element)


def as_record(part: Part, series_key: str) -> Element:
    """Turn an episode into a title of its own: its numbers move into a ``show`` that names its series."""
    show = etree.Element("show", id=series_key.partition("/")[2])
    for name in _NUMBERS:
        for element in list(part.element.iterchildren(name)):
            drop(element)
            show.append(element)
    insert(part.element, layout_of(part.element), Slot.UNKNOWN, show)
    return part.element

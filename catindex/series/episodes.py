"""Episodes as titles of their own (``--episodes records``), each with a ``show`` (fixture: episode.xml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from catindex.rules.elements import drop, drop_from, first
from catindex.rules.keys import EPISODE, SEASON, id_of, key_of_url, series_in_url
from catindex.rules.structure import FAMILY_SLOTS, Record, Slot
from catindex.series.numbers import WRITTEN
from catindex.series.relations import children

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.series.family import Family, Part


def give_addresses(family: Family, episodes: Iterable[Part]) -> None:
    """Add an id below that of the series to each episode without a URL.

    The id contains the season and episode numbers (``.../series/70142415/episodes#2x16``). If these are unknown, or
    belong to another episode, it contains the episode's place among all ``episodes`` of the series.
    """
    series = series_in_url(id_of(family.series.element))
    taken = {(part.key or "").partition("#")[2] for part in family.parts}
    for place, part in enumerate(episodes, start=1):
        if part.key is not None or series is None:
            continue
        known = part.season_number is not None and part.number is not None
        numbers = f"{part.season_number}x{part.number}"
        fragment = numbers if known and numbers not in taken else str(place)
        taken.add(fragment)
        url = f"{series[1]}/episodes#{fragment}"
        set_address(part.record, url)
        part.key = key_of_url(url)


def set_address(record: Record, url: str) -> None:
    """Replace the id of a record, or add one."""
    element = first(record.element, "id")
    if element is None:
        element = etree.Element("id")
        record.insert(Slot.ID, element)
    element.text = url


def forget_episodes(parts: Iterable[Part]) -> None:
    """Remove the episodes from the lists of seasons and discs: as titles of their own, they name their seasons."""
    for part in parts:
        for entry in children(part.element, part.kind):
            if entry.kind == EPISODE:
                drop_from(entry.element, part.element)
        part.record.forget(FAMILY_SLOTS)


def as_title(part: Part, series_key: str) -> Record:
    """Turn an episode into a title of its own: its numbers move into a ``show`` with the number of its series."""
    show = etree.Element("show", id=series_key.partition("/")[2])
    for slot, name in ((Slot.SEASON_NUMBER, WRITTEN[SEASON]), (Slot.EPISODE_NUMBER, WRITTEN[EPISODE])):
        for element in part.record.children(slot):
            if element.tag == name:
                drop(element)
                show.append(element)
        part.record.forget([slot])
    part.record.insert(Slot.UNKNOWN, show)
    part.record.key = part.key
    return part.record

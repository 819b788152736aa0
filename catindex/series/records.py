"""Episodes as titles of their own, which name their series as the regional index does (fixture: episode.xml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.markup import empty, joined, start_tag
from catindex.rules.keys import EPISODE, SEASON, key_of_url, series_in_url
from catindex.rules.structure import Slot
from catindex.series.numbers import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.series.family import Family, Part
    from catindex.series.record import Record

_NUMBERS = ((Slot.SEASON_NUMBER, WRITTEN[SEASON]), (Slot.EPISODE_NUMBER, WRITTEN[EPISODE]))


def give_addresses(family: Family, episodes: Iterable[Part]) -> None:
    """Give each episode that the dump knows by its name only an id, below its series'.

    It has the numbers of season and episode in it (``…/series/70142415/episodes#2x16``), or where these are not known,
    or another has them, its place among these episodes, which are all of the series'.
    """
    series = series_in_url(family.series.id)
    taken = {(part.key or "").partition("#")[2] for part in family.parts}
    for place, part in enumerate(episodes, start=1):
        if part.key is not None or series is None:
            continue
        known = part.season_number is not None and part.number is not None
        numbers = f"{part.season_number}x{part.number}"
        fragment = numbers if known and numbers not in taken else str(place)
        taken.add(fragment)
        part.record.move(f"{series[1]}/episodes#{fragment}")
        part.key = key_of_url(part.record.id)


def forget_episodes(parts: Iterable[Part]) -> None:
    """Take the episodes out of the lists of seasons and discs, as they go from the series': each names its season."""
    for part in parts:
        for entry in part.record.children(part.kind):
            entry.dropped = entry.relative.kind == EPISODE


def as_record(part: Part, series_key: str) -> Record:
    """Turn an episode into a title of its own: its numbers move into a ``show`` that names its series."""
    numbers = [element for slot, name in _NUMBERS for element in part.record.take(slot, name)]
    show = start_tag(empty("show", id=series_key.partition("/")[2]))[:-2] + b">"
    part.record.insert(Slot.UNKNOWN, joined(show, numbers, b"</show>"))
    return part.record

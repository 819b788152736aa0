"""Rules of the contract for volumes: seasons of one number whose episodes and discs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle import titles
from tests.oracle.facts import DISC, EPISODE, SEASON, Family, Key, Part, Series

if TYPE_CHECKING:
    from tests.oracle.numbers import Number

Numbers = dict[Key, "Number"]


def volume_number(season: Part) -> int | None:
    """Return the number of the volume marker in a season's title."""
    return titles.first_number(titles.segments_of(season.title), "volume")


def volumes_of(family: Family, series: Series, seasons: Numbers) -> list[list[Part]]:
    """Return the volumes of each season that has several, in order.

    "Seasons with the same number are volumes only if their titles have volume markers."
    """
    groups: dict[int | None, list[Part]] = {}
    for season in family.parts_of(series, SEASON):
        if volume_number(season) is not None:
            groups.setdefault(seasons[season.key].value, []).append(season)
    several = [group for number, group in groups.items() if number is not None and len(group) > 1]
    return [sorted(group, key=lambda season: volume_number(season) or 0) for group in several]


def shift_volumes(family: Family, series: Series, seasons: Numbers, numbers: Numbers) -> None:
    """Shift the numbers of volumes that start again.

    "`Season 2: Vol. 2` continues after `Season 2: Vol. 1`. This holds for positions and for explicit sequences and
    disc markers that start again: those of a volume whose lowest number is not above the lowest of the volume before
    it are shifted by the highest number so far."
    """
    for volumes in volumes_of(family, series, seasons):
        for kind in (EPISODE, DISC):
            parts = family.parts_of(series, kind)
            lowest = highest = 0
            for volume in volumes:
                keys = [part.key for part in parts if family.season_of(part) is volume]
                values = {key: value for key in keys if (value := numbers[key].value) is not None}
                if not values:
                    continue
                shift = highest if min(values.values()) <= lowest else 0
                numbers |= {key: numbers[key]._replace(value=value + shift) for key, value in values.items()}
                lowest = min(values.values()) + shift
                highest = max(highest, max(values.values()) + shift)

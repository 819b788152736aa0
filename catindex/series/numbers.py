"""Finds the season, episode and disc numbers of a series' parts, each from the first source that has one.

The sources are tables in `catindex.series.sources`. The announcement ("New Series Model") promises titles that
"include information about the season number and episode number".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from catindex.rules.elements import first
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.sources import RELATIVE, SEASON_SOURCES, SOURCES, STARTING_AGAIN, Clues, Source, sequence_in_series
from catindex.series.words import GREATEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from catindex.series.family import Family, Part

#: Elements whose text may hold a number. Episodes of the regional index have them in a ``show`` element.
NUMBER_TEXTS = frozenset(
    ("season_number", "episode_number", "disc_number", "season_label", "sequence", "sequence_nr_in_series")
)

#: The element that a part's own number is written to, by its kind.
WRITTEN = {SEASON: "season_number", EPISODE: "episode_number", DISC: "disc_number"}

#: Sources of numbers, as the report names them: an element of the record, its season's label, a sequence element, an
#: explicit marker in the title, the number of the part's season, a weak marker (or a year) in the title, the position
#: in a list, and no source.
EVIDENCE = ("element", "label", "sequence", "title", "season", "weak", "position", "none")

#: The attribute of an episode's number that holds its source, in the records that `catindex export` reads.
EVIDENCE_ATTRIBUTE = "evidence"

#: Counts by what was numbered (season, episode, disc) and source.
Evidence = Counter[tuple[str, str]]

Found = tuple["int | None", str]  # a number and its source


def number(family: Family, *, unified: bool = False) -> Evidence:
    """Set the numbers and the evidence of every part of a family; return how many came from each source.

    ``unified`` is set if the series was unified before. Then the parts in its lists get no number that they lacked.
    """
    settled = numbered_before(family)
    if unified:
        settled.update(part for part in family.parts if part.listed)
    evidence: Evidence = Counter()
    for season, (value, source) in _seasons(family, settled).items():
        season.season_number = value
        if season.key not in family.absent_seasons:
            evidence[SEASON, source] += 1
    others = [part for part in family.parts if part.kind != SEASON]
    for part in others:
        part.season_number, source = _find(SEASON_SOURCES, Clues(part), settled)
        evidence[SEASON, source] += 1
    for kind in (EPISODE, DISC):
        for part, (part.number, part.evidence) in _numbers(family, kind, settled):
            evidence[kind, part.evidence] += 1
    return evidence


def is_written(part: Part) -> bool:
    """Return whether a part's record has its numbers, as found in a title that is unified already, and no others.

    The name of an episode must be written as well, unless its title ends in a marker: then what looks like a name may
    be the title of a season that was in the input when the series was unified.
    """
    numbers = {WRITTEN[SEASON]: part.season_number}
    if part.kind != SEASON:
        numbers[WRITTEN[part.kind]] = part.number
    if any(part.texts.get(name) != (None if value is None else str(value)) for name, value in numbers.items()):
        return False
    if part.kind != EPISODE or not part.reading.name or part.reading.ends_in_marker:
        return True
    return first(part.element, "title") is None or _has_short_name(part)


def same_numbers(family: Family) -> list[list[Part]]:
    """Return the episodes with the same season and episode number, grouped by number, in the order of the parts."""
    groups: dict[tuple[int, int], list[Part]] = defaultdict(list)
    for part in family.of_kind(EPISODE):
        if part.season_number is not None and part.number is not None:
            groups[part.season_number, part.number].append(part)
    return [parts for parts in groups.values() if len(parts) > 1]


def numbered_before(family: Family) -> set[Part]:
    """Return the episodes that ``--episodes records`` made titles of their own.

    Nothing but a ``show`` leads to their series, they have a number there or a name, and every number that their own
    records imply is there. Otherwise a record is from the source.
    """
    listed = {part for entries in family.lists.values() for part in entries}
    return {
        part
        for part in family.of_kind(EPISODE)
        if part not in listed
        and [parent.element.tag for parent in part.parents] == ["show"]
        and ("show/episode_number" in part.texts or _has_short_name(part))
        and _has_numbers_in_show(part)
    }


def _has_numbers_in_show(part: Part) -> bool:
    """Return whether a ``show`` has the numbers that an episode's own record implies, and the record has none.

    A weak marker implies only a season: after the title of a season that is missing now, it may be part of the name.
    """
    clues = Clues(part)
    found = (_first(SEASON_SOURCES, clues, ("season",)), _first(SOURCES[EPISODE], clues, RELATIVE))
    return all(source in ("element", "none") for _, source in found) and not part.texts.keys() & set(WRITTEN.values())


def _has_short_name(part: Part) -> bool:
    title = first(part.element, "title")
    return title is not None and bool(title.get("episode_short"))


def _find(sources: Iterable[Source], clues: Clues, settled: Collection[Part]) -> Found:
    """Return the number from the first source that has one that is not too high, and the name of the source."""
    return _first(sources, clues, RELATIVE if clues.part in settled else ())


def _first(sources: Iterable[Source], clues: Clues, ignored: Collection[str]) -> Found:
    for name, find in sources:
        if name not in ignored and (value := find(clues)) is not None and value <= GREATEST:
            return value, name
    return None, "none"


def _seasons(family: Family, settled: Collection[Part]) -> dict[Part, Found]:
    """Return the number of each season and its source, including seasons without a record.

    Positions in the series' list of seasons leave out specials. They count if no other season has the number.
    """
    seasons = [*family.of_kind(SEASON), *family.absent_seasons.values()]
    found = {season: _find(SOURCES[SEASON], Clues(season), settled) for season in seasons}
    taken = {value for value, _ in found.values()}
    regular = [season for season in family.lists.get((None, SEASON), []) if found[season][0] != 0]
    for position, season in enumerate(regular, start=1):
        if found[season][0] is None and position not in taken:
            found[season] = _find(SOURCES[SEASON], Clues(season, position), settled)
    return found


def _numbers(family: Family, kind: str, settled: Collection[Part]) -> Iterator[tuple[Part, Found]]:
    """Yield the number and source of each part of a kind.

    The volumes of a season run on: a position in the list of a volume continues after the highest number so far, and
    so do sequences and disc markers if they start again, with a lowest number not above that of the volume before.
    """
    parts = family.of_kind(kind)
    sequences_before = _sequences_before(parts) if kind == EPISODE else {}
    in_series = _positions_in_series(family, kind)
    in_seasons = _positions_in_seasons(family, kind)
    for volumes in _by_volume(parts, in_seasons):
        lowest = highest = 0
        for volume, members in volumes:
            found: dict[Part, Found] = {}
            for part in members:
                season, position = in_seasons.get(part, (None, in_series.get(part)))
                if season is not None and position is not None and season.reading.volume == volume:
                    position += highest
                clues = Clues(part, position, sequences_before.get(part.season_number, 0))
                found[part] = _find(SOURCES[kind], clues, settled)
            again = {part: value for part, (value, source) in found.items() if value and source in STARTING_AGAIN[kind]}
            if again and min(again.values()) <= lowest:
                found |= {part: _shifted(found[part], highest) for part in again}
            values = [value for value, _ in found.values() if value is not None]
            lowest = min(values, default=lowest)
            highest = max([highest, *values])
            yield from found.items()


def _shifted(found: Found, by: int) -> Found:
    value, source = found
    return (value + by, source) if value is not None and value + by <= GREATEST else (None, "none")


def _sequences_before(episodes: Iterable[Part]) -> dict[int | None, int]:
    """Return the highest ``sequence_nr_in_series`` before each season, if it runs on across the seasons without a gap.

    It runs on if the first season has the numbers 1 to m, the second those from m + 1 to n, and so on, and each season
    except the last one has a number for every episode. In the last one, fewer episodes may lack a number than there are
    before it. If there are as many, they could be its first episodes, and the numbers be counted within the season.
    Specials (season 0) do not count.
    """
    found: dict[int, list[int | None]] = defaultdict(list)
    for part in episodes:
        if part.season_number:
            found[part.season_number].append(sequence_in_series(Clues(part)))
    before: dict[int | None, int] = {}
    last = 0
    final = max((season for season, values in found.items() if any(values)), default=0)
    for season in sorted(season for season in found if season <= final):
        numbers = set(found[season]) - {None}
        missing = found[season].count(None)
        if numbers != set(range(last + 1, last + len(numbers) + 1)):
            return {}
        if missing and (season != final or missing >= last):
            return {}
        before[season] = last
        last += len(numbers)
    return before


def _positions_in_series(family: Family, kind: str) -> dict[Part, int]:
    """Return the positions of parts in the series' list, counted within each season."""
    positions: dict[Part, int] = {}
    counted: Counter[int | None] = Counter()
    for part in family.lists.get((None, kind), []):
        counted[part.season_number] += 1
        positions[part] = counted[part.season_number]
    return positions


def _positions_in_seasons(family: Family, kind: str) -> dict[Part, tuple[Part, int]]:
    """Return the positions of parts in the list of their own season, else of another one with the same number."""
    positions: dict[Part, tuple[Part, int]] = {}
    for season in sorted(family.of_kind(SEASON), key=_volume_order):
        for position, part in enumerate(family.lists.get((season, kind), []), start=1):
            is_own = part.season is season
            has_same_number = part.season_number is not None or is_own
            if part.season_number == season.season_number and has_same_number and (is_own or part not in positions):
                positions[part] = season, position
    return positions


def _volume_order(season: Part) -> tuple[bool, int]:
    return season.reading.volume is None, season.reading.volume or 0


def _by_volume(
    parts: Iterable[Part], in_seasons: Mapping[Part, tuple[Part, int]]
) -> Iterator[Sequence[tuple[int | None, list[Part]]]]:
    """Yield the volumes of each season in order, each with its number and parts; parts without a volume separately.

    The volume of a part is that of the season that lists it, else of the season that it belongs to.
    """
    seasons: dict[int | None, dict[int | None, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        season, _ = in_seasons.get(part, (part.season, None))
        volume = None
        if season is not None and season.season_number == part.season_number is not None:
            volume = season.reading.volume
        seasons[part.season_number][volume].append(part)
    for volumes in seasons.values():
        if None in volumes:
            yield [(None, volumes.pop(None))]
        yield sorted((volume, members) for volume, members in volumes.items())

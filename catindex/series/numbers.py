"""Season, episode and disc numbers, each from the first evidence that answers (spec, section 6).

The announcement ("New Series Model") promises that episode titles "will include information about the season number and
episode number"; where in a dump that information stands is told by the tables here.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from catindex.rules.elements import first
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.markers import GREATEST, read_label, read_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from catindex.series.family import Family, Part

#: Elements that hold a season number, a season's place among the seasons, and the number of a part by its kind; in
#: ``show`` stands what an episode of the regional index says.
SEASON_ELEMENTS = ("season_number", "show/season_number")
NUMBER_ELEMENTS = {EPISODE: ("episode_number", "show/episode_number"), DISC: ("disc_number", "show/disc_number")}
SEQUENCE_ELEMENTS = {
    SEASON: ("sequence_nr_in_series",),
    EPISODE: ("sequence", "sequence_nr_in_series"),
    DISC: ("sequence_nr_in_series",),
}
_LABEL = "season_label"

#: Leaves of a record whose text may tell a number.
NUMBER_TEXTS = frozenset(
    {_LABEL, *SEASON_ELEMENTS, *chain(*NUMBER_ELEMENTS.values()), *chain(*SEQUENCE_ELEMENTS.values())}
)

#: The element that a part's own number is written to, by its kind.
WRITTEN = {SEASON: "season_number", EPISODE: "episode_number", DISC: "disc_number"}

#: Evidence, as the report names it, from the strongest to none at all.
EVIDENCE = ("element", "label", "sequence", "title", "season", "position", "none")

#: The attribute in which an episode's number tells its evidence, to those who ask for it.
EVIDENCE_ATTRIBUTE = "evidence"

#: Counts by what was numbered (season, episode, disc) and evidence.
Evidence = Counter[tuple[str, str]]


def number(family: Family) -> Evidence:
    """Fill in the numbers and the evidence of every part of a family; tell how many came from which evidence."""
    evidence: Evidence = Counter()
    listed_seasons = family.lists.get((None, SEASON), [])
    places = {part: place for place, part in enumerate(listed_seasons, start=1)}
    for part in [*family.of_kind(SEASON), *family.absent_seasons.values()]:
        part.season_number, source = _season_number(part, part.texts, places.get(part))
        if part.key not in family.absent_seasons:
            evidence[SEASON, source] += 1
    others = [part for part in family.parts if part.kind != SEASON]
    for part in others:
        part.season_number, source = _season_number(part, part.texts, None)
        evidence[SEASON, source] += 1
    for kind in (EPISODE, DISC):
        positions = _positions(family, kind, places)
        for part in others:
            if part.kind == kind:
                part.number, part.evidence = _number(part, part.texts, positions.get(part))
                evidence[kind, part.evidence] += 1
    return evidence


def is_written(part: Part) -> bool:
    """Whether a part's record already says what is known of its numbers and name, no less and no more."""
    title = first(part.element, "title")
    named = part.kind != EPISODE or not part.reading.name or title is None or bool(title.get("episode_short"))
    numbers = {WRITTEN[SEASON]: part.season_number}
    if part.kind != SEASON:
        numbers[WRITTEN[part.kind]] = part.number
    return named and all(
        part.texts.get(name) == (None if value is None else str(value)) for name, value in numbers.items()
    )


def _season_number(part: Part, texts: Mapping[str, str | None], place: int | None) -> tuple[int | None, str]:
    return _first_answer(_season_answers(part, texts, place))


def _season_answers(part: Part, texts: Mapping[str, str | None], place: int | None) -> Iterator[tuple[str, int | None]]:
    yield "element", _first_number(texts, SEASON_ELEMENTS, least=0)
    yield "label", read_label(label) if (label := texts.get(_LABEL)) else None
    yield "sequence", _first_number(texts, SEQUENCE_ELEMENTS[SEASON], least=0) if part.kind == SEASON else None
    yield "title", part.reading.season
    yield "season", part.season.season_number if part.season is not None else None
    yield "position", place


def _number(part: Part, texts: Mapping[str, str | None], position: int | None) -> tuple[int | None, str]:
    return _first_answer(_answers(part, texts, position))


def _answers(part: Part, texts: Mapping[str, str | None], position: int | None) -> Iterator[tuple[str, int | None]]:
    yield "element", _first_number(texts, NUMBER_ELEMENTS[part.kind])
    yield "sequence", _first_number(texts, SEQUENCE_ELEMENTS[part.kind])
    yield "title", part.reading.episode if part.kind == EPISODE else part.reading.disc
    yield "position", position


def _first_answer(answers: Iterable[tuple[str, int | None]]) -> tuple[int | None, str]:
    """Give the first number that is not absurd, and what gave it; what comes behind that is not looked for."""
    for source, value in answers:
        if value is not None and value <= GREATEST:
            return value, source
    return None, "none"


def _first_number(texts: Mapping[str, str | None], paths: Iterable[str], *, least: int = 1) -> int | None:
    for path in paths:
        if path in texts and (value := read_number(texts[path], least=least)) is not None:
            return value
    return None


def _positions(family: Family, kind: str, places: dict[Part, int]) -> dict[Part, int]:
    """Give the place of each part in its season's list, running on over the volumes of one season; else in the series'.

    In the series' list parts are counted within their season.
    """
    positions: dict[Part, int] = {}
    counted: Counter[int | None] = Counter()
    for part in family.lists.get((None, kind), []):
        counted[part.season_number] += 1
        positions[part] = counted[part.season_number]
    before: Counter[int | None] = Counter()
    members = Counter(part.season for part in family.parts if part.kind == kind)
    for season in sorted(family.of_kind(SEASON), key=lambda part: _volume_order(part, places)):
        entries = family.lists.get((season, kind), [])
        offset = before[season.season_number] if season.season_number is not None else 0
        for place, part in enumerate(entries, start=1):
            positions[part] = offset + place
        before[season.season_number] += max(len(entries), members[season])
    return positions


def _volume_order(season: Part, places: dict[Part, int]) -> tuple[bool, int, bool, int]:
    """Order the volumes of a season by the number of the volume, else by the series' list, else as they came."""
    volume, place = season.reading.volume, places.get(season)
    return volume is None, volume or 0, place is None, place or 0

"""Decides which markers of a title count, and which of its segments are the part's own name.

Only the order of markers and text matters here, not the text itself, so a few layouts are shared by most titles.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.words import CHAPTER, OWN_NAME, PART, QUOTED_TEXT, TEXTS, VOLUME, YEAR, Mark, Marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Explicit markers. The others are weak: whether they count seasons, volumes or episodes depends on the title's kind.
EXPLICIT = frozenset((SEASON, EPISODE, DISC))

#: Kind of a title -> the weak markers in it that may count seasons (spec.md, section 6).
WEAK_SEASONS = {
    SEASON: frozenset((OWN_NAME, VOLUME, PART, CHAPTER, YEAR)),
    EPISODE: frozenset((OWN_NAME, VOLUME)),
    DISC: frozenset((OWN_NAME, VOLUME)),
}


class Numbers(NamedTuple):
    """The numbers in a title: of explicit markers, of weak ones if there is no explicit one, and of a volume."""

    season: int | None = None
    weak_season: int | None = None
    volume: int | None = None
    episode: int | None = None
    weak_episode: int | None = None
    disc: int | None = None


class Layout(NamedTuple):
    """The numbers in a title, the first segment that is a marker, and the first and last segment of the own name."""

    numbers: Numbers
    marker: int | None
    name: tuple[int, int] | None


@lru_cache(maxsize=1 << 12)
def lay_out(kind: str, start: Marks | None, segments: tuple[Marks, ...]) -> Layout:
    """Return the layout of a title of this kind.

    ``start`` are the marks at the end of the prefix in front of the segments; None if the series' name is not known.
    """
    counted = _counted(kind, start, segments)
    places = [place for place, marks in enumerate(counted) if marks]
    numbers = _numbers(kind, chain(start or (), *counted))
    return Layout(numbers, places[0] if places else None, _name(start, segments, counted, places))


def _counted(kind: str, start: Marks | None, segments: Sequence[Marks]) -> list[Marks]:
    """Return the marks of each segment, without those of text and of markers that are part of a name.

    Markers that lead count. After other text, an explicit marker counts if it is the first of its kind. A weak one in
    an episode's title counts only if the text may belong to its season or series: more text follows, and there is no
    episode number before.
    """
    if kind == SEASON and not start and _is_lone_year(segments, is_known=start is not None):
        return [*[()] * (len(segments) - 1), segments[-1]]
    counted: list[Marks] = []
    seen = {counts for counts, _ in start or ()}
    in_name = False
    for place, segment in enumerate(segments):
        marks = _resolve(segment, kind, after_marker=bool(seen))
        explicit = EXPLICIT.intersection(counts for counts, _ in marks)
        weak_counts = not explicit and (kind != EPISODE or not (EPISODE in seen or place == len(segments) - 1))
        if marks and (not in_name or explicit - seen or weak_counts):
            seen.update(counts for counts, _ in marks)
            in_name = False
        else:
            in_name = in_name or start is not None or bool(seen) or (place > 0 and segment[0][0] == QUOTED_TEXT)
            marks = ()
        counted.append(marks)
    return counted


def _is_lone_year(segments: Sequence[Marks], *, is_known: bool) -> bool:
    """Return whether a title has nothing but a year after the series' name: `Top Gear: 2011`."""
    if not segments or segments[-1][0][0] != YEAR or (is_known and len(segments) > 1):
        return False
    return all(segment[0][0] in TEXTS for segment in segments)


def _resolve(segment: Marks, kind: str, *, after_marker: bool) -> Marks:
    """Return the marks of a segment, none for text. In an episode `Chapter 4` after another marker is an episode."""
    if segment[0][0] in TEXTS:
        return ()
    marks: list[Mark] = []
    for counts, number in segment:
        is_episode = counts == CHAPTER and kind == EPISODE and (after_marker or marks)
        marks.append((EPISODE if is_episode else counts, number))
    return tuple(marks)


def _numbers(kind: str, marks: Iterable[Mark]) -> Numbers:
    explicit: dict[str, int | None] = {}
    weak: list[Mark] = []
    for counts, number in marks:
        if counts in EXPLICIT:
            explicit[counts] = number if explicit.get(counts) is None else explicit[counts]
        elif counts not in (PART, CHAPTER) or EPISODE not in explicit:
            weak.append((counts, number))
    seasons = [] if SEASON in explicit else [mark for mark in weak if mark[0] in WEAK_SEASONS[kind]]
    volumes = [mark for mark in weak if mark[0] in (VOLUME, PART, CHAPTER)]
    episodes: list[Mark] = []
    if kind == EPISODE and EPISODE not in explicit:  # `Part 2` is a volume only in front of an episode marker
        episodes = [mark for mark in volumes if mark[0] != VOLUME]
        volumes = [mark for mark in volumes if mark[0] == VOLUME]
    return Numbers(
        season=explicit.get(SEASON),
        weak_season=_first(seasons),
        volume=_first([mark for mark in volumes if mark not in seasons[:1]] or volumes),
        episode=explicit.get(EPISODE),
        weak_episode=_first(episodes),
        disc=explicit.get(DISC),
    )


def _first(marks: Sequence[Mark]) -> int | None:
    return marks[0][1] if marks else None


def _name(
    start: Marks | None, segments: Sequence[Marks], counted: Sequence[Marks], places: Sequence[int]
) -> tuple[int, int] | None:
    """Return the first and last segment of the name: after the last marker, or before a lone episode marker.

    If the series' name is not known, only text after a marker or in quotes is a name. A year is not a name if a marker
    follows.
    """
    last = len(segments) - 1
    if not places:
        quoted = (place for place in range(1, last + 1) if segments[place][0][0] == QUOTED_TEXT)
        first = next(quoted, None) if start is None else 0
        return None if first is None or last < 0 else (first, last)
    if places[-1] < last:
        return places[-1] + 1, last
    if start == () and all(counts == EPISODE for marks in counted for counts, _ in marks):
        before = [place for place in range(places[0]) if segments[place][0][0] != YEAR]
        return (before[0], before[-1]) if before else None
    return None

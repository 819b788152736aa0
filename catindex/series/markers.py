"""Reads the title of a season, episode or disc: its numbers, and the part's own name (format.md, "Title text").

A title consists of segments between colons, the series' name first. The corpus ``tests/corpus/titles.tsv`` lists what
is read from which title.
"""

from __future__ import annotations

import re
from itertools import chain, dropwhile
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.prefixes import DASHES, EDGES, after_name, fold, longest_first
from catindex.series.words import (
    CHAPTER,
    LONGEST,
    MARKER_INSIDE,
    NUMBER,
    OWN_NAME,
    PART,
    QUOTED,
    SEGMENT,
    VOLUME,
    YEAR,
    Mark,
    marks_of,
    read_number,
    read_word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Explicit markers. The others are weak: whether they count seasons, volumes or episodes depends on the title's kind.
EXPLICIT = frozenset((SEASON, EPISODE, DISC))
# Kind of a title -> the weak markers in it that may count seasons (spec.md, section 6).
WEAK_SEASONS = {
    SEASON: frozenset((OWN_NAME, VOLUME, PART, CHAPTER)),
    EPISODE: frozenset((OWN_NAME, VOLUME)),
    DISC: frozenset((OWN_NAME, VOLUME)),
}
GREATEST_AFTER_NAME = 99  # `Stranger Things 2` is a season, `Battlestar Galactica 1980` has a year
SEPARATORS = f"{EDGES}{DASHES},;(["  # these stand between a name and a marker


class Segment(NamedTuple):
    """A part of a title between colons: its span, and its marks if it consists of markers only."""

    begin: int
    end: int
    marks: tuple[Mark, ...] = ()


class Prefix(NamedTuple):
    """A known name at the front of a title.

    ``end`` is its end, ``start`` where to read on. ``marks`` holds the number right after the name, if there is one.
    ``has_markers`` is set if the name is a season's title with a marker.
    """

    end: int
    start: int
    marks: tuple[Mark, ...] = ()
    has_markers: bool = False


class Reading(NamedTuple):
    """The numbers and names in one title; None for each that it does not have.

    ``season``, ``episode`` and ``disc`` come from explicit markers; ``weak_season`` and ``weak_episode`` come from weak
    ones, in titles without the explicit one. ``volume`` orders the volumes of one season: 2 in `Season 1: Vol. 2`, and
    in `Vol. 2`, where it is the weak season as well. ``series_name`` is the text in front of the first marker.
    """

    series_name: str | None = None
    season: int | None = None  # 0 for specials
    weak_season: int | None = None
    volume: int | None = None
    episode: int | None = None
    weak_episode: int | None = None
    disc: int | None = None
    name: str | None = None  # the part's own, without quotes around it


NOTHING = Reading()


def read_label(label: str) -> int | None:
    """Return the season number in the text of a ``season_label``: `Season 2`, `2`, `Volume 3`, `Specials`."""
    number = read_number(label, least=0)
    if number is not None:
        return number
    reading = _read(label, SEASON, Prefix(0, 0))
    return reading.weak_season if reading.season is None else reading.season


def read_title(title: str, kind: str, series_names: Sequence[str] = (), season_titles: Sequence[str] = ()) -> Reading:
    """Return the numbers and names in the title of a season, episode or disc, and nothing for any other kind.

    ``series_names`` are the names of its series. The longest that the title begins with is not searched for markers,
    because names hold colons, numbers and marker words themselves (format.md, "Title text"). ``season_titles`` are the
    titles of an episode's season: their text is not part of the name, and their markers do not count episodes.
    """
    if kind not in WEAK_SEASONS:
        return NOTHING
    prefix, reading = None, NOTHING
    for prefix in _series_prefixes(title, kind, series_names):
        reading = _read(title, kind, prefix)
        if kind != EPISODE or _identifies_episode(reading):
            break
    else:
        reading = _read(title, kind, prefix)
    if kind == EPISODE:
        for season_title in longest_first(tuple(season_titles)):
            gap = after_name(title, 0, season_title)
            if gap and gap.start() > (prefix.end if prefix else 0):
                return _read_in_season(title, gap, reading)
    return reading


def series_name_in(title: str, series_names: Sequence[str]) -> str | None:
    """Return the name of a series in the title of a link to it, which may be a season's title: `Lost: Season 1`.

    ``series_names`` are the names that are known already. Returns None if the title consists of markers.
    """
    season = read_title(title, SEASON, series_names)
    if season.series_name and fold(season.series_name) in map(fold, series_names):
        return season.series_name
    reading = read_title(title, EPISODE)
    explicit = (reading.season, reading.episode, reading.disc)
    return title if all(number is None for number in explicit) else reading.series_name


def _series_prefixes(title: str, kind: str, names: Sequence[str]) -> Iterator[Prefix]:
    """Yield the names of the series that the title begins with, from the longest to the shortest."""
    for name in longest_first(tuple(names)):
        gap = after_name(title, 0, name)
        # In `Stranger Things: Stranger Things 2` the name comes again, with a number or a marker behind it.
        again = after_name(title, gap.end(), name) if gap and gap["bare"] is None else gap
        bare = _after_bare_name(title, again.end(), kind) if again and again["bare"] is not None else None
        if gap and (bare or gap["bare"] is None):
            yield Prefix(gap.start(), *(bare or (gap.end(),)))


def _after_bare_name(title: str, start: int, kind: str) -> tuple[int, tuple[Mark, ...]] | None:
    """Return where to read on after a name and white space, and a number there; None if the name goes on."""
    text = _next_segment(title, start)
    if not re.fullmatch(NUMBER, text):
        return (start, ()) if marks_of(text, kind) else None
    number, end = read_word(text), start + len(text)
    is_name = kind == EPISODE and not title[end:].strip(EDGES)  # an episode may be called `Stranger Things 2`
    return None if number is None or number > GREATEST_AFTER_NAME or is_name else (end, ((OWN_NAME, number),))


def _next_segment(title: str, start: int) -> str:
    segment = SEGMENT.match(title, start, start + LONGEST)
    return segment[0].rstrip() if segment else ""


def _read_in_season(title: str, gap: re.Match[str], reading: Reading) -> Reading:
    """Return the reading of an episode's title that begins with its season's title; ``reading`` is without that.

    Without a name or an episode number after the season's title, the title is read like any other.
    """
    if gap["bare"] is not None and not marks_of(_next_segment(title, gap.end()), EPISODE):
        return reading
    has_markers = not (reading.season is reading.weak_season is reading.volume is None)
    inside = _read(title, EPISODE, Prefix(gap.start(), gap.end(), has_markers=has_markers))
    if not _identifies_episode(inside):
        return reading
    # An episode marker in the season's title counts only if no other source has a number.
    has_number = inside.episode is not None or inside.weak_episode is not None
    weak = inside.weak_episode if has_number else reading.episode
    return reading._replace(episode=inside.episode, weak_episode=weak, name=inside.name)


def _identifies_episode(reading: Reading) -> bool:
    return bool(reading.name) or reading.episode is not None or reading.weak_episode is not None


def _read(title: str, kind: str, prefix: Prefix | None) -> Reading:
    """Read a title after its prefix; None if the series' name is not known."""
    segments = _segments(title, kind, prefix)
    start = prefix or Prefix(0, 0)
    if kind == SEASON and not start.marks and (year := _lone_year(title, segments, is_known=prefix is not None)):
        return Reading(_series_name(title, year.begin), weak_season=int(title[year.begin : year.end]))
    segments = _without_names(title, kind, segments, prefix)
    first = start.end if start.marks else next((segment.begin for segment in segments if segment.marks), 0)
    reading = _numbers(kind, chain(start.marks, *(segment.marks for segment in segments)))
    return reading._replace(series_name=_series_name(title, first), name=_name(title, segments, prefix))


def _series_name(title: str, end: int) -> str | None:
    return title[:end].strip(EDGES).rstrip(SEPARATORS) or None


def _lone_year(title: str, segments: Sequence[Segment], *, is_known: bool) -> Segment | None:
    """Return the segment with the year, if the title has nothing else after the series' name: `Top Gear: 2011`."""
    if not segments or any(segment.marks for segment in segments) or (is_known and len(segments) > 1):
        return None
    return segments[-1] if YEAR.fullmatch(title, segments[-1].begin, segments[-1].end) else None


def _segments(title: str, kind: str, prefix: Prefix | None) -> list[Segment]:
    """Return the segments after the prefix.

    In the title of a season or disc without a marker between colons, one at the end of a segment counts as well.
    """
    start = prefix.start if prefix else 0
    spans = [match.span() for match in SEGMENT.finditer(title, start, start + LONGEST)]
    if spans and len(title) > start + LONGEST:
        spans[-1] = (spans[-1][0], len(title))
    segments = [Segment(*span, marks_of(title[slice(*span)], kind) if _is_short(span) else ()) for span in spans]
    if prefix is None and len(segments) > 1:
        segments[0] = Segment(*spans[0])  # the series' name, whatever it looks like
    if kind == EPISODE or (prefix and prefix.marks) or any(segment.marks for segment in segments):
        return segments
    for index, (begin, end) in enumerate(spans):
        for match in MARKER_INSIDE.finditer(title, begin + 1, end) if _is_short((begin, end)) else ():
            if marks := marks_of(title[match.start() : end], kind):
                at = match.start()
                return [*segments[:index], Segment(begin, at), Segment(at, end, marks), *segments[index + 1 :]]
    return segments


def _is_short(span: tuple[int, int]) -> bool:
    return span[1] - span[0] <= LONGEST


def _without_names(title: str, kind: str, segments: Sequence[Segment], prefix: Prefix | None) -> list[Segment]:
    """Return the segments without the marks of those that are part of a name.

    Markers that lead count. After other text, an explicit marker counts if it is the first of its kind, and a weak one
    in an episode's title only if no marker precedes the text, which may belong to the series' name, and more follows.
    """
    result = []
    seen = {OWN_NAME} if prefix and (prefix.marks or prefix.has_markers) else set()
    in_name = False
    for place, segment in enumerate(segments):
        marks: list[Mark] = []
        for counts, number in segment.marks:  # `Chapter 4` after another marker is an episode marker
            is_episode = counts == CHAPTER and kind == EPISODE and (seen or marks)
            marks.append((EPISODE if is_episode else counts, number))
        explicit = {counts for counts, _ in marks} & EXPLICIT
        weak_counts = not explicit and (kind != EPISODE or not (seen or place == len(segments) - 1))
        if marks and (not in_name or explicit - seen or weak_counts):
            seen.update(counts for counts, _ in marks)
            in_name = False
        else:
            marks = []
            in_name = in_name or prefix is not None or bool(seen) or (place > 0 and _is_quoted(title, segment))
        result.append(segment._replace(marks=tuple(marks)))
    return result


def _is_quoted(title: str, segment: Segment) -> bool:
    return QUOTED.fullmatch(title, segment.begin, segment.end) is not None


def _numbers(kind: str, marks: Iterable[Mark]) -> Reading:
    """Return a reading with the numbers of these marks."""
    explicit: dict[str, int | None] = {}
    weak: list[Mark] = []
    for counts, number in marks:
        if counts in EXPLICIT:
            explicit[counts] = number if explicit.get(counts) is None else explicit[counts]
        elif counts not in (PART, CHAPTER) or EPISODE not in explicit:
            weak.append((counts, number))
    seasons = [] if SEASON in explicit else [mark for mark in weak if mark[0] in WEAK_SEASONS[kind]]
    # In episodes, `Part 2` is a volume only in front of an episode marker.
    is_part = kind == EPISODE and EPISODE not in explicit
    episodes = [mark for mark in weak if is_part and mark[0] in (PART, CHAPTER)]
    volumes = [mark for mark in weak if mark[0] != OWN_NAME and mark not in episodes]
    return Reading(
        season=explicit.get(SEASON),
        weak_season=_first(seasons),
        volume=_first([mark for mark in volumes if mark not in seasons[:1]] or volumes),
        episode=explicit.get(EPISODE),
        weak_episode=_first(episodes),
        disc=explicit.get(DISC),
    )


def _first(marks: Sequence[Mark]) -> int | None:
    return marks[0][1] if marks else None


def _name(title: str, segments: Sequence[Segment], prefix: Prefix | None) -> str | None:
    """Return the part's own name: the text after the last marker, or before an episode marker that is the only one.

    If the series' name is not known, only text after a marker or in quotes is a name.
    """
    places = [place for place, segment in enumerate(segments) if segment.marks]
    if places:
        own = segments[places[-1] + 1 :]
        is_episode = all(counts == EPISODE for segment in segments for counts, _ in segment.marks)
        if not own and is_episode and prefix and not (prefix.marks or prefix.has_markers):
            own = [
                segment for segment in segments[: places[0]] if not YEAR.fullmatch(title, segment.begin, segment.end)
            ]
    else:
        own = segments if prefix else list(dropwhile(lambda segment: not _is_quoted(title, segment), segments[1:]))
    text = title[own[0].begin : own[-1].end].strip(EDGES) if own else ""
    quoted = QUOTED.fullmatch(text)
    return (quoted[quoted.lastindex or 0].strip() if quoted else text) or None

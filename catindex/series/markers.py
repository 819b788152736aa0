"""Reads the title of a season, episode or disc: its numbers, and the part's own name (format.md, "Title text").

A title consists of segments between colons, the series' name first. The corpus ``tests/corpus/titles.tsv`` lists what
is read from which title.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.keys import EPISODE, SEASON
from catindex.series.layout import WEAK_SEASONS, lay_out
from catindex.series.prefixes import DASHES, EDGES, after_name, fold, longest_first
from catindex.series.words import (
    LONGEST,
    MARKER_INSIDE,
    NUMBER_ALONE,
    OWN_NAME,
    QUOTED,
    SEASON_TITLE,
    SEGMENT,
    TEXT,
    TEXTS,
    Marks,
    marks_of,
    read_number,
    read_word,
    segment_of,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

GREATEST_AFTER_NAME = 99  # `Stranger Things 2` is a season, `Battlestar Galactica 1980` has a year
SEPARATORS = f"{EDGES}{DASHES},;(["  # characters between a name and a marker


class Prefix(NamedTuple):
    """A known name at the front of a title: its end, where to read on, and the marks at its end.

    The marks are the number right after the series' name, or `SEASON_TITLE` for a season's title with a marker.
    """

    end: int
    start: int
    marks: Marks = ()


class Reading(NamedTuple):
    """The numbers and names in one title; None for each that it does not have.

    ``season``, ``episode`` and ``disc`` come from explicit markers; ``weak_season`` and ``weak_episode`` come from weak
    ones, in titles without the explicit one. ``volume`` orders the volumes of one season: 2 in `Season 1: Vol. 2`, and
    in `Vol. 2`, where it is the weak season as well. ``series_name`` is the text in front of the first marker.
    If ``ends_in_marker`` is set, what looks like a name may be the title of a season: `Top Gear: Winter: Episode 3`.
    """

    series_name: str | None = None
    season: int | None = None  # 0 for specials
    weak_season: int | None = None
    volume: int | None = None
    episode: int | None = None
    weak_episode: int | None = None
    disc: int | None = None
    name: str | None = None  # the part's own, without quotes around it
    ends_in_marker: bool = False


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
    prefixes: list[Prefix | None] = [*_series_prefixes(title, kind, series_names)]
    prefix, reading = None, NOTHING
    for prefix in prefixes or [None]:
        reading = _read(title, kind, prefix)
        if kind != EPISODE or _identifies_episode(reading):
            break
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
        gap = again = after_name(title, 0, name)
        if gap is None:
            continue
        if gap["bare"] is None:  # the name may come again with a number: `Stranger Things: Stranger Things 2`
            is_marker = marks_of(_next_segment(title, gap.end()), kind)  # of a series called `Book`
            again = None if is_marker else after_name(title, gap.end(), name)
        bare = _after_bare_name(title, again.end(), kind) if again and again["bare"] is not None else None
        if bare or gap["bare"] is None:
            yield Prefix(gap.start(), *(bare or (gap.end(),)))


def _after_bare_name(title: str, start: int, kind: str) -> tuple[int, Marks] | None:
    """Return where to read on after a name and white space, and a number there; None if the name goes on."""
    text = _next_segment(title, start)
    if not NUMBER_ALONE.fullmatch(text):
        return (start, ()) if marks_of(text, kind) else None
    number, end = read_word(text), start + len(text)
    is_name = kind == EPISODE and not title[end:].strip(EDGES)  # an episode may be called `Stranger Things 2`
    return None if number is None or number > GREATEST_AFTER_NAME or is_name else (end, ((OWN_NAME, number),))


def _next_segment(title: str, start: int) -> str:
    segment = SEGMENT.match(title, start, start + LONGEST)
    return segment[0].rstrip() if segment else ""


def _read_in_season(title: str, gap: re.Match[str], reading: Reading) -> Reading:
    """Return the reading of an episode's title that begins with its season's title; ``reading`` is without that.

    Without a name or an episode number after the season's title, the title is read like any other: it must be possible
    to find the same name or a number again if the season is missing.
    """
    if gap["bare"] is not None and not marks_of(_next_segment(title, gap.end()), EPISODE):
        return reading
    has_markers = not (reading.season is reading.weak_season is reading.volume is None)
    inside = _read(title, EPISODE, Prefix(gap.start(), gap.end(), ((SEASON_TITLE, None),) if has_markers else ()))
    if not _identifies_episode(inside) or not (inside.name or reading.ends_in_marker):
        return reading
    # An episode marker in the season's title counts only if no other source has a number.
    has_number = inside.episode is not None or inside.weak_episode is not None
    weak = inside.weak_episode if has_number else reading.episode
    return reading._replace(episode=inside.episode, weak_episode=weak, name=inside.name)


def _identifies_episode(reading: Reading) -> bool:
    return bool(reading.name) or reading.episode is not None or reading.weak_episode is not None


def _read(title: str, kind: str, prefix: Prefix | None) -> Reading:
    """Read a title after its prefix; None if the series' name is not known."""
    start = prefix.start if prefix else 0
    spans = [match.span() for match in SEGMENT.finditer(title, start, start + LONGEST)]
    if spans and len(title) > start + LONGEST:
        spans[-1] = (spans[-1][0], len(title))
    segments = [segment_of(title[begin:end], kind) for begin, end in spans]
    if prefix is None and len(segments) > 1 and segments[0][0][0] not in TEXTS:
        segments[0] = ((TEXT, None),)  # the series' name, whatever it looks like
    if kind != EPISODE and not (prefix and prefix.marks) and all(marks[0][0] in TEXTS for marks in segments):
        _split_before_marker(title, kind, spans, segments)
    layout = lay_out(kind, prefix.marks if prefix else None, tuple(segments))
    name = title[spans[layout.name[0]][0] : spans[layout.name[1]][1]].strip(EDGES) if layout.name else ""
    name = "" if name.isdecimal() else name  # `Show: 23` is a number, not a name
    quoted = QUOTED.fullmatch(name)
    marker = 0 if layout.marker is None else spans[layout.marker][0]
    series_end = prefix.end if prefix and prefix.marks else marker
    return Reading(
        title[:series_end].strip(EDGES).rstrip(SEPARATORS) or None,
        *layout.numbers,
        (quoted[quoted.lastindex or 0].strip() if quoted else name) or None,
        bool(segments) and segments[-1][0][0] not in TEXTS,
    )


def _split_before_marker(title: str, kind: str, spans: list[tuple[int, int]], segments: list[Marks]) -> None:
    """Split the first segment that ends with a marker, as in a season's or disc's title `Lost, Season 1`."""
    for place, (begin, end) in enumerate(spans):
        for match in MARKER_INSIDE.finditer(title, begin + 1, end) if end - begin <= LONGEST else ():
            at = match.start()
            if marks := marks_of(title[at:end], kind):
                spans[place : place + 1] = [(begin, at), (at, end)]
                segments[place : place + 1] = [((TEXT, None),), marks]
                return

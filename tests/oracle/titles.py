"""Rules of the contract for the text of titles: prefixes, markers, and an episode's own name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

SEPARATOR = ": "
GREATEST_NUMBER = 9999
_ORDINALS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Fifth": 5}
_FIXED = {"Limited Series": 1, "Mini-Series": 1, "Specials": 0} | {f"{word} Season": n for word, n in _ORDINALS.items()}
_NUMBERED = {
    "season": r"(?:Season|Series) (\d+)",
    "volume": r"(?:Vol\.|Volume) (\d+)",
    "part": r"Part (\d+)",
    "book": r"Book (\d+)",
    "chapter": r"Chapter (\d+)",
    "collection": r"Collection (\d+)",
    "episode": r"(?:Episode |Ep |E)(\d+)",
    "disc": r"Disc (\d+)",
}


class Marker(NamedTuple):
    """A segment of a title that holds a number. ``counts`` is the kind of thing that it numbers."""

    counts: str
    number: int | None


def plain_number(text: str) -> int | None:
    """Return the number that a text consists of.

    "A range, or a number over 9999, is not a number."
    """
    number = int(text) if re.fullmatch(r"\d+", text) else None
    return None if number is None or number > GREATEST_NUMBER else number


def segments_of(title: str) -> list[str]:
    """Return the segments of a title, which colons separate."""
    return title.split(SEPARATOR)


def marker(segment: str) -> Marker | None:
    """Return the marker that a segment consists of, explicit or weak."""
    if segment in _FIXED:
        return Marker("season", _FIXED[segment])
    for counts, pattern in _NUMBERED.items():
        if match := re.fullmatch(pattern, segment):
            return Marker(counts, plain_number(match[1]))
    return None


def markers(segments: Collection[str]) -> list[Marker]:
    """Return the markers among the segments of a title, in order."""
    return [found for segment in segments if (found := marker(segment))]


def first_number(segments: Collection[str], *counts: str) -> int | None:
    """Return the number of the first marker that counts one of these."""
    return next((m.number for m in markers(segments) if m.counts in counts and m.number is not None), None)


def begins_with(title: str, prefix: str) -> bool:
    """Return whether a title is this prefix, or has it in front of a colon."""
    return f"{title}{SEPARATOR}".startswith(f"{prefix}{SEPARATOR}")


def after(title: str, prefixes: Collection[str]) -> list[str]:
    """Return the segments of a title after its prefix.

    "The longest known prefix is removed from the title."
    """
    longest = max((prefix for prefix in prefixes if begins_with(title, prefix)), key=len, default=None)
    rest = title if longest is None else title[len(longest) + len(SEPARATOR) :]
    return segments_of(rest) if rest else []


def up_to_first_marker(title: str) -> str:
    """Return the name of a series from the title of a part.

    "… the titles of its seasons, else of its discs and episodes, up to the first marker."
    """
    segments = segments_of(title)
    end = next((i for i, segment in enumerate(segments) if marker(segment)), len(segments))
    return SEPARATOR.join(segments[:end])


def number_after_name(title: str, names: Collection[str]) -> int | None:
    """Return the number in a title like "Stranger Things 2" or "Stranger Things: Stranger Things 2".

    "The series' own name followed by a number from 1 to 99."
    """
    for name in names:
        for text in (title, title.removeprefix(f"{name}{SEPARATOR}")):
            if (match := re.fullmatch(re.escape(name) + r" (\d+)", text)) and 1 <= int(match[1]) <= 99:
                return int(match[1])
    return None


def lone_year(title: str, names: Collection[str]) -> int | None:
    """Return the year in a title like "Top Gear: 2011".

    "A lone year."
    """
    rest = after(title, names)
    return int(rest[0]) if len(rest) == 1 and re.fullmatch(r"(19|20)\d\d", rest[0]) else None


def own_name(title: str, prefixes: Collection[str]) -> str | None:
    """Return an episode's own name.

    "The longest known prefix is removed from the title, then the markers that lead what is left. If only a number
    remains, there is no name. Text between two markers belongs to the season, not to the name."
    """
    rest = after(title, prefixes)
    marked = [i for i, segment in enumerate(rest) if marker(segment)]
    name = SEPARATOR.join(rest[marked[-1] + 1 :] if marked else rest)
    return None if not name or name.isdigit() else name

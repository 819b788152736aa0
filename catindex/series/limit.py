"""Breaks up a series with very many episodes into several titles (``--series-limit``).

The announcement ("New Series Model"): a series with a particularly large number of titles, more than 200, may be broken
up into more than one title, for instance organized by decade.

Seasons are never divided. A season belongs to the decade of its first year. If a season with episodes has no year, and
within a decade that alone has too many episodes, runs of whole seasons take the place of decades. Specials (season 0)
without a year go to the first title, parts with neither season nor year to the last one.

A series of a single decade or season gets the suffix, too, although it stays one title. A file of one medium lacks the
years of the other medium's parts, and without a suffix a second run on it could break up the title after all.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.elements import attributes, drop, drop_from, text
from catindex.rules.formats import MEDIA, MEDIUM_OF_FORMAT, availabilities, media_of_part, named_formats, terms_of
from catindex.rules.keys import DASH, DISC, EPISODE, SEASON, id_of, is_stretch
from catindex.rules.structure import FAMILY_SLOTS, Record, Slot
from catindex.series.availability import inherit
from catindex.series.episodes import set_address
from catindex.series.family import Family
from catindex.series.relations import identities, unknown_children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from catindex.series.family import Part

_YEAR = re.compile(r"\s*([1-9][0-9]{3})\s*")


@dataclass(slots=True)
class _Block:
    """Parts that stay together: a season with its episodes and discs, or a part whose season has no number."""

    season: int | None
    parts: list[Part] = field(default_factory=list)

    @property
    def episodes(self) -> int:
        """The number of episodes."""
        return sum(part.kind == EPISODE for part in self.parts)

    @property
    def year(self) -> int | None:
        """The first year of its parts. The year of a disc is that of its release, so discs do not count."""
        years = (_YEAR.fullmatch(text(part.element, "release_year") or "") for part in self.parts if part.kind != DISC)
        return min((int(match[1]) for match in years if match), default=None)


class _Stretch(NamedTuple):
    """The blocks of one title, and the suffixes of its id and its name."""

    suffix: str
    label: str
    blocks: list[_Block]

    @property
    def parts(self) -> set[Part]:
        """The parts in its blocks."""
        return {part for block in self.blocks for part in block.parts}


def break_up(family: Family, limit: int) -> list[Family]:
    """Break up a series with more episodes than the limit. One with neither years nor seasons stays as it is.

    The parts have their numbers and what they inherit. The series' own record, whose lists are empty, is copied for
    each title, without formats of a medium that parts of other titles are available in, but none of its own.
    """
    if is_stretch(family.key) or not is_too_long(family, limit) or not id_of(family.series.element):
        return [family]
    stretches = _stretches(_blocks(family), limit)
    if len(stretches) > 1:
        inherit(family)  # a part that goes where its series goes may go elsewhere than the title that it comes to
    reached = [_media(stretch.parts) for stretch in stretches]
    nowhere = set(MEDIA).difference(*reached)
    return [_family(family, stretch, media | nowhere) for stretch, media in zip(stretches, reached, strict=True)]


def is_too_long(family: Family, limit: int) -> bool:
    """Return whether a series has more episodes than the limit."""
    return len(family.of_kind(EPISODE)) > limit


def _blocks(family: Family) -> list[_Block]:
    """Return the blocks by season, then those without a number in the order in which they were met.

    Only the season number counts, not a link: when the result is read again, only the number is left.
    """
    blocks: dict[object, _Block] = {}
    for part in family.parts:
        owner = part if part.season_number is None else part.season_number
        blocks.setdefault(owner, _Block(part.season_number)).parts.append(part)
    return sorted(blocks.values(), key=lambda block: (block.season is None, block.season or 0))


def _stretches(blocks: Sequence[_Block], limit: int) -> list[_Stretch]:
    decades = _by_decade(blocks)
    if not decades:
        return _runs(blocks, limit)
    stretches = []
    for decade, found in sorted(decades.items()):
        whole = _Stretch(f"#{decade}s", f" ({decade}s)", found)
        runs = _runs(found, limit) if sum(block.episodes for block in found) > limit else []
        stretches += runs if len(runs) > 1 else [whole]
    return stretches


def _by_decade(blocks: Sequence[_Block]) -> dict[int, list[_Block]]:
    """Return the blocks of each decade; nothing if a season with episodes has no year."""
    years = [block.year for block in blocks]
    known = [year for year in years if year is not None]
    without_year = [block for block, year in zip(blocks, years, strict=True) if year is None and block.season]
    decades: dict[int, list[_Block]] = {}
    if not known or any(block.episodes for block in without_year):
        return decades
    last = known[0]
    for block, year in zip(blocks, years, strict=True):
        last = year or (last if block.season is not None else max(known))
        decades.setdefault(last // 10 * 10, []).append(block)
    return decades


def _runs(blocks: Sequence[_Block], limit: int) -> list[_Stretch]:
    """Return runs of whole seasons within the limit. A season with more episodes is a run of its own."""
    numbered = [block for block in blocks if block.season is not None]
    runs: list[list[_Block]] = []
    room = 0
    for block in numbered:
        if not runs or block.episodes > room:
            runs.append([])
            room = limit
        runs[-1].append(block)
        room -= block.episodes
    named = [_run(run) for run in runs] or [_Stretch("", "", [])]
    named[-1].blocks.extend(block for block in blocks if block.season is None)
    return named


def _run(blocks: list[_Block]) -> _Stretch:
    begin, end = blocks[0].season, blocks[-1].season
    label = f"Season {begin}" if begin == end else f"Seasons {begin}{DASH}{end}"
    return _Stretch(f"#seasons-{begin}-{end}", f" ({label})", blocks)


def _media(parts: Iterable[Part]) -> set[str]:
    """Return the media that any of these parts is available in. A part without format information may be in all."""
    found: set[str] = set()
    for part in parts:
        media = media_of_part(part.kind, terms_of(part.record))
        found.update(MEDIA if media is None else media)
    return found


def _family(family: Family, stretch: _Stretch, media: Collection[str]) -> Family:
    series = Record(deepcopy(family.series.element))
    set_address(series, id_of(series.element) + stretch.suffix)
    for title in series.children(Slot.TITLE):
        for name, value in attributes(title).items():
            title.set(name, f"{value}{stretch.label}")
    _keep_formats(series, media)
    parts = stretch.parts
    own = [part for part in family.parts if part in parts]
    _forget_others(own)
    return Family(family.key + stretch.suffix, series, family.synthesized, own)


def _forget_others(parts: Sequence[Part]) -> None:
    """Remove parts of other stretches from the lists of seasons and discs: a title lists only its own parts."""
    known = identities((part.key, part.kind, part.name) for part in parts)
    for part in parts:
        if part.kind in (SEASON, DISC):
            for entry in unknown_children(part.element, part.kind, known):
                drop_from(entry.element, part.element)
            part.record.forget(FAMILY_SLOTS)


def _keep_formats(series: Record, media: Collection[str]) -> None:
    """Remove formats of other media from a series."""
    for availability in availabilities(series) or ():
        formats = named_formats(availability)
        others = [each for each in formats if MEDIUM_OF_FORMAT.get(each.term, MEDIA[0]) not in media]
        for each in others:
            drop(each.category)
        if others and len(others) == len(formats):
            drop(availability)

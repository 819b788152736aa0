"""A series of very many episodes as several titles.

The announcement ("New Series Model"): a series with a particularly large number of titles, more than 200, may be broken
up into more than one title, for instance organized by decade.

Seasons are never divided, so that every part is in one title. A season belongs to the decade of its first year. Where a
season with episodes tells no year, and within a decade that alone has too many episodes, runs of whole seasons take the
place of decades. Specials (season 0) without a year go with the first, what has neither season nor year with the last.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.formats import MEDIA, media_of_part
from catindex.rules.keys import DASH, DISC, EPISODE, SEASON, is_stretch
from catindex.series.family import Family

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from catindex.series.family import Part

_YEAR = re.compile(r"\s*([1-9][0-9]{3})\s*")


@dataclass(slots=True)
class _Block:
    """What is never divided: a season with its episodes and discs, or a part whose season has no number."""

    season: int | None
    parts: list[Part] = field(default_factory=list)

    @property
    def episodes(self) -> int:
        return sum(part.kind == EPISODE for part in self.parts)

    @property
    def year(self) -> int | None:
        """The first year that it tells; that of a disc may be the year of its release."""
        told = (part.record.texts.get("release_year") for part in self.parts if part.kind != DISC)
        years = (_YEAR.fullmatch(text or "") for text in told)
        return min((int(year[1]) for year in years if year), default=None)


class _Stretch(NamedTuple):
    """Some blocks that make a title: what its id and its name have behind those of the series."""

    suffix: str
    label: str
    blocks: list[_Block]

    @property
    def parts(self) -> set[Part]:
        return {part for block in self.blocks for part in block.parts}


def break_up(family: Family, limit: int) -> list[Family]:
    """Break a series with more episodes than the limit up into several; give it alone where that cannot be.

    The parts have their numbers and what they inherit. The series' own record, whose lists are empty, is copied for
    each, without formats of a medium that none of its parts, but some of another's, are available in.
    """
    if is_stretch(family.key) or not too_long(family, limit) or not family.series.id:
        return [family]
    stretches = _stretches(_blocks(family), limit)
    if len(stretches) == 1:
        return [family]
    reached = [_media(stretch.parts) for stretch in stretches]
    nowhere = set(MEDIA).difference(*reached)
    return [_family(family, stretch, media | nowhere) for stretch, media in zip(stretches, reached, strict=True)]


def too_long(family: Family, limit: int) -> bool:
    """Whether a series has more episodes than the limit."""
    return len(family.of_kind(EPISODE)) > limit


def _blocks(family: Family) -> list[_Block]:
    """Give the blocks by season, behind them those without a number in the order in which they were met.

    Only the number tells the season, not a link, for only the number is still there when the result is read again.
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
    """Give the blocks of each decade; none where a season with episodes tells no year."""
    years = [block.year for block in blocks]
    told = [year for year in years if year is not None]
    untold = [block for block, year in zip(blocks, years, strict=True) if year is None and block.season]
    decades: dict[int, list[_Block]] = {}
    if not told or any(block.episodes for block in untold):
        return decades
    last = told[0]
    for block, year in zip(blocks, years, strict=True):
        last = year or (last if block.season is not None else max(told))
        decades.setdefault(last // 10 * 10, []).append(block)
    return decades


def _runs(blocks: Sequence[_Block], limit: int) -> list[_Stretch]:
    """Give runs of whole seasons of no more episodes than the limit; a season that has more is a run by itself."""
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
    """Tell the media that any of these parts is available in; one that says nothing may be in all."""
    told = ((part.kind, part.record.terms) for part in parts)
    return set[str]().union(*(MEDIA if terms is None else media_of_part(kind, terms) for kind, terms in told))


def _family(family: Family, stretch: _Stretch, media: Collection[str]) -> Family:
    series = deepcopy(family.series)
    series.move(series.id + stretch.suffix)
    series.rename(stretch.label)
    for availability in list(series.change_formats()):
        if not availability.leave_out(set(MEDIA).difference(media)):
            series.withdraw(availability)
    parts = stretch.parts
    own = [part for part in family.parts if part in parts]
    _forget_others(own)
    return Family(family.key + stretch.suffix, series, family.synthesized, own)


def _forget_others(parts: Sequence[Part]) -> None:
    """Take out of the lists of seasons and discs what is a part of another stretch: a title lists only what it has."""
    known = {part.key for part in parts} | {(part.kind, part.name) for part in parts}
    for part in parts:
        if part.kind in (SEASON, DISC):
            for entry in part.record.children(part.kind):
                entry.dropped = (entry.relative.key or (entry.relative.kind, entry.relative.name)) not in known

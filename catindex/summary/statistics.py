"""Counts over titles, one title after the other: memory holds counters only."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import MEDIA
from catindex.rules.keys import DISC, EPISODE, MOVIE, OTHER, SEASON, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catindex.model import Format, Title

#: The kinds in the order in which people name them.
KINDS = (MOVIE, SERIES, SEASON, EPISODE, DISC, OTHER)

#: The known formats, in lower case -> as people write them.
FORMATS = {"instant": "instant", "dvd": "DVD", "blu-ray": "Blu-ray"}

#: The combination of formats of a title that has none.
NO_FORMAT = "none"

#: The fields of a title that one misses where they are empty.
FIELDS = (
    *("title", "release_year", "genres", "ratings", "average_rating", "runtime", "synopsis", "short_synopsis"),
    *("box_art", "cast", "directors", "formats", "web_page", "updated"),
)

#: What is counted of each month: ``MEDIUM_from`` and ``MEDIUM_until``.
MONTHLY = tuple(f"{medium}_{end}" for medium in MEDIA for end in ("from", "until"))

#: How many of the genres and of the series are told by name.
MOST = 20

_Size = tuple[int, int, int, int]


@dataclass(slots=True)
class Window:
    """When the titles of a medium are available: ``earliest`` and ``latest`` in Unix seconds, None if never told."""

    titles: int = 0
    earliest: int | None = None
    latest: int | None = None
    without_end: int = 0

    def add(self, formats: Iterable[Format]) -> None:
        """Count a title by its formats in this medium; nothing where there are none."""
        formats = list(formats)
        begins = [offer.available_from for offer in formats if offer.available_from is not None]
        ends = [offer.available_until for offer in formats if offer.available_until is not None]
        self.titles += bool(formats)
        self.without_end += len(ends) < len(formats)
        self.earliest = min((begin for begin in (self.earliest, *begins) if begin is not None), default=None)
        self.latest = max((end for end in (self.latest, *ends) if end is not None), default=None)

    def as_dict(self) -> dict[str, Any]:
        """Give it for JSON, dates as ISO 8601."""
        return {
            "titles": self.titles,
            "earliest": _iso(self.earliest),
            "latest": _iso(self.latest),
            "without_end": self.without_end,
        }


@dataclass(slots=True)
class Statistics:
    """Everything that is counted. `add` takes titles, `as_dict` gives the result."""

    kinds: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    combinations: Counter[str] = field(default_factory=Counter)
    windows: dict[str, Window] = field(default_factory=lambda: {name: Window() for name in ("all", *MEDIA)})
    months: dict[str, Counter[str]] = field(default_factory=dict)
    years: dict[int | None, Counter[str]] = field(default_factory=dict)
    genres: Counter[str] = field(default_factory=Counter)
    ratings: dict[str, Counter[str]] = field(default_factory=dict)
    external_ids: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    unnumbered: Counter[str] = field(default_factory=Counter)
    seasons: Counter[int] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    _largest: list[tuple[_Size, dict[str, Any]]] = field(default_factory=list)

    def add(self, title: Title) -> None:
        """Count a title, with the parts in it."""
        self.kinds[title.kind] += 1
        names = sorted({FORMATS.get(offer.format.lower(), offer.format) for offer in title.formats}, key=_format_order)
        self.formats.update(names)
        self.combinations[" + ".join(names) or NO_FORMAT] += 1
        self._add_dates(title.formats)
        self.years.setdefault(title.release_year, Counter()).update(["titles", *names])
        self.genres.update(set(title.genres))
        for rating in set(title.ratings):
            self.ratings.setdefault(rating.system, Counter())[rating.value] += 1
        parts = (title.seasons, title.episodes, title.discs)
        for one in chain([title], *parts):
            self.external_ids.update(external.source for external in one.external_ids)
        self.missing.update(name for name in FIELDS if _is_missing(getattr(title, name)))
        if title.kind == SERIES:
            self._add_series(title)

    def _add_dates(self, formats: tuple[Format, ...]) -> None:
        self.windows["all"].add(formats)
        for medium in MEDIA:
            offers = [offer for offer in formats if offer.medium == medium]
            if offers:
                self.windows[medium].add(offers)
                window = Window()
                window.add(offers)
                self._add_month(window.earliest, f"{medium}_from")
                self._add_month(None if window.without_end else window.latest, f"{medium}_until")

    def _add_month(self, date: int | None, name: str) -> None:
        if date is not None and (month := _month(date // 86400)):
            self.months.setdefault(month, Counter())[name] += 1

    def _add_series(self, series: Title) -> None:
        size = len(series.episodes), len(series.seasons), len(series.discs)
        self.parts.update({EPISODE: size[0], SEASON: size[1], DISC: size[2]})
        self.unnumbered.update(
            {
                SEASON: sum(part.season_number is None for part in series.seasons),
                EPISODE: sum(part.episode_number is None for part in series.episodes),
                DISC: sum(part.disc_number is None for part in series.discs),
            }
        )
        self.seasons[size[1]] += 1
        told = dict(zip(("episodes", "seasons", "discs"), size, strict=True))
        entry = (*size, -self.kinds[SERIES]), {"key": series.key, "title": series.title} | told
        (heapq.heappush if len(self._largest) < MOST else heapq.heappushpop)(self._largest, entry)

    def as_dict(self) -> dict[str, Any]:
        """Give all counts for JSON: every name is always there, and counts stand in a fixed order."""
        total = self.kinds.total()
        years = dict(sorted(_known(self.years).items()))
        return {
            "titles": {
                "total": total,
                "by_kind": {kind: self.kinds[kind] for kind in KINDS},
                "by_format": dict.fromkeys(FORMATS.values(), 0) | _falling(self.formats),
                "by_combination": _falling(self.combinations),
            },
            "availability": {
                **self.windows["all"].as_dict(),
                **{medium: self.windows[medium].as_dict() for medium in MEDIA},
                "by_month": {
                    month: {name: counts[name] for name in MONTHLY} for month, counts in sorted(self.months.items())
                },
            },
            "release_years": {
                "earliest": min(years, default=None),
                "latest": max(years, default=None),
                "unknown": self.years[None]["titles"] if None in self.years else 0,
                "by_year": {
                    str(year): {name: counts[name] for name in ("titles", *FORMATS.values())}
                    for year, counts in years.items()
                },
            },
            "genres": {"distinct": len(self.genres), "top": _falling(self.genres, MOST)},
            "ratings": {system: _falling(counts) for system, counts in sorted(self.ratings.items())},
            "external_ids": _falling(self.external_ids),
            "series": {
                "total": self.kinds[SERIES],
                **{f"{kind}s": self.parts[kind] for kind in (SEASON, EPISODE, DISC)},
                "parts_alone": sum(self.kinds[kind] for kind in (SEASON, EPISODE, DISC)),
                "unnumbered": {f"{kind}s": self.unnumbered[kind] for kind in (SEASON, EPISODE, DISC)},
                "by_seasons": {str(seasons): count for seasons, count in sorted(self.seasons.items())},
                "largest": [entry for _, entry in sorted(self._largest, key=_size, reverse=True)],
            },
            "missing": {name: self.missing[name] for name in FIELDS},
        }


def _format_order(name: str) -> tuple[int, str]:
    """Order formats as `FORMATS` does, what is unknown behind."""
    names = list(FORMATS.values())
    return names.index(name) if name in names else len(names), name


def _size(entry: tuple[_Size, dict[str, Any]]) -> _Size:
    return entry[0]


def _is_missing(value: object) -> bool:
    return not value and value != 0


def _known(years: Mapping[int | None, Counter[str]]) -> dict[int, Counter[str]]:
    return {year: counts for year, counts in years.items() if year is not None}


def _falling(counts: Counter[str], most: int | None = None) -> dict[str, int]:
    """Give the counts by name, the largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def _date(seconds: int) -> datetime | None:
    """Give a date, None for a number that is none."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None


def _iso(seconds: int | None) -> str | None:
    date = None if seconds is None else _date(seconds)
    return f"{date:%Y-%m-%dT%H:%M:%SZ}" if date else None


@lru_cache(maxsize=1 << 16)
def _month(day: int) -> str | None:
    """Give the month of a day, which is counted from 1970."""
    date = _date(day * 86400)
    return f"{date.year:04}-{date.month:02}" if date else None

"""Counts titles one at a time; only the counters stay in memory."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import MEDIA
from catindex.rules.keys import DISC, EPISODE, KINDS, SEASON, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.model import Format, Title

#: The known formats: lower case -> the usual spelling.
FORMATS = {"instant": "instant", "dvd": "DVD", "blu-ray": "Blu-ray"}

#: The combination of formats of a title without formats.
NO_FORMAT = "none"

#: The fields for which titles without a value are counted.
FIELDS = (
    *("title", "release_year", "genres", "ratings", "average_rating", "runtime", "synopsis", "short_synopsis"),
    *("box_art", "cast", "directors", "formats", "web_page", "updated"),
)

#: The counters of a month: ``MEDIUM_from`` and ``MEDIUM_until``.
MONTHLY = tuple(f"{medium}_{end}" for medium in MEDIA for end in ("from", "until"))

#: How many genres and series are listed by name.
MOST = 20

#: 9999-12-31T23:59:59Z, the last second that has a date.
_LAST_SECOND = 253402300799

_Size = tuple[int, int, int, int]


@dataclass(slots=True)
class Span:
    """The earliest and the latest of some moments in Unix seconds. Both are None before the first moment."""

    earliest: int | None = None
    latest: int | None = None

    def add(self, moments: Iterable[int | None]) -> None:
        """Extend the span to moments; None and numbers beyond the year 9999 are ignored."""
        for moment in moments:
            if moment is not None and moment <= _LAST_SECOND:
                self.earliest = moment if self.earliest is None else min(moment, self.earliest)
                self.latest = moment if self.latest is None else max(moment, self.latest)

    def as_dict(self) -> dict[str, Any]:
        """Return the span for JSON, with dates in ISO 8601."""
        return {"earliest": _iso(self.earliest), "latest": _iso(self.latest)}


@dataclass(slots=True)
class Window:
    """When the titles of a medium are available: the first start and the last end, in Unix seconds."""

    titles: int = 0
    starts: Span = field(default_factory=Span)
    ends: Span = field(default_factory=Span)
    without_end: int = 0

    def add(self, formats: Iterable[Format]) -> None:
        """Count a title by its formats in this medium; a title without any is not counted."""
        formats = list(formats)
        self.titles += bool(formats)
        self.without_end += any(offer.available_until is None for offer in formats)
        self.starts.add(offer.available_from for offer in formats)
        self.ends.add(offer.available_until for offer in formats)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts for JSON, with dates in ISO 8601."""
        return {
            "titles": self.titles,
            "earliest": _iso(self.starts.earliest),
            "latest": _iso(self.ends.latest),
            "without_end": self.without_end,
        }


@dataclass(slots=True)
class Statistics:
    """All counts. Call `add` with each title, then `as_dict` for the result."""

    kinds: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    combinations: Counter[str] = field(default_factory=Counter)
    windows: dict[str, Window] = field(default_factory=lambda: {name: Window() for name in ("all", *MEDIA)})
    months: dict[str, Counter[str]] = field(default_factory=dict)
    updated: Span = field(default_factory=Span)
    years: dict[int, Counter[str]] = field(default_factory=dict)
    genres: Counter[str] = field(default_factory=Counter)
    ratings: dict[str, Counter[str]] = field(default_factory=dict)
    external_ids: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    unnumbered: Counter[str] = field(default_factory=Counter)
    seasons: Counter[int] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    _largest: list[tuple[_Size, dict[str, Any]]] = field(default_factory=list)

    def add(self, title: Title) -> None:
        """Count a title and the parts in it."""
        self.kinds[title.kind] += 1
        names = sorted({FORMATS.get(offer.format.lower(), offer.format) for offer in title.formats}, key=_format_order)
        self.formats.update(names)
        self.combinations[" + ".join(names) or NO_FORMAT] += 1
        self._add_dates(title.formats)
        if title.release_year is not None:
            self.years.setdefault(title.release_year, Counter()).update(["titles", *names])
        self.genres.update(set(title.genres))
        for rating in set(title.ratings):
            self.ratings.setdefault(rating.system, Counter())[rating.value] += 1
        records = (title, *title.seasons, *title.episodes, *title.discs)
        self.updated.add(record.updated for record in records)
        for record in records:
            self.external_ids.update(external.source for external in record.external_ids)
        self.missing.update(name for name in FIELDS if getattr(title, name) in (None, "", (), {}))
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
                self._add_month(window.starts.earliest, f"{medium}_from")
                self._add_month(None if window.without_end else window.ends.latest, f"{medium}_until")

    def _add_month(self, moment: int | None, name: str) -> None:
        if moment is not None:
            self.months.setdefault(_month(moment // 86400), Counter())[name] += 1

    def _add_series(self, series: Title) -> None:
        size = len(series.episodes), series.season_count, len(series.discs)
        self.parts.update({EPISODE: size[0], SEASON: size[1], DISC: size[2]})
        self.unnumbered.update(
            {
                SEASON: sum(part.season_number is None for part in series.seasons),
                EPISODE: sum(part.episode_number is None for part in series.episodes),
                DISC: sum(part.disc_number is None for part in series.discs),
            }
        )
        self.seasons[series.season_count] += 1
        counts = dict(zip(("episodes", "seasons", "discs"), size, strict=True))
        # Among series of equal size, the first ones stay.
        entry = (*size, -self.kinds[SERIES]), {"key": series.key, "title": series.title} | counts
        (heapq.heappush if len(self._largest) < MOST else heapq.heappushpop)(self._largest, entry)

    def as_dict(self) -> dict[str, Any]:
        """Return all counts for JSON. Every name is always there, and the order is fixed."""
        total = self.kinds.total()
        return {
            "titles": {
                "total": total,
                "by_kind": {kind: self.kinds[kind] for kind in KINDS},
                "by_format": dict.fromkeys(FORMATS.values(), 0) | _most_frequent(self.formats),
                "by_combination": _most_frequent(self.combinations),
            },
            "updated": self.updated.as_dict(),
            "availability": {
                **self.windows["all"].as_dict(),
                **{medium: self.windows[medium].as_dict() for medium in MEDIA},
                "by_month": {
                    month: {name: counts[name] for name in MONTHLY} for month, counts in sorted(self.months.items())
                },
            },
            "release_years": {
                "earliest": min(self.years, default=None),
                "latest": max(self.years, default=None),
                "unknown": total - sum(counts["titles"] for counts in self.years.values()),
                "by_year": {
                    str(year): {name: counts[name] for name in ("titles", *FORMATS.values())}
                    for year, counts in sorted(self.years.items())
                },
            },
            "genres": {"distinct": len(self.genres), "top": _most_frequent(self.genres, MOST)},
            "ratings": {system: _most_frequent(counts) for system, counts in sorted(self.ratings.items())},
            "external_ids": _most_frequent(self.external_ids),
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
    """Sort the known formats as in `FORMATS`, unknown ones after them."""
    names = list(FORMATS.values())
    return names.index(name) if name in names else len(names), name


def _size(entry: tuple[_Size, dict[str, Any]]) -> _Size:
    return entry[0]


def _most_frequent(counts: Counter[str], most: int | None = None) -> dict[str, int]:
    """Return at most ``most`` of the counts: the largest first, and equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(maxsize=1 << 16)
def _month(day: int) -> str:
    """Return the month of a day, which is counted from 1970, as ``YYYY-MM``."""
    return f"{datetime.fromtimestamp(day * 86400, timezone.utc):%Y-%m}"

"""Builds the charts of the page from the statistics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import DVD, STREAMING
from catindex.summary import tables
from catindex.summary.vega import TRACK, count_bars, month_columns, share_bars, year_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catindex.summary.vega import Spec

    Info = Mapping[str, Any]

#: A format -> its colour in every chart; a medium -> its colour and its name in a legend. The rest is neutral.
FORMAT_COLOURS = {"instant": "var(--streaming)", "DVD": "var(--dvd)", "Blu-ray": "var(--blu-ray)"}
MEDIUM_COLOURS = {STREAMING: "var(--streaming)", DVD: "var(--disc)"}
MEDIUM_LEGEND = {STREAMING: "streaming", DVD: "disc (DVD or Blu-ray)"}

_MOST_YEARS, _MOST_MONTHS, _MOST_RATINGS = 120, 240, 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its Vega-Lite specification, its caption, its legend (names and colours), and its omissions."""

    spec: Spec
    caption: str = ""
    legend: Sequence[tuple[str, str]] = ()
    note: str = ""


def charts(info: Info) -> dict[str, list[Chart]]:
    """Return the charts by the name of the table that they show."""
    return {
        "formats": _formats(info),
        "years": _years(info),
        "months": _months(info),
        "genres": _shares(info, list(info["genres"]["top"].items()), "genre"),
        "largest": _largest(info),
        "ratings": _ratings(info),
        "missing": _shares(info, [(str(label), int(count)) for label, count in tables.of_missing(info).rows], "field"),
        "warnings": _warnings(info),
    }


def _shares(info: Info, bars: list[tuple[str, int]], what: str, note: str = "") -> list[Chart]:
    return [Chart(share_bars(bars, what, info["titles"]["total"], {}), note=note)] if bars else []


def _formats(info: Info) -> list[Chart]:
    titles = info["titles"]
    return [
        Chart(share_bars(list(titles[by].items()), what, titles["total"], colours), caption)
        for by, what, colours, caption in (
            ("by_format", "format", FORMAT_COLOURS, "Each format"),
            ("by_combination", "formats", {}, "Combinations of formats"),
        )
        if titles["total"]
    ]


def _ratings(info: Info) -> list[Chart]:
    rows = sorted(tables.of_ratings(info).rows, key=lambda row: -int(row[2]))
    bars = [(f"{value} ({system})", int(count)) for value, system, count in rows[:_MOST_RATINGS]]
    return _shares(info, bars, "rating", _not_shown(("less frequent ratings", len(rows) - len(bars))))


def _largest(info: Info) -> list[Chart]:
    bars = [
        (f"{name} ({seasons} season{'s' * (seasons != 1)})" if seasons else str(name), int(episodes))
        for name, episodes, seasons, _ in tables.of_largest(info).rows
    ]
    return [Chart(count_bars(bars, "series", "episodes"))] if bars else []


def _warnings(info: Info) -> list[Chart]:
    bars = [(str(label).partition(" (")[0], int(count)) for label, count, _ in tables.of_warnings(info).rows]
    return [Chart(count_bars(bars, "warning", "warnings"))] if bars else []


def _years(info: Info) -> list[Chart]:
    """Return a chart for each format, all with the same axes."""
    years = {int(year): counts for year, counts in info["release_years"]["by_year"].items()}
    if not years:
        return []
    totals = {year: counts["titles"] for year, counts in years.items()}
    shown, outside = window(totals, _MOST_YEARS)
    most = max(total for year, total in totals.items() if year in shown)
    unknown = info["release_years"]["unknown"]
    note = _not_shown(("titles without a release year", unknown), ("titles of other years", outside))
    drawn = []
    for name, colour in FORMAT_COLOURS.items():
        parts = {year: (counts[name], counts["titles"]) for year, counts in years.items()}
        legend = ((name, colour), ("all titles", TRACK))
        drawn.append(Chart(year_columns(parts, shown, most, name, colour), legend=legend))
    drawn[-1] = replace(drawn[-1], note=note)
    return drawn


def _months(info: Info) -> list[Chart]:
    months = {_number(month): counts for month, counts in info["availability"]["by_month"].items()}
    if not months:
        return []
    shown, outside = window({month: sum(counts.values()) for month, counts in months.items()}, _MOST_MONTHS)
    changes = [
        {
            "month": f"{month // 12:04}-{month % 12 + 1:02}",
            "medium": tables.MEDIUM_NAMES[medium],
            "change": change,
            "titles": counts[f"{medium}_{end}"],
            "sign": sign,
            "colour": MEDIUM_COLOURS[medium],
        }
        for month, counts in sorted(months.items())
        if month in shown
        for medium in MEDIUM_COLOURS
        for end, sign, change in (("from", 1, "become available"), ("until", -1, "expire"))
        if counts[f"{medium}_{end}"]
    ]
    legend = [(MEDIUM_LEGEND[medium], colour) for medium, colour in MEDIUM_COLOURS.items()]
    note = _not_shown(("starts and ends in other months", outside))
    caption = "Above the line: titles that become available. Below: titles that expire."
    return [Chart(month_columns(changes, shown), caption, legend, note)]


def _number(month: str) -> int:
    """Return the number of a month (``YYYY-MM``), counted from the year 0."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _not_shown(*counts: tuple[str, int]) -> str:
    parts = [f"{what} ({count:,})" for what, count in counts if count]
    return f"Not shown: {', '.join(parts)}." if parts else ""


def window(counts: Mapping[int, int], most: int) -> tuple[range, int]:
    """Return the run of at most ``most`` consecutive numbers with the highest total, and the total outside of it."""
    best, best_start, best_end, held, start = -1, 0, 0, 0, 0
    order = sorted(counts)
    for end, number in enumerate(order):
        held += counts[number]
        while number - order[start] >= most:
            held -= counts[order[start]]
            start += 1
        if held > best:
            best, best_start, best_end = held, start, end
    return range(order[best_start], order[best_end] + 1), sum(counts.values()) - best

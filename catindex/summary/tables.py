"""Arranges the statistics in tables for the terminal, for plain text and for the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import MEDIA
from catindex.summary.statistics import FORMATS, MONTHLY
from catindex.write.report import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cell = str | int

#: The cell of an unknown value.
NOTHING = "-"

#: Labels of the media.
MEDIUM_NAMES = {"all": "any", "streaming": "streaming", "dvd": "disc"}

#: Labels of the kinds.
KIND_NAMES = {
    "movie": "movies",
    "series": "series",
    "season": "seasons",
    "episode": "episodes",
    "disc": "discs",
    "other": "others",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its id on the page, its title, its columns, and its rows. The first cell of a row is its label.

    ``bars`` is the column that is drawn as bars on a terminal, or None.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bars: int | None = None

    @property
    def numeric(self) -> list[bool]:
        """For each column, whether it contains numbers."""
        return [any(isinstance(cell, int) for cell in column) for column in zip(*self.rows, strict=True)]


def shown(cell: Cell) -> str:
    """Return a cell as text; numbers have thousands separators."""
    return f"{cell:,}" if isinstance(cell, int) else cell


def size(count: int) -> str:
    """Return a number of bytes with its unit, by powers of 1024."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >> shift:
            return f"{count / (1 << shift):.1f} {unit}"
    return f"{count} B"


def day(date: str | None) -> str:
    """Return the day of a date in ISO 8601, or a dash."""
    return (date or NOTHING)[:10]


def of_input(info: Mapping[str, Any]) -> Table:
    """Return the facts about the file: format, size, and the dates of its records."""
    file, updated = info["input"], info["updated"]
    rows = (
        ("dialect", file["dialect"]),
        ("compression", file["compression"] or "none"),
        ("size", size(file["bytes"])),
        ("size, uncompressed", size(file["uncompressed_bytes"])),
        ("dump date (newest update)", day(updated["latest"])),
        ("oldest update", day(updated["earliest"])),
    )
    return Table("input", "Input", ("property", "value"), rows)


def of_kinds(info: Mapping[str, Any]) -> Table:
    """Return the records of the file and the titles, by kind. A series with all its parts is one title."""
    records, titles = info["records"], info["titles"]
    rows = [
        (name, records["by_kind"][kind], titles["by_kind"][kind])
        for kind, name in KIND_NAMES.items()
        if records["by_kind"][kind] or titles["by_kind"][kind]
    ]
    total = ("all", records["total"], titles["total"])
    return Table("kinds", "Records and titles", ("kind", "records", "titles"), [*rows, total])


def of_formats(info: Mapping[str, Any]) -> Table:
    """Return the titles by format. A title in several formats counts in each."""
    return Table("formats", "Formats", ("format", "titles"), [*info["titles"]["by_format"].items()], 1)


def of_combinations(info: Mapping[str, Any]) -> Table:
    """Return the titles by the set of their formats."""
    rows = [*info["titles"]["by_combination"].items()]
    return Table("combinations", "Combinations of formats", ("formats", "titles"), rows, 1)


def of_availability(info: Mapping[str, Any]) -> Table:
    """Return the first start and the last end of availability, by medium."""
    available = info["availability"]
    rows = [
        (name, window["titles"], day(window["earliest"]), day(window["latest"]), window["without_end"])
        for medium, name in MEDIUM_NAMES.items()
        for window in [available if medium == "all" else available[medium]]
    ]
    columns = ("medium", "titles", "first start", "last end", "titles without end")
    return Table("availability", "Availability", columns, rows)


def of_months(info: Mapping[str, Any]) -> Table:
    """Return the titles that become available and that expire in each month, by medium."""
    rows = [(month, *counts.values()) for month, counts in info["availability"]["by_month"].items()]
    columns = (
        "month",
        *(f"{MEDIUM_NAMES[medium]}, {change}" for medium in MEDIA for change in ("available", "expire")),
    )
    assert len(columns) == len(MONTHLY) + 1
    return Table("months", "Becoming available and expiring", columns, rows)


def of_decades(info: Mapping[str, Any]) -> Table:
    """Return the titles by decade of release."""
    years = info["release_years"]
    decades = Counter[int]()
    for year, counts in years["by_year"].items():
        decades[int(year) // 10 * 10] += counts["titles"]
    unknown = [("unknown", years["unknown"])] if years["unknown"] else []
    rows = [*((f"{decade}s", count) for decade, count in sorted(decades.items())), *unknown]
    return Table("decades", "Release years", ("decade", "titles"), rows, 1)


def of_years(info: Mapping[str, Any]) -> Table:
    """Return the titles by year of release, in total and by format."""
    rows = [(year, *counts.values()) for year, counts in info["release_years"]["by_year"].items()]
    return Table("years", "Formats by release year", ("year", "titles", *FORMATS.values()), rows)


def of_genres(info: Mapping[str, Any]) -> Table:
    """Return the most frequent genres."""
    genres = info["genres"]
    more = f" ({len(genres['top'])} of {genres['distinct']:,})" if genres["distinct"] > len(genres["top"]) else ""
    return Table("genres", f"Genres{more}", ("genre", "titles"), [*genres["top"].items()], 1)


def of_ratings(info: Mapping[str, Any]) -> Table:
    """Return the titles by rating."""
    rows = [
        (value, system.replace("_", " "), count)
        for system, counts in info["ratings"].items()
        for value, count in counts.items()
    ]
    return Table("ratings", "Ratings", ("rating", "system", "titles"), rows, 2)


def of_external_ids(info: Mapping[str, Any]) -> Table:
    """Return the external ids by source."""
    rows = [(source.upper(), count) for source, count in info["external_ids"].items()]
    return Table("external-ids", "External ids", ("source", "ids"), rows, 1)


def of_series(info: Mapping[str, Any]) -> Table:
    """Return the series and their parts."""
    series = info["series"]
    unnumbered = series["unnumbered"]
    parts = [(name, series[name], unnumbered[name]) for name in unnumbered]
    rows = [("series", series["total"], NOTHING), *parts, ("parts without a series", series["parts_alone"], NOTHING)]
    return Table("series", "Series", ("kind", "count", "without a number"), rows)


def of_largest(info: Mapping[str, Any]) -> Table:
    """Return the series with the most episodes."""
    rows = [
        (entry["title"] or entry["key"] or "?", entry["episodes"], entry["seasons"], entry["discs"])
        for entry in info["series"]["largest"]
    ]
    return Table("largest", "Largest series", ("series", "episodes", "seasons", "discs"), rows, 1)


def of_seasons(info: Mapping[str, Any]) -> Table:
    """Return the series by their number of seasons."""
    return Table("seasons", "Seasons per series", ("seasons", "series"), [*info["series"]["by_seasons"].items()], 1)


def of_missing(info: Mapping[str, Any]) -> Table:
    """Return the titles without a value, by field."""
    rows = [(name.replace("_", " "), count) for name, count in info["missing"].items() if count]
    return Table("missing", "Titles without a field", ("field", "titles"), rows, 1)


def of_warnings(info: Mapping[str, Any]) -> Table:
    """Return the warnings of ``catindex unify`` for this file."""
    rows = [
        (WARNINGS[code], warning["count"], _place(warning["examples"]))
        for code, warning in info["warnings"].items()
        if warning["count"]
    ]
    return Table("warnings", "Warnings", ("warning", "count", "first"), rows)


def _place(examples: Sequence[Mapping[str, Any]]) -> str:
    """Return the key and line of the first example."""
    parts = [str(examples[0]["key"] or ""), f"line {examples[0]['line']}" if examples[0]["line"] else ""]
    return ", ".join(filter(None, parts)) or NOTHING


#: The tables of the text output, in this order.
IN_TEXT = (
    *(of_input, of_kinds, of_formats, of_combinations, of_availability, of_decades, of_genres, of_ratings),
    *(of_external_ids, of_series, of_largest, of_missing, of_warnings),
)

"""The counts as tables, for people: the same ones on a terminal, in plain text and behind the pictures of the page."""

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

#: What stands where there is no value.
NOTHING = "-"

#: Media as people read them.
MEDIUM_NAMES = {"all": "any", "streaming": "streaming", "dvd": "DVD"}

#: Kinds in the plural.
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
    """A table: its name for links, its title, its columns, and its rows; the first cell of a row says what it is of.

    ``bars`` names the column that a picture shows best, if any.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bars: int | None = None


def size(count: int) -> str:
    """Give a number of bytes as people read it, by powers of 1024."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >> shift:
            return f"{count / (1 << shift):.1f} {unit}"
    return f"{count} B"


def day(date: str | None) -> str:
    """Give the day of a date in ISO 8601, or a dash."""
    return (date or NOTHING)[:10]


def of_input(info: Mapping[str, Any]) -> Table:
    """Say which file it is."""
    told = info["input"]
    compression = told["compression"] or "none"
    rows = (
        ("dialect", told["dialect"]),
        ("compression", compression),
        ("size", size(told["bytes"])),
        ("size, uncompressed", size(told["uncompressed_bytes"])),
    )
    return Table("input", "Input", ("what", "value"), rows)


def of_kinds(info: Mapping[str, Any]) -> Table:
    """Compare records, which are those of the file, with titles, where a series is one."""
    records, titles = info["records"], info["titles"]
    rows = [
        (name, records["by_kind"][kind], titles["by_kind"][kind])
        for kind, name in KIND_NAMES.items()
        if records["by_kind"][kind] or titles["by_kind"][kind]
    ]
    total = ("all", records["total"], titles["total"])
    return Table("kinds", "Records and titles", ("kind", "records", "titles"), [*rows, total])


def of_formats(info: Mapping[str, Any]) -> Table:
    """Count titles by format; one in several counts in each."""
    return Table("formats", "Formats", ("format", "titles"), [*info["titles"]["by_format"].items()], 1)


def of_combinations(info: Mapping[str, Any]) -> Table:
    """Count titles by all their formats together."""
    rows = [*info["titles"]["by_combination"].items()]
    return Table("combinations", "Combinations of formats", ("formats", "titles"), rows, 1)


def of_availability(info: Mapping[str, Any]) -> Table:
    """Tell from when to when titles are available."""
    available = info["availability"]
    rows = [
        (name, window["titles"], day(window["earliest"]), day(window["latest"]), window["without_end"])
        for medium, name in MEDIUM_NAMES.items()
        for window in [available if medium == "all" else available[medium]]
    ]
    columns = ("medium", "titles", "first start", "last end", "no end")
    return Table("availability", "Availability", columns, rows)


def of_months(info: Mapping[str, Any]) -> Table:
    """Count what becomes available and what expires in each month."""
    rows = [(month, *counts.values()) for month, counts in info["availability"]["by_month"].items()]
    columns = ("month", *(f"{MEDIUM_NAMES[medium]} {end}" for medium in MEDIA for end in ("starts", "ends")))
    assert len(columns) == len(MONTHLY) + 1
    return Table("months", "Becoming available and expiring", columns, rows)


def of_decades(info: Mapping[str, Any]) -> Table:
    """Count titles by the decade of their release."""
    years = info["release_years"]
    decades = Counter[int]()
    for year, counts in years["by_year"].items():
        decades[int(year) // 10 * 10] += counts["titles"]
    unknown = [("unknown", years["unknown"])] if years["unknown"] else []
    rows = [*((f"{decade}s", count) for decade, count in sorted(decades.items())), *unknown]
    return Table("decades", "Release years", ("decade", "titles"), rows, 1)


def of_years(info: Mapping[str, Any]) -> Table:
    """Count titles by year of release, and how many of them are in each format."""
    rows = [(year, *counts.values()) for year, counts in info["release_years"]["by_year"].items()]
    return Table("years", "Formats over release years", ("year", "titles", *FORMATS.values()), rows)


def of_genres(info: Mapping[str, Any]) -> Table:
    """Name the genres of most titles."""
    genres = info["genres"]
    more = f" ({len(genres['top'])} of {genres['distinct']:,})" if genres["distinct"] > len(genres["top"]) else ""
    return Table("genres", f"Genres{more}", ("genre", "titles"), [*genres["top"].items()], 1)


def of_ratings(info: Mapping[str, Any]) -> Table:
    """Count titles by rating."""
    rows = [
        (value, system.replace("_", " "), count)
        for system, counts in info["ratings"].items()
        for value, count in counts.items()
    ]
    return Table("ratings", "Ratings", ("rating", "system", "titles"), rows, 2)


def of_external_ids(info: Mapping[str, Any]) -> Table:
    """Count external ids by the catalog that they are of."""
    rows = [(source.upper(), count) for source, count in info["external_ids"].items()]
    return Table("external-ids", "External ids", ("source", "ids"), rows, 1)


def of_series(info: Mapping[str, Any]) -> Table:
    """Count series and their parts."""
    series = info["series"]
    unnumbered = series["unnumbered"]
    parts = [(name, series[name], unnumbered[name]) for name in unnumbered]
    rows = [("series", series["total"], NOTHING), *parts, ("parts that stand alone", series["parts_alone"], NOTHING)]
    return Table("series", "Series", ("what", "count", "without a number"), rows)


def of_largest(info: Mapping[str, Any]) -> Table:
    """Name the series with most episodes."""
    rows = [
        (entry["title"] or entry["key"] or "?", entry["episodes"], entry["seasons"], entry["discs"])
        for entry in info["series"]["largest"]
    ]
    return Table("largest", "Largest series", ("series", "episodes", "seasons", "discs"), rows, 1)


def of_seasons(info: Mapping[str, Any]) -> Table:
    """Count series by how many seasons they have."""
    return Table("seasons", "Seasons of a series", ("seasons", "series"), [*info["series"]["by_seasons"].items()], 1)


def of_missing(info: Mapping[str, Any]) -> Table:
    """Count the titles that say nothing of a field."""
    rows = [(name.replace("_", " "), count) for name, count in info["missing"].items() if count]
    return Table("missing", "Titles that lack", ("field", "titles"), rows, 1)


def of_warnings(info: Mapping[str, Any]) -> Table:
    """Name what a run of ``catindex unify`` warns about."""
    rows = [
        (WARNINGS[code], warned["count"], _first(warned["examples"]))
        for code, warned in info["warnings"].items()
        if warned["count"]
    ]
    return Table("warnings", "Warnings", ("warning", "count", "first"), rows)


def _first(examples: Sequence[Mapping[str, Any]]) -> str:
    """Say where something was met first."""
    told = [str(examples[0]["key"] or ""), f"line {examples[0]['line']}" if examples[0]["line"] else ""]
    return ", ".join(filter(None, told)) or NOTHING


#: What is told in text, in this order.
TOLD = (
    *(of_input, of_kinds, of_formats, of_combinations, of_availability, of_decades, of_genres, of_ratings),
    *(of_external_ids, of_series, of_largest, of_missing, of_warnings),
)

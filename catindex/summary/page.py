"""The page: everything that is told as pictures, each with the table behind it, in one file without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import DVD, STREAMING
from catindex.summary import tables
from catindex.summary.charts import Series, bars, cut, mirrored, panels, window
from catindex.summary.markup import make
from catindex.summary.markup import page as whole
from catindex.summary.statistics import MONTHLY
from catindex.summary.style import STYLE
from catindex.summary.text import numeric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.etree import _Element as Element

    from catindex.summary.tables import Table

_MOST_YEARS, _MOST_MONTHS, _MOST_RATINGS, _MOST_NAME = 120, 240, 12, 34

#: Class of colour by column of the tables of years and of months.
_TOTAL = Series("titles", "track", 0)
_YEARS = (Series("instant", STREAMING, 1), Series("DVD", DVD, 2), Series("Blu-ray", "blu-ray", 3))
_UP, _DOWN = (
    tuple(
        Series(f"{tables.MEDIUM_NAMES[medium]} {verb}", medium, MONTHLY.index(f"{medium}_{end}"))
        for medium in (STREAMING, DVD)
    )
    for end, verb in (("from", "starts"), ("until", "ends"))
)


def write(info: Mapping[str, Any]) -> bytes:
    """Write the page of the counts that `catindex.summary.describe` gives."""
    name = Path(info["input"]["path"]).name if info["input"]["path"] != "-" else "standard input"
    cards = (
        _formats(info),
        _plain(info),
        _years(info),
        _months(info),
        _genres(info),
        _largest(info),
        _ratings(info),
        _missing(info),
        _warnings(info),
        _series(info),
    )
    return whole(
        f"{name}: catalog index",
        STYLE,
        make("header", make("h1", name), make("p", _summary(info))),
        make("main", _figures(info), *(card for card in cards if card is not None)),
        make("footer", make("p", f"catindex {info['catindex']}. A series counts as one title.")),
    )


def _summary(info: Mapping[str, Any]) -> str:
    told = info["input"]
    packed = f", {told['compression']} of {tables.size(told['uncompressed_bytes'])}" if told["compression"] else ""
    return f"{told['dialect']} index, {tables.size(told['bytes'])}{packed}"


def _figures(info: Mapping[str, Any]) -> Element:
    """Show the first numbers that one asks for."""
    series, available = info["series"], info["availability"]
    warned = sum(warned["count"] for warned in info["warnings"].values())
    figures = (
        ("titles", info["titles"]["total"]),
        ("movies", info["titles"]["by_kind"]["movie"]),
        ("series", series["total"]),
        ("episodes", series["episodes"]),
        ("streaming", available[STREAMING]["titles"]),
        ("on disc", available[DVD]["titles"]),
        ("records", info["records"]["total"]),
        ("warnings", warned),
    )
    items = (make("div", make("dt", name), make("dd", f"{number:,}")) for name, number in figures)
    return make("dl", *items, class_="figures")


def _formats(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_combinations(info)
    picture = _bars(table, "titles by combination of formats", STREAMING, of=info["titles"]["total"])
    return _card(
        "Formats", "How many titles are offered in which formats together.", picture, tables.of_formats(info), table
    )


def _years(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_years(info)
    years = {int(year): tuple(counts.values()) for year, counts in info["release_years"]["by_year"].items()}
    unknown = info["release_years"]["unknown"]
    if not years:
        return None
    shown, outside = window({year: counts[0] for year, counts in years.items()}, _MOST_YEARS)
    seen = {year: counts for year, counts in years.items() if year in shown}
    describe = f"Columns: titles in each format by year of release, {shown.start} to {shown.stop - 1}."
    left = _left_out((unknown, "without a release year"), (outside, "of other years"))
    said = f"Coloured: titles offered in the format; grey: all titles of that year.{left}"
    return _card(table.title, said, panels(seen, _YEARS, _TOTAL, describe), table, wide=True)


def _months(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_months(info)
    months = {_number(str(month)): tuple(map(int, counts)) for month, *counts in table.rows}
    if not months:
        return None
    shown, outside = window({month: sum(counts) for month, counts in months.items()}, _MOST_MONTHS)
    seen = {month: counts for month, counts in months.items() if month in shown}
    describe = (
        f"Columns: titles that become available and that expire, by month, {_name(shown[0])} to {_name(shown[-1])}."
    )
    left = _left_out((outside, "starts and ends in other months"))
    said = f"By medium: the first start and the last end of each title.{left}"
    return _card(
        table.title,
        said,
        _legend(_UP),
        mirrored(seen, _UP, _DOWN, describe),
        _table(tables.of_availability(info)),
        table,
        wide=True,
    )


def _genres(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_genres(info)
    return _card(
        table.title, "Genres of most titles; a title has several.", _bars(table, "titles by genre", STREAMING), table
    )


def _largest(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_largest(info)
    told = [f" ({seasons} season{'s' * (seasons != 1)})" if seasons else "" for _, _, seasons, _ in table.rows]
    labels = [cut(str(row[0]), _MOST_NAME) + seasons for row, seasons in zip(table.rows, told, strict=True)]
    picture = _bars(table, "largest series by episodes", "blu-ray", labels)
    return _card(table.title, "By number of episodes.", picture, table)


def _ratings(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_ratings(info)
    rows = sorted(((f"{value} · {system}", count) for value, system, count in table.rows), key=lambda row: -int(row[1]))
    most = tables.Table(table.name, table.title, ("rating", "titles"), rows[:_MOST_RATINGS], 1)
    return _card(table.title, "The most frequent ones.", _bars(most, "titles by rating", DVD), table)


def _missing(info: Mapping[str, Any]) -> Element | None:
    table, total = tables.of_missing(info), info["titles"]["total"]
    written = [f"{100 * int(count) / total:.1f} %" for _, count in table.rows]
    picture = _bars(table, "titles that lack a field", "warn", written=written, of=total)
    return _card("Data quality", "Titles that say nothing of a field; some dialects never do.", picture, table)


def _warnings(info: Mapping[str, Any]) -> Element | None:
    table = tables.of_warnings(info)
    labels = [str(row[0]).partition(" (")[0] for row in table.rows]
    picture = _bars(table, "warnings", "warn", labels)
    said = "What catindex unify warns about." if table.rows else "There is nothing to warn about."
    return _card("Warnings", said, make("p") if picture is None else picture, table)


def _plain(info: Mapping[str, Any]) -> Element | None:
    shown = [table for table in (tables.of_kinds(info), tables.of_external_ids(info)) if table.rows]
    return _card("Numbers", "Records are those of the file; a series and its parts are one title.", *map(_table, shown))


def _series(info: Mapping[str, Any]) -> Element | None:
    shown = [table for table in (tables.of_series(info), tables.of_seasons(info)) if table.rows]
    return _card("Series", "Their parts, and how many seasons they have.", *map(_table, shown))


def _left_out(*counts: tuple[int, str]) -> str:
    told = [f"{count:,} {what}" for count, what in counts if count]
    return f" Not shown: {', '.join(told)}." if told else ""


def _number(month: str) -> int:
    """Count months from the year 0."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def _bars(
    table: Table,
    describe: str,
    colour: str,
    labels: Sequence[str] | None = None,
    *,
    written: Sequence[str] | None = None,
    of: int = 0,
) -> Element | None:
    """Draw the column of a table that has its numbers; ``of`` is the number of a full bar. None for an empty table."""
    if not table.rows:
        return None
    names = labels or [str(row[0]) for row in table.rows]
    numbers = [int(row[table.bars or 1]) for row in table.rows]
    ends = written or [f"{number:,}" for number in numbers]
    first = ", ".join(f"{name} {end}" for name, end in zip(names[:3], ends, strict=False))
    rows = list(zip(names, numbers, ends, strict=True))
    return bars(rows, f"Bars: {describe}; first {first}.", colour, most=of)


def _legend(series: Sequence[Series]) -> Element:
    items = (make("li", make("span", class_=f"swatch {one.colour}"), one.name.split()[0]) for one in series)
    return make("ul", *items, class_="legend")


def _card(title: str, said: str, *content: Element | Table | None, wide: bool = False) -> Element | None:
    """Put pictures on a card, and the tables behind them into a fold; None where there is nothing to show."""
    pictures = [piece for piece in content if piece is not None and not isinstance(piece, tables.Table)]
    behind = [_table(piece) for piece in content if isinstance(piece, tables.Table) and piece.rows]
    if not pictures:
        return None
    fold = make("details", make("summary", "Table" if len(behind) == 1 else "Tables"), *behind) if behind else None
    return make(
        "section", make("h2", title), make("p", said, class_="said"), *pictures, fold, class_="wide" if wide else "card"
    )


def _table(table: Table) -> Element:
    right = ["n" if number else "t" for number in numeric(table)]
    head = (make("th", column, scope="col", class_=align) for column, align in zip(table.columns, right, strict=True))
    rows = [
        make("tr", make("th", _cell(row[0]), scope="row", class_=right[0]), *map(_data, row[1:], right[1:]))
        for row in table.rows
    ]
    grid = make(
        "table", make("caption", table.title), make("thead", make("tr", *head)), make("tbody", *rows), id=table.name
    )
    return make("div", grid, class_="scroll", tabindex=0, role="region", aria_label=table.title)


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def _data(value: str | int, align: str) -> Element:
    return make("td", _cell(value), class_=align)

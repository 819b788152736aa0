"""Writes the page of ``info --html``: figures, charts and tables in one file that loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catindex.rules.formats import DVD, STREAMING
from catindex.summary import tables
from catindex.summary.markup import data, document, make
from catindex.summary.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lxml.etree import _Element as Element

    from catindex.summary.charts import Chart
    from catindex.summary.tables import Table

#: The note on the page if the extra ``page`` is not installed.
NO_CHARTS = "For charts, install the extra: pip install 'catindex[page]'"

#: The packages of the extra.
EXTRA = ("altair", "vl_convert")


@dataclass(frozen=True, slots=True)
class Card:
    """A section of the page: the charts of its first table, further tables, and the tables behind the charts."""

    heading: str
    about: str
    behind: tuple[Callable[[Mapping[str, Any]], Table], ...] = ()
    beside: tuple[Callable[[Mapping[str, Any]], Table], ...] = ()
    wide: bool = False
    if_empty: str = ""


CARDS = (
    Card(
        "Formats",
        "The formats in which titles are offered: instant is streaming, DVD and Blu-ray are discs.",
        (tables.of_formats, tables.of_combinations),
    ),
    Card(
        "Numbers",
        "Records are those of the file; a series with all its parts is one title.",
        beside=(tables.of_kinds, tables.of_external_ids),
    ),
    Card(
        "Formats by release year",
        "Titles offered in each format, compared with all titles of that year.",
        (tables.of_years,),
        wide=True,
    ),
    Card(
        "Becoming available and expiring",
        "Titles by the month of their first start and of their last end in each medium.",
        (tables.of_months,),
        (tables.of_availability,),
        wide=True,
    ),
    Card("Genres", "The most frequent genres; a title can have several.", (tables.of_genres,)),
    Card("Largest series", "The series with the most episodes.", (tables.of_largest,)),
    Card("Ratings", "The most frequent ratings; a title can have several.", (tables.of_ratings,)),
    Card("Data quality", "Titles without a value in a field. Some dialects never have it.", (tables.of_missing,)),
    Card("Warnings", "The warnings of catindex unify.", (tables.of_warnings,), if_empty="No warnings."),
    Card("Series", "Parts of series, and seasons per series.", beside=(tables.of_series, tables.of_seasons)),
)


def write(info: Mapping[str, Any]) -> bytes:
    """Return the page for the result of `catindex.summary.describe`; without charts if their extra is missing."""
    path = info["input"]["path"]
    name = "standard input" if path == "-" else Path(path).name
    charts, script = _charts(info)
    note = make("p", NO_CHARTS, class_="about") if charts is None else None
    cards = (_card(card, info, charts or {}) for card in CARDS)
    return document(
        f"{name}: catalog index",
        STYLE,
        script,
        make("header", make("h1", name), make("p", _summary(info)), note),
        make("main", _figures(info), *(card for card in cards if card is not None)),
        make("footer", make("p", f"catindex {info['catindex']}. A series counts as one title.")),
    )


def _charts(info: Mapping[str, Any]) -> tuple[dict[str, list[Chart]] | None, str]:
    """Return the charts by the name of their table, and the script that draws them; None without the extra."""
    try:
        # slow to import, and not always installed
        from catindex.summary.charts import charts  # noqa: PLC0415
        from catindex.summary.vega import script  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        return None, ""
    return charts(info), script()


def _summary(info: Mapping[str, Any]) -> str:
    file, updated = info["input"], info["updated"]
    packed = f", {file['compression']} of {tables.size(file['uncompressed_bytes'])}" if file["compression"] else ""
    dates = (
        f". Newest update {tables.day(updated['latest'])}, oldest {tables.day(updated['earliest'])}."
        if updated["latest"]
        else ""
    )
    return f"{file['dialect']} index, {tables.size(file['bytes'])}{packed}{dates}"


def _figures(info: Mapping[str, Any]) -> Element:
    """Return the most important numbers; those of a medium have its colour."""
    series, available = info["series"], info["availability"]
    figures = (
        ("titles", info["titles"]["total"], ""),
        ("movies", info["titles"]["by_kind"]["movie"], ""),
        ("series", series["total"], ""),
        ("episodes", series["episodes"], ""),
        ("streaming", available[STREAMING]["titles"], "var(--streaming)"),
        ("on disc", available[DVD]["titles"], "var(--disc)"),
        ("records", info["records"]["total"], ""),
        ("warnings", sum(warning["count"] for warning in info["warnings"].values()), ""),
    )
    items = (
        make("div", make("dt", _swatch(colour), name), make("dd", f"{number:,}")) for name, number, colour in figures
    )
    return make("dl", *items, class_="figures")


def _swatch(colour: str) -> Element | None:
    return make("span", class_="swatch", style=f"background: {colour}") if colour else None


def _card(card: Card, info: Mapping[str, Any], charts: Mapping[str, Sequence[Chart]]) -> Element | None:
    """Return a card, or None if it would be empty. If there are charts, their tables are folded up."""
    behind, beside = (
        [table for of_info in group if (table := of_info(info)).rows] for group in (card.behind, card.beside)
    )
    if not (behind if card.behind else beside) and not card.if_empty:
        return None
    figures = [_figure(chart) for table in behind for chart in charts.get(table.name, ())]
    hidden = [_table(table) for table in behind]
    if figures and hidden:
        hidden = [make("details", make("summary", "Table" if len(hidden) == 1 else "Tables"), *hidden)]
    return make(
        "section",
        make("h2", card.heading),
        make("p", card.about if behind or beside else card.if_empty, class_="about"),
        *figures,
        *(_table(table) for table in beside),
        *hidden,
        class_="wide" if card.wide else "card",
    )


def _figure(chart: Chart) -> Element:
    """Return a chart: an empty element to draw into, followed by the specification."""
    entries = [make("li", _swatch(colour), name) for name, colour in chart.legend]
    return make(
        "figure",
        make("figcaption", chart.caption) if chart.caption else None,
        make("ul", *entries, class_="legend") if entries else None,
        make("div", class_="chart"),
        data(chart.spec),
        make("p", chart.note, class_="about") if chart.note else None,
    )


def _table(table: Table) -> Element:
    align = ["n" if number else "t" for number in table.numeric]
    head = (make("th", column, scope="col", class_=side) for column, side in zip(table.columns, align, strict=True))
    rows = (
        make(
            "tr",
            make("th", tables.shown(row[0]), scope="row", class_=align[0]),
            *(make("td", tables.shown(cell), class_=side) for cell, side in zip(row[1:], align[1:], strict=True)),
        )
        for row in table.rows
    )
    grid = make(
        "table", make("caption", table.title), make("thead", make("tr", *head)), make("tbody", *rows), id=table.name
    )
    return make("div", grid, class_="scroll", tabindex=0, role="region", aria_label=table.title)

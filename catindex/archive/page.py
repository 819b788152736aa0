"""Writes the page of ``archive info --html``: titles per night and medium, arrivals and departures per month."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from catindex.archive.rows import plain
from catindex.printable import printable
from catindex.summary.markup import data, document, make
from catindex.summary.page import EXTRA, NO_CHARTS
from catindex.summary.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml.etree import _Element as Element

    from catindex.archive.api import Archive

    Rows = Sequence[dict[str, Any]]
    Spec = dict[str, Any]

_MEDIA = {"streaming": "var(--streaming)", "dvd": "var(--disc, var(--dvd))"}
_COLUMNS = ("dump_date", "titles", "streaming_titles", "dvd_titles", "records", "rejected", "dialect", "path")
_MONTHS = """
SELECT strftime(date, '%Y-%m') AS month, medium, event, count(*) AS titles
FROM changes
WHERE event != 'changed'
GROUP BY ALL
ORDER BY ALL
"""
_POINTS_UP_TO = 120  # dumps; more points would hide the line


def write(archive: Archive) -> bytes:
    """Return the page of an archive as one file that loads nothing; without charts if their extra is missing."""
    info, months = archive.info(), archive.sql(_MONTHS).to_pylist()
    dumps, missing = info["dumps"], sum(gap["nights"] for gap in info["gaps"])
    vega = _vega()
    newest = dumps[-1]
    figures = {
        "dumps": len(dumps),
        "nights missing": missing,
        "titles": newest["titles"],
        "streaming": newest["streaming_titles"],
        "on disc": newest["dvd_titles"],
    }
    return document(
        f"{printable(info['archive'])}: archive",
        STYLE,
        "" if vega is None else vega[1].script(),
        make(
            "header",
            make("h1", info["archive"]),
            make("p", f"Dumps from {info['first']} to {info['last']}; titles are those of the newest one."),
            make("p", NO_CHARTS, class_="about") if vega is None else None,
        ),
        make(
            "main",
            make("dl", *(_figure(name, number) for name, number in figures.items()), class_="figures"),
            _card(
                "Titles by night",
                "Titles that are available in each medium.",
                _nights(vega[0], dumps) if vega else None,
                _table(_COLUMNS, dumps),
            ),
            _card(
                "Arrivals and departures by month",
                "Above the line: titles that arrived in a medium. Below: titles that left it.",
                _months(vega[0], months) if vega and months else None,
                _table(("month", "medium", "event", "titles"), months),
            ),
        ),
        make("footer", make("p", f"catindex {info['catindex']}. A series counts as one title.")),
    )


def _vega() -> tuple[Any, Any] | None:
    """Return Altair and `catindex.summary.vega`, or None if the extra is not installed."""
    try:
        return importlib.import_module("altair"), importlib.import_module("catindex.summary.vega")
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        return None


def _nights(alt: Any, dumps: Rows) -> Spec:  # noqa: ANN401 - the module
    """Return a line for each medium."""
    values = [
        {"date": dump["dump_date"], "medium": medium, "titles": dump[f"{medium}_titles"]}
        for dump in dumps
        for medium in _MEDIA
    ]
    line = alt.Chart(alt.InlineData(values=values)).mark_line(point=len(dumps) <= _POINTS_UP_TO, strokeWidth=2)
    encoded = line.encode(
        alt.X("date:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title="night", grid=False)),
        alt.Y("titles:Q", axis=alt.Axis(title="titles", format=",d", tickMinStep=1)),
        _colour(alt),
        tooltip=[alt.Tooltip("utcyearmonthdate(date):T", title="night"), "medium:N", _count(alt)],
    )
    return _spec(alt, encoded, "Lines: titles by night and medium.")


def _months(alt: Any, months: Rows) -> Spec:  # noqa: ANN401 - the module
    """Return columns by month, upwards for titles that arrived and downwards for those that left."""
    values = [row | {"signed": row["titles"] if row["event"] == "arrived" else -row["titles"]} for row in months]
    labels = alt.Axis(title="titles", labelExpr="datum.value % 1 ? '' : format(abs(datum.value), ',')")
    columns = alt.Chart(alt.InlineData(values=values)).mark_bar(binSpacing=0.5)
    encoded = columns.encode(
        alt.X("month:T", timeUnit="utcyearmonth", axis=alt.Axis(title="month", grid=False, labelSeparation=8)),
        alt.Y("signed:Q", axis=labels),
        _colour(alt),
        tooltip=["month:N", "medium:N", "event:N", _count(alt)],
    )
    return _spec(alt, encoded, "Columns: titles that arrived (upwards) and left (downwards) by month and medium.")


def _colour(alt: Any) -> Any:  # noqa: ANN401 - the module
    scale = alt.Scale(domain=list(_MEDIA), range=list(_MEDIA.values()))
    return alt.Color("medium:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def _count(alt: Any) -> Any:  # noqa: ANN401 - the module
    return alt.Tooltip("titles:Q", format=",")


def _spec(alt: Any, chart: Any, description: str) -> Spec:  # noqa: ANN401 - the module
    colours = {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    lines = {"domainColor": "var(--line)", "gridColor": "var(--line)", "tickColor": "var(--line)"}
    sized = chart.properties(
        width="container", height=260, background="transparent", padding=0, description=description
    ).configure(
        font="system-ui, sans-serif", axis=lines | colours, legend={"labelColor": "var(--ink)", "labelFontSize": 13},
        view={"stroke": None}, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )  # fmt: skip
    spec: Spec = sized.to_dict()
    del spec["$schema"]  # an address; the script names the language itself
    return spec


def _figure(name: str, number: int) -> Element:
    return make("div", make("dt", name), make("dd", f"{number:,}"))


def _card(heading: str, about: str, spec: Spec | None, table: Element) -> Element:
    """Return a section: a chart, with its table folded up, or only the table."""
    content: list[Element] = [table]
    if spec is not None:
        content = [make("div", class_="chart"), data(spec), make("details", make("summary", "Table"), table)]
    return make("section", make("h2", heading), make("p", about, class_="about said"), *content, class_="wide")


def _table(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Element:
    head = make("tr", *(make("th", name.replace("_", " "), scope="col") for name in columns))
    body = (make("tr", *(_cell(row[name]) for name in columns)) for row in rows)
    return make("div", make("table", make("thead", head), make("tbody", *body)), class_="scroll", tabindex=0)


def _cell(value: object) -> Element:
    if isinstance(value, int):
        return make("td", f"{value:,}", class_="n")
    return make("td", str(plain(value)), class_="t")

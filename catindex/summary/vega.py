"""Builds Vega-Lite specifications of bars and columns with Altair, and the script that draws them.

Colours are custom properties of the page's style sheet, so charts follow its dark mode and its print colours.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from catindex.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Spec = dict[str, Any]
    Bar = tuple[str, int]

NEUTRAL, TRACK, INK, SOFT, LINE = (f"var(--{name})" for name in ("neutral", "track", "ink", "soft", "line"))

#: The label of a count on an axis, without a sign. Fractions have no label.
_WHOLE_NUMBER = "datum.value % 1 ? '' : format(abs(datum.value), ',')"
#: The label of a month on an axis. Each January shows the year instead; the first label shows both.
_MONTH = "utcFormat(datum.value, utcmonth(datum.value) ? (datum.index ? '%b' : '%b %Y') : '%Y')"

_ROW = 36  # pixels: a bar with its label above it

#: Draws each specification of the page into the element before it. It avoids ``eval``, which the page forbids.
_DRAW = """
for (const spec of document.querySelectorAll("script[type='application/json']"))
  vegaEmbed(spec.previousElementSibling, JSON.parse(spec.textContent), {mode: "vega-lite", renderer: "svg", ast: true,
    actions: false, defaultStyle: false, tooltip: {disableDefaultStyle: true}});
"""


@cache  # it takes a second to build
def script() -> str:
    """Return the JavaScript that draws all charts of a page: Vega, Vega-Lite, Vega-Embed and the calls of it."""
    return vl_convert.javascript_bundle(_DRAW)


def share_bars(bars: Sequence[Bar], what: str, whole: int, colours: Mapping[str, str]) -> Spec:
    """Return bars for shares of ``whole``, the number of all titles, which a track behind each bar represents.

    ``bars`` are labels and numbers of titles. ``what`` is the kind of the labels, for example "genre". ``colours`` maps
    labels to colours; other bars are neutral.
    """
    values = [
        {
            "row": row,
            "label": printable(label),
            "titles": count,
            "share": count / whole,
            "written": f"{count:,} · {count / whole:.1%}",
            "colour": colours.get(label, NEUTRAL),
        }
        for row, (label, count) in enumerate(bars)
    ]
    base = _rows(values, what, alt.Tooltip("titles:Q", format=","), alt.Tooltip("share:Q", format=".1%"))
    track = base.mark_bar(height=8, yOffset=8, color=TRACK).encode(x=alt.value(0), x2=alt.value("width"))
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%", title=f"share of all titles (100% = {whole:,})")
    bar = _bar(base).encode(
        alt.X("share:Q", scale=alt.Scale(domain=[0, 1]), axis=axis), alt.Color("colour:N", scale=None)
    )
    description = f"Bars: share of all titles by {what}. {_first(values)}"
    return _spec(len(bars) * _ROW, description, track, bar, *_labels(base))


def count_bars(bars: Sequence[Bar], what: str, unit: str) -> Spec:
    """Return neutral bars for numbers of a ``unit``, for example "episodes". ``what`` is the kind of the labels."""
    values = [
        {"row": row, "label": printable(label), unit: count, "written": f"{count:,}"}
        for row, (label, count) in enumerate(bars)
    ]
    base = _rows(values, what, alt.Tooltip(f"{unit}:Q", format=","))
    axis = alt.Axis(title=unit, labelExpr=_WHOLE_NUMBER, tickCount=5, tickMinStep=1)
    bar = _bar(base).encode(alt.X(f"{unit}:Q", scale=alt.Scale(domainMin=0), axis=axis))
    description = f"Bars: number of {unit} by {what}. {_first(values)}"
    return _spec(len(bars) * _ROW, description, bar, *_labels(base))


def _rows(values: list[Spec], what: str, *tooltip: alt.Tooltip) -> alt.Chart:
    label = alt.Tooltip("label:N", title=what)
    return alt.Chart(alt.InlineData(values=values)).encode(alt.Y("row:O", axis=None), tooltip=[label, *tooltip])


def _bar(base: alt.Chart) -> alt.Chart:
    bar: alt.Chart = base.mark_bar(height=8, yOffset=8, cornerRadius=3, color=NEUTRAL)
    return bar


def _labels(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """Return the labels, which are shortened to fit above the start of their bars, and the numbers at the right."""
    label = base.mark_text(align="left", dy=-6, limit=alt.expr("width - 100"))
    number = base.mark_text(align="right", dy=-6, color=SOFT)
    return label.encode(x=alt.value(0), text="label:N"), number.encode(x=alt.value("width"), text="written:N")


def _first(values: Sequence[Spec]) -> str:
    return ", ".join(f"{value['label']}: {value['written']}" for value in values[:3])


def year_columns(years: Mapping[int, tuple[int, int]], shown: range, most: int, name: str, colour: str) -> Spec:
    """Return columns for the titles in a format (``name``) by release year, in front of all titles of that year.

    ``years`` has the two numbers of each year, ``shown`` are the years of the axis, and ``most`` is the upper end of
    the vertical axis.
    """
    values = [
        {"year": year, "titles": part, "all": whole, "share": part / whole}
        for year, (part, whole) in sorted(years.items())
        if year in shown
    ]
    step = next(step for step, most_years in ((1, 15), (5, 50), (10, len(shown))) if len(shown) <= most_years)
    labelled = [year for year in shown if year % step == 0]
    tooltip = [
        alt.Tooltip("year:O", title="release year"),
        alt.Tooltip("titles:Q", title=f"titles, {name}", format=","),
        alt.Tooltip("all:Q", title="titles, all", format=","),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        alt.X(
            "year:O",
            axis=alt.Axis(title="release year", values=labelled, labelAngle=0, labelOverlap=True, labelFlush=False),
            scale=alt.Scale(domain=list(shown), paddingInner=0.18, paddingOuter=0.09),
        ),
        tooltip=tooltip,
    )
    scale = alt.Scale(domain=[0, most], nice=True)
    total, part_of_it = (
        base.mark_bar(color=fill).encode(alt.Y(f"{field}:Q", scale=scale, axis=_count_axis(3)))
        for field, fill in (("all", TRACK), ("titles", colour))
    )
    description = f"Columns: titles in the format {name} by release year, {shown[0]} to {shown[-1]}."
    return _spec(100, description, total, part_of_it)


def month_columns(changes: Sequence[Spec], shown: range) -> Spec:
    """Return stacked columns by month: upwards for titles that become available, downwards for titles that expire.

    ``changes`` have a ``month`` (YYYY-MM), ``medium``, ``change``, ``titles``, ``sign`` (1 or -1) and ``colour``;
    ``shown`` are the months of the axis, counted from the year 0.
    """
    values = [{**change, "name": change["month"], "signed": change["sign"] * change["titles"]} for change in changes]
    first, after = ((month // 12, month % 12 + 1) for month in (shown.start, shown.stop))
    ends = [alt.DateTime(year=year, month=month, utc=True) for year, month in (first, after)]
    x = alt.X(
        "month:T",
        timeUnit="utcyearmonth",
        scale=alt.Scale(type="utc", domain=ends),
        axis=alt.Axis(
            title="month",
            labelExpr=_MONTH,
            labelOverlap=True,
            labelSeparation=8,
            labelFlush=False,
            # Up to a year has one tick per month; for more, Vega chooses months or years by the space there is.
            tickCount={"interval": "month", "step": 1} if len(shown) <= 12 else alt.Undefined,  # noqa: PLR2004
        ),
    )
    y = alt.Y("signed:Q", axis=_count_axis(6))
    tooltip = [alt.Tooltip("name:N", title="month"), "medium:N", "change:N", alt.Tooltip("titles:Q", format=",")]
    # Half a pixel between columns, because a phone must be able to show 240 months.
    columns = alt.Chart(alt.InlineData(values=values)).mark_bar(binSpacing=0.5)
    zero = alt.Chart(alt.InlineData(values=[{}])).mark_rule(color=SOFT).encode(y=alt.datum(0))
    described = f"{first[0]:04}-{first[1]:02}, {len(shown)} months"
    description = f"Columns: titles that become available and that expire, by month, from {described}."
    coloured = columns.encode(x, y, alt.Color("colour:N", scale=None), tooltip=tooltip)
    return _spec(260, description, coloured, zero)


def _count_axis(ticks: int) -> alt.Axis:
    """Return a vertical axis of titles, without signs. All axes have the same width, which aligns the charts."""
    return alt.Axis(
        title="titles", labelExpr=_WHOLE_NUMBER, tickCount=ticks, tickMinStep=1, grid=True, minExtent=36, maxExtent=36
    )


def _spec(height: int, description: str, *layers: alt.Chart) -> Spec:
    """Return the specification of a chart that is as wide as the element that holds it."""
    sized = (
        alt.LayerChart(layer=list(layers))
        .properties(
            width="container",
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=0,
            background="transparent",
            description=description,
        )
        .configure(
            font="system-ui, sans-serif",
            axis={
                "domainColor": LINE,
                "gridColor": LINE,
                "tickColor": LINE,
                "labelColor": SOFT,
                "labelFontSize": 12,
                "titleColor": SOFT,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
            },
            axisX={"grid": False, "labelFlush": True},
            text={"color": INK, "fontSize": 13, "baseline": "middle"},
            view={"stroke": None},
        )
    )
    spec: Spec = sized.to_dict()
    del spec["$schema"]  # a URL; the script sets the language itself
    return spec

"""Pictures of the counts, as SVG of any width: across in percent, down in pixels, so that text keeps its size.

Colours come from the page's style sheet, by class. What a mark stands for shows where the pointer rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from catindex.summary.markup import make

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lxml.etree import _Element as Element

_ROW, _BAR = 38, 8  # pixels: a bar with its label above it
_FULL = 78  # percent: a full bar, with its number behind it
_MOST_LABEL = 48  # characters: what fits on a phone; the tables have all
_PANEL = 96  # pixels: the columns of one panel
_SPACE = 22  # pixels: above a panel, for its name, and below the last one, for the axis
_MOST_TICKS = 12
_GAP = 0.18  # of the width of a column


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of a kind: what they are called, the class that colours them, and the columns that hold them."""

    name: str
    colour: str
    column: int


def bars(rows: Sequence[tuple[str, int, str]], describe: str, colour: str, *, most: int = 0) -> Element:
    """Draw a bar for each (label, number, what is written at its end). ``most`` is the number of a full bar."""
    most = max(most, *(number for _, number, _ in rows), 1)
    marks = []
    for top, (label, number, written) in zip(count(0, _ROW), rows, strict=False):
        y = top + 21
        marks += [
            make("text", cut(label), x="0", y=top + 14, class_="label"),
            make("text", written, x="100%", y=y + _BAR, class_="value"),
            make("rect", x="0", y=y, width=f"{_FULL}%", height=_BAR, rx=3, class_="track"),
            make("rect", x="0", y=y, width=f"{_FULL * number / most:.3f}%", height=_BAR, rx=3, class_=colour),
        ]
    return _svg(describe, len(rows) * _ROW, marks)


def cut(label: str, most: int = _MOST_LABEL) -> str:
    """Shorten a label to what fits."""
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def panels(
    years: Mapping[int, Sequence[int]], series: Sequence[Series], total: Series, describe: str, *, step: str = "year"
) -> Element:
    """Draw a panel of columns for each series, one column a year, in front of the total of that year."""
    first, last = min(years), max(years)
    places = range(first, last + 1)
    most = max(numbers[total.column] for numbers in years.values()) or 1
    marks = []
    for top, one in zip(count(0, _PANEL + _SPACE), series, strict=False):
        base = top + _SPACE + _PANEL
        marks.append(make("text", one.name, x="0", y=top + 14, class_="label"))
        for year, numbers in years.items():
            part, whole = numbers[one.column], numbers[total.column]
            told = f"{step} {year}: {part:,} of {whole:,} titles: {one.name}"
            behind = _column(year - first, len(places), base, whole / most * _PANEL, total.colour)
            front = _column(year - first, len(places), base, part / most * _PANEL, one.colour)
            marks.append(make("g", make("title", told), behind, front))
        marks += _grid(base, most, _PANEL, most)
    base = len(series) * (_PANEL + _SPACE)
    marks += _axis(places, base, lambda year: str(year) if year % 10 == 0 else None)
    return _svg(describe, base + _SPACE, marks)


def mirrored(
    months: Mapping[int, Sequence[int]], up: Sequence[Series], down: Sequence[Series], describe: str
) -> Element:
    """Draw stacked columns for each month (counted from the year 0), some up from the middle, the others down."""
    first, last = min(months), max(months)
    places = range(first, last + 1)
    highest, lowest = (max(sum(row[one.column] for one in side) for row in months.values()) for side in (up, down))
    scale = 2.2 * _PANEL / max(highest + lowest, 1)
    base = _SPACE + highest * scale
    marks = [make("text", "become available ↑", x="0", y=14, class_="label")]
    for month, row in months.items():
        told = ", ".join(f"{one.name} {row[one.column]:,}" for one in (*up, *down) if row[one.column])
        group = make("g", make("title", f"{month // 12}-{month % 12 + 1:02}: {told}"))
        for side, sign in ((up, 1), (down, -1)):
            reached = 0.0
            for one in side:
                height = row[one.column] * scale
                bottom = base - reached if sign > 0 else base + reached + height
                if height:
                    group.append(_column(month - first, len(places), bottom, height, one.colour))
                reached += height
        marks.append(group)
    marks += _grid(base, highest, highest * scale, highest)
    marks += _grid(base, lowest, -lowest * scale, highest)
    end = base + lowest * scale
    marks.append(make("text", "expire ↓", x="0", y=f"{end + 14:.1f}", class_="label"))
    marks += _axis(places, end + 14, lambda month: str(month // 12) if month % 12 == 0 else None)
    return _svg(describe, end + 14 + _SPACE, marks)


def window(counts: Mapping[int, int], most: int) -> tuple[range, int]:
    """Find the run of at most ``most`` consecutive numbers that counts most, and how much is counted outside of it."""
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


def _svg(describe: str, height: float, marks: Sequence[Element]) -> Element:
    return make(
        "svg", make("title", describe), *marks, role="img", aria_label=describe, width="100%", height=f"{height:.0f}"
    )


def _column(place: int, places: int, base: float, height: float, colour: str) -> Element:
    width = 100 / places
    return make(
        "rect",
        x=f"{width * (place + _GAP / 2):.3f}%",
        y=f"{base - height:.1f}",
        width=f"{width * (1 - _GAP):.3f}%",
        height=f"{height:.1f}",
        class_=colour,
    )


def _grid(base: float, most: int, height: float, largest: int) -> list[Element]:
    """Draw lines at the bottom and at the largest round number, and write that number."""
    lines = [make("line", x1="0", x2="100%", y1=f"{base:.1f}", y2=f"{base:.1f}", class_="base")]
    step = _round(largest)
    if most and (reached := most // step * step):
        y = base - height * reached / most
        lines.append(make("line", x1="0", x2="100%", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid"))
        lines.append(
            make(
                "text", f"{reached:,}", x="100%", y=f"{y - 3:.1f}" if height > 0 else f"{y + 12:.1f}", class_="tick end"
            )
        )
    return lines


def _round(most: int) -> int:
    """Give the largest of 1, 2, 5, 10, 20, 50, … that is not above a number."""
    power: int = 10 ** (len(str(max(most, 1))) - 1)
    return max(step for step in (power, 2 * power, 5 * power) if step <= max(most, 1))


def _axis(places: range, base: float, name: Callable[[int], str | None]) -> list[Element]:
    """Write names below the columns that have some: not too many, and on a narrow screen only every other."""
    named = [(place, told) for place in places if (told := name(place))]
    every = -(-len(named) // _MOST_TICKS) or 1
    marks = []
    for number, (place, told) in enumerate(named[::every]):
        middle = 100 * (place - places.start + 0.5) / len(places)
        anchor = " start" if middle < 2 else " end" if middle > 98 else ""  # noqa: PLR2004 - what would be cut off
        marks.append(
            make(
                "text", told, x=f"{middle:.2f}%", y=f"{base + 15:.1f}", class_=f"tick{' minor' * (number % 2)}{anchor}"
            )
        )
    return marks

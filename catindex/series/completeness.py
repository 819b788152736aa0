"""Completes the title of a series: clients of the successor file read these fields of every title (spec, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from catindex.rules.elements import text
from catindex.rules.structure import Record, Slot
from catindex.rules.vocabulary import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable


def complete(series: Record, parts: Iterable[Record]) -> None:
    """Write ``updated`` and ``release_year`` into the record of a series.

    ``updated`` is the newest of the series and its parts. ``release_year`` is the series' own, else the earliest of its
    parts. Values are written as they were found; an empty or unreadable one counts as missing.
    """
    parts = list(parts)
    dates = [date for each in (series, *parts) if seconds(date := text(each.element, "updated")) is not None]
    if dates:
        _write(series, Slot.UPDATED, "updated", max(dates, key=lambda date: seconds(date) or 0))
    if seconds(text(series.element, "release_year")) is None:
        years = [year for each in parts if seconds(year := text(each.element, "release_year")) is not None]
        if years:
            _write(series, Slot.RELEASE_YEAR, "release_year", min(years, key=lambda year: seconds(year) or 0))


def _write(series: Record, slot: int, name: str, value: str | None) -> None:
    element = next(iter(series.element.iterchildren(name)), None)
    if element is None:
        element = etree.Element(name)
        series.insert(slot, element)
    if element.text != value:
        element.text = value

"""Formats the contents of an archive as text for people."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from catindex.archive.rows import table
from catindex.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from catindex.archive.api import Change, Period

#: Heading of a column in the table of dumps -> the attribute in it.
_COLUMNS = {
    "date": "dump_date",
    "titles": "titles",
    "streaming": "streaming_titles",
    "dvd": "dvd_titles",
    "records": "records",
    "rejected": "rejected",
    "dialect": "dialect",
    "path": "path",
}


def info_lines(info: dict[str, Any]) -> Iterator[str]:
    """Yield the contents of an archive as text: a summary, the gaps, and a table of the dumps."""
    dumps, gaps = info["dumps"], info["gaps"]
    missing = sum(gap["nights"] for gap in gaps)
    yield printable(f"{info['archive']}: {_count(len(dumps), 'dump')} from {info['first']} to {info['last']}") + "\n"
    yield f"{_count(missing, 'night')} without a dump{':' if gaps else ''}\n"
    for gap in gaps:
        yield f"  {_count(gap['nights'], 'night')} between {gap['after']} and {gap['before']}\n"
    yield "\n"
    yield from table(list(_COLUMNS), ([dump[name] for name in _COLUMNS.values()] for dump in dumps))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Yield one line per change."""
    for change in changes:
        window = _window(change.available_from, change.available_until)
        title = printable(f"{change.key}  {change.title}")
        yield f"{change.date}  {change.event:7}  {change.medium:9}  {title}{window}\n"


def period_lines(periods: Iterable[Period]) -> Iterator[str]:
    """Yield the periods of each title below its name."""
    for key, life in groupby(periods, attrgetter("key")):
        listed = list(life)
        yield printable(f"{key}  {listed[-1].title}") + "\n"
        for period in listed:
            end = f"until {period.valid_to}" if period.valid_to else "until now"
            window = _window(period.available_from, period.available_until)
            yield f"  {period.medium:9}  {period.valid_from} {end:16}{window}".rstrip() + "\n"


def _window(start: datetime | None, end: datetime | None) -> str:
    """Return the availability window of a title, without an unknown start or a missing end."""
    limits = [f"{word} {moment:%Y-%m-%d}" for word, moment in (("from", start), ("until", end)) if moment]
    return f"  (available {' '.join(limits)})" if limits else ""

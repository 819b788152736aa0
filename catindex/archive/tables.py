"""Writes one dump as Parquet files in one directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catindex.errors import DataError
from catindex.export import to_parquet
from catindex.export.columns import LAST_MOMENT
from catindex.export.tables import TABLES
from catindex.extract import TitleRenderer
from catindex.pipeline import REFUSED, read_titles
from catindex.rules.formats import DVD, STREAMING
from catindex.write.files import Outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from catindex.model import Title
    from catindex.write.report import Report


@dataclass(slots=True)
class DumpCounts:
    """The counts of a dump. ``updated`` is the newest of its titles in Unix seconds, or None if no title has one."""

    dialect: str = ""
    records: int = 0
    rejected: int = 0
    titles: int = 0
    streaming_titles: int = 0
    dvd_titles: int = 0
    updated: int | None = None


def write_tables(dump_path: str, directory: Path, *, recover: bool, huge: bool) -> DumpCounts:
    """Write each table of `catindex.export.tables.TABLES` to ``TABLE.parquet`` in a directory, complete and synced.

    ``recover`` leaves out malformed records; ``huge`` lifts the limits on sizes. Works in this process. Raises the
    errors of `catindex.pipeline.read_titles`, and DataError if the dump is not a catalog index.
    """
    counts = DumpCounts()

    def note(report: Report) -> None:
        counts.dialect = report.input.dialect or ""
        if problem := REFUSED.get(counts.dialect):
            raise DataError(problem, path=dump_path)
        counts.records, counts.rejected = report.records.read, report.records.rejected

    with Outputs(inputs=(dump_path,)) as outputs:
        sinks = {name: outputs.open(str(directory / f"{name}.parquet"), "none") for name in TABLES}
        titles = read_titles(dump_path, TitleRenderer(), jobs=1, recover=recover, huge=huge, on_report=note)
        to_parquet.write(_counted(titles, counts), sinks, TABLES)
        outputs.publish()
    return counts


def _counted(titles: Iterable[Title], counts: DumpCounts) -> Iterator[Title]:
    """Yield the titles unchanged, and count them."""
    for title in titles:
        media = {offer.medium for offer in title.formats}
        counts.titles += 1
        counts.streaming_titles += STREAMING in media
        counts.dvd_titles += DVD in media
        if title.updated is not None and title.updated <= LAST_MOMENT:
            counts.updated = max(title.updated, counts.updated or 0)
        yield title

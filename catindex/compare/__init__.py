"""What changed between two dumps: titles as facts, waiting on disk, compared by key, told as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.compare.events import Event, compare
from catindex.compare.facts import SILENT, FactsRenderer
from catindex.compare.waiting import Waiting
from catindex.pipeline import read_titles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from catindex.pipeline import Progress
    from catindex.write.report import Report

__all__ = ["Event", "differences"]


def differences(
    old: str,
    new: str,
    ignored: Collection[str] = (),
    *,
    jobs: int | None = None,
    recover: bool = False,
    huge: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Iterator[Event]:
    """Give what became different from one file to another, each difference once, title by title.

    Titles come in the order of the new file, those that are gone last; parts follow their title. ``ignored`` are
    fields of `catindex.compare.facts.FIELDS` and `PARTS`, parts of one (``formats.instant``), or patterns
    (``formats.*.runtime``); to these come those that the dialect of only one of the files can tell. What is compared
    waits in a temporary database. ``recover`` leaves malformed records out; ``huge`` lifts the limits on sizes;
    ``on_report`` gets the report of reading each file. Raises as `catindex.pipeline.read_titles`.
    """
    dialects: list[str] = []

    def note(report: Report) -> None:
        dialects.append(report.input.dialect or "")
        on_report(report)

    with Waiting() as waiting:
        for side, path in enumerate((old, new)):
            titles = read_titles(
                path,
                FactsRenderer(),
                jobs=jobs,
                recover=recover,
                huge=huge,
                on_progress=on_progress,
                on_report=note,
            )
            for entries in titles:
                waiting.put(side, entries)
        silent = SILENT if len(set(dialects)) > 1 else {}
        unsaid = [field for dialect in dialects for field in silent.get(dialect, ())]
        yield from compare(waiting.pairs(), [*unsaid, *ignored])

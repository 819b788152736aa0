"""Compares two dumps: titles become facts, which are stored on disk and compared by key; differences become events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.compare.events import Event, compare
from catindex.compare.facts import SILENT, FactsRenderer
from catindex.compare.waiting import Waiting
from catindex.pipeline import read_titles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from catindex.passes import Progress
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
    """Yield the differences between two files, each one once, title by title.

    Titles come in the order of the new file, followed by those that only the old file has. Parts follow their title.
    ``ignored`` are fields of `catindex.compare.facts.FIELDS` and `PARTS`, parts of one (``formats.instant``), or
    patterns (``formats.*.runtime``). Fields that only one of the two dialects has are ignored as well. The facts are
    stored in a temporary database. ``recover`` leaves out malformed records, ``huge`` lifts the limits on sizes, and
    ``on_report`` gets the report on each file. Raises the errors of `catindex.pipeline.read_titles`.
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

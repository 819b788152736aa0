"""The progress bar and the summary table on a terminal, both on standard error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from catindex.printable import printable
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.write.report import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catindex.passes import Progress as Reached
    from catindex.write.report import Report


_PARTS = (SEASON, EPISODE, DISC)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[Reached], None]]:
    """Show how much of the (compressed) input was read, or a counter if its size is not known; then the series."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as progress:
        reading = progress.add_task("reading", total=None, done="")
        joining = progress.add_task("joining", total=None, done="", visible=False)

        def show(reached: Reached) -> None:
            if reached.series is None:
                done = f"{_megabytes(reached)}, {reached.records:,} records"
                progress.update(reading, visible=True, completed=reached.bytes_read, total=reached.size, done=done)
                progress.update(joining, visible=False)
                return
            done = f"{reached.joined:,} of {reached.series:,} series"
            progress.update(reading, visible=False)
            progress.update(joining, visible=True, completed=reached.joined, total=reached.series, done=done)

        yield show


def _megabytes(reached: Reached) -> str:
    size = f" of {reached.size / 1e6:.1f}" if reached.size else ""
    return f"{reached.bytes_read / 1e6:.1f}{size} MB"


def print_summary(report: Report, console: Console | None = None) -> None:
    """Print the counts of records, the outputs and the warnings; by default on standard error."""
    console = console or Console(stderr=True, highlight=False)
    console.print(f"{printable(report.input.path)}: {report.input.dialect} index", soft_wrap=True, markup=False)
    counts = Table()
    counts.add_column("records")
    counts.add_column("count", justify="right")
    for name in ("read", "written", "merged", "duplicates", "unavailable", "not_requested", "rejected"):
        count = getattr(report.records, name)
        if count or name == "read":
            counts.add_row(name.replace("_", " "), f"{count:,}", end_section=name == "read")
    console.print(counts)
    outputs = Table()
    for heading in ("output", "titles", "bytes"):
        outputs.add_column(heading, justify="left" if heading == "output" else "right", overflow="fold")
    for written in report.outputs:
        outputs.add_row(Text(printable(written.path)), f"{written.titles:,}", f"{written.bytes:,}")
    console.print(outputs)
    if report.unified:
        parts = ", ".join(f"{(count := report.parts[kind]):,} {kind}{'s' * (count != 1)}" for kind in _PARTS)
        console.print(f"{report.unified:,} series with {parts}")
    if removed := report.removed_ids.total():
        console.print(f"{removed:,} AMG or TMS reference{'s' * (removed != 1)} removed")
    for code, warned in report.warnings.items():
        console.print(f"[yellow]warning[/]: {WARNINGS[code]}: {warned.count:,}")
    console.print(f"{report.elapsed_seconds:.1f} s, {report.peak_rss_bytes >> 20} MiB of memory")

"""The picture of a terminal in the README: ``python -m tests.picture > samples/terminal.svg`` draws it again."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from rich.console import Console

from catindex.cli.terminal import print_summary
from catindex.pipeline import Job, run

DUMP = Path(__file__).parent.parent / "samples" / "index-2.0.xml.gz"


def draw() -> str:
    """Process a sample and draw what a terminal shows, as SVG. Time and memory, which vary, are rounded ones."""
    with tempfile.TemporaryDirectory() as folder:
        targets = {medium: f"{folder}/{medium}.xml" for medium in ("streaming", "dvd")}
        report = run(Job(str(DUMP), targets, strip=True, unify=True, split=True))
    report.input.path = DUMP.name
    for written in report.outputs:
        written.path = f"out/{written.medium}.xml"
    report.elapsed_seconds, report.peak_rss_bytes = 0.1, 30 << 20
    console = Console(record=True, width=72, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(f"[bold green]$[/] catindex process {DUMP.name} -o out")
    print_summary(report, console)
    return console.export_svg(title="catindex", unique_id="catindex")


if __name__ == "__main__":
    print(draw(), end="")

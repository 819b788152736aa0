"""Draws the terminal picture of the README: ``python -m tests.picture > samples/terminal.svg``."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console

from catindex.cli.terminal import print_summary
from catindex.pipeline import Job, run

ROOT = Path(__file__).parent.parent
DUMP = "samples/index-2.0.xml.gz"

# rich refers to fonts on another host. Any monospaced font will do, because every text has a length.
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def draw() -> str:
    """Return an SVG of a terminal after the first command of the README, with fixed time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        targets = {medium: f"{folder}/{medium}.xml" for medium in ("streaming", "dvd")}
        report = run(Job(str(ROOT / DUMP), targets, strip=True, unify=True, split=True))
    report.input.path = DUMP
    for written in report.outputs:
        written.path = f"out/{written.medium}.xml"
    report.elapsed_seconds, report.peak_rss_bytes = 0.1, 30 << 20
    console = Console(record=True, width=72, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(f"[bold green]$[/] catindex process {DUMP} -o out")
    print_summary(report, console)
    drawn = console.export_svg(title="catindex", unique_id="catindex")
    return _FONT_FACE.sub("", drawn).replace("Fira Code, monospace", "monospace").replace("arial", "sans-serif")


if __name__ == "__main__":
    print(draw(), end="")

"""The progress of a command: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from catindex.cli.streams import warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from catindex.passes import Progress

#: Seconds between two lines of progress.
LINE_SECONDS = 5.0


def on_terminal() -> bool:
    """Return whether standard error is a terminal. It may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def progress_when(*, asked: bool | None, quiet: bool) -> contextlib.AbstractContextManager[Callable[[Progress], None]]:
    """Show progress if ``--progress`` was given, or by default on a terminal; ``quiet`` overrides both.

    On a terminal this is a bar, elsewhere a line every few seconds.
    """
    shown = on_terminal() if asked is None else asked
    if quiet or not shown:
        return contextlib.nullcontext(lambda _: None)
    if not on_terminal():
        return contextlib.nullcontext(_progress_lines())
    from catindex.cli.terminal import progress_bar  # noqa: PLC0415 - rich is loaded only where it is needed

    return progress_bar()


def _progress_lines() -> Callable[[Progress], None]:
    """Return a function that prints the progress, at most once in `LINE_SECONDS`."""
    last = time.monotonic()

    def show(reached: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < LINE_SECONDS:
            return
        last = time.monotonic()
        if reached.series is not None:
            warn(f"{reached.joined:,} of {reached.series:,} series joined")
            return
        share = f" ({reached.bytes_read / reached.size:.0%})" if reached.size else ""
        warn(f"{reached.bytes_read / 1e6:.1f} MB read{share}, {reached.records:,} records")

    return show

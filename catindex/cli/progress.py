"""Progress for every command: a bar where somebody sees it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from catindex.pipeline import Progress


def on_terminal() -> bool:
    """Whether somebody sees what goes to standard error (which may be closed)."""
    return sys.stderr is not None and sys.stderr.isatty()


def progress_when(*, asked: bool | None, quiet: bool) -> contextlib.AbstractContextManager[Callable[[Progress], None]]:
    """Show a bar if ``--progress`` asks for it, or if nothing is said, on a terminal; else nothing at all."""
    shown = on_terminal() and not quiet if asked is None else asked
    if not shown:
        return contextlib.nullcontext(lambda _: None)
    from catindex.cli.terminal import progress_bar  # noqa: PLC0415 - rich is loaded only where it is needed

    return progress_bar()

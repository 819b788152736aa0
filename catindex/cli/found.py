"""What the commands share that write the records they find."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from catindex.cli.progress import progress_when
from catindex.errors import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

STDOUT = "-"


def find(
    input_path: str,
    matches: Callable[[Element], bool],
    *,
    output: str,
    compression: str | None,
    form: str,
    limit: int | None,
    count: bool,
    no_clobber: bool,
    verbose: int,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Search as the options of `catindex.cli.options.found_options` say, and give the exit status."""
    from catindex.filter import Search, search  # noqa: PLC0415 - lxml is loaded only where it is needed

    target = None if count else output
    on_screen = target == STDOUT and sys.stdout.isatty()  # where a bar would stand between the records
    with progress_when(asked=progress, quiet=quiet or on_screen) as on_progress:
        found = search(Search(input_path, matches, target, form, limit, compression, no_clobber, on_progress))
    if count:
        click.echo(found)
    if verbose:
        click.echo(f"catindex: {found} found", err=True)
    return Status.OK if found else Status.VERDICT

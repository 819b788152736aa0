"""The search that ``catindex filter`` and ``catindex get`` share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from catindex.cli.progress import progress_when
from catindex.cli.runner import refuse_binary, rejects_message
from catindex.cli.streams import warn
from catindex.errors import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from catindex.errors import DataError

STDOUT = "-"


def find(
    input_path: str,
    matches: Callable[[Element], bool],
    *,
    inputs: tuple[str, ...] = (),
    huge: bool,
    output: str,
    compression: str | None,
    form: str,
    limit: int | None,
    count: bool,
    recover: bool,
    no_clobber: bool,
    verbose: int,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Search the input with the options of `catindex.cli.options`, and return the exit status.

    ``inputs`` are further files that the output must not replace.
    """
    from catindex.select import Search, search  # noqa: PLC0415 - lxml is loaded only where it is needed

    target = None if count else output
    refuse_binary(output, not count and compression is not None)
    on_screen = target == STDOUT and sys.stdout.isatty()  # a progress bar would be drawn between the records
    faults = _Faults()
    on_fault = faults.add if recover else None
    with progress_when(asked=progress, quiet=quiet or on_screen) as on_progress:
        found = search(
            Search(
                input_path,
                matches,
                target,
                form,
                limit,
                compression,
                no_clobber,
                huge,
                inputs,
                on_progress=on_progress,
                on_fault=on_fault,
            )
        )
    if count:
        click.echo(found)
    if verbose and not quiet:
        warn(f"{found:,} record{'s' * (found != 1)} found")
    if faults.first is not None and not quiet:
        warn(rejects_message(faults.first.path, faults.count, faults.first.line, faults.first.what))
    return Status.OK if found and not faults.count else Status.VERDICT


class _Faults:
    """The number of malformed records, and the error of the first one."""

    def __init__(self) -> None:
        self.count = 0
        self.first: DataError | None = None

    def add(self, fault: DataError) -> None:
        self.count += 1
        self.first = self.first or fault

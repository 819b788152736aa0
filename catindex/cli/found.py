"""The search that ``catindex filter`` and ``catindex get`` share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from catindex.cli.progress import progress_when
from catindex.cli.runner import refuse_binary, report_rejects
from catindex.cli.streams import warn
from catindex.errors import Status, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from catindex.write.report import Report

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
) -> Report:
    """Search the input with the options of `catindex.cli.options`, print what they ask for, and return the report.

    ``inputs`` are further files that the output must not replace.
    """
    from catindex.select import Search, search  # noqa: PLC0415 - lxml is loaded only where it is needed

    if count and output != STDOUT:
        raise UsageError("--count writes no records; drop --output, or redirect standard output")
    target = None if count else output
    refuse_binary(output, not count and compression is not None)
    on_screen = target == STDOUT and sys.stdout.isatty()  # a progress bar would be drawn between the records
    with progress_when(asked=progress, quiet=quiet or on_screen) as on_progress:
        job = Search(
            input_path,
            matches,
            target,
            form=form,
            limit=limit,
            compression=compression,
            no_clobber=no_clobber,
            huge=huge,
            recover=recover,
            other_inputs=inputs,
            on_progress=on_progress,
        )
        report = search(job)
    found = report.records.written
    if count:
        click.echo(found)
    if verbose and not quiet:
        warn(f"{found:,} record{'s' * (found != 1)} found")
    report_rejects([report], quiet=quiet)
    return report


def status_of(report: Report) -> Status:
    """Return the exit status of a search: success if something was found and nothing is malformed."""
    return Status.OK if report.records.written and not report.records.rejected else Status.VERDICT

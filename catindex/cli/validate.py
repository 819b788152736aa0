"""The command ``catindex validate``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from catindex.cli.options import HUGE, INPUTS, JOBS, PROGRESS, QUIET, VERBOSE, VERSION, at_least
from catindex.cli.progress import progress_when
from catindex.cli.streams import warn
from catindex.errors import Status, UsageError
from catindex.printable import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.validate.run import Finding

PROFILES = ("combined", "streaming", "dvd")
SCHEMAS = ("index-1.x", "index-2.0", "regional", "search", "unified")


def _print_schemas(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - as click calls
    if value and not context.resilient_parsing:
        click.echo(Path(__file__).parent.parent / "schemas")
        context.exit()


@click.command("validate")
@INPUTS
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default=PROFILES[0],
    show_default=True,
    help="The kind of file: a whole dump, or one of the files of a split.",
)
@click.option(
    "--schema",
    type=click.Choice(SCHEMAS),
    help="The schema to use.  [default: that of the dialect; unified for the files of a split 2.0 dump]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per finding and line.")
@click.option(
    "--max", "most", metavar="N", type=at_least(0), default=100, show_default=True,
    help="Print at most N findings and count the rest.",
)  # fmt: skip
@click.option(
    "--schemas",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schemas,
    help="Print the directory of the RELAX NG schemas, for xmllint, and exit.",
)
@JOBS
@HUGE
@QUIET
@VERBOSE
@PROGRESS
@VERSION
def command(
    input_paths: tuple[str, ...],
    profile: str,
    schema: str | None,
    most: int,
    jobs: int | None,
    verbose: int,
    *,
    as_json: bool,
    huge: bool,
    quiet: bool,
    progress: bool | None,
) -> int:
    """Check files: their structure against a schema, and their content against rules.

    Each FILE is a catalog file of any dialect, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input.
    Without FILE, standard input is read if it is not a terminal. --max applies to all files together. The exit status
    is 1 if there are findings.

    \b
    Examples:
      catindex validate catalog.xml.gz
      catindex validate streaming.xml --profile streaming
      catindex validate catalog.xml.gz --json | jq -r .code | sort | uniq -c
    """
    if input_paths.count("-") > 1:
        raise UsageError("standard input (-) can be read only once")
    from catindex.validate.run import Validation, validate  # noqa: PLC0415 - lxml is loaded only where it is needed

    out = sys.stdout  # a progress bar on a terminal replaces it
    counts: Counter[str] = Counter()
    with progress_when(asked=progress, quiet=quiet or out.isatty()) as on_progress:
        for path in input_paths:
            found = validate(Validation(path, profile, schema, jobs, huge, on_progress))
            _print(found, "standard input" if path == "-" else path, most, out, counts, as_json=as_json)
    if counts and not quiet:
        _print_counts(counts, most, verbose)
    return Status.VERDICT if counts else Status.OK


def _print(found: Iterable[Finding], name: str, most: int, out: TextIO, counts: Counter[str], *, as_json: bool) -> None:
    """Print findings until ``most`` are counted, and add all of them to ``counts`` by code."""
    for finding in found:
        if counts.total() < most:
            click.echo(_as_json(finding, name) if as_json else _as_line(finding, name), file=out)
        counts[finding.code] += 1


def _as_json(finding: Finding, name: str) -> str:
    return json_text({"file": name, **finding._asdict()})


def _as_line(finding: Finding, name: str) -> str:
    text = f"{finding.key}: {finding.text}" if finding.key else finding.text
    return printable(f"{name}:{finding.line}: {finding.code}: {text}")


def _print_counts(counts: Counter[str], most: int, verbose: int) -> None:
    from catindex.validate.run import CODES  # noqa: PLC0415 - see above

    total = counts.total()
    hidden = f", {total - most} of them not shown (--max)" if total > most else ""
    by_code = ", ".join(f"{count} {code}" for code, count in counts.most_common())
    warn(f"{total} finding{'s' if total > 1 else ''}{hidden}: {by_code}")
    if verbose:
        for code in counts:
            warn(f"{code}: {CODES[code]}")

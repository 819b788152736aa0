"""The commands ``catindex archive add``, ``info``, ``changes``, ``history`` and ``sql``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import click

from catindex.cli.options import (
    HUGE,
    OUTPUT_PATH,
    PROGRESS,
    RECOVER,
    TRACEBACKS,
    VERSION,
    at_least,
    day,
    verbose_option,
)
from catindex.cli.progress import on_terminal, progress_when
from catindex.cli.streams import print_trace, warn
from catindex.errors import Status, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from catindex.archive import Result

Row = TypeVar("Row", bound="Sequence[object]")

STDOUT = "-"
MEDIA = ("streaming", "dvd")

_MOST_JOBS = 4

_ARCHIVE = click.argument("archive", metavar="ARCHIVE")


def _format(for_people: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Return the option that chooses the output format."""
    return click.option(
        "--format",
        "form",
        type=click.Choice((for_people, "ndjson", "csv")),
        help=f"Output format.  [default: {for_people} on a terminal, else ndjson]",
    )


@click.group("archive")
@VERSION
def command() -> None:
    """Keep many dumps in an archive, and query how titles changed over time.

    An archive is a directory of Parquet files, or a URL such as s3://bucket/archive. Other programs can read it, too.
    It needs the extra 'catindex[archive]'. A Dask cluster also needs 'catindex[dask]', and URLs 'catindex[remote]'.

    \b
    Examples:
      catindex archive add nights catalog-2012-09-13.xml.gz catalog-2012-09-14.xml.gz
    """


@command.command("add")
@_ARCHIVE
@click.argument("dumps", metavar="DUMP...", nargs=-1, required=True)
@click.option(
    "--date", "dump_date", metavar="DATE", type=day, help="Date of the dump (YYYY-MM-DD); only for a single dump."
)
@click.option("--replace", is_flag=True, help="Replace the dumps that the archive has for the same dates.")
@RECOVER
@HUGE
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=at_least(1),
    help="Number of processes; each converts one dump at a time.  [default: number of processors, at most 4]",
)
@click.option("--scheduler", metavar="ADDRESS", help="Convert the dumps on the Dask cluster of this scheduler.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
@verbose_option("Also print which dumps were skipped; -vv also prints tracebacks.")
@PROGRESS
def add(
    archive: str,
    dumps: Sequence[str],
    dump_date: date | None,
    jobs: int | None,
    scheduler: str | None,
    verbose: int,
    *,
    replace: bool,
    recover: bool,
    huge: bool,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Add dumps to ARCHIVE, which is created if it does not exist.

    DUMP is the path or URL of a catalog index. Its date is the date in its file name (2012-09-15 or 20120915), else the
    date of its newest title. A dump that is already in the archive is skipped; a different dump with the same date is
    refused. If a dump fails, the others are added and the status is 1. To complete a killed run, run it again.

    \b
    Examples:
      catindex archive add nights catalog-2012-09-13.xml.gz catalog-2012-09-14.xml.gz
      catindex archive add nights catalog.xml.gz --date 2012-09-15
    """
    # pyarrow and lxml are imported only where they are needed
    from catindex.archive import Archive  # noqa: PLC0415
    from catindex.parallel import processors  # noqa: PLC0415

    if jobs is not None and scheduler is not None:
        raise UsageError("--jobs is for processes on this machine and --scheduler for a Dask cluster; use only one")
    counts: Counter[str] = Counter()

    def note(result: Result) -> None:
        counts[result.status] += 1
        _print_result(result, quiet=quiet, verbose=verbose)

    with progress_when(asked=progress, quiet=quiet) as on_progress:
        results = Archive(archive).add(
            dumps,
            date=dump_date,
            recover=recover,
            huge=huge,
            replace=replace,
            jobs=jobs or min(processors(), _MOST_JOBS, len(dumps)),
            scheduler=scheduler,
            on_result=note,
            on_progress=on_progress,
        )
    if on_terminal() and not quiet:
        click.echo(", ".join(f"{count:,} {status}" for status, count in counts.items()), err=True)
    return Status.OK if all(result.is_complete for result in results) else Status.VERDICT


def _print_result(result: Result, *, quiet: bool, verbose: int) -> None:
    """Print the message about a dump as one line. That a dump was skipped is printed only with ``verbose``."""
    shown = not quiet or not result.is_complete
    if result.status == "skipped":
        shown = verbose > 0
    elif result.is_complete and result.dump is not None:  # its date was not in its name
        shown = verbose > 0 or (on_terminal() and not quiet)
    if result.message and shown:
        if verbose > 1:
            print_trace(result.trace)
        warn(" ".join(result.message.split()))


@command.command("info")
@_ARCHIVE
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--html", metavar="PATH", type=OUTPUT_PATH, help="Write an HTML page with charts (- is standard output).")
@TRACEBACKS
def info(archive: str, html: str | None, *, as_json: bool) -> None:
    """List the dumps of an archive, the nights without a dump, and the number of titles per medium.

    The page of --html shows the titles of each medium over time, and the arrivals and departures per month. Its charts
    need the extra 'catindex[page]'.

    \b
    Examples:
      catindex archive info nights
      catindex archive info nights --json | jq -r '.dumps[].dump_date'
    """
    from catindex.archive import Archive  # noqa: PLC0415 - see above
    from catindex.archive.text import info_lines  # noqa: PLC0415

    if as_json and html == STDOUT:
        raise UsageError("only one of --json and --html - can go to standard output")
    opened = Archive(archive)
    if html:
        from catindex.archive.page import write  # noqa: PLC0415 - as above
        from catindex.write.files import write_atomically  # noqa: PLC0415

        write_atomically(html, write(opened))
    if as_json:
        click.echo(json.dumps(opened.info(), indent=2, ensure_ascii=False))
    elif not html:
        for line in info_lines(opened.info()):
            click.echo(line, nl=False)


@command.command("changes")
@_ARCHIVE
@click.option(
    "--since", metavar="DATE", type=day, help="Date of the first changes.  [default: that of the second dump]"
)
@click.option("--until", metavar="DATE", type=day, help="Date of the last changes.  [default: the newest dump]")
@click.option("--medium", type=click.Choice(MEDIA), help="Print only the changes of this medium.")
@_format("text")
@TRACEBACKS
def changes(
    archive: str,
    since: date | None,
    until: date | None,
    medium: str | None,
    form: str | None,
) -> None:
    """Print which titles arrived, left or changed from dump to dump.

    Each dump of ARCHIVE is compared with the dump before it. The first dump is the baseline and has no changes. A title
    has changed if its availability window on a medium is different.

    \b
    Examples:
      catindex archive changes nights --medium streaming
      catindex archive changes nights --since 2012-09-01 --until 2012-09-07 --format csv
    """
    from catindex.archive import Archive, Change  # noqa: PLC0415 - see above
    from catindex.archive.text import change_lines  # noqa: PLC0415

    if since and until and since > until:
        raise UsageError(f"--since {since} is after --until {until}")
    _write(form, Change._fields, Archive(archive).changes(since, until, medium), change_lines)


@command.command("history")
@_ARCHIVE
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@_format("text")
@TRACEBACKS
def history(archive: str, keys: Sequence[str], form: str | None) -> Status:
    """Print the periods in which titles were available on each medium.

    KEY is a key such as movie/60001220, the URL of a title, or only its number. A period ends when the title leaves or
    its availability window changes. In the newest dump it has not ended: valid_to is null. The status is 1 if a title
    is not found.

    \b
    Examples:
      catindex archive history nights movie/60001220
      catindex archive history nights 60001220 --format csv
    """
    from catindex.archive import Archive, Period, keys_of  # noqa: PLC0415 - see above
    from catindex.archive.text import period_lines  # noqa: PLC0415

    wanted = {text: set(keys_of(text)) for text in keys}
    periods = list(Archive(archive).history(keys))
    _write(form, Period._fields, periods, period_lines)
    found = {period.key for period in periods}
    absent = [text for text, meant in wanted.items() if not meant & found]
    for text in absent:
        warn(f"not found: {text}")
    return Status.VERDICT if absent else Status.OK


@command.command("sql")
@_ARCHIVE
@click.argument("query", metavar="QUERY")
@_format("table")
@TRACEBACKS
def sql(archive: str, query: str, form: str | None) -> None:
    """Print the result of one SELECT statement, which DuckDB runs.

    The tables are dumps and those of catindex export, each with a column dump_date. The views are history and changes.
    The query can read the dumps of ARCHIVE and nothing else.

    \b
    Examples:
      catindex archive sql nights 'SELECT dump_date, count(*) AS titles FROM titles GROUP BY ALL ORDER BY ALL'
      catindex archive sql nights "SELECT * FROM changes WHERE event = 'left'" --format csv
    """
    from catindex.archive import Archive  # noqa: PLC0415 - see above
    from catindex.archive.rows import table  # noqa: PLC0415

    with Archive(archive).database() as database:
        columns, rows = database.run(query)
        _write(form, columns, rows, lambda rows: table(columns, rows))


def _write(
    form: str | None,
    columns: Sequence[str],
    rows: Iterable[Row],
    for_people: Callable[[Iterable[Row]], Iterable[str]],
) -> None:
    """Write rows as NDJSON, as CSV, or for people. The default is for people on a terminal, else NDJSON."""
    from catindex.archive.rows import comma_separated, ndjson  # noqa: PLC0415 - see above

    texts: Iterable[str]
    if form == "csv":
        texts = comma_separated(columns, rows, for_terminal=sys.stdout.isatty())
    elif form == "ndjson" or (form is None and not sys.stdout.isatty()):
        texts = ndjson(columns, rows)
    else:
        texts = for_people(rows)
    for text in texts:
        click.echo(text, nl=False)

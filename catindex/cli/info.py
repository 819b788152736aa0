"""The command ``catindex info``."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from catindex.cli.options import INFO, OUTPUT_PATH, RECOVER, options
from catindex.cli.progress import progress_when
from catindex.errors import Status, UsageError
from catindex.printable import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

STDOUT = "-"


@click.command("info")
@options(*INFO)
@RECOVER
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "-g", "--get", "variable", metavar="VAR", help="Print one value of the JSON by its path, for example titles.total."
)
@click.option("--html", metavar="PATH", type=OUTPUT_PATH, help="Write an HTML page with charts (- is standard output).")
def command(
    input_path: str,
    jobs: int | None,
    variable: str | None,
    html: str | None,
    *,
    recover: bool,
    huge: bool,
    as_json: bool,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Summarize a file: records, titles, formats, dates, genres, series and warnings.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. Titles are counted as catindex unify writes them: a series is one title.

    \b
    Examples:
      catindex info catalog.xml.gz
      catindex info catalog.xml.gz -g titles.total
      catindex info catalog.xml.gz --html catalog.html
    """
    # lxml is loaded only where it is needed
    from catindex.summary import check_name, describe  # noqa: PLC0415
    from catindex.write.files import Outputs  # noqa: PLC0415

    if as_json + (variable is not None) + (html == STDOUT) > 1:
        raise UsageError("only one of --json, --get and --html - can go to standard output")
    if variable is not None:
        with _naming(variable):
            check_name(variable)
    with Outputs(inputs=(input_path,)) as outputs:
        page = outputs.open(html, "none") if html else None
        with progress_when(asked=progress, quiet=quiet) as on_progress:
            info = describe(input_path, jobs=jobs, recover=recover, huge=huge, on_progress=on_progress)
        if page is not None:
            from catindex.summary.page import write  # noqa: PLC0415 - see above

            page.write(write(info))
            outputs.publish()
    if variable is not None:
        click.echo(_value(info, variable))
    elif as_json:
        click.echo(json_text(info, indent=2))
    elif page is None:
        _print(info)
    return Status.VERDICT if info["warnings"]["rejected"]["count"] else Status.OK


def _value(info: dict[str, Any], variable: str) -> str:
    """Return one value for scripts: text as it is, an empty string for null, anything else as JSON."""
    from catindex.summary import value_of  # noqa: PLC0415 - see above

    with _naming(variable):
        value = value_of(info, variable)
    if value is None or isinstance(value, str):
        return printable(value or "")
    return json_text(value)


@contextlib.contextmanager
def _naming(variable: str) -> Iterator[None]:
    """Turn the KeyError of an unknown name into a UsageError with similar names."""
    try:
        yield
    except KeyError as error:
        meant = f"did you mean {' or '.join(error.args)}?" if error.args else "--json prints all values"
        raise UsageError(f"--get {variable}: no such value; {meant}") from None


def _print(info: dict[str, Any]) -> None:
    from catindex.summary.text import draw, plain  # noqa: PLC0415 - see above

    if sys.stdout.isatty():
        draw(info)
    else:
        click.echo(plain(info))

"""The command ``catindex get``."""

from __future__ import annotations

import sys
from typing import Any

import click

from catindex.cli.found import find, status_of
from catindex.cli.options import GET, INPUT_PATH, options
from catindex.cli.streams import warn
from catindex.errors import NoInputError, Status, UsageError

STDIN = "-"


@click.command("get")
@options(*GET)
@click.argument("keys", nargs=-1, metavar="KEY...")
@click.option(
    "--keys",
    "keys_file",
    metavar="FILE",
    type=INPUT_PATH,
    help="Read more keys from FILE, one per line (- is standard input).",
)
def command(input_path: str, keys: tuple[str, ...], keys_file: str | None, **options: Any) -> Status:  # noqa: ANN401 - passed on as it comes
    """Write the records with these keys, unchanged and in the order of the input.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. KEY is a key (movie/60001220), the URL of a title on any host, the end of such a URL
    (movies/60001220), or a number. If several records have the key, all of them are written. Each key that is not found
    is reported, and the exit status is then 1.

    \b
    Examples:
      catindex get catalog.xml.gz movie/60001220 | xmllint --format -
      catindex get catalog.xml.gz 70023522 -f ndjson
      catindex get catalog.xml.gz --keys wanted.txt -o found.xml.gz
    """
    from catindex.select import Keys  # noqa: PLC0415 - lxml is loaded only where it is needed

    if keys_file == STDIN == input_path:
        raise UsageError("only one of INPUT and --keys can be standard input (-)")
    wanted = Keys([*keys, *(_read(keys_file) if keys_file else ())])
    if not wanted.missing:
        raise UsageError("no key; name one or more keys, or a file of keys with --keys FILE")
    report = find(input_path, wanted.match, inputs=(keys_file,) if keys_file else (), **options)
    if report.records.written == options["limit"] or not wanted.missing:  # at the limit, the search ends
        return status_of(report)
    for text in () if options["quiet"] else wanted.missing.values():
        warn(f"not found: {text}")
    return Status.VERDICT


def _read(path: str) -> list[str]:
    """Return the keys in a file. Raises NoInputError, and UsageError for the first line that is not a key."""
    from catindex.select import Keys  # noqa: PLC0415 - see above

    name = "standard input" if path == STDIN else path
    if path == STDIN and sys.stdin is None:
        raise NoInputError(f"{name}: is closed; redirect a file or a pipe to it")
    try:
        with click.open_file(path, encoding="utf-8-sig", errors="backslashreplace") as file:
            lines = [line.strip() for line in file]
    except OSError as error:
        raise NoInputError(f"{name}: cannot be read ({error.strerror or error}); check the path") from error
    for number, line in enumerate(lines, 1):
        try:
            Keys([line] if line else [])
        except UsageError as error:  # noqa: PERF203 - the message needs the number of the line
            raise UsageError(f"{name}:{number}: {error}") from None
    return [line for line in lines if line]

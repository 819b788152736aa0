"""The command ``catindex get``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from catindex.cli.found import find
from catindex.cli.options import INPUT_PATH, found_options
from catindex.cli.streams import warn
from catindex.errors import NoInputError, UsageError

if TYPE_CHECKING:
    from catindex.errors import Status

STDIN = "-"


@click.command("get")
@found_options
@click.argument("keys", nargs=-1, metavar="KEY...")
@click.option(
    "--keys",
    "keys_file",
    metavar="FILE",
    type=INPUT_PATH,
    help="Read further keys from FILE, one a line (- for stdin).",
)
def command(input_path: str, keys: tuple[str, ...], keys_file: str | None, verbose: int, **options: Any) -> Status:  # noqa: ANN401 - passed on as it comes
    """Find records by their keys, and write them as they stand, in the order of the file.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. KEY is the URL of a title, of any host, or movie/60001220, or only a number. A key that several
    records have gives all of them. The status is 1 if nothing was found.

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
        raise UsageError("no key is given (see 'catindex get --help')")
    status = find(input_path, wanted.match, verbose=verbose, **options)
    if verbose:
        for text in wanted.missing.values():
            warn(f"not found: {text}")
    return status


def _read(path: str) -> list[str]:
    """Give the keys in a file. Raises NoInputError."""
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return [line.strip() for line in file if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(f"{path}: {getattr(error, 'strerror', None) or error}") from error

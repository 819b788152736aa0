"""The command ``catindex filter``."""

from __future__ import annotations

import re
from datetime import datetime, time, timezone
from typing import TYPE_CHECKING, Any

import click

from catindex.cli.found import find, status_of
from catindex.cli.options import FILTER, day, options

if TYPE_CHECKING:
    from catindex.errors import Status

CONDITIONS = (
    "kind",
    "medium",
    "genre",
    "year",
    "title",
    "person",
    "available_on",
    "on_date",
    "expires_before",
    "updated_since",
)
KINDS = ("movie", "series", "season", "episode", "disc", "other")


_YEARS = re.compile(r"(?P<first>[0-9]{1,4})?(?P<dots>\.\.)?(?P<last>(?<=\.)[0-9]{1,4})?")


def years(text: str) -> range:
    """Return the years of ``1990``, ``1990..1999``, ``1990..`` or ``..1999``. Raises click.BadParameter."""
    match = _YEARS.fullmatch(text)
    if match is None or not (match["first"] or match["last"]):
        raise click.BadParameter(f"{text!r} is neither a year nor a range of years, for example 1990..1999")
    first = int(match["first"] or 0)
    last = int(match["last"] or (9999 if match["dots"] else first))
    if last < first:
        raise click.BadParameter(f"{text!r} ends before it begins; put the first year first")
    return range(first, last + 1)


def midnight(text: str) -> int:
    """Return the Unix time of the beginning of a day (UTC). Raises click.BadParameter."""
    return int(datetime.combine(day(text), time.min, timezone.utc).timestamp())


def known_formats(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``names`` unchanged. Raises click.BadParameter if one of them is not a format."""
    from catindex.select import FORMATS, folded  # noqa: PLC0415 - lxml is loaded only where it is needed

    for name in names:
        if folded(name) not in map(folded, FORMATS):
            raise click.BadParameter(f"{name!r} is not a format; use {', '.join(FORMATS)}")
    return names


def pattern(text: str) -> re.Pattern[str]:
    """Return a compiled regular expression that ignores case. Raises click.BadParameter."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise click.BadParameter(f"{text!r} is not a regular expression: {error}") from None


@click.command("filter")
@options(*FILTER)
@click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Records of this kind.")
@click.option(
    "--available-on",
    metavar="FORMAT",
    multiple=True,
    callback=known_formats,
    help="Available in this format: instant, DVD or Blu-ray.",
)
@click.option("--medium", multiple=True, type=click.Choice(("streaming", "dvd")), help="Available on this medium.")
@click.option("--genre", metavar="NAME", multiple=True, help="Of this genre.")
@click.option("--year", metavar="YEAR[..YEAR]", type=years, help="Released in these years; 1990.. has no end.")
@click.option("--title", metavar="REGEX", type=pattern, help="With a title that matches; case is ignored.")
@click.option("--person", metavar="NAME", multiple=True, help="With this text in the name of an actor or director.")
@click.option("--on-date", metavar="DATE", type=midnight, help="Available on this date (YYYY-MM-DD, UTC).")
@click.option(
    "--expires-before", metavar="DATE", type=midnight, help="With an availability that ends before this date."
)
@click.option("--updated-since", metavar="DATE", type=midnight, help="Updated on this date or later.")
@click.option("--invert", is_flag=True, help="Write the records that fail at least one condition.")
def command(input_path: str, *, invert: bool, **options: Any) -> Status:  # noqa: ANN401 - passed on as it comes
    """Write the records that match all conditions, unchanged.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. If an option is repeated, one of its values must match. --available-on, --medium, --on-date and
    --expires-before must match the same availability. Names match without regard to case, accents and punctuation. The
    exit status is 1 if nothing was found.

    \b
    Examples:
      catindex filter catalog.xml.gz --kind movie --year 1990..1999 | xmllint --format - | less
      catindex filter catalog.xml.gz --medium streaming --on-date 2012-09-15 --expires-before 2012-10-15 -f ndjson
      catindex filter catalog.xml.gz --title '^the ' --invert --count
    """
    from catindex.extract import read_title  # noqa: PLC0415
    from catindex.select import folded, fulfils  # noqa: PLC0415 - lxml is loaded only where it is needed

    asked = {name: options.pop(name) for name in CONDITIONS}
    for name in ("genre", "person", "available_on"):
        asked[name] = tuple(map(folded, asked[name]))
    test = fulfils({name: value for name, value in asked.items() if value not in (None, ())})
    return status_of(find(input_path, lambda record: test(read_title(record)) is not invert, **options))

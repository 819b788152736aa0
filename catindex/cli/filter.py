"""The command ``catindex filter``."""

from __future__ import annotations

import re
from datetime import datetime, time, timezone
from typing import TYPE_CHECKING, Any

import click

from catindex.cli.found import find
from catindex.cli.options import day, found_options

if TYPE_CHECKING:
    from catindex.errors import Status

CONDITIONS = (
    "kind",
    "format",
    "medium",
    "genre",
    "year",
    "title",
    "person",
    "available_on",
    "expires_before",
    "updated_since",
)
KINDS = ("movie", "series", "season", "episode", "disc", "other")


_YEARS = re.compile(r"(?P<first>[0-9]{1,4})?(?P<dots>\.\.)?(?P<last>(?<=\.)[0-9]{1,4})?")


def years(text: str) -> range:
    """Read a year, or the first and the last with two dots between, of which one may be left out."""
    match = _YEARS.fullmatch(text)
    if match is None or not (match["first"] or match["last"]):
        raise click.BadParameter(f"{text!r} is neither a year nor a range such as 1990..1999")
    first = int(match["first"] or 0)
    last = int(match["last"] or (9999 if match["dots"] else first))
    if last < first:
        raise click.BadParameter(f"{text!r} ends before it begins")
    return range(first, last + 1)


def midnight(text: str) -> int:
    """Read a day (UTC) as the Unix seconds of its beginning."""
    return int(datetime.combine(day(text), time.min, timezone.utc).timestamp())


def pattern(text: str) -> re.Pattern[str]:
    """Read a regular expression, to be searched for without regard to case."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise click.BadParameter(f"{text!r} is no regular expression: {error}") from None


@click.command("filter")
@found_options
@click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Records of this kind.")
@click.option("--format", metavar="TERM", multiple=True, help="Offered in this format (instant, DVD, …).")
@click.option("--medium", multiple=True, type=click.Choice(("streaming", "dvd")), help="Offered on this medium.")
@click.option("--genre", metavar="NAME", multiple=True, help="Of this genre.")
@click.option("--year", metavar="YEAR[..YEAR]", type=years, help="Released in these years; 1990.. has no end.")
@click.option("--title", metavar="REGEX", type=pattern, help="With this in the title, in whatever case.")
@click.option("--person", metavar="NAME", multiple=True, help="With this in the name of an actor or director.")
@click.option("--available-on", metavar="DATE", type=midnight, help="Offered on this day (2012-09-15, UTC).")
@click.option("--expires-before", metavar="DATE", type=midnight, help="With an offer that ends before this day.")
@click.option("--updated-since", metavar="DATE", type=midnight, help="Updated on this day or later.")
@click.option("--invert", is_flag=True, help="Records that do not fulfil these conditions.")
def command(input_path: str, *, invert: bool, **options: Any) -> Status:  # noqa: ANN401 - passed on as it comes
    """Find the records that fulfil all conditions, and write them as they stand.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. An option given twice asks for either. What is asked of an offer (format, medium, dates) must
    be true of one and the same. The status is 1 if nothing was found.

    \b
    Examples:
      catindex filter catalog.xml.gz --kind movie --year 1990..1999 | xmllint --format - | less
      catindex filter catalog.xml.gz --medium streaming --available-on 2012-09-15 --expires-before 2012-10-15 -f ndjson
      catindex filter catalog.xml.gz --title '^the ' --invert --count
    """
    from catindex.model import read_title  # noqa: PLC0415
    from catindex.select import fulfils  # noqa: PLC0415 - lxml is loaded only where it is needed

    asked = {name: _lower(options.pop(name)) for name in CONDITIONS}
    test = fulfils({name: value for name, value in asked.items() if value not in (None, ())})
    return find(input_path, lambda record: test(read_title(record)) is not invert, **options)


def _lower(value: Any) -> Any:  # noqa: ANN401 - of any condition
    """Put names into lower case, in which they are compared."""
    return tuple(each.lower() for each in value) if isinstance(value, tuple) else value

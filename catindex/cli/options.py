"""Options that several commands share, each written once."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def day(text: str) -> date:
    """Read a day."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day such as 2012-09-15") from None


COMPRESSIONS = ("gz", "bz2", "xz", "zst")

#: A path that shells complete. Whether it can be read is seen when it is, and has a status of its own.
INPUT_PATH = OUTPUT_PATH = click.Path(readable=False, allow_dash=True)

_INPUT = click.argument("input_path", metavar="INPUT", type=INPUT_PATH)

_COMPRESS = click.option(
    "--compress",
    "compression",
    type=click.Choice(COMPRESSIONS),
    help="Compress the output (otherwise told from the suffix of its name).",
)

#: Of the commands that follow the announcements to a day.
as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    type=day,
    help="Also apply what the announcements had put in force by DATE (as 2012-09-15).",
)

_SERIES = (
    click.option(
        "--series-limit",
        metavar="N",
        type=click.IntRange(min=1),
        help="Break a series of more than N episodes up, by decade or into runs of seasons.  [default: never]",
    ),
    click.option(
        "--episodes",
        type=click.Choice(("nested", "records")),
        default="nested",
        show_default=True,
        help="records: each episode is a title of its own behind its series.",
    ),
)

_FILES = (
    click.option(
        "-o",
        "--output-dir",
        metavar="DIR",
        type=OUTPUT_PATH,
        help="Folder for streaming.xml and dvd.xml; made if only it is missing.  [default: .]",
    ),
    click.option(
        "--streaming",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="The streaming file; alone, only what is named is written.",
    ),
    click.option("--dvd", metavar="PATH", type=OUTPUT_PATH, help="The DVD file; alone, only what is named is written."),
    click.option(
        "--unavailable", metavar="PATH", type=OUTPUT_PATH, help="Keep here what is available in neither medium."
    ),
    _COMPRESS,
    click.option("--keep-stragglers", is_flag=True, help="Leave in each file what belongs to the other medium."),
)

_ONE_FILE = (
    click.option(
        "-o", "--output", metavar="PATH", type=OUTPUT_PATH, default="-", show_default=True, help="Where to write."
    ),
    _COMPRESS,
)

_JOBS = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many processes work.  [default: as many as pay, two at most]",
)

RECOVER = click.option("--recover", is_flag=True, help="Leave malformed records out and go on; the status is then 1.")
_PROGRESS = click.option("--progress/--no-progress", default=None, help="Show progress.  [default: on a terminal]")

#: Of the commands that only look.
_LOOKING = (
    _JOBS,
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
    click.option("-v", "--verbose", count=True, help="Twice: tracebacks."),
    _PROGRESS,
)

_COMMON = (
    click.option("--no-clobber", is_flag=True, help="Refuse to replace existing files."),
    click.option(
        "--report",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Write the counts of the run there, as JSON (- for standard output).",
    ),
    _JOBS,
    RECOVER,
    click.option(
        "--rejects",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="What --recover leaves out, with what was wrong; only written if there is any."
        "  [default: rejects.xml beside the output]",
    ),
    click.option("--huge", is_flag=True, help="Lift the limits on the sizes of records, texts and nesting."),
    click.option("--strict", is_flag=True, help="End with status 1 if there was any warning."),
    click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings."),
    click.option("-v", "--verbose", count=True, help="Print warnings; twice: tracebacks, too."),
    _PROGRESS,
)

_FOUND = (
    *_ONE_FILE,
    click.option(
        "-f",
        "--output-format",
        "form",
        type=click.Choice(("xml", "ndjson")),
        default="xml",
        show_default=True,
        help="xml: records as they stand; ndjson: titles as JSON, one a line.",
    ),
    click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Stop after N records."),
    click.option("--count", is_flag=True, help="Print only how many records there are."),
    RECOVER,
    click.option("--no-clobber", is_flag=True, help="Refuse to replace an existing file."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
    click.option("-v", "--verbose", count=True, help="Say how many were found; twice: tracebacks."),
    _PROGRESS,
)


def split_options(command: F) -> F:
    """Add the options of the commands that write a file for each medium."""
    return _all(command, (_INPUT, *_FILES, *_COMMON))


def single_options(command: F) -> F:
    """Add the options of the commands that write one file."""
    return _all(command, (_INPUT, *_ONE_FILE, *_COMMON))


def series_options(command: F) -> F:
    """Add the options of the commands that make titles of series."""
    return _all(command, _SERIES)


def looking_options(command: F) -> F:
    """Add the options of the commands that look inside a file and change nothing."""
    return _all(command, (_INPUT, *_LOOKING))


def comparing_options(command: F) -> F:
    """Add the options of the command that compares two files, which it names itself."""
    return _all(command, _LOOKING)


def exporting_options(command: F) -> F:
    """Add the options of the command that writes what it reads in another form."""
    no_clobber = click.option("--no-clobber", is_flag=True, help="Refuse to replace existing files.")
    return _all(command, (_INPUT, *_ONE_FILE, no_clobber, *_LOOKING))


def found_options(command: F) -> F:
    """Add the options of the commands that write the records they find."""
    return _all(command, (_INPUT, *_FOUND))


def _all(command: F, options: tuple[Callable[[F], F], ...]) -> F:
    for option in reversed(options):
        command = option(command)
    return command

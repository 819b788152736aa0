"""The options that several commands share."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from datetime import date, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import click

from catindex import __version__
from catindex.errors import CannotCreateError

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def at_least(least: int) -> Callable[[str], int]:
    """Return a function that parses a whole number of at least ``least``, or raises click.BadParameter."""

    def integer(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise click.BadParameter(f"{text!r} is not a whole number of at least {least}")
        return number

    return integer


class _InputPath(click.Path):
    """A path that shells complete. The command itself reports files that do not exist, with other statuses than click.

    A file that is also standard output is refused: ``catindex info dump.xml >> dump.xml`` would damage it.
    """

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        with contextlib.suppress(OSError):  # reported when the input is opened
            found = os.fstat(0) if value == "-" else os.stat(value)  # noqa: PTH116 - a path can have any type
            if stat.S_ISREG(found.st_mode) and os.path.samestat(found, os.fstat(1)):
                raise CannotCreateError("standard output: is the input; choose another path")
        return super().convert(value, param, ctx)


def _input_or_stdin(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
    """Return the argument, or ``-`` if it is missing and standard input is not a terminal."""
    if value or context.resilient_parsing:
        return value
    if sys.stdin is not None and sys.stdin.isatty():
        raise click.MissingParameter(ctx=context, param=parameter)
    stdin = parameter.type.convert("-", parameter, context)
    return (stdin,) if parameter.nargs == -1 else stdin


class Verbosity:
    """Whether the command line asks for tracebacks: the object of the click contexts."""

    tracebacks = False


def _set_verbosity(context: click.Context, _: click.Parameter, value: int) -> int:
    context.ensure_object(Verbosity).tracebacks = value > 1
    return value


def verbose_option(help_text: str, *, exposed: bool = True) -> Callable[[F], F]:
    """Return the option ``-v``, which can be repeated. If it is ``exposed``, the command gets their number."""
    return click.option("-v", "--verbose", count=True, callback=_set_verbosity, expose_value=exposed, help=help_text)


def day(text: str) -> date:
    """Return the date in ``text`` (YYYY-MM-DD). Raises click.BadParameter."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; use YYYY-MM-DD, for example 2012-09-15") from None


COMPRESSIONS = ("gz", "bz2", "xz", "zst")

INPUT_PATH = _InputPath(readable=False, allow_dash=True)
OUTPUT_PATH = click.Path(readable=False, allow_dash=True)

_REQUIRED_INPUT = click.argument("input_path", metavar="INPUT", type=INPUT_PATH)
_INPUT = click.argument("input_path", metavar="[INPUT]", required=False, type=INPUT_PATH, callback=_input_or_stdin)
INPUTS = click.argument("input_paths", metavar="[FILE]...", nargs=-1, type=INPUT_PATH, callback=_input_or_stdin)

VERSION = click.version_option(
    __version__, "-V", "--version", message=f"catindex {__version__}", help="Print the version and exit."
)
HUGE = click.option("--huge", is_flag=True, help="Lift the limits on the sizes of records, texts and nesting.")
NO_CLOBBER = click.option("--no-clobber", is_flag=True, help="Refuse to replace existing files.")

_COMPRESS = click.option(
    "--compress",
    "compression",
    type=click.Choice(COMPRESSIONS),
    help="Compress the output; zst needs the extra 'catindex[fast]'.  [default: by the suffix of the output]",
)

#: For the commands that apply dated rules.
AS_OF = click.option(
    "--as-of",
    metavar="DATE",
    type=day,
    help="Also apply the rules in force on DATE (YYYY-MM-DD).",
)

#: Options of the commands that unify series.
SERIES = (
    click.option(
        "--series-limit",
        metavar="N",
        type=at_least(1),
        help="Split a series of more than N episodes by decade or into ranges of seasons.  [default: never]",
    ),
    click.option(
        "--episodes",
        type=click.Choice(("nested", "records")),
        default="nested",
        show_default=True,
        help="Write episodes inside their series (nested), or as titles of their own after it (records).",
    ),
)

_FILES = (
    click.option(
        "-o",
        "--output-dir",
        metavar="DIR",
        type=OUTPUT_PATH,
        help="Directory for streaming.xml and dvd.xml. Created if it does not exist; its parent must exist."
        "  [default: .]",
    ),
    click.option(
        "--streaming",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Path of the streaming file. Without -o, only the named files are written.",
    ),
    click.option(
        "--dvd",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Path of the DVD file. Without -o, only the named files are written.",
    ),
    click.option(
        "--unavailable",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Write the titles that are available on neither medium to this file.",
    ),
    _COMPRESS,
    click.option("--keep-stragglers", is_flag=True, help="Keep the elements of the other medium in each file."),
)

_ONE_FILE = (
    click.option(
        "-o",
        "--output",
        metavar="PATH",
        type=OUTPUT_PATH,
        default="-",
        show_default=True,
        help="Output file; - is standard output.",
    ),
    _COMPRESS,
)

JOBS = click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=at_least(1),
    help="Number of worker processes.  [default: number of processors, at most 4; 1 for inputs under 8 MiB]",
)

RECOVER = click.option(
    "--recover", is_flag=True, help="Skip malformed records and continue; the exit status is then 1."
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print no progress, summary or warnings; overrides -v.")
VERBOSE = verbose_option("Print warnings and details; -vv also prints tracebacks.")
#: For commands that print nothing else with it.
TRACEBACKS = verbose_option("-vv prints the traceback of an error.", exposed=False)
PROGRESS = click.option(
    "--progress/--no-progress", default=None, help="Show or hide progress.  [default: shown on a terminal]"
)

#: Options of the commands that read XML. With ``-v``, those that only query print nothing more.
READING = (HUGE, QUIET, VERBOSE, PROGRESS, VERSION)
_QUERYING = (HUGE, QUIET, TRACEBACKS, PROGRESS, VERSION)

_COMMON = (
    NO_CLOBBER,
    click.option(
        "--report",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Write the report of the run as JSON (- is standard output).",
    ),
    JOBS,
    RECOVER,
    click.option(
        "--rejects",
        metavar="PATH",
        type=OUTPUT_PATH,
        help="Write the records that --recover skips, and the reasons, to this file."
        "  [default: rejects.xml beside the output; required if that is standard output]",
    ),
    click.option("--strict", is_flag=True, help="End with status 1 if there is a warning."),
    *READING,
)

_FOUND = (
    *_ONE_FILE,
    click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(("xml", "ndjson")),
        default="xml",
        show_default=True,
        help="Output format: unchanged XML records, or one JSON object per line.",
    ),
    click.option("--limit", metavar="N", type=at_least(1), help="Stop after N records."),
    click.option("--count", is_flag=True, help="Print only the number of records."),
    RECOVER,
    NO_CLOBBER,
    *READING,
)


#: Options of the commands that write one file per medium, and of those that write one file.
SPLIT = (_INPUT, *_FILES, *_COMMON)
SINGLE = (_INPUT, *_ONE_FILE, *_COMMON)
INFO = (_INPUT, JOBS, *_QUERYING)
DIFF = (JOBS, *_QUERYING)
EXPORT = (_INPUT, *_ONE_FILE, NO_CLOBBER, JOBS, *_QUERYING)
FILTER = (_INPUT, *_FOUND)
GET = (_REQUIRED_INPUT, *_FOUND)


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator that adds these arguments and options to a command, in this order."""
    return lambda command: reduce(lambda decorated, add: add(decorated), reversed(decorators), command)

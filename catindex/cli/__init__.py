"""The entry point of the command line: runs commands and turns errors into exit statuses."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import click

from catindex.cli.options import VERSION, Verbosity
from catindex.cli.streams import open_standard_streams, print_trace, warn
from catindex.errors import CatindexError, DataError, PipeClosedError, Status

if TYPE_CHECKING:
    from types import FrameType

#: Commands, each in the module of this package with its name. A module is imported only when its command is used.
COMMANDS = (
    "process",
    "split",
    "unify",
    "strip",
    "info",
    "validate",
    "filter",
    "get",
    "diff",
    "export",
    "rules",
    "archive",
)

#: Errors of a disk that holds temporary files. No command handles these itself.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)

STATUS_OF_SIGNAL = {"SIGHUP": Status.HANGUP, "SIGINT": Status.INTERRUPTED, "SIGTERM": Status.TERMINATED}

EXIT_STATUSES = """\b
Exit statuses:
  0    success
  1    findings, differences, records not found or skipped, or warnings with --strict
  2    wrong usage
  65   the input is not a catalog index, or is malformed or truncated
  66   the input does not exist or cannot be opened
  69   an extra is not installed
  70   a fault of catindex itself
  73   an output cannot be created, already exists, or is an input
  74   reading or writing failed
  75   another run writes to the same output
  129, 130, 143, 141   hung up, interrupted, terminated, broken pipe
"""


class Stopped(BaseException):
    """A signal stopped the run. Not an Exception, because no handler of errors may catch it."""

    def __init__(self, status: Status) -> None:
        """Store the exit status."""
        super().__init__(status)
        self.status = status


# The exit status of the signal that arrived, if one did. The code that it interrupted can raise another error instead:
# an interrupted import looks like a syntax error in the importing module.
_stopped: list[Status] = []


class _Commands(click.Group):
    """Imports the module of a command when it is needed, because ``--version`` and ``--help`` must be fast."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import and return a command. Returns None if there is no command with this name."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"catindex.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that ``args`` begin with. A mistyped name is a usage error with suggestions."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            similar = get_close_matches(name, COMMANDS)
            meant = f"Did you mean {' or '.join(map(repr, similar))}?" if similar else f"Use {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with the complete first sentence of each."""
        commands = [(name, command) for name in COMMANDS if (command := self.get_command(ctx, name))]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=1000)) for name, command in commands])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_STATUSES)
@VERSION
def main() -> None:
    """Turn combined Netflix catalog index dumps into streaming and DVD files with unified series.

    \b
    Examples:
      catindex process catalog.xml.gz -o new/
      catindex info catalog.xml.gz
      catindex get catalog.xml.gz movie/60001220 | xmllint --format -
    """


def run() -> NoReturn:
    """Run the program on its arguments and exit with its status."""
    _catch_signals()
    _occupy_closed_streams()
    open_standard_streams()
    status = Status.FAULT
    try:
        status = invoke(sys.argv[1:])
        _ignore_signals()
    except Stopped as stopped:
        status = stopped.status
    sys.exit(next(iter(_stopped), status))


def invoke(arguments: list[str]) -> Status:  # noqa: PLR0911 - one for each way to end
    """Run the program on ``arguments`` and return its exit status. Errors become one line on standard error."""
    verbosity = Verbosity()
    try:
        result: Any = main.main(arguments, prog_name="catindex", standalone_mode=False, obj=verbosity)
        if sys.stdout is not None:
            sys.stdout.flush()
        return Status(result or 0)
    except click.ClickException as error:
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):
            _complain(_usage(error), verbosity)
        else:
            click.echo(error.format_message(), err=True)
        return Status.USAGE
    except (PipeClosedError, BrokenPipeError, click.Abort):
        return Status.PIPE
    except CatindexError as error:
        _complain(f"{error}{_hint(error, arguments[0])}", verbosity)
        return error.status
    except MemoryError:
        _complain("not enough memory; close other programs, or use --jobs 1", verbosity)
        return Status.FAULT
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            return _fault(error, verbosity)
        place = f"{error.filename}: " if error.filename else ""
        problem = f"{place}temporary files cannot be written ({error.strerror})"
        _complain(f"{problem}; free some space, or set TMPDIR to another directory", verbosity)
        return Status.IO
    except Exception as error:  # noqa: BLE001 - any other exception is a fault of catindex
        return _fault(error, verbosity)


def _fault(error: Exception, verbosity: Verbosity) -> Status:
    _complain(f"a fault of catindex itself: {type(error).__name__}: {error} (-vv prints a traceback)", verbosity)
    return Status.FAULT


def _usage(error: click.ClickException) -> str:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "catindex"
    message = error.format_message().rstrip()
    return f"{message[:1].lower()}{message[1:].removesuffix('.')} (see '{command} --help')"


def _hint(error: CatindexError, name: str) -> str:
    """Return the next step, or an empty string if the command does not have the option for it."""
    if not isinstance(error, DataError) or not error.hint:
        return ""
    command = main.get_command(click.Context(main), name)
    known = {option for parameter in command.params for option in parameter.opts} if command else ()
    return f"; {error.hint}" if error.hint.partition(" ")[0] in known else ""


def _complain(message: str, verbosity: Verbosity) -> None:
    if _stopped:
        return
    if verbosity.tracebacks:
        import traceback  # noqa: PLC0415 - rarely needed

        print_trace(traceback.format_exc())
    warn(message)


def _occupy_closed_streams() -> None:
    """Open /dev/null in place of closed standard streams, or files that are opened later would get their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # noqa: PERF203 - at most three
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number


def _catch_signals() -> None:
    for name, status in STATUS_OF_SIGNAL.items():
        number = getattr(signal, name, None)
        # Signals that were ignored from the start (nohup) stay ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop(status))


def _stop(status: Status) -> Any:  # noqa: ANN401 - a signal handler
    def handler(_: int, __: FrameType | None) -> None:
        # A second signal must not interrupt the clean-up.
        _ignore_signals()
        _stopped.append(status)
        raise Stopped(status)

    return handler


def _ignore_signals() -> None:
    for name in STATUS_OF_SIGNAL:
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)

"""The command line: a thin shell over `catindex.pipeline`. Starts commands, and turns errors into statuses."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import click

from catindex.cli.options import VERSION
from catindex.cli.streams import open_standard_streams, warn
from catindex.errors import CatindexError, DataError, PipeClosedError, Status
from catindex.printable import printable

if TYPE_CHECKING:
    from types import FrameType

#: Command -> the module in this package that holds it; imported only when it is called.
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

#: Errors of the disk under temporary files that no command handles itself.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)

STATUS_OF_SIGNAL = {"SIGHUP": Status.HANGUP, "SIGINT": Status.INTERRUPTED, "SIGTERM": Status.TERMINATED}

EXIT_STATUSES = """\b
Exit statuses:
  0    success
  1    findings, differences, records not found or skipped, or a warning under --strict
  2    wrong usage
  65   the input is not a sound catalog index
  66   the input does not exist or cannot be opened
  69   an extra is not installed
  70   a fault of catindex itself
  73   an output cannot be created, exists, or is the input
  74   reading or writing failed
  75   another run writes to the same output
  129, 130, 143, 141   hung up, interrupted, terminated, the reader of the output went away
"""


class Stopped(BaseException):
    """A signal asked the run to stop. Not an Exception, so that nothing on the way takes it for a fault."""

    def __init__(self, status: Status) -> None:
        """Keep the status to end with."""
        super().__init__(status)
        self.status = status


# The status of the signal that came, if one did. What it interrupts may make an error of its own of it: an import that
# is broken off looks like a syntax error in the module that imports.
_stopped: list[Status] = []


class _Commands(click.Group):
    """Imports a command's module when it is needed, so that ``--version`` and ``--help`` answer at once."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Give the names in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import a command by its name."""
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
        """Write the commands with the whole first sentence of each."""
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
    """Run the program on its arguments and exit with the status that the end deserves."""
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


def invoke(arguments: list[str]) -> Status:  # noqa: PLR0911 - one for each kind of end
    """Run the program on some arguments and give its exit status. Errors become one line on standard error."""
    try:
        result: Any = main.main(arguments, prog_name="catindex", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return Status(result or 0)
    except click.ClickException as error:
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):
            _complain(_usage(error), arguments)
        else:
            click.echo(error.format_message(), err=True)
        return Status.USAGE
    except (PipeClosedError, BrokenPipeError, click.Abort):
        return Status.PIPE
    except CatindexError as error:
        _complain(f"{error}{_hint(error, arguments[0])}", arguments)
        return error.status
    except MemoryError:
        _complain("there is not enough memory", arguments)
        return Status.FAULT
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            return _fault(error, arguments)
        _complain(f"{error.filename or 'temporary files'}: {error.strerror} (TMPDIR names their directory)", arguments)
        return Status.IO
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of catindex, and said in one line
        return _fault(error, arguments)


def _fault(error: Exception, arguments: list[str]) -> Status:
    _complain(f"a fault of catindex itself: {type(error).__name__}: {error} (-vv shows where)", arguments)
    return Status.FAULT


def _usage(error: click.ClickException) -> str:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "catindex"
    message = error.format_message().rstrip()
    return f"{message[:1].lower()}{message[1:].removesuffix('.')} (see '{command} --help')"


def _hint(error: CatindexError, name: str) -> str:
    """Give what the user can do, if the command has the option for it."""
    if not isinstance(error, DataError) or not error.hint:
        return ""
    command = main.get_command(click.Context(main), name)
    known = {option for parameter in command.params for option in parameter.opts} if command else ()
    return f"; {error.hint}" if error.hint.partition(" ")[0] in known else ""


def _complain(message: str, arguments: list[str]) -> None:
    if _stopped:
        return
    if "-vv" in arguments:
        import traceback  # noqa: PLC0415 - rarely needed

        click.echo("\n".join(map(printable, traceback.format_exc().split("\n"))), err=True, nl=False)
    warn(message)


def _occupy_closed_streams() -> None:
    """Keep the numbers of closed standard streams from files that are opened later: others write to these numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # noqa: PERF203 - at most three
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _catch_signals() -> None:
    for name, status in STATUS_OF_SIGNAL.items():
        number = getattr(signal, name, None)
        # What was ignored from the start (nohup) stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop(status))


def _stop(status: Status) -> Any:  # noqa: ANN401 - a signal handler
    def handler(_: int, __: FrameType | None) -> None:
        # Once is enough: what cleans up now must not be stopped half-way.
        _ignore_signals()
        _stopped.append(status)
        raise Stopped(status)

    return handler


def _ignore_signals() -> None:
    for name in STATUS_OF_SIGNAL:
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)

"""The command line: a thin shell over `catindex.pipeline`. Starts commands, and turns errors into statuses."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from catindex import __version__
from catindex.errors import CatindexError, DataError, PipeClosedError, Status

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

STATUS_OF_SIGNAL = {"SIGHUP": Status.HANGUP, "SIGINT": Status.INTERRUPTED, "SIGTERM": Status.TERMINATED}

EXIT_STATUSES = """\b
Exit statuses:
  0    done
  1    done, but --recover left something out, --strict met a warning, or the answer is no
  2    wrong usage
  65   the input is not what it should be
  66   no input there, or not readable
  69   an extra is not installed
  70   a fault of catindex itself
  73   an output cannot be created, is there already, or is the input
  74   reading or writing failed
  75   another run is writing there
  129, 130, 143, 141   hung up, interrupted, terminated, the reader went away
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

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        """Call the command. A closed pipe, for which click would exit with 1, keeps its own status."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosedError("standard output: nobody reads any more") from error


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_STATUSES)
@click.version_option(__version__, message="catindex %(version)s")
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
    status = Status.FAULT
    try:
        status = invoke(sys.argv[1:])
        if sys.stdout is not None:  # it was closed from the start
            sys.stdout.flush()
        _ignore_signals()
    except BrokenPipeError:
        status = Status.PIPE
    except Stopped as stopped:
        status = stopped.status
    status = next(iter(_stopped), status)
    if status == Status.PIPE:  # Python would complain when it flushes standard output at the very end
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def invoke(arguments: list[str]) -> Status:
    """Run the program on some arguments and give its exit status. Errors become one line on standard error."""
    try:
        result: Any = main.main(arguments, prog_name="catindex", standalone_mode=False)
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
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of catindex, and said in one line
        _complain(f"a fault of catindex itself: {type(error).__name__}: {error} (-vv shows where)", arguments)
        return Status.FAULT


def _usage(error: click.ClickException) -> str:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "catindex"
    return f"{error.format_message().rstrip('.')} (see '{command} --help')"


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

        traceback.print_exc()
    one_line = " ".join(message.split())
    with contextlib.suppress(OSError):  # nobody reads it: the status tells
        click.echo(f"catindex: {one_line}", err=True)


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

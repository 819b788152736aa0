"""The steps around a job of ``process``, ``split``, ``unify`` or ``strip``: directory, progress, warnings, status."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catindex.cli.progress import on_terminal, progress_when
from catindex.cli.streams import warn
from catindex.errors import CannotCreateError, Status, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catindex.pipeline import Job
    from catindex.write.report import Report

STDOUT = "-"
REJECTS = "rejects.xml"


def split_targets(
    output_dir: str | None, streaming: str | None, dvd: str | None, unavailable: str | None, compression: str | None
) -> dict[str, str]:
    """Return the path of each output: both files in ``output_dir``, or only the named files if that is None."""
    targets = {medium: path for medium, path in (("streaming", streaming), ("dvd", dvd)) if path}
    if output_dir is not None or not targets:
        suffix = f".{compression}" if compression else ""
        folder = Path(output_dir or ".")
        targets = {medium: str(folder / f"{medium}.xml{suffix}") for medium in ("streaming", "dvd")} | targets
    if unavailable:
        targets["unavailable"] = unavailable
    return targets


def execute(
    *,
    input_path: str,
    output: str | None = None,
    output_dir: str | None = None,
    streaming: str | None = None,
    dvd: str | None = None,
    unavailable: str | None = None,
    episodes: str = "nested",
    quiet: bool,
    verbose: int,
    progress: bool | None,
    strict: bool,
    **fields: Any,  # noqa: ANN401 - of a Job, by the names of the options
) -> Status:
    """Run a job with these options, and return the exit status. ``output`` is that of a command with one output."""
    from catindex.pipeline import Job, run  # noqa: PLC0415 - lxml is loaded only where it is needed

    compression = fields["compression"]
    if output_dir == STDOUT:
        raise UsageError("-o is a directory; name one output with --streaming - or --dvd -")
    targets = {"titles": output} if output else split_targets(output_dir, streaming, dvd, unavailable, compression)
    job = Job(input_path, targets, episodes_alone=episodes == "records", **fields)
    if job.rejects is not None and not job.recover:
        raise UsageError("--rejects is the output of --recover; add --recover")
    if job.recover and job.rejects is None:
        job = dataclasses.replace(job, rejects=_rejects_beside(job))
    for target in targets.values():
        refuse_binary(target, compression is not None)
    if [*targets.values(), job.report, job.rejects].count(STDOUT) > 1:
        raise UsageError("only one of the outputs and the report can go to standard output (-)")
    terminal = on_terminal() and not quiet
    with _folder(output_dir), progress_when(asked=progress, quiet=quiet) as on_progress:
        report = run(dataclasses.replace(job, on_progress=on_progress))
    if verbose and not quiet and not terminal:
        _print_warnings(report)
    if terminal:
        from catindex.cli.terminal import print_summary  # noqa: PLC0415 - rich is loaded only where it is needed

        print_summary(report)
    damaged = report_rejects([report], quiet=quiet or bool(verbose) or terminal)
    return Status.VERDICT if damaged or (strict and report.warnings) else Status.OK


def refuse_binary(target: str, is_binary: bool) -> None:  # noqa: FBT001 - the only question
    """Raise UsageError if binary output would go to a terminal."""
    if is_binary and _is_terminal(target):
        name = "standard output" if target == STDOUT else target
        raise UsageError(f"the output is binary and {name} is a terminal; name a file with -o, or redirect it")


def _is_terminal(target: str) -> bool:
    if target == STDOUT:
        return sys.stdout is not None and sys.stdout.isatty()
    try:
        if not Path(target).is_char_device():  # unlike /dev/stdout on a terminal; to open a pipe would wait
            return False
        with Path(target).open("rb") as device:
            return device.isatty()
    except OSError:
        return False


def _rejects_beside(job: Job) -> str:
    """Return the default path of the rejects: in the directory of the first output that is a file."""
    for target in job.targets.values():
        is_file = os.path.isfile(target) or not os.path.exists(target)  # noqa: PTH110, PTH113 - see _folder
        if target != STDOUT and is_file:
            return str(Path(target).parent / REJECTS)
    raise UsageError("--recover needs a file for the records that it skips; name one with --rejects PATH")


def report_rejects(reports: Iterable[Report], *, quiet: bool) -> bool:
    """Print a line for each input with malformed records. Return whether there are any."""
    damaged = [report for report in reports if report.records.rejected]
    for report in () if quiet else damaged:
        warn(_rejects_of(report))
    return bool(damaged)


def _rejects_of(report: Report) -> str:
    """Return the line about the malformed records of one input."""
    count, first = report.records.rejected, report.warnings["rejected"].examples[0]
    records = f"left out {count} malformed record{'s' if count > 1 else ''}, the first at line {first['line']}"
    where = f"; see {report.rejects}" if report.rejects else ""
    return f"{report.input.path}: {records}: {first['detail']}{where}"


@contextlib.contextmanager
def _folder(path: str | None) -> Iterator[None]:
    """Create the output directory if it does not exist. Remove it again if the run fails."""
    made = False
    if path is not None and not os.path.exists(path):  # noqa: PTH110 - Path.exists can raise PermissionError
        try:
            Path(path).mkdir()
            made = True
        except OSError as error:
            parent = shlex.quote(str(Path(path).parent))
            missing = isinstance(error, FileNotFoundError)
            next_step = f"create its parent first: mkdir -p {parent}" if missing else "choose another path"
            raise CannotCreateError(f"{path}: cannot be created ({error.strerror}); {next_step}") from error
    try:
        yield
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                os.rmdir(path or "")  # noqa: PTH106 - only if it is empty
        raise


def _print_warnings(report: Report) -> None:
    from catindex.write.report import WARNINGS  # noqa: PLC0415 - see above

    for warned in report.as_dict()["warnings"]:
        warn(f"warning: {WARNINGS[warned['code']]}: {warned['count']:,}{_first(warned)}")


def _first(warned: dict[str, Any]) -> str:
    if not warned["examples"]:
        return ""
    example = warned["examples"][0]
    details = [str(example[name]) for name in ("key", "detail") if example.get(name)]
    details += [f"line {example['line']}"] if example["line"] else []
    return f"; first {', '.join(details)}" if details else ""

"""The steps around a job of ``process``, ``split``, ``unify`` or ``strip``: directory, progress, warnings, status."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catindex.cli.progress import on_terminal, progress_when
from catindex.cli.streams import warn
from catindex.errors import Status, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.write.report import Report

STDOUT = "-"


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
    # lxml is loaded only where it is needed
    from catindex.pipeline import Job, run  # noqa: PLC0415
    from catindex.write.targets import new_directory, rejects_beside, split_targets  # noqa: PLC0415

    compression = fields["compression"]
    if output_dir == STDOUT:
        raise UsageError("-o is a directory; name one output with --streaming - or --dvd -")
    folder = output_dir or (None if streaming or dvd else ".")
    targets = {"titles": output} if output else split_targets(folder, streaming, dvd, unavailable, compression)
    job = Job(input_path, targets, episodes_alone=episodes == "records", **fields)
    if job.rejects is not None and not job.recover:
        raise UsageError("--rejects is the output of --recover; add --recover")
    if job.recover and job.rejects is None:
        job = dataclasses.replace(job, rejects=rejects_beside(targets.values()))
        if job.rejects is None:
            raise UsageError("--recover needs a file for the records that it skips; name one with --rejects PATH")
    for target in targets.values():
        refuse_binary(target, compression is not None)
    if [*targets.values(), job.report, job.rejects].count(STDOUT) > 1:
        raise UsageError("only one of the outputs and the report can go to standard output (-)")
    terminal = on_terminal() and not quiet
    with new_directory(output_dir), progress_when(asked=progress, quiet=quiet) as on_progress:
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

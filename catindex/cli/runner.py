"""What every command that writes titles does around its job: folders, progress, warnings, summary, status."""

from __future__ import annotations

import contextlib
import dataclasses
import os
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
    """Tell which files are written: both in the folder, unless one is named and the folder is not."""
    targets = {medium: path for medium, path in (("streaming", streaming), ("dvd", dvd)) if path}
    if output_dir is not None or not targets:
        suffix = f".{compression}" if compression else ""
        folder = Path(output_dir or ".")
        targets = {medium: str(folder / f"{medium}.xml{suffix}") for medium in ("streaming", "dvd")} | targets
    if unavailable:
        targets["unavailable"] = unavailable
    return targets


def execute(
    job: Job,
    *,
    output_dir: str | None = None,
    recover: bool,
    rejects: str | None,
    huge: bool,
    strict: bool,
    quiet: bool,
    verbose: int,
    progress: bool | None,
) -> Status:
    """Do a job as the common options say, and give the exit status."""
    from catindex.pipeline import run  # noqa: PLC0415 - lxml is loaded only where it is needed

    if rejects is not None and not recover:
        raise UsageError("--rejects is the output of --recover; add --recover")
    if recover and rejects is None:
        rejects = _rejects_beside(job)
    job = dataclasses.replace(job, recover=recover, rejects=rejects, huge=huge)
    for target in job.targets.values():
        refuse_binary(target, job.compression not in {None, "none"})
    on_stdout = [*job.targets.values(), job.report, job.rejects].count(STDOUT)
    if on_stdout > 1:
        raise UsageError("only one of the outputs and the report can go to standard output (-)")
    terminal = on_terminal() and not quiet
    with _folder(output_dir), progress_when(asked=progress, quiet=quiet) as on_progress:
        report = run(dataclasses.replace(job, on_progress=on_progress))
    if verbose and not quiet and not terminal:
        _print_warnings(report)
    if terminal:
        from catindex.cli.terminal import print_summary  # noqa: PLC0415 - rich is loaded only where it is needed

        print_summary(report)
    damaged = tell_damage([report], quiet=quiet or bool(verbose) or terminal)
    return Status.VERDICT if damaged or (strict and report.warnings) else Status.OK


def refuse_binary(target: str, is_binary: bool) -> None:  # noqa: FBT001 - the only question
    """Raise UsageError if binary output would go to a terminal."""
    if is_binary and target == STDOUT and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("the output is binary and standard output is a terminal; name a file with -o, or redirect it")


def _rejects_beside(job: Job) -> str:
    """Tell where the rejects go if the call does not: into the folder of the first output that is a file."""
    for target in job.targets.values():
        if target != STDOUT and (Path(target).is_file() or not Path(target).exists()):
            return str(Path(target).parent / REJECTS)
    raise UsageError("no output is a file; name a file for the skipped records with --rejects PATH")


def tell_damage(reports: Iterable[Report], *, quiet: bool) -> bool:
    """Say what was left out of each input, in a line; tell whether anything was."""
    damaged = [report for report in reports if report.records.rejected]
    for report in () if quiet else damaged:
        warn(f"{_left_out(report)}")
    return bool(damaged)


def _left_out(report: Report) -> str:
    """Say what was left out; a cron job that sends this line has something to tell."""
    first = report.warnings["rejected"].examples[0]
    where = f"; see {report.rejects}" if report.rejects else ""
    return tell_left_out(report.input.path, report.records.rejected, first["line"], f"{first['detail']}{where}")


def tell_left_out(path: str, count: int, line: int | None, what: str) -> str:
    """Say how many malformed records were left out, where the first was, and what was wrong with it."""
    return f"{path}: left out {count} malformed record{'s' if count > 1 else ''}, the first at line {line}: {what}"


@contextlib.contextmanager
def _folder(path: str | None) -> Iterator[None]:
    """Make the folder of the outputs where only it is missing; take it away again if the run fails."""
    made = False
    if path is not None and not Path(path).exists():
        try:
            Path(path).mkdir()
            made = True
        except OSError as error:
            hint = f"; make it first: mkdir -p {path}" if isinstance(error, FileNotFoundError) else ""
            raise CannotCreateError(f"{path}: {error.strerror}{hint}") from error
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
    told = [str(example[name]) for name in ("key", "detail") if example.get(name)]
    told += [f"line {example['line']}"] if example["line"] else []
    return f"; first {', '.join(told)}" if told else ""

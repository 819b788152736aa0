"""The functions of the Python API: what the commands do, as values instead of printed text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from catindex.compare import differences
from catindex.compare.facts import FIELDS, PARTS
from catindex.errors import UsageError
from catindex.export.to_parquet import as_tables
from catindex.extract import TitleRenderer
from catindex.pipeline import Job, read_titles, run
from catindex.read.source import STDIN
from catindex.rules.formats import MEDIA
from catindex.summary import describe
from catindex.write.files import STDOUT
from catindex.write.targets import new_directory, rejects_beside, split_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date

    import pyarrow as pa  # type: ignore[import-untyped]

    from catindex.compare import Event
    from catindex.model import Title
    from catindex.write.report import Report

    StrPath = str | os.PathLike[str]

#: Fields that differ between any two dumps.
ALWAYS_IGNORED = ("updated",)

EPISODES = ("nested", "records")
COMPRESSIONS = (None, "gz", "bz2", "xz", "zst")


def _ignore(_: Report) -> None:
    """Do nothing about a report."""


def process(
    input: StrPath,  # noqa: A002 - the name that the commands use
    output_dir: StrPath | None = None,
    *,
    streaming: StrPath | None = None,
    dvd: StrPath | None = None,
    unavailable: StrPath | None = None,
    compress: Literal["gz", "bz2", "xz", "zst"] | None = None,
    keep_stragglers: bool = False,
    keep_ids: bool = False,
    as_of: date | None = None,
    series_limit: int | None = None,
    episodes: Literal["nested", "records"] = "nested",
    no_clobber: bool = False,
    recover: bool = False,
    rejects: StrPath | None = None,
    huge: bool = False,
    jobs: int = 1,
) -> Report:
    """Split a catalog index into a streaming and a DVD file, with unified series and without AMG and TMS references.

    The outputs appear under their names only when all of them are complete. After an error, no file has changed.

    Args:
        input: the path of the catalog index, plain or compressed; ``-`` is standard input.
        output_dir: the directory for ``streaming.xml`` and ``dvd.xml``. It is created if it does not exist; its parent
            must exist. Without it, only the outputs that are named are written.
        streaming: another path for the streaming file.
        dvd: another path for the DVD file.
        unavailable: a path for the titles that are available on neither medium. By default they are only counted.
        compress: the compression of all outputs. By default it follows the suffix of each path.
        keep_stragglers: keep in each file the formats, links and ids of the other medium.
        keep_ids: keep the AMG and TMS references.
        as_of: also apply the dated rules that were in force on this date.
        series_limit: break up a series with more episodes than this number.
        episodes: ``nested`` lists episodes inside their series; ``records`` writes each one as a title after it.
        no_clobber: refuse to replace existing files.
        recover: leave out malformed records, and write their bytes to ``rejects``.
        rejects: the path for malformed records, ``rejects.xml`` beside the first output by default. The file is
            written only if there are any.
        huge: lift the limits on the sizes of records, texts and nesting.
        jobs: the number of worker processes. 1 works in this process. With more, a script needs an
            ``if __name__ == "__main__":`` guard.

    Returns:
        The report: counts of records, series and external ids, the outputs with their sizes and checksums, warnings.

    Raises:
        UsageError: the arguments do not fit together, or no output is named.
        DataError: the input is not a catalog index, or is malformed or truncated.
        NoInputError: the input does not exist or cannot be opened.
        CannotCreateError: an output cannot be created, is the input, or exists and ``no_clobber`` is set.
        TransferError: reading or writing failed, or the input changed while it was read.
        BusyError: another run writes to one of the outputs.
        MissingExtraError: a compression needs a package that is not installed.
        FaultError: a fault of catindex itself, or a worker process died.

    """
    _check_jobs(jobs)
    _check_choice("episodes", episodes, EPISODES)
    _check_choice("compress", compress, COMPRESSIONS)
    if series_limit is not None and series_limit < 1:
        raise UsageError(f"series_limit={series_limit}: must be at least 1")
    if rejects is not None and not recover:
        raise UsageError("rejects is the path for what recover leaves out; set recover=True")
    targets = split_targets(output_dir, streaming, dvd, unavailable, compress)
    if STDOUT in (*targets.values(), rejects):
        raise UsageError("an output must be a file, not standard output (-)")
    if not targets.keys() & set(MEDIA):
        raise UsageError("no output; pass output_dir, streaming or dvd")
    if recover and rejects is None:
        rejects = rejects_beside(targets.values())
        if rejects is None:
            raise UsageError("recover needs a file for the records that it leaves out; pass rejects")
    job = Job(
        os.fspath(input),
        targets,
        strip=not keep_ids,
        unify=True,
        split=True,
        keep_stragglers=keep_stragglers,
        as_of=as_of,
        series_limit=series_limit,
        episodes_alone=episodes == "records",
        compression=compress,
        no_clobber=no_clobber,
        recover=recover,
        rejects=None if rejects is None else os.fspath(rejects),
        huge=huge,
        jobs=jobs,
    )
    with new_directory(output_dir):
        return run(job)


def titles(
    input: StrPath,  # noqa: A002 - as in `process`
    *,
    recover: bool = False,
    huge: bool = False,
    jobs: int = 1,
    on_report: Callable[[Report], None] = _ignore,
) -> Iterator[Title]:
    """Return an iterator over the titles of a file of any dialect.

    The titles of a catalog index are unified: a series is one title with its seasons, episodes and discs. Those of a
    regional index or a search response are read as they are. The file is opened when the iteration starts and closed
    when it ends or the iterator is discarded; errors are raised during the iteration.

    Args:
        input: the path of the file, plain or compressed; ``-`` is standard input.
        recover: leave out malformed records. The report counts them.
        huge: lift the limits on the sizes of records, texts and nesting.
        jobs: the number of worker processes, as for `process`.
        on_report: called once, after the last title, with the report.

    Returns:
        An iterator over titles: those that stand alone in input order, then the series. Dates are Unix seconds,
        running times seconds.

    Raises:
        UsageError: ``jobs`` is less than 1.
        DataError: the input is not a catalog index, or is malformed or truncated.
        NoInputError: the input does not exist or cannot be opened.
        TransferError: reading failed, temporary files cannot be written, or the input changed while it was read.
        MissingExtraError: the compression needs a package that is not installed.
        FaultError: a fault of catindex itself, or a worker process died.

    """
    _check_jobs(jobs)
    return read_titles(os.fspath(input), TitleRenderer(), jobs=jobs, recover=recover, huge=huge, on_report=on_report)


def tables(
    input: StrPath,  # noqa: A002 - as in `process`
    *,
    recover: bool = False,
    huge: bool = False,
    jobs: int = 1,
    on_report: Callable[[Report], None] = _ignore,
) -> dict[str, pa.Table]:
    """Read a file of any dialect into Arrow tables, with the columns of ``catindex export``.

    All tables are in memory at the end.

    Args:
        input: the path of the file, plain or compressed; ``-`` is standard input.
        recover: leave out malformed records. The report counts them.
        huge: lift the limits on the sizes of records, texts and nesting.
        jobs: the number of worker processes, as for `process`.
        on_report: called once, after the last title, with the report.

    Returns:
        The tables by name: ``titles``, ``seasons``, ``episodes``, ``discs``, ``availability``, ``people``, ``genres``.
        Dates are timestamps in UTC, running times seconds.

    Raises:
        MissingExtraError: pyarrow is not installed, or a package that the compression needs.
        CatindexError: the errors of `titles`.

    """
    return as_tables(titles(input, recover=recover, huge=huge, jobs=jobs, on_report=on_report))


def info(
    input: StrPath,  # noqa: A002 - as in `process`
    *,
    recover: bool = False,
    huge: bool = False,
    jobs: int = 1,
) -> dict[str, Any]:
    """Count what a file of any dialect contains.

    Args:
        input: the path of the file, plain or compressed; ``-`` is standard input.
        recover: leave out malformed records. ``["warnings"]["rejected"]`` counts them.
        huge: lift the limits on the sizes of records, texts and nesting.
        jobs: the number of worker processes, as for `process`.

    Returns:
        The dictionary that ``catindex info --json`` prints. Every key is always present. Sizes are in bytes, dates in
        ISO 8601 and UTC.

    Raises:
        CatindexError: the errors of `titles`.

    """
    _check_jobs(jobs)
    return describe(os.fspath(input), jobs=jobs, recover=recover, huge=huge)


def diff(
    old: StrPath,
    new: StrPath,
    *,
    ignore: Collection[str] = (),
    recover: bool = False,
    huge: bool = False,
    jobs: int = 1,
    on_report: Callable[[Report], None] = _ignore,
) -> Iterator[Event]:
    """Return an iterator over the differences between two files of any dialect.

    Both files are read when the iteration starts; errors are raised during the iteration. The compared fields are
    kept in a temporary file.

    Args:
        old: the path of the earlier file, plain or compressed; ``-`` is standard input.
        new: the path of the later file.
        ignore: fields that are not compared, for example ``cast``, ``formats.instant`` or ``episodes``. ``updated`` is
            never compared.
        recover: leave out malformed records. The reports count them.
        huge: lift the limits on the sizes of records, texts and nesting.
        jobs: the number of worker processes, as for `process`.
        on_report: called with the report on each file, ``old`` first, before the first event.

    Returns:
        An iterator over events, title by title: first the titles of the new file in its order, then the titles that
        only the old file has. The parts of a series follow it.

    Raises:
        UsageError: a field of ``ignore`` does not exist, both files are ``-``, or ``jobs`` is less than 1.
        CatindexError: the errors of `titles`, for either file.

    """
    _check_jobs(jobs)
    for field in ignore:
        _check_choice("ignore", field.partition(".")[0], (*FIELDS, *PARTS))
    paths = os.fspath(old), os.fspath(new)
    if paths == (STDIN, STDIN):
        raise UsageError("only one of old and new can be standard input (-)")
    return differences(*paths, (*ALWAYS_IGNORED, *ignore), jobs=jobs, recover=recover, huge=huge, on_report=on_report)


def _check_jobs(jobs: int) -> None:
    if jobs < 1:
        raise UsageError(f"jobs={jobs}: must be at least 1")


def _check_choice(name: str, value: str | None, choices: Collection[str | None]) -> None:
    if value not in choices:
        known = ", ".join(map(repr, choices))
        raise UsageError(f"{name}={value!r}: must be one of {known}")

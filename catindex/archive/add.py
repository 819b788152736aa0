"""Adds dumps to an archive: converts them in parallel, and commits them one after the other."""

from __future__ import annotations

import contextlib
import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from catindex.archive.dumps import Dump, committed, parquet, strays, to_row
from catindex.archive.executors import cluster, in_order, processes
from catindex.archive.results import ADDED, FAILED, REPLACED, Result, verdict
from catindex.archive.store import open_store
from catindex.archive.task import Task, convert, date_in_name
from catindex.archive.urls import is_url, without_secrets
from catindex.errors import UsageError
from catindex.passes import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from catindex.archive.store import Store


def add(
    archive: str,
    paths: Sequence[str],
    *,
    day: date | None = None,
    recover: bool = False,
    huge: bool = False,
    replace: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    on_result: Callable[[Result], None] = lambda _: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> list[Result]:
    """Add dumps, and return the result for each, in the order of the paths.

    A dump that fails does not stop the others. The conversion runs in ``jobs`` processes, or on the Dask cluster of
    ``scheduler``. ``on_result`` gets each result as it is known. Raises BusyError if another run adds to this archive,
    and errors that concern the archive as a whole.
    """
    parquet()
    _check(paths, day, jobs)
    store = open_store(archive)
    tasks = Task("", "", store.location, {}, day, recover, huge, replace, cluster=scheduler is not None)
    open_pool = partial(processes, jobs) if scheduler is None else partial(cluster, scheduler)
    sizes = [_size(path) for path in paths]
    done = Progress(0, sum(sizes) or None, 0)
    on_progress(done)
    results: list[Result] = []
    with store.lock() as alone, contextlib.closing(_Run(store, tasks, alone=alone)) as run:
        outcomes = in_order(open_pool, convert, paths, run.task)
        with contextlib.closing(outcomes):  # stops the workers if this is left by an exception
            for path, outcome in outcomes:
                result = run.settle(without_secrets(path), outcome)
                records = result.dump.records if result.dump else 0
                done = Progress(done.bytes_read + sizes[len(results)], done.size, done.records + records)
                results.append(result)
                on_result(result)
                on_progress(done)
    return results


def _check(paths: Sequence[str], day: date | None, jobs: int) -> None:
    if jobs < 1:
        raise UsageError(f"jobs={jobs}: must be at least 1")
    if day is not None and len(paths) > 1:
        raise UsageError(f"--date {day} is for one dump, but there are {len(paths)}; add them one by one")
    if "-" in paths:
        raise UsageError("a dump cannot be read from standard input, because it is read twice; name a file or URL")


class _Run:
    """The state of the archive during this run. Only this process commits dumps."""

    def __init__(self, store: Store, tasks: Task, *, alone: bool) -> None:
        """Read the list of dumps. Remove the files of killed runs, unless another run can be writing them."""
        self._store, self._tasks, self._alone = store, tasks, alone
        names = store.files()
        self._dumps = {dump.dump_date: dump for dump in committed(store, names)}
        self._strays = strays(names, self._dumps.values())
        if alone:
            store.remove(set().union(*self._strays.values()))

    def close(self) -> None:
        """Remove data files that were not committed, if no other run can be writing them."""
        if self._alone:
            left = strays(self._store.files(), self._dumps.values())
            self._store.remove(set().union(*left.values()))

    def task(self, path: str) -> Task:
        """Return the task for a dump."""
        location = path if is_url(path) or not self._tasks.cluster else str(Path(path).absolute())
        return dataclasses.replace(self._tasks, path=without_secrets(path), location=location, known=self._known())

    def settle(self, path: str, outcome: Dump | Result | Exception) -> Result:
        """Commit a converted dump, unless another run was faster, and return the result."""
        if isinstance(outcome, Exception):
            message = f"{path}: the worker process failed twice ({type(outcome).__name__}: {outcome})"
            return Result(path, FAILED, message=message)
        result = outcome if isinstance(outcome, Result) else self._commit(path, outcome)
        there = self._dumps.get(result.date) if result.date else None
        if there is not None:
            self._store.remove(self._strays.pop(there.dump_date, set()) - set(there.files))
        return result

    def _commit(self, path: str, dump: Dump) -> Result:
        there = self._dumps.get(dump.dump_date)
        if result := verdict(path, dump.token, dump.dump_date, self._known(), replace=self._tasks.replace):
            self._store.remove(set(dump.files) - set(there.files if there else ()))
            return result
        if self._tasks.cluster and not self._store.has(dump.files):
            message = f"{path}: the worker wrote its files elsewhere; every worker must see {self._store.location}"
            return Result(path, FAILED, dump.dump_date, message)
        try:
            self._store.write(dump.row_file, to_row(dump), replace=there is not None)
        except FileExistsError:  # another run was faster; this can only happen where there are no locks
            self._dumps |= {found.dump_date: found for found in committed(self._store, [dump.row_file])}
            return self._commit(path, dump)
        self._dumps[dump.dump_date] = dump
        if there is not None:
            self._store.remove(there.files)
        message = ""
        if dump.rejected:
            records = "record" if dump.rejected == 1 else "records"
            message = f"{path}: left out {dump.rejected:,} malformed {records}"
        elif self._tasks.date is None and date_in_name(path) is None:
            message = f"{path}: dated {dump.dump_date}, the day of its newest title, because its name has no date"
        return Result(path, ADDED if there is None else REPLACED, dump.dump_date, message, dump)

    def _known(self) -> dict[str, date]:
        return {dump.token: dump.dump_date for dump in self._dumps.values()}


def _size(path: str) -> int:
    """Return the size of a dump for the progress bar; 0 if it is a URL or cannot be read."""
    with contextlib.suppress(OSError):
        return Path(path).stat().st_size
    return 0

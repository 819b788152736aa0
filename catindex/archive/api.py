"""The Python API of archives: everything that ``catindex archive`` does is a method of `Archive`."""

from __future__ import annotations

import shlex
from itertools import starmap
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.archive.describe import describe
from catindex.archive.dumps import committed
from catindex.archive.queries import Database, literals
from catindex.archive.store import open_store
from catindex.errors import NoInputError, UsageError
from catindex.rules.keys import KINDS, read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from catindex.archive.dumps import Dump
    from catindex.archive.results import Result
    from catindex.passes import Progress


class Change(NamedTuple):
    """A difference between the dump of ``date`` and the one before it.

    ``event`` is ``arrived``, ``left`` or ``changed``; ``medium`` is ``streaming`` or ``dvd``. The window is the new
    one, or for ``left`` the last one. None means an unknown start or no end.
    """

    date: date
    event: str
    medium: str
    key: str
    title: str
    available_from: datetime | None
    available_until: datetime | None


class Period(NamedTuple):
    """A run of dumps in which a title is available on a medium with the same window.

    ``valid_from`` is the date of the first of these dumps. ``valid_to`` is the date of the first dump after them, or
    None if the newest dump is one of them.
    """

    key: str
    title: str
    medium: str
    valid_from: date
    valid_to: date | None
    available_from: datetime | None
    available_until: datetime | None


class Archive:
    """An archive of dumps at a path or URL.

    >>> archive = catindex.Archive("archive")
    >>> archive.add(["catalog-2012-09-15.xml.gz", "catalog-2012-09-16.xml.gz"])
    >>> for change in archive.changes(medium="streaming"):
    ...     print(change.date, change.event, change.title)
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        """Use the archive at this path or URL; `add` creates it. Raises MissingExtraError for a URL without fsspec."""
        self._location = fspath(path)
        self._store = open_store(self._location)

    def add(
        self,
        paths: Iterable[str | PathLike[str]],
        *,
        date: date | None = None,
        recover: bool = False,
        huge: bool = False,
        replace: bool = False,
        jobs: int = 1,
        scheduler: str | None = None,
        on_result: Callable[[Result], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> list[Result]:
        """Add dumps, given as paths or URLs, and return the result for each.

        A dump that cannot be read does not stop the others; its result has the status ``failed``. A dump that is
        already in the archive is ``skipped``. A different dump with the same date is ``refused`` without ``replace``.
        ``date`` is the date of a single dump; else it comes from the file name or the newest ``updated``.

        With more than one of ``jobs``, call this under ``if __name__ == "__main__"``, because worker processes import
        the main module. ``scheduler`` is the address of a Dask cluster that does the work instead.

        Raises BusyError if another run adds dumps to this archive, and CannotCreateError if it cannot be created.
        """
        from catindex.archive.add import add  # noqa: PLC0415 - queries do not need lxml

        if isinstance(paths, str | bytes | PathLike):
            raise UsageError("paths must be a list, also for a single dump")
        return add(
            self._location,
            [fspath(path) for path in paths],
            day=date,
            recover=recover,
            huge=huge,
            replace=replace,
            jobs=jobs,
            scheduler=scheduler,
            on_result=on_result,
            on_progress=on_progress,
        )

    def dumps(self) -> list[Dump]:
        """Return the dumps by date. Raises NoInputError if there are none."""
        dumps = committed(self._store)
        if not dumps:
            command = f"catindex archive add {shlex.quote(self._store.name)} DUMP..."
            raise NoInputError(f"{self._store.name}: no archive with dumps; check the path, or add some: {command}")
        return dumps

    def info(self) -> dict[str, Any]:
        """Return the dictionary that ``catindex archive info --json`` prints."""
        return describe(self._store.name, self.dumps())

    def changes(
        self, since: date | None = None, until: date | None = None, medium: str | None = None
    ) -> Iterator[Change]:
        """Compare each dump between two dates, both included, with the one before it.

        Yields the differences by date, event, medium and key. The first dump of the archive is the baseline: it has no
        differences.
        """
        dumps = self.dumps()
        first = max((at for at, dump in enumerate(dumps) if since and dump.dump_date < since), default=0)
        dumps = [dump for dump in dumps[first:] if not until or dump.dump_date <= until]
        where = f"WHERE medium = '{_checked(medium)}'" if medium else ""
        query = f"FROM changes {where} ORDER BY date, event, medium, key"
        yield from self._rows(Change, query, dumps)

    def history(self, keys: Iterable[str]) -> Iterator[Period]:
        """Yield the periods in which titles were available, by key, medium and time.

        A key is ``movie/60001220``, the URL of a title, or only its number. Titles that are not in the archive yield
        nothing.
        """
        wanted = [key for text in keys for key in keys_of(text)]
        query = f"FROM history WHERE key IN ({literals(wanted)}) ORDER BY key, medium, valid_from"
        return self._rows(Period, query, self.dumps()) if wanted else iter(())

    def sql(self, query: str) -> Any:  # noqa: ANN401 - a table of pyarrow, which need not be installed
        """Run one SELECT statement of DuckDB over the tables and the views ``history`` and ``changes``.

        Returns a ``pyarrow.Table``. The query can read only the committed dumps and cannot write. Raises UsageError if
        it is not valid.
        """
        with self.database() as database:
            return database.table(query)

    def database(self) -> Database:
        """Open the archive for several queries, or for results that do not fit into memory."""
        return Database(self._store, self.dumps())

    def _rows(self, kind: Callable[..., Any], query: str, dumps: Sequence[Dump]) -> Iterator[Any]:
        if not dumps:
            return
        with Database(self._store, dumps, ("titles", "availability")) as database:
            _, rows = database.run(query)
            yield from starmap(kind, rows)


def keys_of(text: str) -> list[str]:
    """Return the possible keys for a key (``movie/60001220``), the URL or path of a title, or only a number.

    Raises UsageError.
    """
    key = read_key(text)
    return [key] if "/" in key else [f"{kind}/{key}" for kind in KINDS]


def _checked(medium: str) -> str:
    if medium not in {"streaming", "dvd"}:
        raise UsageError(f"{medium!r} is not a medium; use streaming or dvd")
    return medium

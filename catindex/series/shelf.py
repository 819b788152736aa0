"""Where the records of series wait for each other: on disk, with only what SQLite caches in memory.

Which record belongs to which series can be told only when the input has ended: parents come after their children, or
never. The shelf keeps every record's bytes and every edge, and then settles who belongs to whom.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from catindex.series.relations import Edge

# What a child says itself goes before what a list says; among equals the first in the input.
_LISTED_LATER = 1 << 48

_BUFFER_BYTES = 1 << 20

_TABLES = """
    CREATE TABLE seen (key TEXT PRIMARY KEY, digest INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE part (number INTEGER PRIMARY KEY, key TEXT NOT NULL, line INTEGER, start INTEGER, length INTEGER);
    CREATE TABLE edge (child TEXT NOT NULL, parent TEXT NOT NULL, priority INTEGER NOT NULL);
    CREATE TABLE home (child TEXT PRIMARY KEY, series TEXT NOT NULL) WITHOUT ROWID;
"""

# SQLite gives the other columns from the row that has the minimum.
_DIRECT = """
    INSERT INTO home SELECT child, parent FROM (
        SELECT child, parent, min(priority) FROM edge WHERE parent LIKE 'series/%' GROUP BY child)
"""
_THROUGH_OTHERS = """
    INSERT INTO home SELECT child, series FROM (
        SELECT edge.child, home.series, min(edge.priority) FROM edge JOIN home ON home.child = edge.parent
        WHERE edge.child NOT IN (SELECT child FROM home) GROUP BY edge.child)
"""
_SETTLED = """
    CREATE INDEX edge_of_parent ON edge (parent);
    CREATE TABLE member AS
        SELECT part.number, part.key, part.line, part.start, part.length,
            CASE WHEN part.key LIKE 'series/%' THEN part.key ELSE home.series END AS series
        FROM part LEFT JOIN home ON home.child = part.key;
    CREATE TABLE family AS SELECT series, min(number) AS first FROM member WHERE series IS NOT NULL GROUP BY series;
    CREATE INDEX member_of_family ON member (series, number);
"""
_ELSEWHERE = """
    SELECT DISTINCT edge.child FROM edge
    JOIN home AS other ON other.child = edge.child
    WHERE edge.parent IN (SELECT key FROM member WHERE series = :series UNION SELECT :series)
        AND other.series != :series
"""
_CLAIMED_TWICE = """
    SELECT part.key, part.line FROM part JOIN (
        SELECT edge.child FROM edge LEFT JOIN home ON home.child = edge.parent
        WHERE edge.parent LIKE 'series/%' OR home.series IS NOT NULL GROUP BY edge.child
        HAVING count(DISTINCT CASE WHEN edge.parent LIKE 'series/%' THEN edge.parent ELSE home.series END) > 1
    ) AS claimed ON claimed.child = part.key ORDER BY part.number
"""


class Waiting(NamedTuple):
    """A record on the shelf: its number among all records, its key, its line in the input, its bytes."""

    number: int
    key: str
    line: int
    data: bytes


class Group(NamedTuple):
    """The records of one series in input order; ``key`` None for a part that leads to no series."""

    key: str | None
    records: tuple[Waiting, ...]
    elsewhere: frozenset[str]


class Shelf:
    """Keeps the records of series until `settle` is called, then gives them family by family."""

    def __init__(self) -> None:
        """Open two files without a name, which vanish with the process. Raises TransferError where none can be."""
        with _telling():
            self._data = tempfile.TemporaryFile(prefix="catindex-", buffering=_BUFFER_BYTES)  # noqa: SIM115 - see `close`
            self._index = sqlite3.connect("", isolation_level=None)
            self._index.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;")
            self._index.executescript(_TABLES)
            self._index.execute("BEGIN")
        self._length = 0
        self._edges = 0

    def copy_of(self, key: str, digest: int) -> str | None:
        """Note a key. None where it was not met before, else ``duplicate``, or ``conflict`` where the copy differs."""
        try:
            if self._index.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, digest)).rowcount:
                return None
        except sqlite3.OperationalError as error:
            raise _failed(error) from error
        (known,) = self._index.execute("SELECT digest FROM seen WHERE key = ?", (key,)).fetchone()
        return "duplicate" if known == digest else "conflict"

    def put(self, number: int, key: str, line: int, data: bytes, edges: Iterable[Edge]) -> None:
        """Put a record on the shelf. Raises TransferError where the disk takes no more."""
        try:
            self._data.write(data)
            self._index.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?)", (number, key, line, self._length, len(data)))
            rows = [
                (edge.child, edge.parent, at + (0 if edge.own else _LISTED_LATER))
                for at, edge in enumerate(edges, start=self._edges)
            ]
            self._index.executemany("INSERT INTO edge VALUES (?, ?, ?)", rows)
        except (OSError, sqlite3.OperationalError) as error:
            raise _failed(error) from error
        self._edges += len(rows)
        self._length += len(data)

    def settle(self) -> None:
        """Settle which series every part belongs to: by a direct edge to a series, else through season or disc."""
        try:
            self._data.flush()
            self._index.execute(_DIRECT)
            while self._index.execute(_THROUGH_OTHERS).rowcount:
                pass
            for statement in _SETTLED.split(";"):
                self._index.execute(statement)
        except (OSError, sqlite3.OperationalError) as error:
            raise _failed(error) from error

    def claimed_twice(self) -> Iterator[tuple[str, int]]:
        """Give key and line of each part that two series claim."""
        with _telling():
            yield from self._index.execute(_CLAIMED_TWICE)

    def orphans(self) -> Iterator[Group]:
        """Give each part that leads to no series, in input order."""
        with _telling():
            rows = self._index.execute(
                "SELECT number, key, line, start, length FROM member WHERE series IS NULL ORDER BY number"
            )
            for row in rows:
                yield Group(None, (self._waiting(row),), frozenset())

    def families(self) -> Iterator[Group]:
        """Give the records of each series, in the order in which any part of each was first met."""
        with _telling():
            for (series,) in self._index.execute("SELECT series FROM family ORDER BY first"):
                rows = self._index.execute(
                    "SELECT number, key, line, start, length FROM member WHERE series = ? ORDER BY number", (series,)
                )
                members = tuple(self._waiting(row) for row in rows)
                elsewhere = frozenset(key for (key,) in self._index.execute(_ELSEWHERE, {"series": series}))
                yield Group(series, members, elsewhere)

    def _waiting(self, row: tuple[int, str, int, int, int]) -> Waiting:
        number, key, line, start, length = row
        try:
            return Waiting(number, key, line, self._read(start, length))
        except OSError as error:
            raise _failed(error) from error

    def _read(self, start: int, length: int) -> bytes:
        """Read without a buffer: records of a series lie far apart."""
        os.lseek(self._data.fileno(), start, os.SEEK_SET)
        data = os.read(self._data.fileno(), length)
        while len(data) < length and (more := os.read(self._data.fileno(), length - len(data))):
            data += more
        return data

    def close(self) -> None:
        """Let both files go."""
        self._index.close()
        with contextlib.suppress(OSError):  # what is written now is not needed any more
            self._data.close()

    def __enter__(self) -> Self:
        """Give the shelf itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    """Make a TransferError of what the disk and SQLite raise."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise _failed(error) from error


def _failed(error: Exception) -> TransferError:
    return TransferError.in_temporary_files(error, "parts of series wait")

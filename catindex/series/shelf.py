"""Stores the records of series on disk until the input ends, with only SQLite's cache in memory.

Which record belongs to which series is known only at the end of the input: parents come after their children, or never.
The shelf keeps the bytes and edges of every record, and then decides to which series each belongs.
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

    from typing_extensions import Self

    from catindex.series.relations import Edge

# The edges of a child's own record come before those of lists, and then in input order.
_LISTED_LATER = 1 << 48

_BUFFER_BYTES = 1 << 20

_TABLES = """
    CREATE TABLE seen (key TEXT PRIMARY KEY, number INTEGER, digest BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE part (number INTEGER PRIMARY KEY, key TEXT NOT NULL, line INTEGER, start INTEGER, length INTEGER);
    CREATE TABLE edge (child TEXT NOT NULL, parent TEXT NOT NULL, priority INTEGER NOT NULL);
    CREATE TABLE home (child TEXT PRIMARY KEY, series TEXT NOT NULL) WITHOUT ROWID;
"""

# With min(), SQLite takes the other columns from the row that has the minimum.
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
    SELECT claimed.child, part.line FROM (
        SELECT edge.child FROM edge LEFT JOIN home ON home.child = edge.parent
        WHERE edge.parent LIKE 'series/%' OR home.series IS NOT NULL GROUP BY edge.child
        HAVING count(DISTINCT CASE WHEN edge.parent LIKE 'series/%' THEN edge.parent ELSE home.series END) > 1
    ) AS claimed LEFT JOIN part ON part.key = claimed.child
    ORDER BY part.number IS NULL, part.number, claimed.child
"""
_ORPHANS = "SELECT number, key, line, start, length FROM member WHERE series IS NULL ORDER BY number"
_MEMBERS = "SELECT number, key, line, start, length FROM member WHERE series = ? ORDER BY number"


class First(NamedTuple):
    """The first record with a key: its number among all records, and its digest."""

    number: int
    digest: bytes


class Waiting(NamedTuple):
    """A record on the shelf: its number among all records, its key, its line in the input, its bytes."""

    number: int
    key: str
    line: int
    data: bytes


class Group(NamedTuple):
    """The records of one series in input order, or one part that leads to no series (``key`` is None).

    ``elsewhere`` are keys in the lists of these records that belong to another series.
    """

    key: str | None
    records: tuple[Waiting, ...]
    elsewhere: frozenset[str]


class Shelf:
    """Keeps the keys of all records, and the records of series. All methods raise TransferError if the disk fails."""

    def __init__(self) -> None:
        """Open two files without names, which are removed when the process ends."""
        with _disk_errors():
            self._data = tempfile.TemporaryFile(prefix="catindex-", buffering=_BUFFER_BYTES)  # noqa: SIM115 - see `close`
            self._index = sqlite3.connect("", isolation_level=None)
            self._index.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;")
            self._index.executescript(_TABLES)
            self._index.execute("BEGIN")
        self._length = 0
        self._edges = 0

    def first_copy(self, number: int, key: str, digest: bytes) -> First | None:
        """Store the key of a record. Return None if the key is new, else its first record."""
        with _disk_errors():
            if self._index.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (key, number, digest)).rowcount:
                return None
            return First(*self._index.execute("SELECT number, digest FROM seen WHERE key = ?", (key,)).fetchone())

    def put(self, number: int, key: str, line: int, data: bytes, edges: Iterable[Edge]) -> None:
        """Put a record on the shelf. ``number`` is its number among all records."""
        with _disk_errors():
            self._data.write(data)
            self._index.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?)", (number, key, line, self._length, len(data)))
            rows = [
                (edge.child, edge.parent, at + (0 if edge.own else _LISTED_LATER))
                for at, edge in enumerate(edges, start=self._edges)
            ]
            self._index.executemany("INSERT INTO edge VALUES (?, ?, ?)", rows)
        self._edges += len(rows)
        self._length += len(data)

    def data_of(self, number: int) -> bytes:
        """Return the bytes of a record on the shelf by its number."""
        with _disk_errors():
            self._data.flush()
            place = self._index.execute("SELECT start, length FROM part WHERE number = ?", (number,)).fetchone()
            data = self._read(*place)
            self._data.seek(0, os.SEEK_END)
        return data

    def settle(self) -> None:
        """Decide to which series each part belongs: by an edge to a series, else through its season or disc."""
        with _disk_errors():
            self._data.flush()
            self._index.execute(_DIRECT)
            while self._index.execute(_THROUGH_OTHERS).rowcount:
                pass
            for statement in _SETTLED.split(";"):
                self._index.execute(statement)

    def claimed_twice(self) -> Iterator[tuple[str, int | None]]:
        """Yield the key of each part that two series claim, and its line (None if only lists name it)."""
        with _disk_errors():
            yield from self._index.execute(_CLAIMED_TWICE)

    def orphans(self) -> Iterator[Group]:
        """Yield each part that leads to no series, in input order."""
        with _disk_errors():
            for row in self._index.execute(_ORPHANS):
                yield Group(None, (self._waiting(row),), frozenset())

    @property
    def series(self) -> int:
        """The number of series, after `settle`."""
        with _disk_errors():
            (count,) = self._index.execute("SELECT count(*) FROM family").fetchone()
        return int(count)

    def families(self) -> Iterator[Group]:
        """Yield the records of each series, in the order in which the first record of each was met."""
        with _disk_errors():
            for (series,) in self._index.execute("SELECT series FROM family ORDER BY first"):
                members = tuple(self._waiting(row) for row in self._index.execute(_MEMBERS, (series,)))
                elsewhere = frozenset(key for (key,) in self._index.execute(_ELSEWHERE, {"series": series}))
                yield Group(series, members, elsewhere)

    def _waiting(self, row: tuple[int, str, int, int, int]) -> Waiting:
        number, key, line, start, length = row
        return Waiting(number, key, line, self._read(start, length))

    def _read(self, start: int, length: int) -> bytes:
        """Read without a buffer: the records of a series lie far apart."""
        os.lseek(self._data.fileno(), start, os.SEEK_SET)
        data = os.read(self._data.fileno(), length)
        while len(data) < length and (more := os.read(self._data.fileno(), length - len(data))):
            data += more
        return data

    def close(self) -> None:
        """Close both files."""
        self._index.close()
        with contextlib.suppress(OSError):  # unwritten data is no longer needed
            self._data.close()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn errors of the disk and of SQLite into TransferError."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise TransferError.in_temporary_files(error, "parts of series") from error

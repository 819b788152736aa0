"""Stores the entries of both files in a temporary database on disk, and pairs them by key."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from catindex.compare.facts import Entry, Facts
from catindex.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Self

_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;
    CREATE TABLE entry (
        number INTEGER PRIMARY KEY, side INTEGER NOT NULL, key TEXT NOT NULL, home TEXT NOT NULL, kind TEXT NOT NULL,
        name TEXT NOT NULL, facts TEXT NOT NULL, UNIQUE (key, side));
"""

# A title comes before its parts, which are in the order of the file. Entries of only the old file come last.
_PAIRS = """
    WITH pair AS (
        SELECT new.key AS key, new.home AS home, old.number AS old, new.number AS new
        FROM entry AS new LEFT JOIN entry AS old ON old.key = new.key AND old.side = 0
        WHERE new.side = 1 AND (old.facts IS NOT new.facts OR old.home IS NOT new.home)
        UNION ALL
        SELECT old.key, old.home, old.number, NULL FROM entry AS old
        WHERE old.side = 0 AND NOT EXISTS (SELECT 1 FROM entry AS new WHERE new.key = old.key AND new.side = 1)
    )
    SELECT pair.old, pair.new FROM pair
    LEFT JOIN entry AS new_home ON new_home.key = pair.home AND new_home.side = 1
    LEFT JOIN entry AS old_home ON old_home.key = pair.home AND old_home.side = 0
    ORDER BY new_home.number IS NULL, coalesce(new_home.number, old_home.number), pair.home, pair.key != pair.home,
        pair.new IS NULL, coalesce(pair.new, pair.old)
"""
_ENTRY = "SELECT key, home, kind, name, facts FROM entry WHERE number = ?"


class Pair(NamedTuple):
    """The different entries of the two files with one key. None if a file does not have it."""

    old: Entry | None
    new: Entry | None


class Waiting:
    """Stores the entries of the old file (side 0) and the new one (side 1). Use it as a context manager."""

    def __init__(self) -> None:
        """Open a database without a name, which SQLite removes when the process ends."""
        try:
            self._base = sqlite3.connect("", isolation_level=None)
            self._base.executescript(_TABLES)
            self._base.execute("BEGIN")
        except sqlite3.OperationalError as error:
            raise _failed(error) from error

    def put(self, side: int, entries: Iterable[Entry]) -> None:
        """Store entries of one file; the first one with a key counts. Raises TransferError if the disk is full."""
        rows = (
            (side, entry.key, entry.home, entry.kind, entry.name, json.dumps(entry.facts, sort_keys=True))
            for entry in entries
        )
        try:
            self._base.executemany(
                "INSERT OR IGNORE INTO entry (side, key, home, kind, name, facts) VALUES (?, ?, ?, ?, ?, ?)", rows
            )
        except sqlite3.OperationalError as error:
            raise _failed(error) from error

    def pairs(self) -> Iterator[Pair]:
        """Yield the pairs that differ, title by title, each followed by its parts."""
        try:
            for old, new in self._base.execute(_PAIRS):
                yield Pair(self._entry(old), self._entry(new))
        except sqlite3.OperationalError as error:
            raise _failed(error) from error

    def _entry(self, number: int | None) -> Entry | None:
        if number is None:
            return None
        key, home, kind, name, facts = self._base.execute(_ENTRY, (number,)).fetchone()
        found: Facts = json.loads(facts)
        return Entry(key, home, kind, name, found)

    def close(self) -> None:
        """Close the database."""
        self._base.close()

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.close()


def _failed(error: sqlite3.Error) -> TransferError:
    return TransferError.in_temporary_files(error, "the comparison")

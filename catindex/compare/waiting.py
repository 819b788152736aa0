"""Where the entries of both files wait for each other: on disk, in a temporary database without a name."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from catindex.compare.facts import Entry, Facts
from catindex.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

_TABLES = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;
    CREATE TABLE entry (
        number INTEGER PRIMARY KEY, side INTEGER NOT NULL, key TEXT NOT NULL, home TEXT NOT NULL, kind TEXT NOT NULL,
        name TEXT NOT NULL, facts TEXT NOT NULL, UNIQUE (key, side));
"""

# A title comes before its parts, and those in the order of the file; what is only in the old one comes last.
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
    """What the two files have under one key, if they have not the same; None where one of them has nothing."""

    old: Entry | None
    new: Entry | None


class Waiting:
    """Keeps the entries of the old file (side 0) and the new one (side 1). Use it as a context manager."""

    def __init__(self) -> None:
        """Open a file without a name, which vanishes with the process."""
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES)
        self._base.execute("BEGIN")

    def put(self, side: int, entries: Iterable[Entry]) -> None:
        """Keep entries of one file; the first of a key counts. Raises TransferError where the disk takes no more."""
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
        """Give what is not the same in both files, title by title, each followed by its parts."""
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
        """Let the file go."""
        self._base.close()

    def __enter__(self) -> Self:
        """Give the database itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _failed(error: sqlite3.Error) -> TransferError:
    return TransferError.in_temporary_files(error, "the comparison")

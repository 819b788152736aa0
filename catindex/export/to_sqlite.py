"""Writes SQLite: all tables with their keys, a full-text index over the titles, and views for common questions."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from catindex.errors import TransferError
from catindex.export.columns import INTEGER, NUMBER, ListOf
from catindex.export.tables import TABLES, Keys, Table
from catindex.export.to_csv import cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.export.columns import Column
    from catindex.model import Title
    from catindex.write.files import Output

_TYPES = {INTEGER: "INTEGER", NUMBER: "REAL"}
_COPIED = 1 << 20

#: Marks the databases of catindex ("cati" in ASCII). SQLite stores it at byte 68 of the file.
APPLICATION_ID = 0x63617469
_MAGIC = b"SQLite format 3\0"
_ID_AT = slice(68, 72)

#: Answers to common questions. A window without a start or an end gets one that is before or after every day.
VIEWS = {
    "streaming": """
        SELECT titles.key, titles.kind, titles.title, titles.release_year,
               coalesce(date(available_from), '0000-01-01') AS first_day,
               coalesce(date(available_until), '9999-12-31') AS last_day
        FROM availability JOIN titles ON titles.key = title_key
        WHERE part = 'title' AND medium = 'streaming'""",
    "leaving_soon": """
        SELECT key, kind, title, last_day,
               CAST(julianday(last_day) - julianday(dumped) AS INTEGER) AS days_left
        FROM streaming, (SELECT date(max(updated)) AS dumped FROM titles)
        WHERE last_day BETWEEN dumped AND date(dumped, '+31 days')
        ORDER BY last_day, title""",
    "episodes_in_order": """
        SELECT titles.key AS series_key, titles.title AS series, episodes.season_number, episodes.episode_number,
               episodes.episode_title, episodes.title, episodes.key, episodes.position
        FROM episodes JOIN titles ON titles.key = title_key
        ORDER BY titles.title, titles.key, episodes.position""",
}

# Datasette finds the index by content="titles", with exactly these quotes.
_FULL_TEXT = """
    CREATE VIRTUAL TABLE titles_fts USING fts5(
        title, title_short, short_synopsis, synopsis,
        content="titles", tokenize='unicode61 remove_diacritics 2'
    );
    INSERT INTO titles_fts (titles_fts) VALUES ('rebuild');
"""


def is_foreign(path: str) -> bool:
    """Return whether ``path`` is an SQLite database that catindex did not write."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_ID_AT.stop) if Path(path).is_file() else b""
    except OSError:
        return False
    return head.startswith(_MAGIC) and head[_ID_AT] != APPLICATION_ID.to_bytes(4, "big")


def write(titles: Iterable[Title], sink: Output) -> None:
    """Write titles as a database.

    SQLite builds it in a temporary file, because it does not write from start to end. Raises TransferError if SQLite
    cannot write, and the errors of the sink.
    """
    with tempfile.TemporaryDirectory(prefix="catindex-") as folder:
        built = Path(folder, "titles.db")
        try:
            _build(titles, built)
        except sqlite3.Error as error:
            raise TransferError.in_temporary_files(error, "the database") from error
        with built.open("rb") as whole:
            while block := whole.read(_COPIED):
                sink.write(block)


def _build(titles: Iterable[Title], path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for table in TABLES.values():
            connection.execute(_create(table))
        connection.execute("BEGIN")
        _fill(titles, connection)
        connection.execute("COMMIT")
        for table in TABLES.values():
            for columns in table.indexes:
                name = f"{table.name}_by_{'_'.join(columns)}"
                connection.execute(f"CREATE INDEX {name} ON {table.name} ({', '.join(columns)})")
        connection.executescript(_FULL_TEXT)
        for name, query in VIEWS.items():
            connection.execute(f"CREATE VIEW {name} AS {query}")
        connection.execute("ANALYZE")
    finally:
        connection.close()


def _fill(titles: Iterable[Title], connection: sqlite3.Connection) -> None:
    keys = Keys()
    fillers = []
    for table in TABLES.values():
        marks = ", ".join("?" for _ in table.columns)
        fillers.append((table, cells(table.columns), f"INSERT INTO {table.name} VALUES ({marks})"))  # noqa: S608 - ours
    for title in titles:
        key = keys.of(title)
        for table, read, insert in fillers:
            connection.executemany(insert, map(read, table.rows(key, title)))


def _create(table: Table) -> str:
    lines = [_define(column) for column in table.columns]
    lines.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    if table.is_child:
        lines.append("FOREIGN KEY (title_key) REFERENCES titles (key)")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def _define(column: Column) -> str:
    name = "TEXT" if isinstance(column.type, ListOf) else _TYPES.get(column.type, "TEXT")
    return f"{column.name} {name}{'' if column.nullable else ' NOT NULL'}"
